//! Messages of OTLP as a tree, written as protobuf or as the JSON that OTLP makes of it: ids in hexadecimal, 64-bit
//! numbers as texts. Field numbers and names are those of opentelemetry-proto 1.

use serde_json::{Map, Value as Json};

/// A message: its fields by number and name. Fields with nothing in them are left out by who makes it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message(Vec<(u32, &'static str, Value)>);

/// What a field holds.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Text(String),
    /// A trace's or a span's id.
    Id(Vec<u8>),
    Bool(bool),
    /// An enumeration, or a small number.
    Small(u32),
    /// Bits, four bytes wide.
    Flags(u32),
    /// A signed number in its short form.
    Int(i64),
    /// An unsigned number, eight bytes wide.
    Fixed(u64),
    Double(f64),
    Message(Message),
    Messages(Vec<Message>),
    /// Numbers in one piece.
    Fixeds(Vec<u64>),
    Doubles(Vec<f64>),
}

impl Message {
    /// With one field more.
    #[must_use]
    pub(crate) fn with(mut self, number: u32, name: &'static str, value: Value) -> Self {
        self.0.push((number, name, value));
        self
    }

    /// With one field more that holds a message.
    #[must_use]
    pub(crate) fn holding(self, number: u32, name: &'static str, message: Self) -> Self {
        self.with(number, name, Value::Message(message))
    }

    /// With a list of messages more.
    #[must_use]
    pub(crate) fn listing(self, number: u32, name: &'static str, messages: Vec<Self>) -> Self {
        self.with(number, name, Value::Messages(messages))
    }

    /// With a text more.
    #[must_use]
    pub(crate) fn text(self, number: u32, name: &'static str, text: impl Into<String>) -> Self {
        self.with(number, name, Value::Text(text.into()))
    }

    /// With a time more, in nanoseconds since 1970.
    #[must_use]
    pub(crate) fn time(self, number: u32, name: &'static str, nanoseconds: u64) -> Self {
        self.with(number, name, Value::Fixed(nanoseconds))
    }

    /// As JSON.
    pub(crate) fn json(&self) -> Json {
        let mut object = Map::new();
        for (_, name, value) in &self.0 {
            object.insert((*name).to_owned(), value.json());
        }
        Json::Object(object)
    }

    /// As protobuf.
    pub(crate) fn protobuf(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, _, value) in &self.0 {
            value.write(*number, &mut bytes);
        }
        bytes
    }
}

impl Value {
    fn json(&self) -> Json {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Id(bytes) => crate::tenants::hex(bytes).into(),
            Self::Bool(bool) => (*bool).into(),
            Self::Small(number) | Self::Flags(number) => (*number).into(),
            Self::Int(number) => number.to_string().into(),
            Self::Fixed(number) => number.to_string().into(),
            Self::Double(number) => (*number).into(),
            Self::Message(message) => message.json(),
            Self::Messages(messages) => messages.iter().map(Message::json).collect(),
            Self::Fixeds(numbers) => numbers.iter().map(ToString::to_string).collect(),
            Self::Doubles(numbers) => numbers.iter().copied().collect(),
        }
    }

    fn write(&self, number: u32, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => piece(number, text.as_bytes(), out),
            Self::Id(bytes) => piece(number, bytes, out),
            Self::Bool(bool) => plain(number, u64::from(*bool), out),
            Self::Small(small) => plain(number, u64::from(*small), out),
            Self::Int(int) => plain(number, int.cast_unsigned(), out),
            Self::Flags(flags) => {
                tag(number, 5, out);
                out.extend_from_slice(&flags.to_le_bytes());
            }
            Self::Fixed(fixed) => eight(number, fixed.to_le_bytes(), out),
            Self::Double(double) => eight(number, double.to_le_bytes(), out),
            Self::Message(message) => piece(number, &message.protobuf(), out),
            Self::Messages(messages) => {
                for message in messages {
                    piece(number, &message.protobuf(), out);
                }
            }
            Self::Fixeds(numbers) => {
                let packed: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
                piece(number, &packed, out);
            }
            Self::Doubles(numbers) => {
                let packed: Vec<u8> = numbers.iter().flat_map(|one| one.to_le_bytes()).collect();
                piece(number, &packed, out);
            }
        }
    }
}

/// A key and its value.
pub(crate) fn attribute(key: &str, value: Value) -> Message {
    let (number, name) = match &value {
        Value::Text(_) => (1, "stringValue"),
        Value::Bool(_) => (2, "boolValue"),
        Value::Int(_) => (3, "intValue"),
        _ => (4, "doubleValue"),
    };
    Message::default().text(1, "key", key).holding(
        2,
        "value",
        Message::default().with(number, name, value),
    )
}

/// Keys with texts.
pub(crate) fn attributes<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<Message> {
    pairs
        .map(|(key, value)| attribute(key, Value::Text(value.to_owned())))
        .collect()
}

fn tag(number: u32, wire: u32, out: &mut Vec<u8>) {
    varint(u64::from(number << 3 | wire), out);
}

fn plain(number: u32, value: u64, out: &mut Vec<u8>) {
    tag(number, 0, out);
    varint(value, out);
}

fn eight(number: u32, bytes: [u8; 8], out: &mut Vec<u8>) {
    tag(number, 1, out);
    out.extend_from_slice(&bytes);
}

fn piece(number: u32, bytes: &[u8], out: &mut Vec<u8>) {
    tag(number, 2, out);
    varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}
