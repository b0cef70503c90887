//! The rules that a playbook is held to: each has a code, a name, a summary, and an explanation with examples in a file
//! of its own under `explained`.
//!
//! The list is grouped by theme with gaps between the numbers. A number is never given to another rule,
//! so that what is written about `E0201` stays true; the name is what a person says. Nothing here looks at a file.

mod catalog;

use std::fmt;

use super::{Severity, closest};

pub use catalog::*;

/// A rule, which a [`Diagnostic`](super::Diagnostic) says is broken.
pub struct Rule {
    /// Its number behind `E` (an error), `W` (a warning) or `H` (a hint), such as `E0201`.
    pub code: &'static str,
    /// Its name, such as `unknown-key`.
    pub name: &'static str,
    /// What is wrong where it is broken, in one line.
    pub summary: &'static str,
    /// Why it is wrong and what to write instead, with examples, in Markdown. The first line is a sentence.
    pub explanation: &'static str,
}

impl Rule {
    /// The rule of that code or name, in any case.
    ///
    /// ```
    /// # use callsheet::diagnostic::Rule;
    /// assert_eq!(Rule::named("e0201"), Rule::named("unknown-key"));
    /// ```
    pub fn named(name: &str) -> Option<&'static Rule> {
        let is_it = |known: &str| known.eq_ignore_ascii_case(name.trim());
        ALL.iter().copied().find(|rule| is_it(rule.code) || is_it(rule.name))
    }

    /// What may be meant by a code or name that no rule has.
    pub fn nearest(name: &str) -> Option<&'static Rule> {
        let number = name.trim().strip_prefix(['e', 'E', 'w', 'W', 'h', 'H']).unwrap_or(name.trim());
        let numbered = ALL.iter().copied().find(|rule| &rule.code[1..] == number);
        numbered.or_else(|| closest(name.trim(), ALL.iter().map(|rule| rule.name)).and_then(Rule::named))
    }

    /// Whether it is about the file as YAML: what breaks it can hide other mistakes.
    pub fn is_of_yaml(&self) -> bool {
        self.code[1..].starts_with("01")
    }

    /// How bad it is to break it, as its code says.
    pub fn severity(&self) -> Severity {
        match self.code.as_bytes() {
            [b'W', ..] => Severity::Warning,
            [b'H', ..] => Severity::Hint,
            _ => Severity::Error,
        }
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_rise_and_no_two_rules_share_a_number_or_a_name() {
        let numbers: Vec<u16> = ALL.iter().map(|rule| rule.code[1..].parse().expect("a number")).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        let names: HashSet<&str> = ALL.iter().map(|rule| rule.name).collect();
        assert_eq!(names.len(), ALL.len());
        for rule in ALL {
            assert!(rule.code.len() == 5 && rule.code.starts_with(['E', 'W', 'H']), "{rule:?}");
            assert!(rule.name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{rule:?}");
        }
    }
}
