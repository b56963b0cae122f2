//! Reading a body written as `multipart/form-data`.

use serde_json::{Map, Value, json};

/// The boundary that a content type names, when it is one of a form.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let mut parameters = parameters.split(';').map(str::trim);
    let boundary = parameters.find_map(|parameter| parameter.strip_prefix("boundary="))?;
    Some(boundary.trim_matches('"'))
}

/// The fields of a form: text as text, a file as `{"file": its text}`. None when it is not a form.
pub(crate) fn fields(bytes: &[u8], boundary: &str) -> Option<Value> {
    let text = std::str::from_utf8(bytes).ok()?;
    let line = format!("--{boundary}");
    let (body, _) = text.rsplit_once(&format!("{line}--"))?;
    let mut fields = Map::new();
    for part in body.split(&line).skip(1) {
        let (head, value) = part.strip_prefix("\r\n")?.split_once("\r\n\r\n")?;
        let value = value.strip_suffix("\r\n")?;
        let disposition = head.lines().find(|line| {
            line.to_ascii_lowercase()
                .starts_with("content-disposition:")
        })?;
        let parameter = |name: &str| {
            let mut all = disposition.split(';').map(str::trim);
            let value = all.find_map(|one| one.strip_prefix(name)?.strip_prefix('='))?;
            Some(value.trim_matches('"').to_owned())
        };
        let value = match parameter("filename") {
            Some(_) => json!({"file": value}),
            None => json!(value),
        };
        fields.insert(parameter("name")?, value);
    }
    Some(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_files_are_told_apart() {
        let kind = "multipart/form-data; boundary=\"b1\"";
        let form = "--b1\r\nContent-Disposition: form-data; name=\"part_number\"\r\n\r\n2\r\n\
            --b1\r\nContent-Disposition: form-data; name=\"catalog\"; filename=\"c.json\"\r\nContent-Type: application/json\r\n\r\n[1,\r\n2]\r\n--b1--\r\n";
        let boundary = boundary(kind).unwrap();
        assert_eq!(
            fields(form.as_bytes(), boundary),
            Some(json!({"part_number": "2", "catalog": {"file": "[1,\r\n2]"}}))
        );
    }

    #[test]
    fn other_bodies_are_no_forms() {
        assert_eq!(boundary("application/json; charset=utf-8"), None);
        assert_eq!(boundary("multipart/form-data"), None);
        for broken in [
            "",
            "--b1",
            "--b1\r\nx\r\n--b1--",
            "--b1\r\n\r\n\r\nx\r\n--b1--",
        ] {
            assert_eq!(fields(broken.as_bytes(), "b1"), None, "{broken}");
        }
    }
}
