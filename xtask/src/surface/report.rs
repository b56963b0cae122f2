//! Differences as text: one block a tool, `!` before what breaks a client.

use super::diff::{Difference, Fate, counts};

/// The report, its summary first.
pub(super) fn text(old: &str, new: &str, differences: &[Difference]) -> String {
    if differences.is_empty() {
        return format!("tools from {old} to {new}: no difference");
    }
    let counted: Vec<String> = counts(differences)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let breaking = differences.iter().filter(|one| one.breaks()).count();
    let mut lines = vec![format!(
        "tools from {old} to {new}: {}; {breaking} break clients (!)",
        counted.join(", ")
    )];
    for difference in differences {
        lines.push(String::new());
        lines.extend(block(difference));
    }
    lines.join("\n")
}

fn block(difference: &Difference) -> impl Iterator<Item = String> {
    let name = &difference.name;
    let head = match &difference.fate {
        Fate::Removed => format!("! - {name}"),
        Fate::Renamed(new) => format!("! - {name}: looks like {new} now"),
        Fate::Changed => format!("  ~ {name}"),
        Fate::Added => format!("  + {name}"),
    };
    let notes = difference.notes.iter().map(|note| {
        let mark = if note.breaks { '!' } else { ' ' };
        format!("{mark}     {}", note.text)
    });
    std::iter::once(head).chain(notes)
}

#[cfg(test)]
mod tests {
    use super::super::diff::Note;
    use super::*;

    #[test]
    fn what_breaks_is_marked_and_counted() {
        let one = |name: &str, fate, notes| Difference {
            name: name.into(),
            fate,
            notes,
        };
        let differences = [
            one("old", Fate::Renamed("new".into()), vec![]),
            one(
                "tool",
                Fate::Changed,
                vec![Note::breaking("worse"), Note::harmless("nicer")],
            ),
            one("more", Fate::Added, vec![Note::harmless("More: read")]),
        ];
        assert_eq!(
            text("v1", "v2", &differences),
            "tools from v1 to v2: 1 renamed, 1 changed, 1 added; 2 break clients (!)\n\n! - old: looks like new now\n\n  ~ tool\n!     worse\n      nicer\n\n  + more\n      More: read"
        );
        assert_eq!(text("a", "b", &[]), "tools from a to b: no difference");
    }
}
