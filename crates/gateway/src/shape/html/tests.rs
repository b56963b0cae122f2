//! Tests of the conversion: what comes in, what comes out.

use super::*;

#[test]
fn html_becomes_markdown() {
    for (html, expected) in [
        (
            "<p>Hi,</p><p>where is my <b>refund</b>?</p>",
            "Hi,\n\nwhere is my **refund**?",
        ),
        ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
        ("<div>one</div><div>two</div>", "one\ntwo"),
        ("a  \n b&nbsp;c", "a b c"),
        (
            "<ul><li>one</li><li>two<ol><li>x</li><li>y</li></ol></li></ul>end",
            "- one\n- two\n  1. x\n  2. y\n\nend",
        ),
        (
            "<a href=\"https://a.b/c?d=1&amp;e=2\">the page</a>.",
            "[the page](https://a.b/c?d=1&e=2).",
        ),
        (
            "<a href='https://a.b/'>https://a.b</a> <a href=\"mailto:a@b.c\">a@b.c</a>",
            "https://a.b a@b.c",
        ),
        ("<h2>Title</h2><p>Text</p>", "## Title\n\nText"),
        (
            "<blockquote>said<br>so</blockquote><p>Yes.</p>",
            "> said\n> so\n\nYes.",
        ),
        ("<pre>a\n  b</pre>c", "```\na\n  b\n```\n\nc"),
        (
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
            "a | b\nc | d",
        ),
        ("<style>p{}</style><script>x()</script>ok", "ok"),
        (
            "<img src=\"https://a.b/c.png\" alt=\"shoe\"><img src=x width=1>",
            "![shoe](https://a.b/c.png)",
        ),
        ("5 < 6 &lt;b&gt; <b></b>", "5 < 6 <b>"),
        ("<p>open <b>never closed", "open **never closed"),
        ("", ""),
    ] {
        assert_eq!(markdown(html), expected, "{html}");
    }
}

#[test]
fn quoted_mail_is_folded() {
    for (body, expected) in [
        (
            "<p>Thanks!</p><div class=\"gmail_quote\"><div>On Mon Ana wrote:</div><blockquote>old</blockquote></div>",
            "Thanks!\n[quoted text folded]",
        ),
        (
            "<p>A</p><blockquote type=\"cite\">old</blockquote><p>B</p>",
            "A\n[quoted text folded]\n\nB",
        ),
        (
            "<p>A</p><div id=\"appendonsend\"></div><p>From: x</p><p>old</p>",
            "A\n[quoted text folded]",
        ),
        (
            "Yes please.\n\nOn 3 May 2026, at 10:00, Ana <ana@x.y> wrote:\n> old\n> older\n\nMore below.",
            "Yes please.\n[quoted text folded]\nMore below.",
        ),
        (
            "<div>Ok</div><div>On Tue, 4 May 2026 Ana wrote:</div><div>old words</div>",
            "Ok\n[quoted text folded]",
        ),
        (
            "Hello\n-----Original Message-----\nFrom: a",
            "Hello\n[quoted text folded]",
        ),
        (
            "<p>See below</p><div class=\"gmail_quote\">---------- Forwarded message ---------<br>Broken bell</div>",
            "See below\n\n---------- Forwarded message ---------\nBroken bell",
        ),
        (
            "On reflection she wrote: nothing",
            "On reflection she wrote: nothing",
        ),
        (
            "> a quote of mine\nmy answer",
            "> a quote of mine\nmy answer",
        ),
        ("I said:\n\n> stay calm", "I said:\n\n> stay calm"),
        ("caf&eacute;", "café"),
    ] {
        assert_eq!(message(body), expected, "{body}");
    }
}

#[test]
fn only_html_is_touched() {
    for text in ["a < b", "Ana <ana@x.y>", "1 <3", "plain", "<unknown>"] {
        assert!(matches!(readable(text), Cow::Borrowed(_)), "{text}");
    }
    assert_eq!(readable("<P>x</P>"), "x");
    assert!(KNOWN.is_sorted());
}

#[test]
fn hostile_html_ends() {
    let deep = "<ul><li>".repeat(5_000) + &"<blockquote>".repeat(200) + "x";
    assert!(markdown(&deep).contains('x'));
    assert_eq!(markdown(&"<".repeat(10_000)).len(), 10_000);
    for text in [
        "<p",
        "</",
        "<a href=\"",
        "&#;",
        "<!--",
        "<blockquote type=cite>",
        "é<é>é",
    ] {
        let _ = message(text);
    }
}
