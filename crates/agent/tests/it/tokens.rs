//! Word pieces against those of the `tokenizers` library 0.23 for the same vocabulary (`data/pieces.json`), and meanings
//! against those of ONNX Runtime 1.31 for the same weights.

use agent::{Encoder, embedded::dot};

/// Special tokens that a customer types are plain words here, as they should be: the library reads them as marks.
const TYPED_MARKS: &str = "[CLS]";

/// Cosines of pairs of the texts below, by the reference.
const COSINES: [(usize, usize, f32); 3] = [(0, 1, 0.2769), (0, 2, 0.0975), (1, 2, -0.0106)];

#[test]
fn pieces_are_those_of_the_reference() {
    let encoder = Encoder::load().unwrap();
    let reference: Vec<(String, Vec<i32>)> =
        serde_json::from_str(include_str!("data/pieces.json")).unwrap();
    let mut wrong = Vec::new();
    for (text, ids) in reference
        .iter()
        .filter(|(text, _)| !text.contains(TYPED_MARKS))
    {
        let own = encoder.pieces(text);
        if own != *ids {
            wrong.push(format!("{text:?}\n  {own:?}\n  {ids:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn meanings_are_those_of_the_reference() {
    let encoder = Encoder::load().unwrap();
    assert!(Encoder::weights_are_whole());
    let texts = [
        "How do I reset my password?",
        "My card was charged twice",
        "Bonjour, où est ma commande ?",
    ];
    let meanings: Vec<_> = texts
        .iter()
        .map(|text| encoder.meaning(text).unwrap())
        .collect();
    for (one, other, expect) in COSINES {
        let cosine = dot(&meanings[one], &meanings[other]);
        assert!(
            (cosine - expect).abs() < 0.03,
            "{one} {other}: {cosine}, not {expect}"
        );
    }
}
