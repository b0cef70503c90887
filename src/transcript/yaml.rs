//! Writes a transcript as YAML: block style, two blanks a level.
//!
//! The shape is written here, and so are texts that nothing but themselves can be meant by; every other scalar is
//! serde_yaml's to write. The text is byte for byte what serde_yaml makes of the whole, in a fraction of the time.

use crate::value::{Object, Value};

/// The value as YAML, with a newline at its end.
pub(super) fn write(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Object(members) if !members.is_empty() && has_simple_keys(value) => {
            mapping(members, 0, false, &mut text)
        }
        value => text = serde_yaml::to_string(value).expect("a JSON value is YAML"),
    }
    text
}

/// Whether every key goes into one line and is no tag.
fn has_simple_keys(value: &Value) -> bool {
    let has_control =
        |key: &str| !key.bytes().all(|byte| matches!(byte, b' '..=b'~')) && key.contains(char::is_control);
    let simple = |key: &str| key.len() < 100 && !key.starts_with('!') && !has_control(key);
    match value {
        Value::Array(items) => items.iter().all(has_simple_keys),
        Value::Object(members) => members.iter().all(|(key, member)| simple(key) && has_simple_keys(member)),
        _ => true,
    }
}

/// The members of an object; the first goes on in its line where `begun`.
fn mapping(members: &Object, indent: usize, begun: bool, text: &mut String) {
    for (index, (key, member)) in members.iter().enumerate() {
        if index > 0 || !begun {
            blanks(indent, text);
        }
        if is_plain(key) {
            text.push_str(key);
        } else {
            let written = serde_yaml::to_string(&**key).expect("a text is YAML");
            text.push_str(written.trim_end_matches('\n'));
        }
        text.push(':');
        match member {
            Value::Object(members) if !members.is_empty() => {
                text.push('\n');
                mapping(members, indent + 2, false, text);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push('\n');
                sequence(items, indent, false, text);
            }
            member => scalar(member, indent, text),
        }
    }
}

/// The items of an array; the first goes on in its line where `begun`.
fn sequence(items: &[Value], indent: usize, begun: bool, text: &mut String) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 || !begun {
            blanks(indent, text);
        }
        text.push('-');
        match item {
            Value::Object(members) if !members.is_empty() => {
                text.push(' ');
                mapping(members, indent + 2, true, text);
            }
            Value::Array(items) if !items.is_empty() => {
                text.push(' ');
                sequence(items, indent + 2, true, text);
            }
            item => scalar(item, indent, text),
        }
    }
}

fn blanks(count: usize, text: &mut String) {
    text.extend(std::iter::repeat_n(' ', count));
}

/// A blank, the scalar, and the end of its line; further lines of a text are put below.
fn scalar(value: &Value, indent: usize, text: &mut String) {
    match value {
        Value::String(plain) if is_plain(plain) => {
            text.push(' ');
            text.push_str(plain);
            text.push('\n');
        }
        Value::String(quoted) if is_quoted(quoted) => {
            text.push_str(" '");
            text.push_str(quoted);
            text.push_str("'\n");
        }
        Value::Null => text.push_str(" null\n"),
        Value::Bool(truth) => text.push_str(if *truth { " true\n" } else { " false\n" }),
        Value::Number(number) if !number.is_f64() => {
            text.push(' ');
            text.push_str(&number.to_string());
            text.push('\n');
        }
        Value::Object(_) => text.push_str(" {}\n"),
        Value::Array(_) => text.push_str(" []\n"),
        value => {
            let member = Object::from_iter([("k".into(), value.clone())]);
            let written = serde_yaml::to_string(&Value::object(member)).expect("a JSON value is YAML");
            for (index, line) in written["k:".len()..].split_inclusive('\n').enumerate() {
                if index > 0 && line != "\n" {
                    blanks(indent, text);
                }
                text.push_str(line);
            }
        }
    }
}

/// Whether a text stands in single quotes and needs nothing else: it begins as a placeholder does.
fn is_quoted(text: &str) -> bool {
    text.starts_with('[')
        && !text.ends_with(' ')
        && text.bytes().all(|byte| is_harmless(byte) && byte != b'\'' || byte == b':')
}

/// Whether a character means nothing to YAML inside a text.
fn is_harmless(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./ ()[]{}<>=+*%&?!@,;'\"".contains(&byte)
}

/// Whether a text can stand without quotes, at first sight: it begins with a letter or a slash, holds nothing that
/// means something to YAML, and is no word that does.
fn is_plain(text: &str) -> bool {
    let first = text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'/');
    let word = || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    // A colon ends a key only where a blank or the end stands behind it.
    let colon = |(at, byte): (usize, u8)| byte == b':' && text.as_bytes().get(at + 1).is_some_and(|next| *next != b' ');
    let plain = text.bytes().enumerate().all(|(at, byte)| is_harmless(byte) || colon((at, byte)));
    first && plain && !text.ends_with(' ') && !(text.len() <= 5 && word())
}

/// Words that some reader of YAML takes for something else.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[a-z/]{0,6}",
            "[ -~]{0,12}",
            "\\[[ -~]{0,12}",
            "[a-zA-Z:# \\-'\"\\[\\]{}&*!|>%@`,?éx\n\t]{0,12}",
            prop::sample::select(vec![
                "true",
                "No",
                "on",
                "null",
                "~",
                "1.0",
                "0x1",
                "1e3",
                "2026-11-24",
                ".inf",
                "nan",
                "a\nb\n",
                " a\nb",
                "a\n\n\nb",
                "- a",
                "[uuid:1]",
                "[p1]",
                "[p1] and [p2]",
                "POST [api_url]/v1",
                "a: b",
                "a #b",
                "=",
                "<<"
            ])
            .prop_map(str::to_owned),
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::float),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::array),
                prop::collection::vec(("[a-z!:# 0-9]{0,4}", inner), 0..4).prop_map(|members| {
                    Value::object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
                }),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(7),
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_text_is_what_serde_yaml_writes(value in values()) {
            let whole = Value::object(Object::from_iter([("whole".into(), value)]));
            prop_assert_eq!(write(&whole), serde_yaml::to_string(&whole).expect("YAML"));
        }
    }
}
