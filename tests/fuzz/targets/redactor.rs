//! The redactor: a secret in any of its forms, in any surroundings, does not come through.
//!
//! The first line of an input is the secret, the second what stands around it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use callsheet::secret::{PLACEHOLDER, Redactor};
use callsheet::value::Value;

use crate::fuzz::Target;
use crate::fuzz::shape::Shape;

pub const TARGET: Target = Target { name: "redactor", seeds, words: WORDS, run, short: 150 };

const WORDS: &[&str] =
    &["secret", "p&ss word", "***", "\"", "\\", "/", "+", "=", "%20", "é", "'", "<", "\n", "aaaa", "abab"];

fn seeds() -> Vec<Vec<u8>> {
    [
        "hunter22!\nbefore and after",
        "p&ss \"word\"/1\n{\"a\":\"b\"}",
        "aaaaaaaa\naaaa",
        "don't 'tell'\n'x'",
        "größe-ß\nüüü",
        "ab+/c==\n+/=",
    ]
    .map(|seed| seed.as_bytes().to_vec())
    .to_vec()
}

fn run(input: &[u8]) -> Shape {
    let (secret, around) = super::halves(input);
    let around = String::from_utf8_lossy(&around[..around.len().min(2_000)]).into_owned();
    let mut shape = Shape::default();
    let secret: String = secret.chars().take(200).collect();
    let mut redactor = Redactor::default();
    redactor.learn(&secret);
    if redactor.is_empty() {
        return shape;
    }
    let half = around.floor_char_boundary(around.len() / 2);
    let (before, after) = around.split_at(half);
    for (form, written) in forms(&secret, before, after) {
        assert!(redactor.finds(&written), "{form}: the secret {secret:?} is not found in {written:?}");
        let redacted = redactor.redact(&written);
        shape.size(redacted.len());
        assert!(redacted.contains(PLACEHOLDER), "{form}: nothing is masked of {written:?}");
        // A placeholder may make another such text of what stands around it; of real secrets none looks like that.
        assert!(!redactor.finds(&redacted) || secret.contains('*'), "{form}: {written:?} becomes {redacted:?}");
        assert_eq!(
            redactor.redact_bytes(written.as_bytes()),
            redacted.as_bytes(),
            "{form}: bytes are masked otherwise"
        );
    }
    let value = Value::array(vec![Value::from(&*secret), Value::from(&*around)]);
    for leaf in redactor.redact_value(&value).as_array().expect("a list stays one").iter().filter_map(Value::as_str) {
        assert!(!redactor.finds(leaf) || secret.contains('*'), "a value keeps the secret: {leaf:?}");
    }
    shape
}

/// The secret as writers in use write it, with something before and behind it.
fn forms(secret: &str, before: &str, after: &str) -> Vec<(&'static str, String)> {
    let whole = format!("{before}{secret}{after}");
    let json = |text: &str| serde_json::to_string(text).expect("JSON");
    let mut forms = vec![
        ("plain", whole.clone()),
        ("json", json(&whole)),
        ("json in json", json(&json(&whole))),
        ("some of json", escaped(&whole, backslash)),
        ("some of percent", escaped(&whole, percent)),
        ("some of html", escaped(&whole, html)),
        ("percent in json", escaped(&escaped(&whole, percent), backslash)),
        ("html in percent", escaped(&escaped(&whole, html), percent)),
        ("shell", whole.replace('\'', "'\\''")),
        ("form", url::form_urlencoded::byte_serialize(whole.as_bytes()).collect()),
    ];
    if secret.len() >= 6 {
        forms.push(("base64", STANDARD.encode(&whole)));
        forms.push(("base64url", URL_SAFE.encode(&whole)));
        forms.push(("credentials", format!("Basic {}", STANDARD.encode(format!("{before}:{secret}")))));
        forms.push(("hex", whole.bytes().map(|byte| format!("{byte:02x}")).collect()));
        forms.push(("HEX", whole.bytes().map(|byte| format!("{byte:02X}")).collect()));
    }
    forms
}

/// Writes some characters otherwise, and those that a reader would take for the beginning of such an escape.
fn escaped(text: &str, escape: fn(char, bool) -> Option<String>) -> String {
    let mut some = text.len() as u64;
    let mut written = String::new();
    for character in text.chars() {
        some = some.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        match escape(character, some >> 62 == 0) {
            Some(escape) => written += &escape,
            None => written.push(character),
        }
    }
    written
}

fn backslash(character: char, wanted: bool) -> Option<String> {
    let units =
        |character: char| character.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
    match character {
        '\\' | '"' => Some(format!("\\{character}")),
        other => wanted.then(|| units(other)),
    }
}

fn percent(character: char, wanted: bool) -> Option<String> {
    let bytes =
        |character: char| character.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect();
    (wanted || matches!(character, '%' | '+')).then(|| bytes(character))
}

fn html(character: char, wanted: bool) -> Option<String> {
    match character {
        '&' => Some("&amp;".to_owned()),
        other => wanted.then(|| format!("&#{};", other as u32)),
    }
}
