//! Learns the embedded heads from `data/train` and writes `models/heads.bin`: `cargo run -p agent --example learn`.

use agent::embedded::{Encoder, Recipe, learn};
use std::{error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/heads.bin");
    let bytes = learn(&Encoder::load()?, Recipe::default())?;
    fs::write(place, bytes)?;
    Ok(())
}
