//! The formats, by what reads them.

use super::{Event, Format, SinkSetting, csv, moment, syslog};
use serde_json::{Value, json};
use store::Entry;

/// What a customer, a model or a client could try to write into somebody's log.
const EVIL: &str = "a\"b\\c]d\r\ne,=1+1\u{202e}\0é";

fn entry(kind: &str, outcome: Option<&str>, body: &Value) -> Entry {
    Entry {
        seq: 7,
        event_id: format!("run-1-{kind}"),
        kind: kind.into(),
        at: 1_795_000_000_123,
        call_id: "run-1".into(),
        user_id: Some(EVIL.into()),
        endpoint_id: Some("e1".into()),
        tool: Some("list_tags".into()),
        outcome: outcome.map(str::to_owned),
        body: body.to_string(),
        prev_hash: vec![0; 32],
        hash: vec![0xab; 32],
    }
}

fn finish() -> Entry {
    entry(
        "finish",
        Some("upstream"),
        &json!({"risk": "read", "client": EVIL, "client_ip": "203.0.113.9", "decision": "allow", "duration_us": 1_500, "tokens_out": 12,
            "arguments_sha256": "00", "trace": "0af7651916cd43dd8448eb211c80319c",
            "upstream": [{"operation": "list_tags", "status": 503, "request_id": "r1"}]}),
    )
}

#[test]
fn names_of_formats_are_read() {
    for name in ["jsonl", "csv", "ocsf", "syslog", "otlp"] {
        assert_eq!(Format::parse(name).unwrap().to_string(), name);
    }
    assert!(Format::parse("xml").unwrap_err().contains("none of"));
}

#[test]
fn no_cell_is_a_formula_and_no_line_is_broken() {
    for (text, expected) in [
        ("plain", "plain"),
        ("", ""),
        ("a,b", "\"a,b\""),
        ("say \"hi\"", "\"say \"\"hi\"\"\""),
        ("=1+1", "\"'=1+1\""),
        ("+49", "\"'+49\""),
        ("-2", "\"'-2\""),
        ("@SUM(A1)", "\"'@SUM(A1)\""),
        ("\t=1", "\"'\t=1\""),
        ("  =1", "\"'  =1\""),
        ("\u{ff1d}1", "\"'\u{ff1d}1\""),
        ("a\r\n=1", "\"a\r\n=1\""),
    ] {
        assert_eq!(csv::escaped(text), expected, "{text:?}");
    }
    let row = finish();
    let line = csv::line(&Event::read("acme", &row));
    let columns = csv::head().trim_end().split(',').count();
    assert_eq!(cells(&line).len(), columns, "{line}");
    assert_eq!(cells(&line)[6], EVIL);
}

/// RFC 4180, read as it says.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = cells.last_mut().unwrap();
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => last.push(letters.next().unwrap()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            letter => last.push(letter),
        }
    }
    assert!(!quoted, "{line}");
    cells
}

