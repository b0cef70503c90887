//! Finds secrets in text that is about to leave the program.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use super::decoded::Coding;
use super::encoded::{self, Form};
use super::escapes::{Escaping, Unescaped};
use super::misread::misread;
use super::search::Search;
use super::{PLACEHOLDER, SHORTEST, shapes};
use crate::value::{Object, Value};

/// Finds secrets in text and puts [`PLACEHOLDER`] in their place: those that were made known, and what is a secret by
/// its looks.
#[derive(Clone, Default)]
pub struct Redactor {
    secrets: BTreeSet<String>,
    forms: Vec<Form>,
    search: Search,
    /// Whether a form may stand in a number.
    numbers: bool,
    /// Whether a secret has a space, which forms write as `+`.
    spaces: bool,
}

/// How often a text may have been escaped or encoded, as JSON is that stands in a string of JSON.
const DEPTH: usize = 3;

/// What may have been done to a text.
#[derive(Clone, Copy)]
enum Writing {
    Escaped(Escaping),
    Encoded(Coding),
}

impl Writing {
    const ALL: [Writing; 7] = [
        Writing::Escaped(Escaping::Percent),
        Writing::Escaped(Escaping::Form),
        Writing::Escaped(Escaping::Backslash),
        Writing::Escaped(Escaping::Html),
        Writing::Escaped(Escaping::Shell),
        Writing::Encoded(Coding::Base64),
        Writing::Encoded(Coding::Hexadecimal),
    ];

    /// What the text was before; `None` where it is the same.
    fn undone(self, text: &[u8]) -> Option<Unescaped> {
        match self {
            Writing::Escaped(escaping) => Unescaped::new(escaping, text),
            Writing::Encoded(coding) => coding.decoded(text),
        }
    }
}

/// A text as it was before something was done to it.
struct Layer {
    text: Unescaped,
    /// The one that it was made of; `None` for the text as it is.
    below: Option<usize>,
    /// Whether it was encoded.
    encoded: bool,
}

/// How many bytes without escapes are looked at, at most: so many, and so many times the text. What was escaped less
/// often comes first, and each way of escaping once in any case.
const WORK: (usize, usize) = (256 * 1024, 10);

/// What is a secret by its looks is sought in other places from this many bytes on: a password such as `test` in a
/// URL would mask half of every output.
const UNTOLD: usize = 8;

impl Redactor {
    /// Makes one secret known. Texts under [`SHORTEST`] bytes are ignored; inputs and captures refuse them earlier.
    pub fn learn(&mut self, secret: &str) {
        self.learn_one(secret);
        // Header fields and files lose the blanks around it.
        self.learn_one(secret.trim());
        if secret.len() >= SHORTEST {
            misread(secret).iter().for_each(|text| self.learn_one(text));
        }
    }

