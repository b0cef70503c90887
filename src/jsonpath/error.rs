//! A text that is no query: where, why, and what to write instead.
//!
//! [`from_parser`] translates the refusals of `jsonpath-rust`, whose grammar rules mean nothing to a user, into
//! sentences. The help comes from `repair`; this file only knows positions and expectations.

use std::fmt;
use std::ops::Range;

use jsonpath_rust::parser::Rule;
use jsonpath_rust::parser::errors::JsonPathError;
use pest::error::{ErrorVariant, InputLocation};

use super::scan::{self, Outline};

/// A text that is not a well-formed and well-typed JSONPath query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathError {
    /// The bytes of the text that are meant; empty at the end of the text.
    pub range: Range<usize>,
    /// What is wrong: lower case, no final period.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

impl PathError {
    pub(super) fn new(range: Range<usize>, message: impl Into<String>) -> Self {
        PathError { range, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for PathError {}

/// The parser's refusal as a sentence about a place in the text.
pub(super) fn from_parser(error: &JsonPathError, text: &str, outline: &Outline) -> PathError {
    if let Some(error) = misused_call(text, outline) {
        return error;
    }
    let JsonPathError::PestError(refusal) = error else {
        return PathError::new(0..text.len(), "expected a JSONPath query (RFC 9535)");
    };
    let at = match refusal.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let found = scan::word(text, at);
    let rest = &text[found.end..];
    if !found.is_empty() && rest.starts_with('(') {
        return unknown_function(text, found);
    }
    if let Some(error) = wrong_integer(text, at).or_else(|| many_compared(text, at)) {
        return error;
    }
    let expected = match &refusal.variant {
        ErrorVariant::ParsingError { positives, .. } => expectation(positives, text, at),
        ErrorVariant::CustomError { .. } => "something else",
    };
    let found = match text[found.clone()].chars().next() {
        Some(_) => format!("`{}`", &text[found.clone()]),
        None => "the end".to_owned(),
    };
    PathError::new(scan::word(text, at), format!("expected {expected}, found {found}"))
}

/// There is no function of that name.
pub(super) fn unknown_function(text: &str, name: Range<usize>) -> PathError {
    let error = PathError::new(name.clone(), format!("there is no function `{}`", &text[name.clone()]));
    let known = ["length", "count", "value", "match", "search"];
    match crate::diagnostic::did_you_mean(&text[name], known) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// Calls the parser refuses without saying where: a wrong number of arguments, and a test that is compared.
fn misused_call(text: &str, outline: &Outline) -> Option<PathError> {
    outline.calls.iter().find_map(|call| {
        let name = &text[call.name.clone()];
        let wanted = match name {
            "length" | "count" | "value" => 1,
            "match" | "search" => 2,
            _ => return None,
        };
        if call.arguments != wanted {
            let plural = if wanted == 1 { "" } else { "s" };
            let message = format!("`{name}` takes {wanted} argument{plural}, found {}", call.arguments);
            return Some(PathError::new(call.whole.clone(), message));
        }
        let argument = text[call.name.end + 1..].trim_start();
        if name == "count" && !argument.starts_with(['@', '$']) {
            return Some(PathError::new(call.whole.clone(), "expected `count` to be given a path from `@` or `$`"));
        }
        let before = text[..call.whole.start].trim_end();
        let after = text[call.whole.end..].trim_start();
        let compared =
            before.ends_with(['=', '<', '>']) || after.starts_with(['=', '<', '>']) || after.starts_with("!=");
        (wanted == 2 && compared).then(|| {
            let message = format!("`{name}` is a condition by itself and cannot be compared");
            PathError::new(call.whole.clone(), message)
                .help(format!("write `{name}(…)` for true and `!{name}(…)` for false"))
        })
    })
}

/// Leading zeros, and integers beyond 2^53 - 1, which not every JSON implementation reads as the same number.
fn wrong_integer(text: &str, at: usize) -> Option<PathError> {
    let length = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let digits = &text[at..at + length];
    let large = digits.parse::<u64>().map_or(length > 0, |number| number > 9_007_199_254_740_991);
    let message = if length > 1 && digits.starts_with('0') {
        "expected an integer without leading zeros"
    } else if large {
        "expected an integer between -9007199254740991 and 9007199254740991"
    } else {
        return None;
    };
    Some(PathError::new(at..at + length, message))
}

/// A comparison with a path that may select many nodes.
fn many_compared(text: &str, at: usize) -> Option<PathError> {
    let operator = ["==", "!=", "<=", ">=", "<", ">"].into_iter().find(|operator| text[at..].starts_with(operator))?;
    let before = text[..at].trim_end();
    if !before.ends_with(['*', ']']) && !before.contains("..") {
        return None;
    }
    let message = "expected a path to one node before the comparison, found one to many";
    let help =
        "`count(…)` makes it a number, `value(…)` the value where there is one, `[?@ == …]` asks for any of them";
    Some(PathError::new(at..at + operator.len(), message).help(help))
}

/// The most telling of the things the grammar would have taken.
fn expectation(positives: &[Rule], text: &str, at: usize) -> &'static str {
    let has = |rule: &Rule| positives.contains(rule);
    if at == 0 && !text.starts_with('$') {
        "`$` at the start of the path"
    } else if text[..at].ends_with('.') {
        "a name, `*` or `[…]`"
    } else if has(&Rule::EOI) {
        "`.name`, `[…]` or the end of the path"
    } else if has(&Rule::selector) || has(&Rule::name_selector) || text[..at].trim_end().ends_with(['[', ',']) {
        "`'name'`, an index, a slice, `*` or `?condition` in the brackets"
    } else if has(&Rule::comp_op) && text[at..].starts_with('=') {
        "`==`, `!=`, `<`, `<=`, `>` or `>=`"
    } else if has(&Rule::comparable) || has(&Rule::literal) || has(&Rule::number) {
        "a literal, a function or a path from `@` or `$` to one node"
    } else if has(&Rule::logical_expr) || has(&Rule::atom_expr) || has(&Rule::paren_expr) || has(&Rule::test) {
        "a condition such as `@.name == 'x'`"
    } else if has(&Rule::comp_op) {
        "an operator such as `==`, `&&` or `||`, or the end of the condition"
    } else {
        "the next part of the path"
    }
}
