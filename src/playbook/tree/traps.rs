//! Quoting traps in text that *is* YAML, but not what was meant: a `{{ x }}` read as two mappings, an expression cut
//! by a comment or split by a comma, `*` and `!` read as alias and tag.
//!
//! Each is told with its quoted form as the fix, and mended in the tree, so that one mistake gives one diagnostic.
//! Traps that break the syntax are recognised in [`unquoted`](super::unquoted).

use std::ops::Range;
use std::sync::Arc;

use super::balance::Balance;
use super::lines::{File, offer_quotes, quoted, short};
use super::node::{Data, Entry, Node, Scalar, Style};
use super::scalar::verbatim;
use crate::diagnostic::{Diagnostic, rule};
use crate::value::Value;

/// The keys under which the playbook holds expressions.
pub(super) const EXPRESSION_KEYS: &[&str] =
    &["expect", "that", "until", "fail_when", "when", "absent", "differs", "conflict", "expr"];

/// The advice for every template that lacks its quotes.
pub(super) const QUOTE_TEMPLATE: &str = "in YAML, a brace opens a mapping: put the whole value in quotes";

/// A template without quotes that YAML could read: its place, and what to say.
pub(super) fn unquoted_template(file: File<'_>, range: Range<usize>) -> (Range<usize>, Diagnostic) {
    let text = file.slice(range.clone());
    let error =
        Diagnostic::new(rule::UNQUOTED_TEMPLATE, file.span(range.clone()), format!("`{}` needs quotes", short(text)))
            .label("YAML reads this as a mapping inside a mapping")
            .help(QUOTE_TEMPLATE);
    let error = offer_quotes(error, file.span(range.clone()), text);
    (range, error)
}

/// Where the comment begins that follows a value on its line.
pub(super) fn comment_behind(file: File<'_>, end: usize) -> Option<usize> {
    let rest = file.text.as_bytes().get(end..).unwrap_or_default();
    let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    (blanks > 0 && rest.get(blanks) == Some(&b'#')).then_some(end + blanks)
}

/// A plain scalar that a comment cuts short.
pub(super) fn cut_by_comment(
    file: File<'_>,
    range: &Range<usize>,
    comment: usize,
    text: &str,
    expression: bool,
) -> Option<Diagnostic> {
    let line = file.line(comment);
    let comment_span = file.span(comment..line.start + file.slice(line.clone()).trim_end().len());
    if text.is_empty() {
        let word = file.byte(comment + 1).is_ascii_alphanumeric();
        let text = file.slice(comment..comment_span.end as usize);
        return word.then(|| {
            Diagnostic::new(rule::COMMENTED_VALUE, comment_span, "the value is empty: what follows it is a comment")
                .label("`#` behind a blank begins a comment")
                .help("quote a value that begins with `#`; leave a space behind the `#` of a comment")
                .suggest(comment_span, quoted(text))
        });
    }
    let template = text.rfind("{{").is_some_and(|open| text.rfind("}}").is_none_or(|close| close < open));
    if !template && (!expression || Balance::of(text).is_even() && !wants_more(text)) {
        return None;
    }
    let end = whole_expression(file, range.start, comment + 1, comment_span.end as usize);
    let error = Diagnostic::new(rule::CUT_BY_COMMENT, comment_span, format!("a comment cuts `{}` short", short(text)))
        .label("`#` behind a blank begins a comment")
        .also(file.span(range.clone()), "this is all that is left of the value");
    if !template && Balance::of(text).is_even() {
        let meant = format!("{} \"{}\"", text.trim_end(), file.slice(comment..comment_span.end as usize));
        let error = error.help("put the text that begins with `#` in quotes, and the whole value too");
        return Some(error.suggest(file.span(range.start..comment_span.end as usize), quoted(&meant)));
    }
    let whole = file.slice(range.start..end);
    Some(offer_quotes(error.help("put the whole value in quotes"), file.span(range.start..end), whole))
}

/// Whether an expression ends with an operator: `body.color == #fff`.
fn wants_more(text: &str) -> bool {
    let text = text.trim_end();
    let word = text.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    text.ends_with(['=', '<', '>', '~', '+', '*', '/', '|']) || matches!(word, "and" | "or" | "not" | "in" | "is")
}

