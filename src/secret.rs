//! Values that must not come out.
//!
//! A [`Secret`] prints a placeholder; its text comes out only through [`Secret::expose`]. The [`Redactor`] finds
//! every known secret in text that is about to leave the program, also where it is encoded (base64 at each of its
//! three alignments, percent-encoded, JSON-escaped, between a shell's quotes).

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
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
    secrets: BTreeSet<String>,
    forms: Vec<String>,
    /// Finds the first `built` of `forms`.
    searcher: Option<AhoCorasick>,
    built: usize,
}

/// New forms are sought one by one until there are this many, or as many as the automaton holds: so that learning a
/// secret at a time costs, all in all, no more than a few automata.
const UNBUILT: usize = 64;

impl Redactor {
    /// Makes one secret known. Texts under [`SHORTEST`] bytes are ignored; inputs and captures refuse them earlier.
    pub fn learn(&mut self, secret: &str) {
        if secret.len() < SHORTEST || !self.secrets.insert(secret.to_owned()) {
            return;
        }
        self.forms.push(secret.to_owned());
        self.forms.extend(encoded_forms(secret).into_iter().filter(|form| form != secret));
        if self.forms.len() - self.built > UNBUILT.max(self.built) {
            // A token has thousands of characters: a table for each of them would take longer to make than a run.
            let kind = Some(AhoCorasickKind::ContiguousNFA);
            let searcher = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(kind).build(&self.forms);
            // Building fails only beyond 2^31 bytes of patterns, which no process of ours reaches.
            self.searcher = Some(searcher.expect("the patterns of a few secrets fit an automaton"));
            self.built = self.forms.len();
        }
    }

    /// Makes every scalar inside a value known (a captured secret may be a list or an object).
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
        self.forms.is_empty()
    }

    /// Whether the text holds a secret.
    pub fn finds(&self, text: &str) -> bool {
        self.finds_bytes(text.as_bytes())
    }

    /// Whether the bytes hold a secret.
    pub fn finds_bytes(&self, bytes: &[u8]) -> bool {
        self.searcher.as_ref().is_some_and(|searcher| searcher.is_match(bytes))
            || self.forms[self.built..].iter().any(|form| memchr::memmem::find(bytes, form.as_bytes()).is_some())
    }

    /// The text with every secret replaced.
    pub fn redact(&self, text: &str) -> String {
        // The placeholder is ASCII and stands for whole patterns, which are text: what is left is text.
        String::from_utf8(self.redact_bytes(text.as_bytes())).unwrap_or_else(|_| PLACEHOLDER.to_owned())
    }

    /// The bytes with every secret replaced.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        // Found in the bytes as they are: a secret may stand inside another.
        let mut found: Vec<Range<usize>> = Vec::new();
        if let Some(searcher) = &self.searcher {
            found.extend(searcher.find_iter(bytes).map(|found| found.range()));
        }
        for form in &self.forms[self.built..] {
            found.extend(memchr::memmem::find_iter(bytes, form).map(|start| start..start + form.len()));
        }
        found.sort_unstable_by_key(|range| range.start);
        let mut result = Vec::with_capacity(bytes.len());
        let mut done = 0;
        for range in found {
            if range.start >= done {
                result.extend_from_slice(&bytes[done..range.start]);
                result.extend_from_slice(PLACEHOLDER.as_bytes());
            }
            done = done.max(range.end);
        }
        result.extend_from_slice(&bytes[done..]);
        result
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

