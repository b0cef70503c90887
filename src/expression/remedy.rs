//! What a person probably meant who wrote something that is not an expression here.

use std::ops::Range;

use super::scan::{SYNTAX, string_end};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Text};

/// A syntax error in words, with a remedy where the slip is a known one.
pub(super) fn diagnose(text: &Text, range: Range<usize>, detail: &str) -> Diagnostic {
    let source = &*text.text;
    if source.trim().is_empty() {
        return Diagnostic::error(SYNTAX, text.span, "there is no expression here")
            .help("write a name or a value between the braces");
    }
    if let Some(slip) = slip(source) {
        let span = text.locate(slip.range);
        let diagnostic = Diagnostic::error(SYNTAX, span, slip.message).help(slip.help);
        return match slip.replacement {
            Some(replacement) => diagnostic.fix(span, replacement),
            None => diagnostic,
        };
    }
    let end = range.end.min(source.len());
    let start = range.start.min(end);
    Diagnostic::error(SYNTAX, text.locate(start..end), in_words(detail))
}

/// `a.get('b')` and the like.
pub(super) fn method(span: Span, base: &str, name: &str) -> Diagnostic {
    let help = match name {
        "get" => format!("write `{base}.name`, with `| default(…)` where it may be missing"),
        "upper" | "lower" | "split" | "replace" | "title" | "capitalize" | "items" | "keys" | "values" | "join" => {
            format!("write `{base} | {name}`")
        }
        "strip" | "trim" => format!("write `{base} | trim`"),
        "length" | "size" | "len" => format!("write `{base} | length`"),
        "startswith" | "startsWith" => format!("write `{base} is startingwith('…')`"),
        "endswith" | "endsWith" => format!("write `{base} is endingwith('…')`"),
        "includes" | "contains" => format!("write `… in {base}`"),
        "toString" => format!("write `{base} | string`"),
        _ => "write a filter: `value | filter(…)`".to_owned(),
    };
    Diagnostic::error(SYNTAX, span, format!("values have no methods: `.{name}(…)`")).help(help)
}

struct Slip {
    range: Range<usize>,
    message: &'static str,
    help: String,
    replacement: Option<String>,
}

fn slip(source: &str) -> Option<Slip> {
    if let Some(whole) = whole(source) {
        return Some(whole);
    }
    let bytes = source.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        match bytes[at] {
            quote @ (b'\'' | b'"') => match string_end(bytes, at, quote) {
                Some(end) => at = end,
                None => return Some(open_string(at, source)),
            },
            _ => {
                if let Some(slip) = operator(at, rest, bytes) {
                    return Some(slip);
                }
            }
        }
        at += 1;
        while !source.is_char_boundary(at) {
            at += 1;
        }
    }
    None
}

/// Slips that concern the whole text.
fn whole(source: &str) -> Option<Slip> {
    let inner = source.strip_prefix('{')?.strip_suffix('}')?.trim();
    let is_path = !inner.is_empty() && inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    is_path.then(|| Slip {
        range: 0..source.len(),
        message: "one pair of braces makes no expression",
        help: format!("write `{{{{ {inner} }}}}`, or `{inner}` where an expression is expected"),
        replacement: None,
    })
}

fn open_string(at: usize, source: &str) -> Slip {
    Slip {
        range: at..source.len(),
        message: "the string is not closed",
        help: "close it with the quote it began with; a quote inside is written `\\'`".to_owned(),
        replacement: None,
    }
}

/// Operators of other languages.
const OPERATORS: &[(&str, &str, &str)] = &[
    ("===", "==", "`===` is not an operator here"),
    ("!==", "!=", "`!==` is not an operator here"),
    ("&&", "and", "`&&` is not an operator here"),
    ("||", "or", "`||` is not an operator here"),
    ("<>", "!=", "`<>` is not an operator here"),
    ("??", "| default(…)", "`??` is not an operator here"),
    ("?.", "| default(…)", "`?.` is not an operator here"),
    ("=~", "| matches('…')", "`=~` is not an operator here"),
];

fn operator(at: usize, rest: &str, bytes: &[u8]) -> Option<Slip> {
    if let Some((found, instead, message)) = OPERATORS.iter().find(|(found, ..)| rest.starts_with(found)) {
        let replacement = (!instead.starts_with('|')).then(|| (*instead).to_owned());
        let help = format!("write `{instead}`");
        return Some(Slip { range: at..at + found.len(), message, help, replacement });
    }
    if rest.starts_with("{{") {
        let help = "leave the braces out: the whole text is an expression already".to_owned();
        return Some(Slip { range: at..at + 2, message: "braces inside of an expression", help, replacement: None });
    }
    let previous = at.checked_sub(1).map(|before| bytes[before]);
    let next = bytes.get(at + 1).copied();
    match bytes[at] {
        b'=' if next != Some(b'=')
            && !matches!(previous, Some(b'=' | b'!' | b'<' | b'>'))
            && !is_argument(at, bytes) =>
        {
            let message = "`=` does not compare";
            Some(Slip { range: at..at + 1, message, help: "write `==`".to_owned(), replacement: Some("==".to_owned()) })
        }
        b'!' if next != Some(b'=') => {
            let message = "`!` is not an operator here";
            Some(Slip {
                range: at..at + 1,
                message,
                help: "write `not`".to_owned(),
                replacement: Some("not ".to_owned()),
            })
        }
        b'?' => {
            let help = "write `a if condition else b`".to_owned();
            Some(Slip { range: at..at + 1, message: "`? :` does not exist here", help, replacement: None })
        }
        b'$' => Some(dollar(at, rest)),
        b'`' => {
            let help = "strings are written `'…'` or `\"…\"`, and joined with `~`".to_owned();
            Some(Slip { range: at..at + 1, message: "a backtick quotes nothing here", help, replacement: None })
        }
        b'@' => {
            let help = "write the name alone, or `| jsonpath('$…')` for a path".to_owned();
            Some(Slip { range: at..at + 1, message: "`@` has no meaning here", help, replacement: None })
        }
        _ => None,
    }
}

/// Whether a single `=` names an argument: inside of parentheses, after a word.
fn is_argument(at: usize, bytes: &[u8]) -> bool {
    let before = &bytes[..at];
    let open = before.iter().filter(|byte| **byte == b'(').count();
    open > before.iter().filter(|byte| **byte == b')').count()
}

fn dollar(at: usize, rest: &str) -> Slip {
    let braced = rest.starts_with("${");
    let name: String = rest[if braced { 2 } else { 1 }..].chars().take_while(|c| is_path(*c)).collect();
    let length = 1 + name.len() + if braced { 2 } else { 0 };
    if name.is_empty() || name.starts_with('.') || rest.len() < length {
        let help = "a JSONPath is written `body | jsonpath('$…')`".to_owned();
        return Slip { range: at..at + 1, message: "`$` has no meaning here", help, replacement: None };
    }
    let help = format!("write `{name}`");
    Slip { range: at..at + length, message: "names have no `$`", help, replacement: Some(name) }
}

fn is_path(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '_' | '.')
}

/// minijinja's message in words a person knows.
fn in_words(detail: &str) -> String {
    detail
        .replace("end of input", "the end of the expression")
        .replace("end of variable block", "`}}`")
        .replace("identifier", "name")
        .replace("unexpected input after expression", "unexpected text after the expression")
}
