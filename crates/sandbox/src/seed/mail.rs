//! Mails as programs write them: wrappers, signatures and quoted tails.

use super::dice::Dice;

/// How much of the mails before is still quoted, in bytes.
const TAIL: usize = 2600;

/// The first mail of a thread.
pub(super) fn first(body: String, name: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!("<div dir=\"ltr\">{body}</div>"),
        1 => format!(
            "<div>{body}</div><div><br></div><div class=\"signature\">{name}<br>Sent from my phone</div>"
        ),
        _ => body,
    }
}

/// An answer of a customer above what it answers.
pub(super) fn answer(body: &str, quoted: &str, address: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!(
            "<div dir=\"ltr\">{body}</div><br><div class=\"gmail_quote\"><div dir=\"ltr\" class=\"gmail_attr\">Spoke &amp; Saddle &lt;help@spokeandsaddle.example&gt; wrote:<br></div><blockquote class=\"gmail_quote\" style=\"margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex\">{quoted}</blockquote></div>"
        ),
        1 => format!(
            "<div class=\"WordSection1\">{body}<div style=\"border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm\"><p class=\"MsoNormal\"><b>From:</b> Spoke &amp; Saddle &lt;help@spokeandsaddle.example&gt;<br><b>To:</b> {address}<br><b>Subject:</b> Re: your message</p></div>{quoted}</div>"
        ),
        _ => format!(
            "{body}<br><div><blockquote type=\"cite\"><div>Spoke &amp; Saddle &lt;help@spokeandsaddle.example&gt; wrote:</div><br class=\"Apple-interchange-newline\"><div>{quoted}</div></blockquote></div>"
        ),
    }
}

/// What a customer will quote of our answer: it stands above the customer's own mail.
pub(super) fn reply(body: &str, before: &str) -> String {
    shortened(&format!(
        "{body}<p>--<br>Spoke &amp; Saddle, Rotterdam</p><blockquote>{before}</blockquote>"
    ))
}

/// Cuts the oldest mails off a tail that has grown too long, at the end of a paragraph, and closes what stays open.
pub(super) fn shortened(tail: &str) -> String {
    if tail.len() <= TAIL {
        return tail.to_owned();
    }
    let limit = (0..=TAIL)
        .rev()
        .find(|&at| tail.is_char_boundary(at))
        .unwrap_or(0);
    let end = tail[..limit]
        .rfind("</p>")
        .map_or(0, |at| at + "</p>".len());
    let mut kept = tail[..end].to_owned();
    for tag in ["blockquote", "div"] {
        let open = kept
            .matches(&format!("<{tag}"))
            .count()
            .saturating_sub(kept.matches(&format!("</{tag}>")).count());
        kept.push_str(&format!("</{tag}>").repeat(open));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_tail_is_cut_and_closed() {
        let mut dice = Dice::new(5, 5);
        let mut quoted = "<p>first</p>".to_owned();
        for n in 0..40 {
            quoted = shortened(&answer(
                &format!("<p>mail {n} {}</p>", "word ".repeat(30)),
                &quoted,
                "a@b.example",
                &mut dice,
            ));
            assert!(quoted.len() < TAIL + 400, "{}", quoted.len());
            for tag in ["blockquote", "div"] {
                assert_eq!(
                    quoted.matches(&format!("<{tag}")).count(),
                    quoted.matches(&format!("</{tag}>")).count(),
                    "{tag} in {quoted}"
                );
            }
        }
    }
}
