//! Quoting traps that break the syntax, recognised from the line where the parser stopped.
//!
//! The parser's own complaint about `url: {{ a }}/b` is a missing key; here the line is looked at for the value that
//! a person would have written there, and the whole of it is offered in quotes.

use std::ops::Range;

use granit_parser::ErrorKind;

use super::balance::Balance;
use super::build::Builder;
use super::lines::{File, offer_quotes, quoted, short};
use super::traps::{QUOTE_TEMPLATE, split};
use crate::diagnostic::{Diagnostic, rule};

/// The trap behind a syntax error at byte `at`, if it is one.
pub(super) fn recognise(kind: &ErrorKind, at: usize, builder: &Builder<'_>) -> Option<Diagnostic> {
    let file = builder.file;
    if let Some(diagnostic) = template(at, builder) {
        return Some(diagnostic);
    }
    match kind {
        ErrorKind::UnexpectedCharacter { character: '@' | '`' | '%' } => {
            Some(indicator(file, at, in_flow(builder, at)))
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            behind_quotes(file, at, in_flow(builder, at))
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator => {
            let flow = in_flow(builder, at);
            bracket_in_text(at, builder)
                .or_else(|| behind_brackets(file, at, flow))
                .or_else(|| behind_alias(file, at, flow))
        }
        ErrorKind::MappingValueNotAllowed => colon(at, builder),
        ErrorKind::InvalidBlockScalarHeader => Some(block_header(file, at)),
        ErrorKind::UnknownQuotedScalarEscape
        | ErrorKind::InvalidQuotedScalarHexEscape
        | ErrorKind::InvalidUnicodeEscape => escape(file, at),
        _ => None,
    }
}

fn in_flow(builder: &Builder<'_>, at: usize) -> bool {
    // Of a document that is JSON the parser may have told nothing yet.
    let json = builder.frames.is_empty() && builder.file.text.trim_start().starts_with(['{', '[']);
    json || builder.frames.iter().any(|frame| frame.flow && frame.start < at)
}

/// `{{`, `{%` or `{#` outside quotes on the line of the error, on the line above, or where a brace is still open.
fn template(at: usize, builder: &Builder<'_>) -> Option<Diagnostic> {
    let file = builder.file;
    let line = file.line(at);
    let mut lines = vec![line.clone()];
    if at <= file.content_start(&line) {
        lines.extend(file.line_above(at));
    }
    lines.extend(builder.frames.iter().rev().find(|frame| frame.flow).map(|frame| file.line(frame.start)));
    let found = lines.into_iter().filter_map(|line| Some((brace(file, &line)?, line)));
    let (open, line) = found.into_iter().find(|(open, _)| *open <= at && !builder.last_scalar.contains(open))?;
    let flow = in_flow(builder, open);
    let start = value_start(file, open, flow);
    if !flow && start != open {
        return None;
    }
    let close = match file.byte(open + 1) {
        b'%' => "%}",
        b'#' => "#}",
        _ => "}}",
    };
    let closed = file.slice(open..line.end).find(close).map(|close| open + close + 2);
    let end = closed.map_or(line.end, |closed| value_end(file, closed, flow));
    let end = start + file.slice(start..end).trim_end().len();
    let text = file.slice(start..end);
    let error =
        Diagnostic::new(rule::UNQUOTED_TEMPLATE, file.span(start..end), format!("`{}` needs quotes", short(text)))
            .label("YAML reads the brace as the start of a mapping")
            .help(QUOTE_TEMPLATE);
    Some(if closed.is_some() { offer_quotes(error, file.span(start..end), text) } else { error })
}

/// The first template brace of a line that stands neither in quotes nor in a comment.
fn brace(file: File<'_>, line: &Range<usize>) -> Option<usize> {
    let opens = |at: &usize| matches!(file.slice(*at..*at + 2), "{{" | "{%" | "{#");
    outside_quotes(file, line.clone()).find(opens)
}

/// The bytes of a stretch of one line that stand neither in quotes nor in a comment.
fn outside_quotes(file: File<'_>, range: Range<usize>) -> impl Iterator<Item = usize> {
    let mut quote = 0u8;
    let mut before = b' ';
    let mut significant = b' ';
    let mut comment = false;
    range.filter(move |at| {
        let byte = file.byte(*at);
        let opens = matches!(significant, b' ' | b':' | b',' | b'[' | b'{' | b'-' | b'(' | b'=' | b'|' | b'~');
        let outside = quote == 0 && !comment;
        match byte {
            _ if quote != 0 => quote = if byte == quote && before != b'\\' { 0 } else { quote },
            b'#' if matches!(before, b' ' | b'\t') => comment = true,
            b'"' | b'\'' if opens => quote = byte,
            _ => {}
        }
        before = byte;
        significant = if matches!(byte, b' ' | b'\t') { significant } else { byte };
        outside && quote == 0 && !comment
    })
}

/// Where the value begins that holds the byte `at`: behind the last separator before it.
fn value_start(file: File<'_>, at: usize, flow: bool) -> usize {
    let mut start = item_start(file, at);
    for place in outside_quotes(file, start..at) {
        let next = file.byte(place + 1);
        let separates = match file.byte(place) {
            b':' => matches!(next, b' ' | b'\t'),
            b',' | b'[' => flow,
            b'{' => flow && place + 1 < at && next != b'{' && file.byte(place.wrapping_sub(1)) != b'{',
            _ => false,
        };
        if separates {
            start = place + 1;
        }
    }
    let rest = file.slice(start..at);
    start + (rest.len() - rest.trim_start().len())
}

/// Where the line of the byte `at` begins, behind its indentation and the dashes of list items.
fn item_start(file: File<'_>, at: usize) -> usize {
    let mut start = file.content_start(&file.line(at));
    while matches!(file.slice(start..start + 2), "- " | "? ") && start < at {
        start += 1 + file.slice(start + 1..at).bytes().take_while(|byte| *byte == b' ').count();
    }
    start
}

/// Where the value ends that holds the byte `at`: before a comment, and between brackets before the next separator.
fn value_end(file: File<'_>, at: usize, flow: bool) -> usize {
    let line = file.line(at);
    let end = file.slice(at..line.end).find(" #").map_or(line.end, |comment| at + comment);
    let mut depth = 0usize;
    let stop = (at..end).find(|place| match file.byte(*place) {
        b'{' | b'[' | b'(' => {
            depth += 1;
            false
        }
        b'}' | b']' | b')' if depth > 0 => {
            depth -= 1;
            false
        }
        b',' | b']' | b'}' => flow && depth == 0,
        _ => false,
    });
    at + file.slice(at..stop.unwrap_or(end)).trim_end().len()
}

/// A value that begins with a character that YAML keeps for itself.
fn indicator(file: File<'_>, at: usize, flow: bool) -> Diagnostic {
    let range = at..value_end(file, at, flow).max(at + 1);
    let text = file.slice(range.clone());
    let character = match file.byte(at) {
        b'`' => "a backtick".to_owned(),
        byte => format!("`{}`", char::from(byte)),
    };
    let message = format!("a value cannot begin with {character}");
    Diagnostic::new(rule::UNQUOTED_INDICATOR, file.span(range.clone()), message)
        .label(format!("YAML keeps {character} for itself"))
        .help("put the value in quotes")
        .fix(file.span(range), quoted(text))
}

/// Text behind a closing quote: an expression that begins with a quoted text, or a quote inside quotes.
fn behind_quotes(file: File<'_>, at: usize, flow: bool) -> Option<Diagnostic> {
    let line = file.line(at);
    let before = file.slice(line.start..at).trim_end();
    let close = line.start + before.len().checked_sub(1)?;
    let quote = file.byte(close);
    let mut start = value_start(file, close, flow);
    while start > line.start && file.byte(start) != quote {
        start -= 1;
    }
    let end = value_end(file, at, flow);
    if file.byte(start) != quote || start == close {
        // The quoted text began on a line above.
        let message = "text follows the closing quote of a value";
        let error = Diagnostic::new(rule::YAML_SYNTAX, file.span(at..end.max(at + 1)), message)
            .also(file.span(close..close + 1), "the value ends with this quote");
        return Some(error.help("write nothing behind the closing quote, or put all of it inside the quotes"));
    }
    if flow && file.slice(at..end).contains(": ") {
        // `{ a: "x" b: 1 }`: a comma is missing rather than quotes.
        let error = Diagnostic::new(rule::YAML_SYNTAX, file.span(start..at), "a `,` is missing behind this value")
            .help("separate entries by `,`; a text that contains any of `,[]{}` needs quotes here");
        return Some(error.fix(file.span(close + 1..close + 1), ","));
    }
    let mut range = start..end;
    if flow && !Balance::of(file.slice(range.clone())).is_even() {
        let commas = file.slice(line.start..start).rmatch_indices([',', '[']).map(|(comma, _)| line.start + comma + 1);
        let even = |start: &usize| Balance::of(file.slice(*start..end)).is_even();
        if let Some(whole) = commas.into_iter().find(even) {
            let whole = whole + file.slice(whole..end).bytes().take_while(|byte| *byte == b' ').count();
            let cut = file.slice(whole..end).find(',').map_or(whole, |comma| whole + comma);
            let parts = file.slice(whole..end).matches(',').count() + 1;
            return Some(split(file, whole..end, cut, parts));
        }
        range = start..end;
    }
    let text = file.slice(range.clone());
    let error =
        Diagnostic::new(rule::YAML_SYNTAX, file.span(at..end.max(at + 1)), "text follows the closing quote of a value")
            .also(file.span(close..close + 1), "the value ends with this quote");
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let apostrophe = close + 1 == at && text.len() > 2 && text.as_bytes().last() == Some(&quote);
    let replacement = if apostrophe { quoted(inner) } else { quoted(text) };
    let error = match (apostrophe, quote) {
        (true, b'\'') => error.help("inside single quotes, write a single quote twice, or use double quotes"),
        (true, _) => {
            error.help("inside double quotes, write `\\\"` for a quote, or use single quotes around the value")
        }
        _ => error.help("put the whole value in quotes, of the other kind"),
    };
    // Where both kinds are in it, one may belong to the text and the other be what closes it.
    let is_sure = !(text.contains('"') && text.contains('\''));
    let place = file.span(range);
    Some(if is_sure { error.fix(place, replacement) } else { error.suggest(place, replacement) })
}

/// Text behind a closing bracket: `[0].status == 1`.
fn behind_brackets(file: File<'_>, at: usize, flow: bool) -> Option<Diagnostic> {
    let line = file.line(at);
    let before = file.slice(line.start..at).trim_end();
    let last = before.as_bytes().last()?;
    if !matches!(last, b']' | b'}') {
        return None;
    }
    let start = value_start(file, line.start + before.len() - 1, flow);
    let start =
        if matches!(file.byte(start), b'[' | b'{') { start } else { outermost(file, line.start + before.len())? };
    let range = start..value_end(file, at, flow);
    let text = file.slice(range.clone());
    let error = Diagnostic::new(
        rule::YAML_SYNTAX,
        file.span(at..range.end.max(at + 1)),
        "text follows the closing bracket of a value",
    )
    .also(file.span(start..at), "YAML reads this as the whole value");
    Some(error.help("if one text is meant, put all of it in quotes").suggest(file.span(range), quoted(text)))
}

/// A bracket inside an unquoted text between brackets: `{ id: $.items[0].id }`.
fn bracket_in_text(at: usize, builder: &Builder<'_>) -> Option<Diagnostic> {
    let file = builder.file;
    let text = builder.last_scalar.clone();
    let gap = file.text.get(text.end..at);
    let follows = gap.is_some_and(|gap| gap.bytes().all(|byte| byte == b' '));
    if !in_flow(builder, at) || text.is_empty() || !follows || matches!(file.byte(text.start), b'"' | b'\'') {
        return None;
    }
    if !matches!(file.byte(at), b'[' | b'{') {
        return None;
    }
    let range = text.start..value_end(file, at, true);
    let whole = file.slice(range.clone());
    let bracket = file.slice(at..at + 1);
    let message = format!("`{}` needs quotes here", short(whole));
    let error = Diagnostic::new(rule::UNQUOTED_INDICATOR, file.span(range.clone()), message)
        .label(format!("inside a list or mapping in brackets, `{bracket}` ends an unquoted text"))
        .help("put the whole value in quotes");
    Some(if Balance::of(whole).is_even() { offer_quotes(error, file.span(range), whole) } else { error })
}

/// Text behind an alias: a text that begins with `*`.
fn behind_alias(file: File<'_>, at: usize, flow: bool) -> Option<Diagnostic> {
    let start = value_start(file, at, flow);
    (start < at && file.byte(start) == b'*').then(|| indicator(file, start, flow))
}

/// Where the bracket opens that closes right before `end`, on the same line.
fn outermost(file: File<'_>, end: usize) -> Option<usize> {
    let line = file.line(end.saturating_sub(1));
    let mut starts = (line.start..end).rev().filter(|at| matches!(file.byte(*at), b'[' | b'{'));
    starts.find(|start| Balance::of(file.slice(*start..end)).is_even())
}

/// `: ` inside a plain value.
fn colon(at: usize, builder: &Builder<'_>) -> Option<Diagnostic> {
    let file = builder.file;
    let line = file.line(at);
    let flow = in_flow(builder, at);
    let mut value = builder.last_scalar.clone();
    let starts_here = value.start >= line.start && value.end <= at && file.content_start(&line) != value.start;
    if !starts_here {
        return None;
    }
    let item = item_start(file, at);
    if !flow && !Balance::of(file.slice(item..value.start)).is_even() {
        // `- f({ "a": 1, "b": 2 })`: what YAML took for a key is the beginning of the text.
        value.start = item;
    }
    let range = value.start..value_end(file, at, flow);
    let text = file.slice(range.clone());
    let error = Diagnostic::new(
        rule::UNQUOTED_COLON,
        file.span(at..at + 1),
        format!("a second `: ` in `{}`", short(file.slice(line).trim())),
    )
    .label("a value without quotes may not contain `: `")
    .also(file.span(value), "the value begins here")
    .help("put the value in quotes; if a mapping is meant, begin it on a line of its own");
    let literal = matches!(text.as_bytes().first(), Some(b'"' | b'\''));
    Some(if literal { error } else { error.suggest(file.span(range), quoted(text)) })
}

/// A value that begins with `|` or `>` but is no block of text.
fn block_header(file: File<'_>, at: usize) -> Diagnostic {
    let range = at..file.value_end(at).max(at + 1);
    let text = file.slice(range.clone());
    Diagnostic::new(
        rule::UNQUOTED_INDICATOR,
        file.span(range.clone()),
        format!("a value cannot begin with `{}`", file.slice(at..at + 1)),
    )
    .label("YAML begins a block of text here, whose lines must follow below")
    .help("put the value in quotes, or begin the text on the next line, indented")
    .fix(file.span(range), quoted(text))
}

/// A backslash in double quotes that begins no escape: a Windows path, a regular expression.
fn escape(file: File<'_>, at: usize) -> Option<Diagnostic> {
    // The parser points at the opening quote; the escape is the first that it does not know.
    let start = if file.byte(at) == b'"' { at } else { file.slice(0..at).rfind('"')? };
    let text = file.slice(start + 1..file.text.len());
    let mut end = None;
    let mut bad = None;
    let mut bytes = text.bytes().enumerate();
    while let Some((place, byte)) = bytes.next() {
        match byte {
            b'"' => {
                end = Some(place);
                break;
            }
            b'\\' => {
                let known = bytes.next().is_some_and(|(place, byte)| known_escape(text, place, byte));
                if !known && bad.is_none() {
                    bad = Some(place);
                }
            }
            _ => {}
        }
    }
    let bad = start + 1 + bad?;
    let width = 1 + file.slice(bad + 1..file.text.len()).chars().next().map_or(0, char::len_utf8);
    let escape = file.slice(bad..bad + width);
    let error = Diagnostic::new(
        rule::YAML_SYNTAX,
        file.span(bad..bad + width),
        format!("`{escape}` is no escape that YAML knows"),
    )
    .label("in double quotes, a backslash begins an escape")
    .help("use single quotes, in which a backslash is a backslash, or write `\\\\`");
    let inner = end.map(|end| &text[..end]).filter(|inner| !inner.contains(['\'', '\n']));
    Some(match inner {
        Some(inner) => error.fix(file.span(start..start + inner.len() + 2), format!("'{inner}'")),
        None => error,
    })
}

fn known_escape(text: &str, place: usize, byte: u8) -> bool {
    let digits = match byte {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => return b"0abt\tnvfre \"/\\N_LP\r\n".contains(&byte),
    };
    let code = text.get(place + 1..place + 1 + digits);
    code.is_some_and(|code| code.bytes().all(|digit| digit.is_ascii_hexdigit()))
}