/// A list item that YAML reads as more of the item above, because it is indented deeper.
pub(super) fn continued_item(file: File<'_>, range: &Range<usize>) -> Option<Diagnostic> {
    let text = file.slice(range.clone());
    let mut breaks = text.match_indices('\n').map(|(at, _)| range.start + at + 1);
    let line = breaks
        .find_map(|at| Some(file.line(at)).filter(|line| file.slice(line.clone()).trim_start().starts_with("- ")))?;
    let content = file.content_start(&line);
    let end = line.end.min(range.end);
    Some(
        Diagnostic::new(
            rule::CONTINUED_VALUE,
            file.span(content..end),
            "this line is no list item: it continues the text above",
        )
        .also(file.span(range.start..file.line(range.start).end), "the text that goes on")
        .help("indent the line like the item above; if one text is meant, quote it"),
    )
}

/// A Windows path in double quotes whose backslashes all happen to begin escapes: `"C:\new"`.
pub(super) fn escaped_path(file: File<'_>, range: &Range<usize>) -> Option<Diagnostic> {
    let raw = file.slice(range.clone());
    let [b'"', drive, b':', b'\\', next, ..] = raw.as_bytes() else { return None };
    if !drive.is_ascii_alphabetic() || matches!(next, b'\\' | b'"' | b'/') {
        return None;
    }
    let escape = range.start + 3..range.start + 5;
    let message = format!("`{}` is an escape, not part of a path", file.slice(escape.clone()));
    let warning = Diagnostic::new(rule::ESCAPED_PATH, file.span(escape), message)
        .label("in double quotes, a backslash begins an escape")
        .help("use single quotes, in which a backslash is a backslash, or write `\\\\`");
    let inner = raw.get(1..raw.len() - 1).filter(|inner| !inner.contains(['\'', '\n']))?;
    Some(warning.suggest(file.span(range.clone()), format!("'{inner}'")))
}

/// Where the expression that begins at `start` ends: at the first comment behind which it is even, or at `limit`.
fn whole_expression(file: File<'_>, start: usize, from: usize, limit: usize) -> usize {
    let comments = file.slice(from..limit).match_indices(" #").map(|(at, _)| from + at);
    let even = |end: &usize| Balance::of(file.slice(start..*end)).is_even();
    let end = comments.into_iter().find(even).unwrap_or(limit);
    start + file.slice(start..end).trim_end().len()
}

/// Items of a flow list that a comma inside an expression has split; they are put together again.
pub(super) fn rejoin_items(file: File<'_>, items: &mut Vec<Node>, expressions: bool, told: &mut Vec<Diagnostic>) {
    let mut first = 0;
    while first < items.len() {
        if let Some(start) = cut_start(&items[first], expressions) {
            let ends = items[first + 1..].iter().map(|item| plain(item).map(|_| item.span.end as usize));
            let ends: Vec<usize> = ends.map_while(|end| end).collect();
            let last = ends.iter().position(|end| Balance::of(file.slice(start..*end)).is_even());
            if let Some(last) = last {
                let range = start..ends[last];
                told.push(split(file, range.clone(), items[first].span.end as usize, last + 2));
                items.splice(first..first + last + 2, [joined(file, range)]);
            }
        }
        first += 1;
    }
}

/// The same for the values of a flow mapping, whose cut-off parts look like keys without values.
pub(super) fn rejoin_entries(file: File<'_>, entries: &mut Vec<Entry>, told: &mut Vec<Diagnostic>) {
    let mut first = 0;
    while first < entries.len() {
        let expression = EXPRESSION_KEYS.contains(&&*entries[first].key.text);
        if let Some(start) = cut_start(&entries[first].value, expression) {
            let bare = entries[first + 1..].iter().take_while(|entry| entry.value.is_null());
            let ends: Vec<usize> = bare.map(|entry| entry.key.span.end as usize).collect();
            let last = ends.iter().position(|end| Balance::of(file.slice(start..*end)).is_even());
            if let Some(last) = last {
                let range = start..ends[last];
                told.push(split(file, range.clone(), entries[first].value.span.end as usize, last + 2));
                entries[first].value = joined(file, range);
                entries.drain(first + 1..first + last + 2);
            }
        }
        first += 1;
    }
}

