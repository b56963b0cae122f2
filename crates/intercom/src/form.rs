//! A body written as `multipart/form-data`.

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;
use std::fmt::Write;

/// Media type and bytes of a form: plain values as text, lists and objects each as a JSON file called after their field.
pub(crate) fn encode(body: &Value) -> (HeaderValue, Bytes) {
    let fields: Vec<(&str, bool, String)> = body
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            (name.as_str(), value.is_array() || value.is_object(), text)
        })
        .collect();
    let boundary = boundary(&fields);
    let mut form = String::new();
    for (name, is_file, text) in &fields {
        let head = if *is_file {
            format!("; filename=\"{name}.json\"\r\nContent-Type: application/json")
        } else {
            String::new()
        };
        // Writing to a string cannot fail.
        let _ = write!(
            form,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n{text}\r\n"
        );
    }
    let _ = write!(form, "--{boundary}--\r\n");
    let kind = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
        .unwrap_or(HeaderValue::from_static("multipart/form-data"));
    (kind, form.into())
}

/// A line that no value holds.
fn boundary(fields: &[(&str, bool, String)]) -> String {
    let mut number = 0_u64;
    loop {
        let boundary = format!("frontdesk-{number}");
        if !fields.iter().any(|(.., text)| text.contains(&boundary)) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(body: &Value) -> (String, String) {
        let (kind, bytes) = encode(body);
        (
            kind.to_str().unwrap().to_owned(),
            String::from_utf8(bytes.to_vec()).unwrap(),
        )
    }

    #[test]
    fn plain_values_are_text_and_lists_are_files() {
        let (kind, form) = text(
            &json!({"part_number": 2, "finalize": "false", "left_out": null, "catalog": [{"id": "1"}]}),
        );
        assert_eq!(kind, "multipart/form-data; boundary=frontdesk-0");
        assert_eq!(
            form,
            "--frontdesk-0\r\nContent-Disposition: form-data; name=\"part_number\"\r\n\r\n2\r\n\
             --frontdesk-0\r\nContent-Disposition: form-data; name=\"finalize\"\r\n\r\nfalse\r\n\
             --frontdesk-0\r\nContent-Disposition: form-data; name=\"catalog\"; filename=\"catalog.json\"\r\nContent-Type: application/json\r\n\r\n[{\"id\":\"1\"}]\r\n\
             --frontdesk-0--\r\n"
        );
    }

    #[test]
    fn no_value_can_end_its_part() {
        let (kind, form) = text(&json!({"a": "x\r\n--frontdesk-0--\r\n", "b": "frontdesk-1"}));
        assert!(kind.ends_with("boundary=frontdesk-2"));
        assert_eq!(form.matches("--frontdesk-2").count(), 3);
        assert_eq!(text(&json!({})).1, "--frontdesk-0--\r\n");
    }
}
