//! E-mail addresses, found by their `@`, by `%40` as URLs write it, or as HTML may write it.

/// Where an address lies.
pub(super) struct Address {
    pub(super) local_start: usize,
    pub(super) local_end: usize,
    pub(super) end: usize,
}

/// How many bytes the at sign here has, if it is one.
pub(super) fn sign(text: &str, at: usize) -> Option<usize> {
    let rest = &text.as_bytes()[at..];
    [&b"@"[..], b"%40", b"&#64;", b"&#x40;", b"&commat;"]
        .iter()
        .find(|sign| rest.starts_with(sign))
        .map(|sign| sign.len())
}

/// The address around an at sign, no part of which lies before `from`.
pub(super) fn around(text: &str, from: usize, at: usize, sign: usize) -> Option<Address> {
    let before = text.as_bytes()[from..at].iter().rev();
    let local = before.take_while(|byte| is_local(**byte)).count();
    let dots = text.as_bytes()[at - local..at]
        .iter()
        .take_while(|byte| **byte == b'.');
    let local_start = at - local + dots.count();
    let end = at + sign + domain(&text[at + sign..])?;
    (local_start < at).then_some(Address {
        local_start,
        local_end: at,
        end,
    })
}

/// The length of the domain that a text begins with: labels and dots, the last one of letters.
fn domain(text: &str) -> Option<usize> {
    let is_domain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'.';
    let length = text.bytes().take_while(|byte| is_domain(byte)).count();
    let name = text[..length].trim_end_matches(['.', '-']);
    let (rest, last) = name.rsplit_once('.')?;
    let top = last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic())
        || last.starts_with("xn--");
    let whole = rest.split('.').all(|label| !label.is_empty());
    (top && whole).then_some(name.len())
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$&'*+-_^`{|}~".contains(&byte)
}