#[test]
fn a_syslog_message_cannot_be_broken_out_of() {
    let row = finish();
    let event = Event::read("acme", &row);
    let message = syslog::message(&event);
    assert!(message.starts_with("<109>1 2026-11-1"), "{message}");
    assert!(!message.contains(['\n', '\r', '\0']), "{message:?}");
    assert!(
        message.contains(r#" user="a\"b\\c\]d  e,=1+1"#),
        "{message}"
    );
    let facts = message.split_once(" [frontdesk@32473 ").unwrap().1;
    assert_eq!(unescaped(facts).0["status"], "503");
    assert_eq!(unescaped(facts).0["client_ip"], "203.0.113.9");
    assert_eq!(unescaped(facts).0["event"], "run-1-finish");
    assert!(unescaped(facts).1.starts_with(" \u{feff}{"), "{message}");
    let framed = String::from_utf8(syslog::framed(&event)).unwrap();
    let (length, rest) = framed.split_once(' ').unwrap();
    assert_eq!(length.parse::<usize>().unwrap(), rest.len());
}

/// The parameters of structured data, as RFC 5424 has them read, and what comes after.
fn unescaped(text: &str) -> (Value, String) {
    let mut found = json!({});
    let mut letters = text.chars();
    loop {
        let name: String = letters
            .by_ref()
            .take_while(|letter| *letter != '=')
            .collect();
        assert_eq!(letters.next(), Some('"'), "{name}");
        let mut value = String::new();
        loop {
            match letters.next().unwrap() {
                '"' => break,
                '\\' => value.push(letters.next().unwrap()),
                letter => value.push(letter),
            }
        }
        found[name.trim()] = value.into();
        match letters.next().unwrap() {
            ' ' => {}
            ']' => return (found, letters.collect()),
            other => panic!("`{other}` after a parameter"),
        }
    }
}

/// A change by the holder of an API key.
fn change(kind: &str, outcome: Option<&str>, action: &str) -> Entry {
    let body = json!({"client": "frontdesk-api/k1", "role": "owner", "object": "e1", "client_ip": "203.0.113.9",
        "given": {"ceiling": "read"}});
    Entry {
        tool: Some(action.into()),
        ..entry(kind, outcome, &body)
    }
}

/// What the schema of OCSF 1.6 requires of an API Activity event, and of the objects in it.
#[test]
fn an_ocsf_event_has_what_its_class_requires() {
    for (row, activity, status) in [
        (change("admin_begin", None, "create_endpoint"), 1, 99),
        (change("admin_finish", Some("ok"), "rotate_endpoint"), 3, 1),
        (change("admin_finish", Some("denied"), "delete_user"), 4, 2),
        (change("admin_finish", Some("ok"), "allow_client"), 1, 1),
        (change("admin_finish", Some("denied"), "sign_in"), 99, 2),
        (finish(), 2, 2),
        (entry("begin", None, &json!({"risk": "destructive"})), 4, 99),
        (entry("finish", Some("ok"), &json!({"risk": "write"})), 3, 1),
        (entry("prune", None, &json!({"upto_seq": 3})), 4, 1),
        (entry("other", None, &json!("no object")), 99, 0),
    ] {
        let text = Format::Ocsf.lines(&[Event::read("acme", &row)]);
        assert_eq!(text.lines().count(), 1);
        let event: Value = serde_json::from_str(&text).unwrap();
        for required in [
            "activity_id",
            "actor",
            "api",
            "category_uid",
            "class_uid",
            "metadata",
            "severity_id",
            "src_endpoint",
            "time",
            "type_uid",
        ] {
            assert!(!event[required].is_null(), "{required}: {event}");
        }
        assert_eq!(
            (&event["class_uid"], &event["category_uid"]),
            (&json!(6003), &json!(6))
        );
        assert_eq!(event["activity_id"], activity);
        assert_eq!(event["type_uid"], 600_300 + activity);
        assert_eq!(event["status_id"], status);
        assert!(event["time"].is_i64());
        assert!(event["api"]["operation"].is_string());
        let metadata = &event["metadata"];
        assert!(metadata["version"].is_string() && metadata["product"]["vendor_name"].is_string());
        assert_eq!(metadata["uid"], row.event_id.as_str());
        let ip = row.body.contains("client_ip").then_some("203.0.113.9");
        assert_eq!(event["src_endpoint"]["ip"].as_str(), ip);
        if row.kind.starts_with("admin_") {
            assert_eq!(event["actor"]["user"]["uid"], "k1");
            assert_eq!(event["resources"][0]["uid"], "e1");
            assert_eq!(event["unmapped"]["given"]["ceiling"], "read");
        }
        // One of those that identify an actor and an endpoint must be there.
        assert!(event["actor"]["app_name"].is_string());
        let source = &event["src_endpoint"];
        assert!(source["uid"].is_string() || source["svc_name"].is_string());
    }
}

#[test]
fn json_lines_hold_what_the_chain_is_checked_with() {
    let row = finish();
    let line: Value =
        serde_json::from_str(&Format::Jsonl.lines(&[Event::read("acme", &row)])).unwrap();
    assert_eq!(
        line["body"],
        row.body.as_str(),
        "the very bytes that were hashed"
    );
    assert_eq!(line["hash"].as_str().unwrap().len(), 64);
    assert_eq!((&line["tenant"], &line["seq"]), (&json!("acme"), &json!(7)));
}

#[test]
fn log_records_of_otlp_carry_the_event() {
    let row = finish();
    let text = Format::Otlp.lines(&[Event::read("acme", &row)]);
    let request: Value = serde_json::from_str(&text).unwrap();
    let record = &request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["timeUnixNano"], "1795000000123000000");
    assert_eq!(record["traceId"], "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(record["severityNumber"], 13);
    let attribute = |key: &str| {
        let all = record["attributes"].as_array().unwrap();
        all.iter().find(|one| one["key"] == key).unwrap()["value"].clone()
    };
    assert_eq!(
        attribute("event.id"),
        json!({"stringValue": "run-1-finish"})
    );
    assert_eq!(
        attribute("client.address"),
        json!({"stringValue": "203.0.113.9"})
    );
    assert_eq!(
        attribute("http.response.status_code"),
        json!({"intValue": "503"})
    );
    assert_eq!(Format::Otlp.lines(&[]), "");
}

#[test]
fn sinks_are_read_and_mistakes_explained() {
    for good in [
        "siem=syslog+tls://siem.example:6514",
        "v6=syslog+tcp://[::1]:601",
        "lake=file:/var/log/desk.json?format=ocsf",
        "plain=file:audit.jsonl",
        "otel=otlp+https://collector.example/v1/logs?key=a=b",
    ] {
        let sink = SinkSetting::parse(good).unwrap();
        assert!(good.starts_with(&sink.name), "{good}");
        assert!(
            !format!("{sink:?}").contains("example"),
            "an address may hold a key"
        );
    }
    for (bad, expected) in [
        ("syslog+tls://siem.example:6514", "write a sink like"),
        ("a b=file:x", "no name of a sink"),
        ("x=syslog+udp://siem.example:514", "write a sink like"),
        ("x=syslog+tls://siem.example", "write a sink like"),
        ("x=file:a?format=xml", "write a sink like"),
        ("x=otlp+grpc://c", "write a sink like"),
        ("x=", "write a sink like"),
    ] {
        let error = SinkSetting::parse(bad).unwrap_err();
        assert!(error.contains(expected), "{bad}: {error}");
    }
}

#[test]
fn moments_are_days_times_or_milliseconds() {
    for (text, expected) in [
        ("2026-11-21", Some(1_795_219_200_000)),
        ("2026-11-21T10:00:00Z", Some(1_795_255_200_000)),
        ("2026-11-21T11:00:00+01:00", Some(1_795_255_200_000)),
        ("1795255200000", Some(1_795_255_200_000)),
        ("yesterday", None),
    ] {
        assert_eq!(moment(text).ok(), expected, "{text}");
    }
}
