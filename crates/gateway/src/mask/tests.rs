//! What is masked, and what must stay.

use super::*;
use serde_json::json;

const ALL: MaskRules = MaskRules {
    email: true,
    phone: true,
    card: true,
    fields: Vec::new(),
};

#[test]
fn personal_data_is_masked_in_text() {
    for (text, expected) in [
        ("write to john@example.com.", "write to j***@example.com."),
        (
            "<J.O'Neil+shop@mail.example.co.uk>",
            "<J***@mail.example.co.uk>",
        ),
        ("a@b.io, c@d.io", "a***@b.io, c***@d.io"),
        (
            "?email=john%40example.com&x=1",
            "?email=j***%40example.com&x=1",
        ),
        ("联系john@example.com。", "联系j***@example.com。"),
        ("<p>john&#64;example.com</p>", "<p>j***&#64;example.com</p>"),
        ("x@xn--bcher-kva.xn--p1ai", "x***@xn--bcher-kva.xn--p1ai"),
        ("call +44 20 7946 0958 now", "call +** ** **** **58 now"),
        ("+442079460958", "+**********58"),
        ("Tel/Fax:+1 (555) 123-4567", "Tel/Fax:+* (***) ***-**67"),
        ("(555) 123-4567", "(***) ***-**67"),
        (
            "555-123-4567 or 555.123.4568",
            "***-***-**67 or ***.***.**68",
        ),
        ("1-800-555-0199", "*-***-***-**99"),
        ("06 12 34 56 78", "** ** ** ** 78"),
        ("020 7946 0958", "*** **** **58"),
        ("0049 30 1234567", "**** ** *****67"),
        (
            "my phone number is 5551234567",
            "my phone number is ********67",
        ),
        ("mobile: 07911123456", "mobile: *********56"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("card 4111111111111111.", "card ************1111."),
        (
            "4111-1111-1111-1111 12/27 123",
            "****-****-****-1111 12/27 123",
        ),
        ("4111 1111 1111 1111 12/27", "**** **** **** 1111 12/27"),
        ("amex 3782 822463 10005", "amex **** ****** *0005"),
        ("room 12 555-123-4567", "room 12 ***-***-**67"),
        ("+44 20 7946 0958 2026-11-21", "+** ** **** **58 2026-11-21"),
        ("SKU9 4111 1111 1111 1111", "SKU9 **** **** **** 1111"),
        ("card=5555555555554444", "card=************4444"),
        (
            "6011000990139424 3530111333300000",
            "************9424 ************0000",
        ),
        (
            "john@example.com, 4111111111111111, +4915112345678",
            "j***@example.com, ************1111, +***********78",
        ),
    ] {
        assert_eq!(ALL.text(text), expected);
        assert_eq!(ALL.text(expected), expected, "masked twice");
    }
}

#[test]
fn other_numbers_and_marks_stay() {
    for text in [
        "",
        "@john and john@ and a@b",
        "left-pad@1.3.0",
        "order 114-3941689-8772232",
        "order #4111111111111111",
        "conversation 215470000000123",
        "https://app.intercom.com/a/inbox/abc/conversation/4111111111111111",
        "2026-11-21 12:30:45, 2026-11-21T12:30:45Z, +02:00",
        "21.11.2026 1530, 09-12-2026",
        "1763727045, 1763727045123",
        "550e8400-e29b-41d4-a716-446655440000",
        "EAN 4006381333931, 4915112345678",
        "12345678-1234-1234-1234-123456789012",
        "192.168.100.200, 10.0.0.1:8787",
        "4111 1111 1111 1112",
        "4111111111111111x",
        "INV-555-123-4567, SKU_0207946095",
        "$1 000 000.00, 12 345 678",
        "$1 020 300 400, $10 000 000 000.00",
        "v1.2.3, 100%, 50 % of 1000",
        "1234 5678 9012 3456",
        "£ 5, 3 + 4, (2026)",
        "%20%2B4420",
        "00123456789",
        "ключ 🔑 42",
    ] {
        assert_eq!(ALL.text(text), text);
        assert!(
            matches!(ALL.text(text), Cow::Borrowed(_)),
            "{text} was copied"
        );
    }
}

#[test]
fn each_rule_masks_its_own() {
    let text = "john@example.com 4111111111111111 +442079460958";
    let none = MaskRules::default();
    assert_eq!(none.text(text), text);
    for (rules, expected) in [
        (
            MaskRules {
                email: true,
                ..none.clone()
            },
            "j***@example.com 4111111111111111 +442079460958",
        ),
        (
            MaskRules {
                card: true,
                ..none.clone()
            },
            "john@example.com ************1111 +442079460958",
        ),
        (
            MaskRules {
                phone: true,
                ..none.clone()
            },
            "john@example.com 4111111111111111 +**********58",
        ),
    ] {
        assert_eq!(rules.text(text), expected);
    }
}

#[test]
fn structure_ids_and_times_stay() {
    let structured = json!({
        "id": "4111111111111111",
        "contact_id": "555-123-4567",
        "external_id": "john@example.com",
        "created_at": 1_763_727_045,
        "updated_at": "020 7946 0958",
        "phone": "07911123456",
        "phones": ["07911123456", 7_911_123_456_u64, null],
        "email": "john@example.com",
        "body": "my card: 4111 1111 1111 1111",
        "custom": {"Mobile Phone": "5551234567", "plan": 4_111_111_111_111_111_u64},
    });
    let expected = json!({
        "id": "4111111111111111",
        "contact_id": "555-123-4567",
        "external_id": "j***@example.com",
        "created_at": 1_763_727_045,
        "updated_at": "020 7946 0958",
        "phone": "*********56",
        "phones": ["*********56", "********56", null],
        "email": "j***@example.com",
        "body": "my card: **** **** **** 1111",
        "custom": {"Mobile Phone": "********67", "plan": 4_111_111_111_111_111_u64},
    });
    for same in [true, false] {
        let mut result = ToolResult {
            text: structured.to_string(),
            structured: Some(structured.clone()),
            same,
        };
        ALL.apply(&mut result);
        assert_eq!(result.structured, Some(expected.clone()));
        if same {
            assert_eq!(result.text, expected.to_string());
        } else {
            assert!(!result.text.contains("john@"), "{}", result.text);
        }
    }
}

#[test]
fn no_text_makes_it_stumble() {
    // Every short text over the bytes that matter, and some that are not ASCII.
    let letters = ['@', '%', '4', '0', '+', '(', '-', '.', 'é', 'a'];
    for number in 0..10_usize.pow(5) {
        let digit = |place: u32| letters[number / 10_usize.pow(place) % 10];
        let text: String = (0..5).map(digit).collect();
        ALL.text(&format!("{text}1.co"));
        ALL.text(&text);
    }
}

#[test]
fn fields_are_masked_by_name_and_by_what_they_held() {
    let rules = MaskRules {
        fields: vec!["VAT number".into()],
        ..MaskRules::default()
    };
    let hidden = Hidden::default();
    hidden.gather(
        &rules,
        &json!({"custom_attributes": {"vat_number": "DE129273398", "other": "kept"}}),
    );
    let mut result = ToolResult {
        structured: Some(
            json!({"vat-number": 5, "custom_attributes.vat_number": ["a"],
            "text": "VAT: DE129273398, kept"}),
        ),
        text: r#"{"vat_number":{"a":1},"t":"DE129273398"}"#.into(),
        same: false,
    };
    rules.apply_with(&mut result, &hidden);
    assert_eq!(
        result.structured,
        Some(
            json!({"vat-number": "[masked]", "custom_attributes.vat_number": ["[masked]"],
            "text": "VAT: [masked], kept"})
        )
    );
    assert_eq!(
        result.text,
        r#"{"vat_number":{"a":"[masked]"},"t":"[masked]"}"#
    );
}
