//! A secret in base64 and hexadecimal, as it stands inside of a longer text that was encoded.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Encoded forms are sought from this many bytes on: those of shorter texts are met by chance.
pub(super) const SHORTEST: usize = 6;

/// A text that stands for a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Form {
    pub(super) text: String,
    /// Whether the characters of base64 before and behind it are made of a part of the secret too.
    spills: (bool, bool),
}

impl Form {
    /// The secret itself.
    pub(super) fn plain(secret: &str) -> Self {
        Form { text: secret.to_owned(), spills: (false, false) }
    }

    /// What is to be masked where the form stands.
    pub(super) fn whole(&self, found: Range<usize>, text: &[u8]) -> Range<usize> {
        let is_digit =
            |at: usize| text.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte));
        let before = self.spills.0 && found.start > 0 && is_digit(found.start - 1);
        let mut end = found.end + usize::from(self.spills.1 && is_digit(found.end));
        if end > found.end {
            end += text[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
        }
        found.start - usize::from(before)..end
    }
}

/// Every encoded form of a secret, each once.
pub(super) fn forms(secret: &[u8]) -> Vec<Form> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let lower: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let hexadecimal = [lower.to_ascii_uppercase(), lower];
    let mut forms: Vec<Form> = hexadecimal.iter().map(|text| Form::plain(text)).collect();
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for lead in 0..3 {
            // Base64 of "xx" + secret + "xx": the characters that depend on the secret's bytes alone.
            let whole = engine.encode([&b"\0\0"[..lead], secret].concat());
            let (first, last) = (lead * 8, (lead + secret.len()) * 8);
            let text = whole[first.div_ceil(6)..last / 6].to_owned();
            forms.push(Form { text, spills: (first % 6 != 0, last % 6 != 0) });
        }
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}
