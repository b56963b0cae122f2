//! The export of a workflow.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{World, clock::iso},
};
use serde_json::json;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    (operation == "export_workflow").then_some(export as Handler)
}

fn export(world: &mut World, call: &Call) -> Reply {
    let one = call
        .number(0)
        .and_then(|id| world.automation.workflows.get(&id));
    let one = one.ok_or_else(|| Fault::missing("not_found", "Workflow not found"))?;
    Answer::ok(json!({
        "export_version": "1.0",
        "exported_at": iso(world.now()),
        "app_id": 4417,
        "workflow": {
            "id": one.id.to_string(),
            "title": one.title,
            "description": one.description,
            "trigger_type": one.trigger_type,
            "state": one.state,
            "target_channels": one.channels,
            "preferred_devices": ["desktop", "mobile"],
            "created_at": iso(one.created_at),
            "updated_at": iso(one.updated_at),
            "targeting": one.targeting,
            "snapshot": one.steps,
            "attributes": [],
            "embedded_rules": [],
        },
    }))
}

#[cfg(test)]
mod tests {
    use crate::{
        testing::{call, fault, world},
        world::automation::Workflow,
    };
    use serde_json::{Value, json};

    #[test]
    fn a_workflow_is_exported_whole() {
        let mut world = world();
        let workflow = Workflow {
            id: 5,
            title: "Night shift".into(),
            steps: json!({"steps": [{"type": "reply"}]}),
            ..Workflow::default()
        };
        world.automation.workflows.insert(5, workflow);
        let told = call(&mut world, "export_workflow", "5", Value::Null).unwrap();
        assert_eq!(told["workflow"]["snapshot"]["steps"][0]["type"], "reply");
        assert_eq!(
            fault(&mut world, "export_workflow", "6", Value::Null),
            (404, "not_found")
        );
    }
}
