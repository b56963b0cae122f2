//! What is let through to the parser: it goes some frames deeper with each bracket, sign and dot, and its own limit is more
//! than a thread's stack may hold. So what is nested deeper than any rule needs never reaches it.
//!
//! What stands in quotes is not looked at; therefore only quotes are taken that the parser is sure to read as we do.

/// How deep brackets may be nested.
const DEEPEST: usize = 12;
/// Dots, signs and words like `in` between two of `&&` and `||`.
const PIECE: usize = 24;
/// Choices (`?`) in all.
const CHOICES: usize = 8;

/// Fails with what is too much.
pub(super) fn shallow(source: &str) -> Result<(), String> {
    let bare = unquoted(source)?;
    let (mut depth, mut piece, mut choices) = (0_usize, 0_usize, 0_usize);
    for letter in bare.chars() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '.' | '-' | '!' | '<' | '>' | '=' => piece += 1,
            '&' | '|' => piece = 0,
            '?' => choices += 1,
            '+' | '*' | '/' | '%' | '`' => {
                return Err(format!("`{letter}` cannot be used in a rule"));
            }
            _ => {}
        }
        if depth > DEEPEST || piece > PIECE || choices > CHOICES {
            return Err("it is nested too deep, or too long in one piece".into());
        }
    }
    if bare.split_whitespace().filter(|word| *word == "in").count() > PIECE {
        return Err("there are too many `in`".into());
    }
    Ok(())
}

/// The expression without what stands in quotes.
fn unquoted(source: &str) -> Result<String, String> {
    const PLAIN: &str = "only plain texts such as 'x' can be written, on one line, with \\', \\\", \\\\, \\n, \\r and \\t";
    if source.contains("'''") || source.contains("\"\"\"") {
        return Err(PLAIN.into());
    }
    let mut bare = String::with_capacity(source.len());
    let mut letters = source.chars();
    while let Some(letter) = letters.next() {
        if letter != '"' && letter != '\'' {
            bare.push(letter);
            continue;
        }
        // `r'…'` and `b'…'` have rules of their own.
        if bare.ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            return Err(PLAIN.into());
        }
        loop {
            match letters.next() {
                Some(end) if end == letter => break,
                Some('\\') if letters.next().is_some_and(|next| "'\"\\nrt".contains(next)) => {}
                Some('\\' | '\n' | '\r') | None => return Err(PLAIN.into()),
                Some(_) => {}
            }
        }
        bare.push(' ');
    }
    Ok(bare)
}
