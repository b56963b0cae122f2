//! The quality of the embedded default: the gate of `frontdesk agent evaluate`, and what the heads were learned from.

use agent::{
    Embedded, Encoder, Reason, Rules, Verdict, View,
    embedded::{Recipe, corpus::Corpus, learn},
    escalation,
    evaluate::{Options, run},
};
use std::{path::PathBuf, sync::Arc};

#[test]
fn nothing_got_worse() {
    let data = std::env::var_os("FRONTDESK_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("skipped: the public sets; FRONTDESK_DATA names no folder");
    }
    let report = run(&Options { data, short: true }).unwrap();
    println!("{report}");
    assert!(report.regressions().is_empty(), "{report}");
}

#[test]
fn the_same_text_is_read_the_same_way() {
    let read = || {
        let mind = Embedded::new(Arc::new(Encoder::load().unwrap())).unwrap();
        let texts = [
            "I was charged twice",
            "THIRD time!! Let me talk to a human",
            "what is the capital of Peru",
        ];
        texts.map(|text| mind.triage(&View::of(text)).unwrap())
    };
    assert_eq!(read(), read());
}

#[test]
fn the_heads_were_learned_from_the_messages_here() {
    let mind = Embedded::new(Arc::new(Encoder::load().unwrap())).unwrap();
    let expect = Corpus::training().fingerprint();
    assert_eq!(
        mind.about().trained_on,
        expect,
        "run: cargo run -p agent --example learn"
    );
}

/// Takes minutes, and so runs only where it is asked for.
#[test]
fn learning_again_gives_the_same_file() {
    if std::env::var_os("AGENT_TEST_LEARN").is_none() {
        println!("skipped: AGENT_TEST_LEARN is not set");
        return;
    }
    let bytes = learn(&Encoder::load().unwrap(), Recipe::default()).unwrap();
    assert!(bytes == include_bytes!("../../models/heads.bin"));
}

#[test]
fn own_categories_are_learned_the_same_way_each_time() {
    let examples: Vec<(String, String)> = [
        ("the boat leaks", "repair"),
        ("the mast is broken", "repair"),
        ("please mend my sail", "repair"),
        ("I want to rent a canoe", "rental"),
        ("a boat for two days please", "rental"),
        ("can we hire three kayaks", "rental"),
    ]
    .map(|(text, class)| (text.to_owned(), class.to_owned()))
    .into();
    let read = || {
        let mind = Embedded::new(Arc::new(Encoder::load().unwrap())).unwrap();
        let mind = mind.with_categories(&examples).unwrap();
        let texts = ["there is a hole in my kayak", "renting a boat on Sunday"];
        texts.map(|text| mind.triage(&View::of(text)).unwrap())
    };
    let first = read();
    assert_eq!(first, read());
    assert_eq!(first[0].category, "repair");
    assert_eq!(first[1].category, "rental");
}

#[test]
fn anger_is_no_threat_and_a_refused_human_no_wish() {
    let mind = Embedded::new(Arc::new(Encoder::load().unwrap())).unwrap();
    let decide = |text: &str| {
        let view = View::of(text);
        let triage = mind.triage(&view).unwrap();
        escalation::decide(&view, &triage, &Rules::default())
    };
    for text in [
        "You billed me twice, nobody answers, and I'm furious!!",
        "This is the fourth time I write about the double charge. I've had it with you!",
    ] {
        assert_eq!(decide(text).reason, Reason::Frustration, "{text}");
    }
    for text in [
        "Please don't transfer me to an agent, I only want the delivery times.",
        "No need for a person, where is the page with the prices?",
    ] {
        assert_ne!(decide(text).verdict, Verdict::Escalate, "{text}");
    }
}
