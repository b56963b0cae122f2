//! Prints the table of figures: `cargo run -p agent --example evaluate -- [FOLDER [short]]`.

use agent::evaluate::{Options, run};
use std::{env, error::Error, io::Write};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let options = Options {
        data: arguments.next().map(Into::into),
        short: arguments.next().is_some(),
    };
    write!(std::io::stdout(), "{}", run(&options)?)?;
    Ok(())
}