    fn learn_one(&mut self, secret: &str) {
        if secret.len() < SHORTEST || !self.secrets.insert(secret.to_owned()) {
            return;
        }
        self.spaces |= secret.contains(' ');
        let forms = std::iter::once(Form::plain(secret)).chain(encoded::forms(secret.as_bytes()));
        for form in forms {
            self.numbers |= form.text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
            self.search.add(&form.text);
            self.forms.push(form);
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

    /// Makes known what is a secret by its looks in a text, so that it is found where it does not look like one.
    pub fn learn_untold(&mut self, text: &[u8]) {
        for place in shapes::places(text) {
            let written = &text[place];
            self.learn_credential(&String::from_utf8_lossy(written));
            for escaping in [Escaping::Backslash, Escaping::Percent, Escaping::Form] {
                if let Some(meant) = Unescaped::new(escaping, written) {
                    self.learn_credential(&String::from_utf8_lossy(&meant.bytes));
                }
            }
        }
    }

    /// The same of a value that was read from a text.
    pub fn learn_untold_value(&mut self, value: &Value) {
        match value {
            Value::String(text) => self.learn_untold(text.as_bytes()),
            Value::Array(items) => items.iter().for_each(|item| self.learn_untold_value(item)),
            Value::Object(members) => members.iter().for_each(|(name, member)| match member {
                Value::String(text) if shapes::is_field(name) => self.learn_credential(text),
                member => self.learn_untold_value(member),
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Makes known what was made of secrets, unless it is nothing but one that is known, or so short that it is met
    /// everywhere. Where a known one stands in it, the rest may still tell of that one, or of another.
    pub fn learn_derived(&mut self, value: &Value) {
        match value {
            Value::String(text) if !self.is_one(text) => self.learn_credential(text),
            Value::Array(items) => items.iter().for_each(|item| self.learn_derived(item)),
            Value::Object(members) => members.values().for_each(|member| self.learn_derived(member)),
            _ => {}
        }
    }

    /// Makes known what is a credential by where it stands, unless it is so short that it is met everywhere.
    pub fn learn_credential(&mut self, text: &str) {
        if text.len() >= UNTOLD {
            self.learn(text);
        }
    }

    /// Whether the text is a known secret as a whole, in whatever form.
    fn is_one(&self, text: &str) -> bool {
        let mut is_whole = |range| match range == (0..text.len()) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        !self.is_empty() && self.each(text.as_bytes(), false, &mut is_whole).is_break()
    }

    /// Whether it knows no secret at all.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether the text holds a known secret.
    pub fn finds(&self, text: &str) -> bool {
        self.finds_bytes(text.as_bytes())
    }

    /// Whether the bytes hold a known secret.
    pub fn finds_bytes(&self, bytes: &[u8]) -> bool {
        !self.is_empty() && self.each(bytes, false, &mut |_| ControlFlow::Break(())).is_break()
    }

    /// The text with every secret replaced.
    pub fn redact(&self, text: &str) -> String {
        self.redacted(text).unwrap_or_else(|| text.to_owned())
    }

    /// The text with every secret replaced; `None` where there is none.
    pub fn redacted(&self, text: &str) -> Option<String> {
        // What is replaced are whole patterns, which are text: what is left is text.
        let bytes = self.redacted_bytes(text.as_bytes())?;
        Some(String::from_utf8(bytes).unwrap_or_else(|_| PLACEHOLDER.to_owned()))
    }

    /// The bytes with every secret replaced.
    pub fn redact_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        self.redacted_bytes(bytes).unwrap_or_else(|| bytes.to_owned())
    }

    /// The bytes with every secret replaced; `None` where there is none.
    pub fn redacted_bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        // Found in the bytes as they are: a secret may stand inside another.
        let mut found: Vec<Range<usize>> = Vec::new();
        let _ = self.each(bytes, true, &mut |range| {
            found.push(range);
            ControlFlow::Continue(())
        });
        if found.is_empty() {
            return None;
        }
        let masked = masked(bytes, found);
        // What is left on both sides of a placeholder may be a secret together.
        Some(if self.finds_bytes(&masked) { PLACEHOLDER.as_bytes().to_owned() } else { masked })
    }

    /// The beginning of a text with every secret replaced, also one that was cut at its end.
    pub fn redact_beginning(&self, text: &str) -> String {
        let redacted = self.redact(text);
        let bytes = redacted.as_bytes();
        let part = |form: &Form| {
            let form = form.text.as_bytes();
            let longest = form.len().saturating_sub(1).min(bytes.len());
            (SHORTEST..=longest).rev().find(|length| bytes.ends_with(&form[..*length]))
        };
        let Some(part) = self.forms.iter().filter_map(part).max() else { return redacted };
        String::from_utf8_lossy(&bytes[..bytes.len() - part]).into_owned() + PLACEHOLDER
    }

    /// The value with every secret replaced, in strings, member names and whole numbers.
    pub fn redact_value(&self, value: &Value) -> Value {
        self.redacted_value(value).unwrap_or_else(|| value.clone())
    }

    /// The value with every secret replaced; `None` where there is none.
    pub fn redacted_value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.redacted(text).map(Value::from),
            Value::Number(number) => {
                (self.numbers && self.finds(&number.to_string())).then(|| Value::from(PLACEHOLDER))
            }
            Value::Array(items) => {
                let redacted = changed(items.iter().map(|item| (item, self.redacted_value(item))), Value::clone)?;
                Some(Value::array(redacted))
            }
            Value::Object(members) => {
                let members = members.iter().map(|member| (member, self.redacted_member(member)));
                let redacted = changed(members, |(name, value)| (Arc::clone(name), value.clone()))?;
                Some(Value::object(redacted.into_iter().collect::<Object>()))
            }
            Value::Null | Value::Bool(_) => None,
        }
    }

    fn redacted_member(&self, (name, value): (&Arc<str>, &Value)) -> Option<(Arc<str>, Value)> {
        let new_name = self.redacted(name);
        let new_value = match value {
            Value::String(text) if is_shown_field(name, text) => Some(Value::from(PLACEHOLDER)),
            value => self.redacted_value(value),
        };
        if new_name.is_none() && new_value.is_none() {
            return None;
        }
        let name = new_name.map_or_else(|| Arc::clone(name), Into::into);
        Some((name, new_value.unwrap_or_else(|| value.clone())))
    }

    /// Calls `hit` with every place of a secret: in the text as it is, and in what it was before it was escaped; with
    /// `looks` also of what is a secret by its looks.
    fn each(&self, bytes: &[u8], looks: bool, hit: &mut dyn FnMut(Range<usize>) -> ControlFlow<()>) -> ControlFlow<()> {
        self.each_in(bytes, (0, looks), hit)?;
        let mut left = WORK.0 + WORK.1 * bytes.len();
        let mut layers: Vec<Layer> = Vec::new();
        let (mut from, mut made_of) = (0, vec![None]);
        for _ in 0..DEPTH {
            for below in made_of {
                for writing in Writing::ALL {
                    if matches!(writing, Writing::Escaped(Escaping::Form)) && !self.spaces {
                        continue;
                    }
                    let below = below.map(|below: usize| (below, &layers[below]));
                    let Some(text) = writing.undone(below.map_or(bytes, |(_, below)| &below.text.bytes)) else {
                        continue;
                    };
                    let Some(rest) = left.checked_sub(text.bytes.len()) else { return ControlFlow::Continue(()) };
                    left = rest;
                    let encoded =
                        matches!(writing, Writing::Encoded(_)) || below.is_some_and(|(_, below)| below.encoded);
                    let shortest = if encoded { encoded::SHORTEST } else { 0 };
                    self.each_in(&text.bytes, (shortest, looks), &mut |range| {
                        let (mut range, mut below) = (text.written(&range), below.map(|(below, _)| below));
                        while let Some(layer) = below.map(|below| &layers[below]) {
                            (range, below) = (layer.text.written(&range), layer.below);
                        }
                        hit(range)
                    })?;
                    let below = below.map(|(below, _)| below);
                    layers.push(Layer { text, below, encoded });
                }
            }
            made_of = (from..layers.len()).map(Some).collect();
            from = layers.len();
        }
        ControlFlow::Continue(())
    }

    /// The same of the text as it is, without forms that are shorter.
    fn each_in(
        &self,
        text: &[u8],
        (shortest, looks): (usize, bool),
        hit: &mut dyn FnMut(Range<usize>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        self.search.each(text, &mut |form, found| {
            if found.len() < shortest { ControlFlow::Continue(()) } else { hit(self.forms[form].whole(found, text)) }
        })?;
        if looks { shapes::places(text).into_iter().try_for_each(hit) } else { ControlFlow::Continue(()) }
    }
}

/// Says how many secrets it knows, and none of them.
impl fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Redactor").field("secrets", &self.secrets.len()).finish_non_exhaustive()
    }
}

/// Whether a member is secret by its name. One that is masked already stays as it is.
fn is_shown_field(name: &str, text: &str) -> bool {
    shapes::is_field(name) && !text.is_empty() && text != PLACEHOLDER
}

/// The items with those in their place that have changed; `None` where none has.
fn changed<T, N>(items: impl Iterator<Item = (T, Option<N>)>, same: impl Fn(T) -> N) -> Option<Vec<N>> {
    let mut any = false;
    let mut unchanged = Vec::new();
    let mut result = Vec::new();
    for (item, new) in items {
        match new {
            Some(new) => {
                any = true;
                result.extend(unchanged.drain(..).map(&same));
                result.push(new);
            }
            None => unchanged.push(item),
        }
    }
    result.extend(unchanged.into_iter().map(&same));
    any.then_some(result)
}

fn masked(bytes: &[u8], mut found: Vec<Range<usize>>) -> Vec<u8> {
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
