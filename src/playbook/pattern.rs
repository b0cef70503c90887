//! A regular expression of a capture, compiled once; what is wrong with one is underlined inside it.

use regex::{Regex, RegexBuilder};
use regex_syntax::ast::Span;

use crate::diagnostic::{Diagnostic, rule};
use crate::source::Text;

/// What a compiled pattern may take, in bytes.
const LARGEST: usize = 1 << 20;

/// A regular expression in the syntax of the crate `regex`.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it is written.
    pub written: Text,
    regex: Regex,
}

impl Pattern {
    /// Reads a pattern.
    pub(super) fn read(written: &Text, found: &mut Vec<Diagnostic>) -> Option<Self> {
        match RegexBuilder::new(&written.text).size_limit(LARGEST).build() {
            Ok(regex) => Some(Pattern { written: written.clone(), regex }),
            Err(error) => {
                found.push(bad_pattern(written, &error));
                None
            }
        }
    }

    /// What the pattern finds, in order: its first group, or the whole match where it has none. A match in which that
    /// group has no part is passed over.
    pub fn find_all<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let group = usize::from(self.regex.captures_len() > 1);
        self.regex.captures_iter(text).filter_map(move |captures| captures.get(group).map(|found| found.as_str()))
    }
}

fn bad_pattern(written: &Text, error: &regex::Error) -> Diagnostic {
    let (span, reason) = match (error, regex_syntax::parse(&written.text)) {
        (regex::Error::CompiledTooBig(_), _) => (None, "it is too large".to_owned()),
        (_, Err(regex_syntax::Error::Parse(error))) => (Some(*error.span()), error.kind().to_string()),
        (_, Err(regex_syntax::Error::Translate(error))) => (Some(*error.span()), error.kind().to_string()),
        (error, _) => (None, error.to_string()),
    };
    let place = span.map_or(written.span, |span| place(written, span));
    Diagnostic::new(rule::BAD_PATTERN, place, format!("the pattern cannot be read: {reason}"))
        .help("patterns are those of the Rust crate `regex`; in single quotes a `\\` stands for itself")
}

fn place(written: &Text, span: Span) -> crate::source::Span {
    // An error behind the last character is shown at that character.
    let start = span.start.offset.min(written.text.len().saturating_sub(1));
    written.locate(start..span.end.offset.max(start + 1).min(written.text.len()))
}
