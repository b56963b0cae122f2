//! What a customer thinks of Fin.

use crate::{
    call::{Answer, Call, Fault, Reply},
    world::World,
};
use serde_json::{Value, json};

const RATINGS: [&str; 5] = ["terrible", "bad", "ok", "good", "amazing"];

pub(super) fn submit(world: &mut World, call: &Call) -> Reply {
    let required = |name: &str| {
        call.identifier(name)
            .ok_or_else(|| Fault::absent(name).of(name))
    };
    let (id, rating) = (required("conversation_id")?, required("rating")?);
    if !RATINGS.contains(&rating.as_str()) {
        return refuse("rating", "Rating isn't an option");
    }
    let Some(session) = world.automation.fin.get_mut(&id) else {
        let message = "Conversation not found for the given external_conversation_id";
        return refuse("external_conversation_id", message);
    };
    if session.status == "escalated" {
        return refuse("base", "No rating survey found for this conversation");
    }
    let remark = call.text("remark").filter(|remark| !remark.is_empty());
    let remark = remark.map(str::to_owned);
    if let Some((known, Some(said))) = &session.rating
        && (*known != rating || remark.as_ref().is_some_and(|remark| remark != said))
    {
        let message =
            "This rating can no longer be changed because a remark has already been submitted";
        return refuse("base", message);
    }
    let said = session.rating.take().and_then(|(_, said)| said);
    session.rating = Some((rating.clone(), remark.or(said)));
    Answer::ok(json!({"conversation_id": id, "rating": rating, "status": "rated"}))
}

/// This operation's errors are in no envelope.
fn refuse(place: &str, message: &str) -> Reply {
    let mut errors = json!({});
    errors[place] = Value::from(message);
    Answer::with(422, json!({"errors": errors}))
}

#[cfg(test)]
mod tests {
    use super::super::tests::turn;
    use crate::testing::{call, world};
    use serde_json::json;

    #[test]
    fn a_rating_changes_until_a_remark_is_made() {
        let mut world = world();
        call(
            &mut world,
            "start_fin_conversation",
            "",
            turn("ext-1", "Hi there", ""),
        )
        .unwrap();
        let mut rate = |conversation: &str, rating: &str, remark: Option<&str>| {
            let body = json!({"conversation_id": conversation, "rating": rating, "remark": remark});
            let told = call(&mut world, "submit_fin_csat", "", body).unwrap();
            told.get("errors")
                .map_or_else(String::new, ToString::to_string)
        };
        assert_eq!(rate("ext-1", "bad", None), "");
        assert_eq!(rate("ext-1", "good", Some("Quick")), "");
        assert_eq!(
            rate("ext-1", "good", None),
            "",
            "the same again is no change"
        );
        assert!(rate("ext-1", "bad", None).contains("base"));
        assert!(rate("ext-1", "superb", None).contains("rating"));
        assert!(rate("ext-9", "good", None).contains("external_conversation_id"));
    }
}