/// Where an item begins that is a cut expression.
fn cut_start(node: &Node, expressions: bool) -> Option<usize> {
    let scalar = plain(node).filter(|scalar| scalar.text.text.contains(['(', '"', '\'']))?;
    let balance = Balance::of(&scalar.text.text);
    (balance.wants_parenthesis() || (expressions && balance.in_quotes())).then_some(node.span.start as usize)
}

fn plain(node: &Node) -> Option<&Scalar> {
    node.as_scalar().filter(|scalar| scalar.style == Style::Plain)
}

fn joined(file: File<'_>, range: Range<usize>) -> Node {
    let text = verbatim(file, range);
    let value = Value::String(Arc::clone(&text.text));
    Node { span: text.span, data: Data::Scalar(Scalar { text, style: Style::Plain, value }) }
}

/// The message for an expression split by commas; `cut` is the end of its first part.
pub(super) fn split(file: File<'_>, range: Range<usize>, cut: usize, parts: usize) -> Diagnostic {
    let text = file.slice(range.clone());
    let comma = file.slice(cut..range.end).find(',').map_or(cut, |comma| cut + comma);
    Diagnostic::new(
        rule::SPLIT_BY_COMMA,
        file.span(comma..comma + 1),
        format!("a comma splits `{}` into {parts} parts", short(text)),
    )
    .label("between brackets, a comma ends the item")
    .also(file.span(range.clone()), "meant as one expression")
    .help("put the whole expression in quotes")
    .fix(file.span(range), quoted(text))
}

/// An alias without an anchor: most often a text that begins with `*`.
pub(super) fn unknown_alias(file: File<'_>, range: Range<usize>, closest: Option<&str>) -> Diagnostic {
    let text = file.slice(range.clone());
    let name = text.trim_start_matches('*');
    let error = Diagnostic::new(
        rule::UNKNOWN_ALIAS,
        file.span(range.clone()),
        format!("there is no anchor `&{name}` above this"),
    )
    .label("`*` at the start of a value refers to an anchor");
    match closest {
        Some(close) => error.help(format!("did you mean `*{close}`?")).suggest(file.span(range), format!("*{close}")),
        None => error.help("if a text that begins with `*` is meant, quote it").suggest(file.span(range), quoted(text)),
    }
}

/// A tag that is not one of the core schema: most often a text that begins with `!`.
pub(super) fn unknown_tag(file: File<'_>, tag: Range<usize>, whole: Range<usize>) -> Diagnostic {
    let text = file.slice(whole.clone());
    let name = file.slice(tag.clone());
    let error =
        Diagnostic::new(rule::UNKNOWN_TAG, file.span(tag), format!("`{name}` is a YAML tag that has no meaning here"))
            .label("`!` at the start of a value is a tag");
    if text.contains(['\n', '"', '\'']) || text.trim_end() == name {
        return error.help("remove the tag; if a text that begins with `!` is meant, quote it");
    }
    error.help("if a text that begins with `!` is meant, quote it").suggest(file.span(whole), quoted(text))
}

/// The place of a block scalar from its `|` or `>` to its last visible byte. `content` is where the parser says
/// that its text stands, and nothing of it stands before `from`.
pub(super) fn block_place(file: File<'_>, content: Range<usize>, from: usize) -> Range<usize> {
    let before = file.slice(from.min(content.start)..content.start).trim_end();
    let header_end = from + before.len();
    let line = file.line(header_end);
    let start = line.start.max(from);
    let header = file.slice(start..line.end).as_bytes();
    let opens =
        |at: &usize| matches!(header[*at], b'|' | b'>') && (*at == 0 || matches!(header[*at - 1], b' ' | b'\t'));
    let Some(open) = (0..header.len()).find(opens) else { return content };
    let end = content.start + file.slice(content.clone()).trim_end().len();
    let header_end = start + open + header[open..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    start + open..end.max(header_end)
}
