//! Learns all heads from the authored messages; what `frontdesk agent train` runs and the tests hold the file against.

use super::{
    Encoder, Layers,
    corpus::{Corpus, Message},
    file::Heads,
    head::{Head, Point, Space},
    train::{self, Example, Recipe},
};
use crate::AgentError;

/// Names of the heads in the file.
pub(crate) const CATEGORY: &str = "category";
pub(crate) const PART: &str = "part";
pub(crate) const FRUSTRATION: &str = "frustration";
pub(crate) const HUMAN: &str = "human";
pub(crate) const THREAT: &str = "threat";
pub(crate) const SCOPE: &str = "out_of_scope";
/// The class of the threat head that is none.
pub(crate) const NO_THREAT: &str = "none";

/// In how many messages a word stands that counts.
const LEAST: usize = 3;

/// Messages and where they stand in the space of features.
#[derive(Clone)]
struct Placed<'a> {
    message: &'a Message,
    point: Point,
    /// The message's number among all.
    number: usize,
}

/// Learns the heads and answers with the bytes of their file.
pub fn learn(encoder: &Encoder, recipe: Recipe) -> Result<Vec<u8>, AgentError> {
    let corpus = Corpus::training();
    let texts: Vec<&str> = corpus.all().map(|message| message.text.as_str()).collect();
    let layers: Result<Vec<Layers>, AgentError> =
        texts.iter().map(|text| encoder.layers(text)).collect();
    let layers = layers?;
    let space = Space::learn(&texts, &layers, LEAST);
    let mut placed = corpus
        .all()
        .zip(&layers)
        .enumerate()
        .map(|(number, (message, layers))| Placed {
            message,
            point: space.point(&message.text, layers),
            number,
        });
    let mut next = |messages: &[Message]| -> Vec<Placed<'_>> {
        placed.by_ref().take(messages.len()).collect()
    };
    let categories = next(&corpus.categories);
    let moods = next(&corpus.frustration);
    let human = next(&corpus.human);
    let threats = next(&corpus.threat);
    let beyond = next(&corpus.out_of_scope);
    let heads = vec![
        (
            CATEGORY.to_owned(),
            by_label(&space, recipe, &categories, |message| message.label.clone()),
        ),
        (PART.to_owned(), parts(&space, recipe, &categories)),
        (
            FRUSTRATION.to_owned(),
            frustration(&space, recipe, &[&categories, &moods]),
        ),
        (
            HUMAN.to_owned(),
            yes_or_no(
                &space,
                recipe,
                &[&human],
                &[&categories, &calm(&moods)],
                "wants",
            ),
        ),
        (
            THREAT.to_owned(),
            threat(&space, recipe, &threats, &[&categories, &moods]),
        ),
        (
            SCOPE.to_owned(),
            yes_or_no(
                &space,
                recipe,
                &[&beyond],
                &[&categories, &human, &calm(&moods)],
                "out",
            ),
        ),
    ];
    Heads::new(corpus.fingerprint(), texts.len(), recipe.seed, space, heads).write()
}

/// Learns one head from a workspace's own examples: pairs of text and class.
pub(crate) fn own(
    encoder: &Encoder,
    space: &mut Space,
    examples: &[(String, String)],
) -> Result<Head, AgentError> {
    let mut classes: Vec<String> = examples.iter().map(|(_, class)| class.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    if classes.len() < 2 {
        return Err(AgentError::Model(
            "categories of your own need at least two, with examples of each".into(),
        ));
    }
    let layers: Result<Vec<Layers>, AgentError> = examples
        .iter()
        .map(|(text, _)| encoder.layers(text))
        .collect();
    let layers = layers?;
    let first = space.keep(&layers);
    let placed: Vec<Example> = examples
        .iter()
        .zip(&layers)
        .zip(first..)
        .map(|(((text, class), layers), number)| Example {
            point: space.point(text, layers),
            class: classes.binary_search(class).unwrap_or_default(),
            group: train::group(text),
            text: number,
        })
        .collect();
    Ok(train::head(space, &classes, &placed, Recipe::default()))
}

fn calm<'a>(moods: &[Placed<'a>]) -> Vec<Placed<'a>> {
    let calm = moods.iter().filter(|placed| !placed.message.fed_up);
    calm.cloned().collect()
}

fn example(one: &Placed<'_>, class: usize) -> Example {
    Example {
        point: one.point.clone(),
        class,
        group: train::group(&one.message.line),
        text: one.number,
    }
}

fn by_label(
    space: &Space,
    recipe: Recipe,
    placed: &[Placed<'_>],
    label: impl Fn(&Message) -> String,
) -> Head {
    let mut classes: Vec<String> = placed.iter().map(|one| label(one.message)).collect();
    classes.sort_unstable();
    classes.dedup();
    let examples: Vec<Example> = placed
        .iter()
        .map(|one| {
            example(
                one,
                classes
                    .binary_search(&label(one.message))
                    .unwrap_or_default(),
            )
        })
        .collect();
    train::head(space, &classes, &examples, recipe)
}

/// The finer kinds rest on meaning alone: they are many, and their examples few.
fn parts(space: &Space, recipe: Recipe, placed: &[Placed<'_>]) -> Head {
    let recipe = Recipe {
        words: false,
        ..recipe
    };
    by_label(space, recipe, placed, |message| {
        format!(
            "{}/{}",
            message.label,
            message.part.as_deref().unwrap_or("other")
        )
    })
}

fn frustration(space: &Space, recipe: Recipe, groups: &[&[Placed<'_>]]) -> Head {
    let examples: Vec<Example> = groups
        .iter()
        .flat_map(|group| group.iter())
        .map(|one| example(one, usize::from(!one.message.fed_up)))
        .collect();
    train::head(space, &["fed_up".to_owned()], &examples, recipe)
}

fn yes_or_no(
    space: &Space,
    recipe: Recipe,
    asked: &[&[Placed<'_>]],
    others: &[&[Placed<'_>]],
    yes: &str,
) -> Head {
    let examples: Vec<Example> = asked
        .iter()
        .chain(others)
        .flat_map(|group| group.iter())
        .map(|one| example(one, usize::from(one.message.label != yes)))
        .collect();
    train::head(space, &[yes.to_owned()], &examples, recipe)
}

fn threat(
    space: &Space,
    recipe: Recipe,
    threats: &[Placed<'_>],
    harmless: &[&[Placed<'_>]],
) -> Head {
    let harmless = harmless.iter().flat_map(|group| group.iter());
    let harmless = harmless.map(|one| (one, NO_THREAT.to_owned()));
    let labeled: Vec<(&Placed<'_>, String)> = threats
        .iter()
        .map(|one| (one, one.message.label.clone()))
        .chain(harmless)
        .collect();
    let mut classes: Vec<String> = labeled.iter().map(|(_, label)| label.clone()).collect();
    classes.sort_unstable();
    classes.dedup();
    let examples: Vec<Example> = labeled
        .iter()
        .map(|(one, label)| example(one, classes.binary_search(label).unwrap_or_default()))
        .collect();
    train::head(space, &classes, &examples, recipe)
}
