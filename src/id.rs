//! Names of things: identifiers, addresses of steps, runs.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Whether a text may name a step, an input, a variable or a capture: `[a-z][a-z0-9_]*`.
pub fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_lowercase())
        && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Whether a text may name a playbook: an identifier with hyphens allowed.
pub fn is_playbook_name(text: &str) -> bool {
    let inner = text.replace('-', "_");
    is_identifier(&inner) && !text.ends_with('-')
}

/// The nearest identifier to a text that is not one, for a suggestion: `Work Space` gives `work_space`.
pub fn to_identifier(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        let starts_word = character.is_ascii_uppercase() && name.ends_with(|last: char| last.is_ascii_lowercase());
        if starts_word {
            name.push('_');
        }
        match character {
            'a'..='z' | '0'..='9' | '_' => name.push(character),
            'A'..='Z' => name.push(character.to_ascii_lowercase()),
            _ if name.is_empty() || name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    let name = name.trim_matches('_');
    if name.starts_with(|first: char| first.is_ascii_lowercase()) { name.to_owned() } else { format!("s_{name}") }
}

/// Where a step stands among the frames of a run: `deploy`, `train[eu].upload[fraud]`.
///
/// The text is the identity: the journal, the record, reports and resume name a step by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Address(Arc<str>);

impl Address {
    /// A step of the playbook itself.
    pub fn step(id: &str) -> Self {
        Address(id.into())
    }

    /// The instance of a foreach step for that key. A key that would be misread is written as a JSON string.
    pub fn instance(&self, key: &str) -> Self {
        let plain = !key.is_empty() && !key.contains(['[', ']', '"', '.']) && !key.contains(char::is_control);
        let key = if plain { key.to_owned() } else { serde_json::Value::from(key).to_string() };
        Address(format!("{}[{key}]", self.0).into())
    }

    /// A step inside the frame at this address.
    pub fn child(&self, id: &str) -> Self {
        Address(format!("{}.{id}", self.0).into())
    }

    /// The address this one is an instance or a child of; `None` for a step of the playbook itself.
    pub fn parent(&self) -> Option<Self> {
        let text = self.as_str();
        let mut cut = None;
        let mut rest = text;
        while let Some(at) = rest.find(['.', '[']) {
            cut = Some(text.len() - rest.len() + at);
            rest = if rest[at..].starts_with('[') { after_key(&rest[at + 1..]) } else { &rest[at + 1..] };
        }
        cut.map(|end| Address(text[..end].into()))
    }

    /// It, and all that it is an instance or a child of, from the inside out.
    pub fn lineage(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self.clone()), Self::parent)
    }

    /// The ids of the steps that lead there, without the keys of instances, from the outside in.
    pub fn ids(&self) -> Vec<&str> {
        let (mut ids, mut rest) = (Vec::new(), self.as_str());
        loop {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            ids.push(&rest[..end]);
            rest = &rest[end..];
            while let Some(key) = rest.strip_prefix('[') {
                rest = after_key(key);
            }
            match rest.strip_prefix('.') {
                Some(behind) => rest = behind,
                None => return ids,
            }
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

/// What follows the closing bracket of a key, plain or a JSON string.
fn after_key(text: &str) -> &str {
    let Some(quoted) = text.strip_prefix('"') else {
        return text.split_once(']').map_or("", |(_, rest)| rest);
    };
    let mut escaped = false;
    let end = quoted.find(|character| {
        let closes = character == '"' && !escaped;
        escaped = character == '\\' && !escaped;
        closes
    });
    end.and_then(|end| quoted.get(end + 2..)).unwrap_or("")
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A run's name and the name of its folder: the time it started and four letters, `20261124-065523-k3f9`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl RunId {
    /// Makes the name from the start of the run (UTC) and its seed.
    pub fn new(start: jiff::Timestamp, seed: u64) -> Self {
        const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
        let time = start.strftime("%Y%m%d-%H%M%S");
        let suffix: String = (0..4).map(|index| LETTERS[(seed >> (5 * index)) as usize & 31] as char).collect();
        RunId(format!("{time}-{suffix}"))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_lower_case_letters_digits_and_underscores() {
        assert!(is_identifier("upload_model2"));
        assert!(!is_identifier("2nd") && !is_identifier("Upload") && !is_identifier("") && !is_identifier("a-b"));
        assert!(is_playbook_name("deploy-and-infer") && !is_playbook_name("deploy-"));
    }

    #[test]
    fn what_is_no_identifier_gets_the_nearest_one() {
        assert_eq!(to_identifier("Work Space-2"), "work_space_2");
        assert_eq!(to_identifier("workspaceId"), "workspace_id");
        assert_eq!(to_identifier("2nd"), "s_2nd");
    }

    #[test]
    fn an_address_keeps_keys_readable_and_unambiguous() {
        let address = Address::step("train").instance("eu").child("upload").instance("a.b");
        assert_eq!(address.as_str(), r#"train[eu].upload["a.b"]"#);
    }

    #[test]
    fn an_address_leads_back_to_the_step_it_belongs_to() {
        let mut address = Address::step("train").instance(r#"a"].b\"#).child("upload").instance("eu");
        let mut way = Vec::new();
        while let Some(parent) = address.parent() {
            way.push(parent.to_string());
            address = parent;
        }
        assert_eq!(way, [r#"train["a\"].b\\"].upload"#, r#"train["a\"].b\\"]"#, "train"]);
    }
}