/// Whether some scalar in a secret is too short to be masked without masking half of every output.
pub fn is_too_short(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() < SHORTEST,
        Value::Number(number) => number.to_string().len() < SHORTEST,
        Value::Array(items) => items.iter().any(is_too_short),
        Value::Object(members) => members.values().any(is_too_short),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The forms that writers in use give a text: JSON as serde_json, Python and PHP write it, percent-encoding as RFC
/// 3986 and as HTML forms have it, base64 at each alignment, and what shells and Python make of `'` inside quotes.
fn encoded_forms(secret: &str) -> BTreeSet<String> {
    let mut forms = json_forms(secret);
    forms.extend(shell_forms(secret, &forms));
    if secret.len() < SHORTEST_ENCODED {
        return forms;
    }
    let percent = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    for encoded in
        [percent.replace("%20", "+"), unreserved(&percent).replace("%20", "+"), unreserved(&percent), percent, form]
    {
        forms.insert(lower_hex(&encoded));
        forms.insert(encoded);
    }
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

fn json_forms(secret: &str) -> BTreeSet<String> {
    let json = serde_json::Value::from(secret).to_string();
    let plain = json[1..json.len() - 1].to_owned();
    let ascii = |hex: fn(u16) -> String| -> String {
        let mut text = String::new();
        for character in plain.chars() {
            match character {
                ' '..='~' if !matches!(character, '<' | '>' | '&' | '\'') => text.push(character),
                _ => character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| text += &hex(*unit)),
            }
        }
        text
    };
    // Only what is not ASCII is escaped by Python, `<>&'` too by writers that fear for HTML.
    let python = |hex: fn(u16) -> String| -> String {
        let escape = |character: char| -> String {
            if character.is_ascii() {
                return character.to_string();
            }
            character.encode_utf16(&mut [0; 2]).iter().map(|unit| hex(*unit)).collect()
        };
        plain.chars().map(escape).collect()
    };
    let lower = |unit: u16| format!("\\u{unit:04x}");
    let upper = |unit: u16| format!("\\u{unit:04X}");
    BTreeSet::from([
        plain.replace('/', "\\/"),
        // In single quotes, as a JSONPath has it (RFC 9535).
        plain.replace("\\\"", "\"").replace('\'', "\\'"),
        ascii(lower),
        ascii(upper),
        python(lower),
        python(lower).replace('/', "\\/"),
        plain.clone(),
    ])
}

/// A command line is written in single quotes, in which no `'` can stand.
fn shell_forms(secret: &str, json: &BTreeSet<String>) -> Vec<String> {
    let quoted = json.iter().map(String::as_str).chain([secret]).filter(|form| form.contains('\''));
    quoted.flat_map(|form| [r"'\''", r#"'"'"'"#].map(|quote| form.replace('\'', quote))).collect()
}

/// Percent-encoding as `encodeURIComponent` and RFC 3986 do it: `-`, `.`, `_`, `~` stay.
fn unreserved(percent: &str) -> String {
    percent.replace("%2D", "-").replace("%2E", ".").replace("%5F", "_").replace("%7E", "~")
}

/// The same with lower-case hexadecimal digits, as some servers echo it.
fn lower_hex(percent: &str) -> String {
    let mut text = String::with_capacity(percent.len());
    let mut hex: u8 = 0;
    for character in percent.chars() {
        text.push(if hex > 0 { character.to_ascii_lowercase() } else { character });
        hex = if character == '%' { 2 } else { hex.saturating_sub(1) };
    }
    text
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
    fn every_encoder_in_use_is_known() {
        let secrets = [
            "pa*ss-word!x~1",
            "a/b&c\u{e4}'<d>",
            "Tr0ub~dor.3 ",
            "line\nbreak\\\"q\"",
            "it's a \"secret\"",
            "-----BEGIN KEY-----\nab+/c==\n",
        ];
        for secret in secrets {
            let mut redactor = Redactor::default();
            redactor.learn(secret);
            let mut url = url::Url::parse("http://example.com/").expect("a URL");
            url.query_pairs_mut().append_pair("p", secret);
            url.path_segments_mut().expect("a base").push(secret);
            let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            let json = serde_json::to_string(secret).expect("JSON");
            for text in [
                url.query().expect("a query").to_owned(),
                form,
                json.clone(),
                json.replace('/', "\\/"),
                crate::jsonpath::name_segment(secret),
                STANDARD.encode(secret),
            ] {
                let redacted = redactor.redact(&format!("<{text}>"));
                assert!(redacted.contains(PLACEHOLDER), "{text} came out as {redacted}");
            }
        }
    }

    #[test]
    fn a_secret_with_an_apostrophe_is_found_in_a_command_line() {
        let mut redactor = Redactor::default();
        redactor.learn("don't \"tell\"");
        for text in [
            r#"sh -c 'echo don'\''t "tell"'"#,
            r#"sh -c 'echo don'"'"'t "tell"'"#,
            r#"curl -d '{"a":"don'\''t \"tell\""}'"#,
        ] {
            assert!(redactor.redact(text).contains(PLACEHOLDER), "{text} came out as {}", redactor.redact(text));
        }
    }

    #[test]
    fn a_secret_inside_another_leaves_nothing_of_it() {
        let mut redactor = Redactor::default();
        (0..20).for_each(|number| redactor.learn(&format!("older-secret-{number:02}")));
        redactor.learn("HEAD-older-secret-07-TAIL");
        assert_eq!(redactor.redact("<HEAD-older-secret-07-TAIL>"), "<***>");
    }

    #[test]
    fn a_thousand_secrets_are_learned_without_a_thousand_automata() {
        let mut redactor = Redactor::default();
        (0..1000).for_each(|number| redactor.learn(&format!("secret-number-{number:04}")));
        assert_eq!(redactor.redact("a secret-number-0007 and secret-number-0999."), "a *** and ***.");
    }

    #[test]
    fn a_value_is_redacted_inside_and_stays_a_value() {
        let mut redactor = Redactor::default();
        redactor.learn_value(&Value::read(br#"{"pin": 123456}"#).expect("well-formed"));
        let value = Value::read(br#"{"a":[123456,1234567],"123456":"x123456"}"#).expect("well-formed");
        assert_eq!(redactor.redact_value(&value).to_string(), r#"{"a":["***","***"],"***":"x***"}"#);
    }
}
