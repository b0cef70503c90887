//! What a person probably meant who wrote something that is not an expression here.

use std::ops::Range;

use super::scan::string_end;
use crate::diagnostic::{Diagnostic, rule};
use crate::source::{Span, Text};

/// A syntax error in words, with a remedy where the slip is a known one.
pub(super) fn diagnose(text: &Text, range: Range<usize>, detail: &str) -> Diagnostic {
    let source = &*text.text;
    if source.trim().is_empty() {
        return Diagnostic::new(rule::TEMPLATE_SYNTAX, text.span, "there is no expression here")
            .help("write a name, a value or a condition such as `status == 200`");
    }
    if let Some(slip) = slip(source) {
        let span = text.locate(slip.range);
        let diagnostic = Diagnostic::new(rule::TEMPLATE_SYNTAX, span, slip.message).help(slip.help);
        return match slip.replacement {
            Some(replacement) => diagnostic.fix(span, replacement),
            None => diagnostic,
        };
    }
    // minijinja tells one byte of a character that it does not know.
    let end = source.ceil_char_boundary(range.end);
    let start = source.floor_char_boundary(range.start.min(end));
    Diagnostic::new(rule::TEMPLATE_SYNTAX, text.locate(start..end), in_words(detail)).help(general_help(detail))
}

/// What may be wrong where no slip is recognised.
fn general_help(detail: &str) -> &'static str {
    if detail.starts_with("unexpected end of input") {
        "write what is missing, or take out what expects it; close every bracket"
    } else if detail.starts_with("unexpected input after expression") {
        "join the parts with an operator such as `and`, `==` or `~`; a text stands in quotes"
    } else {
        "names are letters, digits and `_`; a text stands in quotes, as in `status == 200 and body.state == 'on'`"
    }
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
    Diagnostic::new(rule::TEMPLATE_SYNTAX, span, format!("values have no methods: `.{name}(…)`")).help(help)
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
    if let Some(slip) = shouted(at, rest, bytes) {
        return Some(slip);
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

/// `AND`, `OR`, `NOT` of query languages.
fn shouted(at: usize, rest: &str, bytes: &[u8]) -> Option<Slip> {
    let word = ["AND", "OR", "NOT"].into_iter().find(|word| rest.starts_with(word))?;
    let is_whole = |byte: Option<&u8>| !byte.is_some_and(|byte| is_word(*byte));
    if !is_whole(at.checked_sub(1).and_then(|before| bytes.get(before))) || !is_whole(bytes.get(at + word.len())) {
        return None;
    }
    let instead = word.to_lowercase();
    let help = format!("write `{instead}`");
    let message = "operators are written in lower case";
    Some(Slip { range: at..at + word.len(), message, help, replacement: Some(instead) })
}

/// Whether a single `=` names an argument: inside of the parentheses of a call.
fn is_argument(at: usize, bytes: &[u8]) -> bool {
    let mut closed = 0;
    for place in (0..at).rev() {
        match bytes[place] {
            b')' => closed += 1,
            b'(' if closed == 0 => return place > 0 && is_word(bytes[place - 1]),
            b'(' => closed -= 1,
            _ => {}
        }
    }
    false
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
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
    if let Some(expected) = detail.strip_prefix("unexpected end of input, expected ") {
        let expected = if expected == "expression" { "a name or a value" } else { expected };
        return format!("the expression ends too early: {expected} is expected");
    }
    detail
        .replace("end of variable block", "`}}`")
        .replace("identifier", "name")
        .replace("unexpected input after expression", "unexpected text after the expression")
}

#[cfg(test)]
mod tests {
    use super::super::trial::wrong;

    #[track_caller]
    fn remedy(expression: &str) -> (String, String, String) {
        let (diagnostic, underlined) = wrong(expression);
        assert_eq!(diagnostic.rule, crate::diagnostic::rule::TEMPLATE_SYNTAX);
        (underlined, diagnostic.help.join(" "), diagnostic.fix.map(|fix| fix.replacement).unwrap_or_default())
    }

    #[test]
    fn operators_of_other_languages_are_named_with_ours() {
        let rows = [
            ("a && b", "&&", "write `and`", "and"),
            ("a || b", "||", "write `or`", "or"),
            ("!a", "!", "write `not`", "not "),
            ("a = 1", "=", "write `==`", "=="),
            ("(a = 1) and b", "=", "write `==`", "=="),
            ("a AND b", "AND", "write `and`", "and"),
            ("a === 1", "===", "write `==`", "=="),
            ("a !== 1", "!==", "write `!=`", "!="),
            ("a ? b : c", "?", "write `a if condition else b`", ""),
            ("a ?? b", "??", "write `| default(…)`", ""),
            ("${x} == 1", "${x}", "write `x`", "x"),
            ("$x == 1", "$x", "write `x`", "x"),
            ("$.a[0] == 1", "$", "a JSONPath is written `body | jsonpath('$…')`", ""),
            ("{x}", "{x}", "write `{{ x }}`, or `x` where an expression is expected", ""),
            ("a == {{ b }}", "{{", "leave the braces out: the whole text is an expression already", ""),
            ("a == 'b", "'b", "close it with the quote it began with; a quote inside is written `\\'`", ""),
        ];
        for (expression, place, help, fix) in rows {
            assert_eq!(remedy(expression), (place.to_owned(), help.to_owned(), fix.to_owned()), "{expression}");
        }
    }

    #[test]
    fn methods_are_shown_as_filters() {
        assert_eq!(
            remedy("a.b.upper() == 'X'"),
            ("a.b.upper()".to_owned(), "write `a.b | upper`".to_owned(), String::new())
        );
        assert_eq!(remedy("body.get('x')").1, "write `body.name`, with `| default(…)` where it may be missing");
        assert_eq!(remedy("items.length()").1, "write `items | length`");
    }

    #[test]
    fn other_mistakes_are_told_in_plain_words() {
        let message = |expression| wrong(expression).0.message;
        assert_eq!(message("a =="), "the expression ends too early: a name or a value is expected");
        assert_eq!(message("a b"), "unexpected text after the expression");
        assert_eq!(message(""), "there is no expression here");
        assert_eq!(message("now"), "`now` is a function");
        assert_eq!(message("f(*args)"), "arguments cannot be spread with `*`");
        assert_eq!(message("a.b()()"), "only functions can be called");
    }

    #[test]
    fn what_is_inside_of_a_string_is_no_mistake() {
        assert_eq!(wrong("'a && b' == c d").0.message, "unexpected text after the expression");
    }
}
