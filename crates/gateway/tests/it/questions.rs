//! 120 questions in plain words, and whether `search_tools` finds the right tool. Every other one is held out of tuning.

use crate::world::World;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Question {
    ask: String,
    right: Vec<String>,
}

/// How many of some questions were answered well.
#[derive(Default)]
struct Figures {
    asked: usize,
    first: usize,
    among_five: usize,
}

impl Figures {
    fn count(&mut self, place: Option<usize>) {
        self.asked += 1;
        self.first += usize::from(place == Some(0));
        self.among_five += usize::from(place.is_some_and(|place| place < 5));
    }

    /// 95 of 100 among the first five, 75 of 100 first.
    fn suffice(&self) -> bool {
        self.among_five * 100 >= self.asked * 95 && self.first * 100 >= self.asked * 75
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            asked,
            first,
            among_five,
        } = self;
        write!(
            f,
            "of {asked} questions, {among_five} among the first five, {first} first"
        )
    }
}

#[tokio::test]
async fn plain_questions_find_the_right_tool() {
    let questions: Vec<Question> =
        serde_saphyr::from_str(include_str!("../questions.yaml")).unwrap();
    assert_eq!(questions.len(), 120);
    let world = World::over("http://127.0.0.1:9");
    let mut halves = [Figures::default(), Figures::default()];
    for (index, question) in questions.iter().enumerate() {
        for name in &question.right {
            assert!(
                world.gateway.registry().get(name).is_some(),
                "there is no tool {name}"
            );
        }
        let found = world
            .call("search_tools", json!({"query": question.ask, "limit": 25}))
            .await;
        let names: Vec<&str> = found["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["name"].as_str().unwrap())
            .collect();
        let place = names
            .iter()
            .position(|name| question.right.iter().any(|right| right == name));
        let tuned = index % 2 == 0;
        if tuned && place != Some(0) {
            let best = &names[..names.len().min(5)];
            println!("{}: {best:?}, not {:?}", question.ask, question.right);
        }
        halves[index % 2].count(place);
    }
    let [tuned, held_out] = halves;
    println!("tuned on: {tuned}\nheld out: {held_out}");
    assert!(tuned.suffice() && held_out.suffice());
}
