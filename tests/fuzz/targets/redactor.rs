//! The redactor: a secret in any of its forms, in any surroundings, does not come through.
//!
//! The first line of an input is the secret, the second what stands around it.

use base64::Engine as _;
use base64::engine::general_purpose::{GeneralPurpose, STANDARD, URL_SAFE};
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
    for Written { form, written, inner } in forms(&secret, before, after) {
        assert!(redactor.finds(&written), "{form}: the secret {secret:?} is not found in {written:?}");
        let redacted = redactor.redact(&written);
        shape.size(redacted.len());
        assert!(redacted.contains(PLACEHOLDER), "{form}: nothing is masked of {written:?}");
        // Looked for with other eyes than the redactor's own, which `finds` is.
        assert!(written.contains(&inner), "{form}: {inner:?} is no part of {written:?}");
        // Where it stands once more, that may be the end of an escape and no secret.
        let is_alone = written.matches(&*inner).count() == 1;
        let is_out = is_alone && redacted.replace(PLACEHOLDER, "\u{0}").contains(&inner);
        assert!(!is_out || secret.contains('*'), "{form}: {inner:?} comes through in {redacted:?}");
        // A placeholder may make another such text of what stands around it; of real secrets none looks like that.
        assert!(!redactor.finds(&redacted) || secret.contains('*'), "{form}: {written:?} becomes {redacted:?}");
        assert_eq!(
            redactor.redact_bytes(written.as_bytes()),
            redacted.as_bytes(),
            "{form}: bytes are masked otherwise"
        );
    }
    keeps_the_rest(&redactor, &secret, &around);
    let value = Value::array(vec![Value::from(&*secret), Value::from(&*around)]);
    for leaf in redactor.redact_value(&value).as_array().expect("a list stays one").iter().filter_map(Value::as_str) {
        assert!(!redactor.finds(leaf) || secret.contains('*'), "a value keeps the secret: {leaf:?}");
    }
    shape
}

/// Masking everything would hide every secret too: what is no part of one stays.
fn keeps_the_rest(redactor: &Redactor, secret: &str, around: &str) {
    let is_foreign = |character: &char| !character.is_ascii() && !secret.contains(*character);
    let rest: String = around.chars().filter(is_foreign).collect();
    let written = format!("{rest}{secret}");
    if rest.is_empty() || redactor.finds(&rest) || redactor.finds(&format!("{rest}{PLACEHOLDER}")) {
        return;
    }
    let redacted = redactor.redact(&written);
    assert!(redacted.starts_with(&rest), "more is masked of {written:?} than the secret {secret:?}: {redacted:?}");
}

/// A text with the secret in it, and what tells the secret there.
struct Written {
    form: &'static str,
    written: String,
    inner: String,
}

/// The secret as writers in use write it, with something before and behind it.
fn forms(secret: &str, before: &str, after: &str) -> Vec<Written> {
    let json = |text: &str| {
        let quoted = serde_json::to_string(text).expect("JSON");
        quoted[1..quoted.len() - 1].to_owned()
    };
    let quoted = |text: String| format!("\"{text}\"");
    let part = |form, encode: &dyn Fn(&str) -> String| Written {
        form,
        written: format!("{}{}{}", encode(before), encode(secret), encode(after)),
        inner: encode(secret),
    };
    let mut forms = vec![
        part("plain", &str::to_owned),
        part("json", &json),
        part("json in json", &|text| json(&json(text))),
        part("some of json", &|text| escaped(text, backslash)),
        part("some of percent", &|text| escaped(text, percent)),
        part("some of html", &|text| escaped(text, html)),
        part("percent in json", &|text| escaped(&escaped(text, percent), backslash)),
        part("html in percent", &|text| escaped(&escaped(text, html), percent)),
        part("shell", &|text| text.replace('\'', "'\\''")),
        part("form", &|text| url::form_urlencoded::byte_serialize(text.as_bytes()).collect()),
    ];
    for Written { form, written, .. } in &mut forms {
        if form.starts_with("json") {
            *written = quoted(std::mem::take(written));
        }
    }
    if secret.len() >= 6 {
        let base64 = |form, engine: &GeneralPurpose, before: String, after: &str| {
            let written = engine.encode(format!("{before}{secret}{after}"));
            // The digits that depend on the secret alone.
            let digits = (before.len() * 8).div_ceil(6)..(before.len() + secret.len()) * 8 / 6;
            Written { form, inner: written[digits].to_owned(), written }
        };
        forms.push(base64("base64", &STANDARD, before.to_owned(), after));
        forms.push(base64("base64url", &URL_SAFE, before.to_owned(), after));
        forms.push(base64("credentials", &STANDARD, format!("{before}:"), ""));
        forms.push(part("hex", &|text| text.bytes().map(|byte| format!("{byte:02x}")).collect()));
        forms.push(part("HEX", &|text| text.bytes().map(|byte| format!("{byte:02X}")).collect()));
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
