//! Values that must not come out.
//!
//! A [`Secret`] prints a placeholder; its text comes out only through [`Secret::expose`]. The [`Redactor`] finds
//! every known secret in text that is about to leave the program, also where it is encoded (base64 at each of its
//! three alignments, percent-encoded, JSON-escaped).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use crate::value::{Object, Value};

/// What stands in place of a secret.
pub const PLACEHOLDER: &str = "***";

/// Secrets shorter than this many bytes are refused: masking them would mask half of every output.
pub const SHORTEST: usize = 4;

/// Encoded forms are sought from this many bytes on.
const SHORTEST_ENCODED: usize = 6;

/// A text that prints as a placeholder.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Secret(text.into())
    }

    /// The plain text: for the request that needs it, for nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PLACEHOLDER)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(PLACEHOLDER)
    }
}

/// Finds known secrets in text and puts [`PLACEHOLDER`] in their place.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    forms: BTreeSet<String>,
    searcher: Option<AhoCorasick>,
}

impl Redactor {
    /// Makes one secret known. Texts under [`SHORTEST`] bytes are ignored; inputs refuse them earlier.
    pub fn learn(&mut self, secret: &str) {
        if secret.len() < SHORTEST || self.forms.contains(secret) {
            return;
        }
        self.forms.insert(secret.to_owned());
        self.forms.extend(encoded_forms(secret));
        let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.forms);
        // Building fails only beyond 2^31 bytes of patterns, which no process of ours reaches.
        self.searcher = Some(searcher.expect("the patterns of a few secrets fit an automaton"));
    }

    /// Makes every string inside a value known (a captured secret may be a list or an object).
    pub fn learn_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.learn(text),
            Value::Number(number) => self.learn(&number.to_string()),
            Value::Array(items) => items.iter().for_each(|item| self.learn_value(item)),
            Value::Object(members) => members.values().for_each(|member| self.learn_value(member)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// Whether it knows no secret at all.
    pub fn is_empty(&self) -> bool {
        self.searcher.is_none()
    }

    /// Whether the text holds a secret.
    pub fn finds(&self, text: &str) -> bool {
        self.searcher.as_ref().is_some_and(|searcher| searcher.is_match(text))
    }

    /// The text with every secret replaced.
    pub fn redact(&self, text: &str) -> String {
        match &self.searcher {
            None => text.to_owned(),
            Some(searcher) => {
                let mut result = String::with_capacity(text.len());
                searcher.replace_all_with(text, &mut result, |_, _, result| {
                    result.push_str(PLACEHOLDER);
                    true
                });
                result
            }
        }
    }

    /// The value with every secret replaced, in strings, member names and whole numbers.
    pub fn redact_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if self.finds(text) => Value::from(self.redact(text)),
            Value::Number(number) if self.finds(&number.to_string()) => Value::from(PLACEHOLDER),
            Value::Array(items) => Value::array(items.iter().map(|item| self.redact_value(item)).collect()),
            Value::Object(members) => {
                let redacted = members.iter().map(|(name, value)| (self.redact(name).into(), self.redact_value(value)));
                Value::object(redacted.collect::<Object>())
            }
            other => other.clone(),
        }
    }
}

fn encoded_forms(secret: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let json = serde_json::Value::from(secret).to_string();
    forms.insert(json[1..json.len() - 1].to_owned());
    if secret.len() < SHORTEST_ENCODED {
        return forms;
    }
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    forms.insert(percent.replace("%20", "+"));
    forms.insert(unreserved(&percent).replace("%20", "+"));
    forms.insert(unreserved(&percent));
    forms.insert(percent);
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for lead in 0..3 {
            // Base64 of "xx" + secret + "xx": keep the characters that depend on the secret's bytes alone.
            let padded = [&b"\0\0"[..lead], secret.as_bytes()].concat();
            let whole = engine.encode(&padded);
            let from = (lead * 8).div_ceil(6);
            let to = padded.len() * 8 / 6;
            forms.insert(whole[from..to].to_owned());
        }
    }
    forms
}

/// Percent-encoding as `encodeURIComponent` and RFC 3986 do it: `-`, `.`, `_`, `~` stay.
fn unreserved(percent: &str) -> String {
    percent.replace("%2D", "-").replace("%2E", ".").replace("%5F", "_").replace("%7E", "~")
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    #[test]
    fn a_secret_prints_a_placeholder() {
        let secret = Secret::new("hunter22");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
    }

    #[test]
    fn a_secret_is_found_plain_and_encoded() {
        let mut redactor = Redactor::default();
        redactor.learn("p&ss \"word\"-1");
        for lead in ["", "a", "ab", "abc:"] {
            let encoded = STANDARD.encode(format!("{lead}p&ss \"word\"-1:tail"));
            let redacted = redactor.redact(&encoded);
            assert!(redacted.contains(PLACEHOLDER), "{encoded} came out as {redacted}");
        }
        for text in
            ["x p&ss \"word\"-1 y", r#"{"a":"p&ss \"word\"-1"}"#, "q=p%26ss%20%22word%22-1", "q=p%26ss+%22word%22-1"]
        {
            assert!(redactor.redact(text).contains(PLACEHOLDER), "{text}");
        }
    }

    #[test]
    fn a_value_is_redacted_inside_and_stays_a_value() {
        let mut redactor = Redactor::default();
        redactor.learn_value(&Value::read(br#"{"pin": 123456}"#).expect("well-formed"));
        let value = Value::read(br#"{"a":[123456,1234567],"123456":"x123456"}"#).expect("well-formed");
        assert_eq!(redactor.redact_value(&value).to_string(), r#"{"a":["***","***"],"***":"x***"}"#);
    }
}
