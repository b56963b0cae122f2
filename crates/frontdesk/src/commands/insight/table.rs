//! Rows of an answer as a table for a terminal.

use serde_json::Value;

/// The widest that a column becomes.
const WIDEST: usize = 60;

/// A table of rows; a column that no row has is not there.
pub(in crate::commands) fn of(rows: &[Value]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in rows
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|row| row.keys())
    {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    if names.is_empty() {
        return "Nothing found.".into();
    }
    let mut lines = vec![names.iter().map(|name| heading(name)).collect::<Vec<_>>()];
    lines.extend(
        rows.iter()
            .map(|row| names.iter().map(|name| cell(name, &row[*name])).collect()),
    );
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..names.len()).map(width).collect();
    let is_number = |column: usize| rows.iter().all(|row| !row[names[column]].is_string());
    let mut table = String::new();
    for line in &lines {
        for (column, text) in line.iter().enumerate() {
            let room = " ".repeat(widths[column] - text.chars().count());
            let (before, after) = if is_number(column) {
                (room, String::new())
            } else {
                (String::new(), room)
            };
            table.extend([before.as_str(), text, after.as_str(), "  "]);
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}

/// Seconds as one reads them.
pub(in crate::commands) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.0} s"),
        s if s < 5_400.0 => format!("{:.0} min", s / 60.0),
        s if s < 172_800.0 => format!("{:.1} h", s / 3_600.0),
        s => format!("{:.1} d", s / 86_400.0),
    }
}

fn heading(name: &str) -> String {
    name.trim_end_matches("_seconds")
        .trim_end_matches("_percent")
        .replace('_', " ")
}

fn cell(name: &str, value: &Value) -> String {
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Number(number) if name.ends_with("_seconds") => {
            duration(number.as_f64().unwrap_or_default())
        }
        Value::Number(number) if name.ends_with("_percent") => format!("{number} %"),
        other => other.to_string(),
    };
    if text.chars().count() <= WIDEST {
        return text;
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = [
            json!({"team": "Billing", "conversations": 12, "median_first_answer_seconds": 240, "csat_percent": 90}),
            json!({"team": "none", "conversations": 3}),
        ];
        assert_eq!(
            of(&rows),
            "team     conversations  median first answer  csat\n\
             Billing             12                4 min  90 %\n\
             none                 3\n"
        );
        assert_eq!(of(&[]), "Nothing found.");
    }

    #[test]
    fn durations_are_told_in_the_unit_that_fits() {
        for (seconds, expected) in [
            (5.0, "5 s"),
            (300.0, "5 min"),
            (7_200.0, "2.0 h"),
            (259_200.0, "3.0 d"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
