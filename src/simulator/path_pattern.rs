//! Patterns for request paths, in which `*` stands for anything within one segment and `**` for anything.

use std::fmt;
use std::str::FromStr;

use regex::Regex;

/// A pattern that a whole request path matches or does not match.
#[derive(Debug, Clone)]
pub struct PathPattern {
    text: String,
    regex: Regex,
}

impl PathPattern {
    /// Whether the pattern covers the path.
    pub fn matches(&self, path: &str) -> bool {
        self.regex.is_match(path)
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for PathPattern {
    type Err = PathPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with(['/', '*']) {
            return Err(PathPatternError { text: text.to_owned() });
        }
        let expression = regex::escape(text).replace(r"\*\*", ".*").replace(r"\*", "[^/]*");
        let regex =
            Regex::new(&format!("^{expression}$")).expect("an escaped text with wildcards is a valid expression");
        Ok(Self { text: text.to_owned(), regex })
    }
}

/// A text that cannot be a path pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPatternError {
    text: String,
}

impl fmt::Display for PathPatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a path pattern starts with `/` or `*`, found `{}`", self.text)
    }
}

impl std::error::Error for PathPatternError {}
