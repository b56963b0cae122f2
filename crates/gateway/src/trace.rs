//! W3C trace context: where a call stands in the trace of its caller, and what is passed on to Intercom.

use std::fmt::{self, Write as _};

/// A place in a trace: the trace's id, the span that is the parent of what follows, and the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace, 16 bytes that are not all zero.
    pub trace: [u8; 16],
    /// The span, 8 bytes that are not all zero.
    pub span: [u8; 8],
    /// The flags; bit 0 says that the trace is recorded.
    pub flags: u8,
}

impl TraceContext {
    /// Reads the value of a `traceparent`; a value that W3C Trace Context forbids is as good as none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = bytes::<1>(version)?;
        // Version 00 has four parts; later ones may have more.
        if version == 0xff || version == 0 && parts.next().is_some() {
            return None;
        }
        let [flags] = bytes::<1>(flags)?;
        let context = Self {
            trace: bytes(trace)?,
            span: bytes(span)?,
            flags,
        };
        (context.trace != [0; 16] && context.span != [0; 8]).then_some(context)
    }

    /// A new trace, recorded or not.
    pub fn new(sampled: bool) -> Self {
        Self {
            trace: nonzero(),
            span: nonzero(),
            flags: u8::from(sampled),
        }
    }

    /// A span under this one.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            span: nonzero(),
            ..*self
        }
    }

    /// Whether the trace is recorded.
    pub fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }

    /// The trace's id in hexadecimal.
    pub fn trace_hex(&self) -> String {
        hex(&self.trace)
    }
}

impl fmt::Display for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "00-{}-{}-{:02x}",
            hex(&self.trace),
            hex(&self.span),
            self.flags & 1
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Lower-case hexadecimal of exactly that length.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if text.len() != N * 2 || !text.bytes().all(plain) {
        return None;
    }
    let mut out = [0; N];
    for (byte, at) in out.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(out)
}

fn nonzero<const N: usize>() -> [u8; N] {
    loop {
        let bytes: [u8; N] = rand::random();
        if bytes != [0; N] {
            return bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_parent_is_read_and_written() {
        let context = TraceContext::parse(GOOD).unwrap();
        assert!(context.is_sampled());
        assert_eq!(context.to_string(), GOOD);
        let child = context.child();
        assert_eq!(child.trace, context.trace);
        assert_ne!(child.span, context.span);
        assert_eq!(TraceContext::parse(&child.to_string()), Some(child));
        // A later version may say more.
        let later = GOOD.replacen("00", "cc", 1) + "-more";
        assert_eq!(TraceContext::parse(&later).unwrap().trace, context.trace);
    }

    #[test]
    fn what_the_standard_forbids_is_as_good_as_none() {
        for wrong in [
            "",
            "00",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
            "00-0af7651916cd43dd8448eb211c8031é-b7ad6b7169203331-01",
        ] {
            assert_eq!(TraceContext::parse(wrong), None, "{wrong:?}");
        }
    }
}
