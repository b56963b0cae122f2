//! Numbers as people write them: groups of digits with single separators, and which of them are cards or phones.

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Card,
    Phone,
}

/// The most groups that one number has.
const GROUPS: usize = 12;
/// Words that make a phone number of the digits after them.
const CALLED: [&str; 6] = ["phone", "tel", "mobile", "cell", "whatsapp", "fax"];
/// How far before the digits such a word stands at most, in bytes.
const NEAR: usize = 20;

/// Groups of digits that follow one another.
pub(super) struct Run<'a> {
    text: &'a str,
    start: usize,
    groups: [(usize, usize); GROUPS],
    count: usize,
    /// Whether the first, or the last group is a part of an identifier or an amount.
    torn: (bool, bool),
}

impl<'a> Run<'a> {
    /// The run that begins here: with a digit, or with a plus or a parenthesis before one.
    pub(super) fn at(text: &'a str, start: usize) -> Option<Self> {
        let bytes = text.as_bytes();
        let length = |from: usize, fits: fn(&u8) -> bool| {
            bytes[from..].iter().take_while(|byte| fits(byte)).count()
        };
        let mut groups = [(0, 0); GROUPS];
        let mut count = 0;
        let mut at = start + length(start, |byte| b"+(".contains(byte)).min(2);
        while count < GROUPS {
            let end = at + length(at, u8::is_ascii_digit);
            if end == at {
                break;
            }
            groups[count] = (at, end);
            count += 1;
            at = end + length(end, |byte| b" -.()".contains(byte)).min(2);
            if at == end {
                break;
            }
        }
        let end = groups[..count].last()?.1;
        let before = text[..start].chars().next_back();
        let after = text[end..].chars().next();
        let joined = |c: char| c.is_alphanumeric() || c == '_';
        let marked = |c: char| "#/-.$".contains(c) && bytes[start] != b'+';
        Some(Self {
            text,
            start,
            groups,
            count,
            torn: (
                before.is_some_and(|c| joined(c) || marked(c)),
                after.is_some_and(|c| joined(c) || c == '%'),
            ),
        })
    }

    /// Where it ends.
    pub(super) fn end(&self) -> usize {
        self.groups[self.count - 1].1
    }

    /// The part of it that is a card or a phone number, the longest one first.
    pub(super) fn find(&self, kind: Kind) -> Option<(usize, usize)> {
        for first in (0..self.count).filter(|first| self.begins(*first)) {
            for last in (first..self.count).rev().filter(|last| self.ends(*last)) {
                let found = match kind {
                    Kind::Card => self.is_card(first, last),
                    Kind::Phone => self.is_phone(first, last),
                };
                if found {
                    return Some((self.start_of(first), self.groups[last].1));
                }
            }
        }
        None
    }

    /// A number begins with the run, or behind a space.
    fn begins(&self, first: usize) -> bool {
        if first == 0 {
            !self.torn.0
        } else {
            self.between(first).contains(' ')
        }
    }

    fn ends(&self, last: usize) -> bool {
        if last + 1 == self.count {
            !self.torn.1
        } else {
            self.between(last + 1).contains(' ')
        }
    }

    /// What stands between a group and the one before it.
    fn between(&self, group: usize) -> &str {
        &self.text[self.groups[group - 1].1..self.groups[group].0]
    }

    fn start_of(&self, first: usize) -> usize {
        if first == 0 {
            self.start
        } else {
            self.groups[first].0
        }
    }

    fn lengths(&self) -> [usize; GROUPS] {
        self.groups.map(|(start, end)| end - start)
    }

    /// One group, or groups as on the card, with the same separator throughout.
    fn is_card(&self, first: usize, last: usize) -> bool {
        let shape = match &self.lengths()[first..=last] {
            [_] | [4, 6, 4 | 5] | [4, 4, 4, 4] => true,
            [4, 4, 4, 4, rest] => *rest <= 3,
            _ => false,
        };
        let same =
            |separator: &str| (first + 1..=last).all(|group| self.between(group) == separator);
        let (start, end) = (self.groups[first].0, self.groups[last].1);
        let plus = self.text[self.start_of(first)..start].contains('+');
        shape && !plus && (same(" ") || same("-")) && is_card(&self.text[start..end])
    }

    fn is_phone(&self, first: usize, last: usize) -> bool {
        let lengths = &self.lengths()[first..=last];
        let digits: usize = lengths.iter().sum();
        let written = &self.text[self.start_of(first)..self.groups[last].1];
        if written.trim_start_matches('(').starts_with('+') {
            return (8..=15).contains(&digits);
        }
        let zero = first == 0 && written.starts_with('0');
        let shape = match lengths {
            // Dates, with the time of day or without.
            [2, 2, 4, ..] | [4, 2, 2, ..] => false,
            [3, 3, 4] | [1, 3, 3, 4] => true,
            [2..=5, _, ..] if written.starts_with('(') => (9..=12).contains(&digits),
            [_, _, ..] if zero => (9..=14).contains(&digits),
            _ => false,
        };
        shape || (9..=15).contains(&digits) && self.is_called_phone(first)
    }

    /// Whether one of [`CALLED`] stands shortly before.
    fn is_called_phone(&self, first: usize) -> bool {
        let start = self.start_of(first);
        let mut from = start.saturating_sub(NEAR);
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        let before = self.text[from..start].to_ascii_lowercase();
        before
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| CALLED.contains(&word))
    }
}

/// Whether a field's text can be a phone number: digits enough, and no other words.
pub(super) fn could_be_phone(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 5 && !text.contains('@')
}

/// The number with stars for all digits but the last, its separators as they were.
pub(super) fn starred(number: &str, kind: Kind) -> String {
    let kept = match kind {
        Kind::Card => 4,
        Kind::Phone => 2,
    };
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let mut seen = 0;
    let star = |c: char| {
        seen += usize::from(c.is_ascii_digit());
        if c.is_ascii_digit() && seen + kept <= digits {
            '*'
        } else {
            c
        }
    };
    number.chars().map(star).collect()
}

/// Whether issuer, length and check digit fit.
fn is_card(written: &str) -> bool {
    let mut digits = [0; 19];
    let mut count = 0;
    for byte in written.bytes().filter(u8::is_ascii_digit) {
        let Some(digit) = digits.get_mut(count) else {
            return false;
        };
        *digit = byte - b'0';
        count += 1;
    }
    let digits = &digits[..count];
    count >= 13 && issued(digits) && luhn(digits)
}

/// Ranges of Visa, Mastercard, American Express, Discover, Diners, JCB, `UnionPay` and Maestro, with their lengths.
fn issued(digits: &[u8]) -> bool {
    let head = digits[..4]
        .iter()
        .fold(0, |head, digit| head * 10 + u32::from(*digit));
    match (head, digits.len()) {
        // Thirteen digits are Visa's no more, but many a bar code's.
        (4000..=4999, length) => length == 16 || length == 19,
        (5100..=5599 | 2221..=2720, length) => length == 16,
        (3400..=3499 | 3700..=3799, length) => length == 15,
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, length) => (14..=19).contains(&length),
        (3528..=3589 | 6011 | 6200..=6299 | 6440..=6599, length) => (16..=19).contains(&length),
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, _) => true,
        _ => false,
    }
}

/// The check digit of ISO/IEC 7812: every second digit from the right counts twice.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(*digit) << (index % 2);
            digit / 10 + digit % 10
        })
        .sum();
    sum.is_multiple_of(10)
}
