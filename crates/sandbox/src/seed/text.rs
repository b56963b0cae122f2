//! Text with slots: `{slot}` is filled in, `[a|b]` picks one.

use super::dice::Dice;

/// Fills the slots of a text.
pub(super) trait Slots {
    /// The value of a slot, as plain text.
    fn slot(&self, name: &str) -> &str;

    /// Title and address of the article that `{article:Title}` names.
    fn article(&self, title: &str) -> Option<&str>;
}

/// The text as HTML paragraphs, one a line; every special character of values is escaped.
pub(super) fn html(template: &str, dice: &mut Dice, slots: &dyn Slots) -> String {
    let mut out = String::with_capacity(template.len() + 64);
    out.push_str("<p>");
    write(template, dice, slots, true, &mut out);
    out.truncate(out.trim_end().len());
    out.push_str("</p>");
    out
}

/// The text as it is, on one line.
pub(super) fn plain(template: &str, dice: &mut Dice, slots: &dyn Slots) -> String {
    let mut out = String::with_capacity(template.len() + 32);
    write(template, dice, slots, false, &mut out);
    out.trim().to_owned()
}

/// Escapes what HTML would misread.
pub(super) fn escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}

fn write(template: &str, dice: &mut Dice, slots: &dyn Slots, html: bool, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[', '\n', '&', '<', '>']) {
        out.push_str(&rest[..at]);
        let (sign, tail) = rest[at..].split_at(1);
        rest = tail;
        match sign {
            "{" => {
                let (name, tail) = rest.split_once('}').unwrap_or((rest, ""));
                fill(name, slots, html, out);
                rest = tail;
            }
            "[" => {
                let (choices, tail) = rest.split_once(']').unwrap_or((rest, ""));
                let count = choices.split('|').count();
                let choice = choices
                    .split('|')
                    .nth(dice.below(count))
                    .unwrap_or_default();
                write(choice, dice, slots, html, out);
                rest = tail;
            }
            "\n" => {
                out.truncate(out.trim_end().len());
                out.push_str(if html { "</p><p>" } else { " " });
            }
            special if html => escape(special, out),
            special => out.push_str(special),
        }
    }
    out.push_str(rest);
}

fn fill(name: &str, slots: &dyn Slots, html: bool, out: &mut String) {
    let value = match name.strip_prefix("article:") {
        Some(title) => {
            if let (true, Some(url)) = (html, slots.article(title)) {
                out.push_str("<a href=\"");
                out.push_str(url);
                out.push_str("\">");
                escape(title, out);
                out.push_str("</a>");
                return;
            }
            title
        }
        None => slots.slot(name),
    };
    if html {
        escape(value, out);
    } else {
        out.push_str(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed;

    impl Slots for Fixed {
        fn slot(&self, name: &str) -> &str {
            if name == "name" { "A & B" } else { "?" }
        }

        fn article(&self, title: &str) -> Option<&str> {
            (title == "Returns").then_some("https://help.example/1")
        }
    }

    #[test]
    fn slots_choices_and_paragraphs_are_filled() {
        let mut dice = Dice::new(1, 1);
        for (template, expected) in [
            ("Hi {name}", "<p>Hi A &amp; B</p>"),
            ("one\ntwo", "<p>one</p><p>two</p>"),
            ("[same {name}|same {name}]!", "<p>same A &amp; B!</p>"),
            (
                "see {article:Returns}.",
                "<p>see <a href=\"https://help.example/1\">Returns</a>.</p>",
            ),
            ("see {article:Gone}", "<p>see Gone</p>"),
            ("1 < 2", "<p>1 &lt; 2</p>"),
            ("end [|]", "<p>end</p>"),
            ("end [|]\nnext", "<p>end</p><p>next</p>"),
        ] {
            assert_eq!(html(template, &mut dice, &Fixed), expected);
        }
        assert_eq!(plain(" a\nb & {name} ", &mut dice, &Fixed), "a b & A & B");
    }

    #[test]
    fn choices_follow_the_dice() {
        let throw = |seed| {
            plain(
                "[a|b|c][a|b|c][a|b|c][a|b|c]",
                &mut Dice::new(seed, 0),
                &Fixed,
            )
        };
        assert_eq!(throw(7), throw(7));
        assert!(
            (0..20)
                .map(throw)
                .collect::<std::collections::BTreeSet<_>>()
                .len()
                > 5
        );
    }
}
