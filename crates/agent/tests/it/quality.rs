//! The quality of the embedded default: the gate of `frontdesk agent evaluate`, and what the heads were learned from.

use agent::{
    Embedded, Encoder, View,
    embedded::corpus::Corpus,
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
