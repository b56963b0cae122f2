//! Scripted faults: what goes wrong, for which requests, how often.

use serde_json::{Value, json};
use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// An error answer instead of the effect; 429 carries the rate headers of a spent window.
    Status(u16),
    /// The answer comes late.
    Delay(Duration),
    /// The connection closes, and nothing was done.
    DropBefore,
    /// The connection closes after the effect, without an answer.
    DropAfter,
    /// The effect happens, the answer is broken JSON.
    Malformed,
    /// A page of HTML, as a proxy in between would send it; nothing was done.
    Html(u16),
    /// Nothing is done and nothing ever answered.
    Stall,
    /// The effect happens, the answer breaks off in the middle.
    Truncated,
}

impl Trouble {
    /// Whether the operation is carried out all the same.
    pub(crate) fn has_effect(&self) -> bool {
        matches!(
            self,
            Self::Delay(_) | Self::DropAfter | Self::Malformed | Self::Truncated
        )
    }
}

/// A fault that waits for its requests.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    trouble: Trouble,
    method: Option<String>,
    /// `*` stands for one segment, `**` at the end for the rest.
    path: Option<String>,
    operation: Option<String>,
    /// Matching requests that go well before the first fault.
    skip: u64,
    /// Faults that are left; none is without end.
    times: Option<u64>,
    /// Seconds for a `Retry-After` header.
    pub retry_after: Option<u64>,
}

impl Script {
    /// Reads a fault from the control surface's JSON.
    pub(crate) fn read(body: &Value) -> Result<Self, String> {
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let number = |name: &str| body.get(name).and_then(Value::as_u64);
        let times = match body.get("times") {
            None => Some(1),
            Some(Value::Null) => None,
            Some(value) => Some(
                value
                    .as_u64()
                    .ok_or("times must be a number, or null for without end")?,
            ),
        };
        Ok(Self {
            trouble: trouble(body)?,
            method: text("method").map(|method| method.to_ascii_uppercase()),
            path: text("path"),
            operation: text("operation"),
            skip: number("skip").unwrap_or(0),
            times,
            retry_after: number("retry_after"),
        })
    }

    fn fits(&self, method: &str, path: &str, operation: &str) -> bool {
        self.method.as_deref().is_none_or(|wanted| wanted == method)
            && self
                .operation
                .as_deref()
                .is_none_or(|wanted| wanted == operation)
            && self
                .path
                .as_deref()
                .is_none_or(|pattern| path_fits(pattern, path))
    }

    fn tell(&self) -> Value {
        json!({
            "kind": format!("{:?}", self.trouble),
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "skip": self.skip,
            "times": self.times,
        })
    }
}

/// The faults that are set, in the order they were set.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<Script>);

impl Faults {
    /// Adds a fault.
    pub(crate) fn add(&mut self, script: Script) {
        self.0.push(script);
    }

    /// Takes all faults away.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The faults that are left.
    pub(crate) fn list(&self) -> Value {
        self.0.iter().map(Script::tell).collect()
    }

    /// What goes wrong with a request, and the seconds of its `Retry-After`; the first fault that fits is used up by one.
    pub(crate) fn take(
        &mut self,
        method: &str,
        path: &str,
        operation: &str,
    ) -> Option<(Trouble, Option<u64>)> {
        for index in 0..self.0.len() {
            let script = &mut self.0[index];
            if !script.fits(method, path, operation) {
                continue;
            }
            if script.skip > 0 {
                script.skip -= 1;
                continue;
            }
            let taken = (script.trouble.clone(), script.retry_after);
            script.times = script.times.map(|left| left.saturating_sub(1));
            if script.times == Some(0) {
                self.0.remove(index);
            }
            return Some(taken);
        }
        None
    }
}

fn trouble(body: &Value) -> Result<Trouble, String> {
    let kind = match body.get("kind") {
        Some(Value::String(kind)) => kind.clone(),
        Some(Value::Number(status)) => status.to_string(),
        _ => return Err("kind is missing: a status such as 429 or 503, delay, drop_before, drop_after, malformed, html, stall or truncated".into()),
    };
    let status = body
        .get("status")
        .and_then(Value::as_u64)
        .and_then(|status| u16::try_from(status).ok());
    let millis = body.get("delay_ms").and_then(Value::as_u64);
    Ok(match kind.as_str() {
        "delay" => Trouble::Delay(Duration::from_millis(
            millis.ok_or("a delay needs delay_ms")?,
        )),
        "drop_before" => Trouble::DropBefore,
        "drop_after" => Trouble::DropAfter,
        "malformed" => Trouble::Malformed,
        "html" => Trouble::Html(status.unwrap_or(502)),
        "stall" => Trouble::Stall,
        "truncated" => Trouble::Truncated,
        "status" => Trouble::Status(status.ok_or("kind status needs a status")?),
        "5xx" => Trouble::Status(status.unwrap_or(503)),
        other => match other.parse() {
            Ok(status @ 400..=599) => Trouble::Status(status),
            _ => {
                return Err(format!(
                    "`{other}` is no kind of fault: use a status such as 429 or 503, delay, drop_before, drop_after, malformed, html, stall or truncated"
                ));
            }
        },
    })
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut given) = (
        pattern.trim_matches('/').split('/'),
        path.trim_matches('/').split('/'),
    );
    loop {
        match (wanted.next(), given.next()) {
            (None, None) | (Some("**"), _) => return true,
            (Some("*"), Some(_)) => {}
            (Some(word), Some(part)) if word == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_fits_skips_and_ends() {
        let mut faults = Faults::default();
        let script = json!({"kind": "429", "method": "post", "path": "/conversations/*/reply", "skip": 1, "times": 2, "retry_after": 3});
        faults.add(Script::read(&script).unwrap());
        let mut hit =
            |method: &str, path: &str| faults.take(method, path, "reply_conversation").is_some();
        let seen = [
            hit("GET", "/conversations/1/reply"),
            hit("POST", "/conversations/1"),
            hit("POST", "/conversations/1/reply"),
        ];
        assert_eq!(seen, [false, false, false]);
        let seen: Vec<bool> = (0..3)
            .map(|_| hit("POST", "/conversations/2/reply"))
            .collect();
        assert_eq!(seen, [true, true, false]);
    }

    #[test]
    fn every_kind_is_read_and_nonsense_is_refused() {
        for (body, expected) in [
            (json!({"kind": 503}), Ok(Trouble::Status(503))),
            (json!({"kind": "5xx"}), Ok(Trouble::Status(503))),
            (
                json!({"kind": "delay", "delay_ms": 20}),
                Ok(Trouble::Delay(Duration::from_millis(20))),
            ),
            (json!({"kind": "html"}), Ok(Trouble::Html(502))),
            (json!({"kind": "delay"}), Err("delay_ms")),
            (json!({"kind": "explode"}), Err("no kind of fault")),
            (json!({}), Err("kind is missing")),
        ] {
            match (Script::read(&body), expected) {
                (Ok(script), Ok(trouble)) => assert_eq!(script.trouble, trouble),
                (Err(error), Err(words)) => assert!(error.contains(words), "{error}"),
                (got, expected) => panic!("{body}: {got:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn patterns_fit_paths() {
        for (pattern, path, fits) in [
            ("/a/*", "/a/b", true),
            ("/a/*", "/a/b/c", false),
            ("/a/**", "/a/b/c", true),
            ("/a", "/a/", true),
            ("/a", "/b", false),
        ] {
            assert_eq!(path_fits(pattern, path), fits, "{pattern} {path}");
        }
    }
}
