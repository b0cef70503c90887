//! Syntax errors in plain words: what the parser stopped at, told with its line and a remedy.

use granit_parser::{ErrorKind, ScanError};

use super::build::{Builder, Content, Frame};
use super::limits::too_deep;
use super::lines::{File, short, spaces};
use super::unquoted;
use crate::diagnostic::{Diagnostic, rule};

/// The one diagnostic for the error that stopped the parser.
pub(super) fn explain(error: &ScanError, builder: &Builder<'_>) -> Diagnostic {
    let file = builder.file;
    let at = place(error, file);
    if let Some(trap) = unquoted::recognise(error.kind(), at, builder) {
        return trap;
    }
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(file.span(at..at + 1), builder.bounds),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => tab(file, at),
        ErrorKind::MismatchedFlowCollectionEnd { .. } | ErrorKind::UnclosedFlowCollection { .. }
            if matches!(file.byte(at), b'[' | b'{') =>
        {
            never_closed(file, at)
        }
        ErrorKind::MismatchedFlowCollectionEnd { .. }
        | ErrorKind::UnclosedFlowCollection { .. }
        | ErrorKind::UnexpectedEofFlowSequence
        | ErrorKind::UnexpectedEofFlowMapping
        | ErrorKind::UnexpectedEofImplicitFlowMapping
        | ErrorKind::ExpectedFlowMappingSeparator
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar
        | ErrorKind::InvalidIndentation
        | ErrorKind::InvalidFlowScalarIndent
            if builder.frames.iter().any(|frame| frame.flow) =>
        {
            open_bracket(error.kind(), at, builder)
        }
        ErrorKind::MisplacedFlowCollectionEnd => {
            let bracket = file.slice(at..at + 1);
            syntax(file, at, at + 1, format!("this `{bracket}` closes nothing"))
                .help("remove it, or quote the value if the bracket belongs to a text")
        }
        ErrorKind::UnclosedQuotedScalar
        | ErrorKind::InvalidQuotedScalarIndent
        | ErrorKind::DocumentIndicatorInQuotedScalar => open_quote(at, builder),
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
            no_key(error.kind(), at, builder)
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::ExpectedDocumentStart
        | ErrorKind::InvalidIndentation => misaligned(at, builder),
        ErrorKind::InvalidBlockScalarIndent => {
            syntax(file, at, at + 1, "this line is indented less than the text it belongs to")
                .help("indent every line of a block of text by the same number of spaces, or more")
        }
        kind => other(kind, at, file),
    }
}

/// The byte of the file at which the parser stopped, moved to the next one that can be seen.
fn place(error: &ScanError, file: File<'_>) -> usize {
    let at = error.marker().byte_offset().unwrap_or(0).min(file.text.len());
    if at < file.text.len() || at == 0 {
        return at;
    }
    file.text.trim_end().len()
}

fn syntax(file: File<'_>, from: usize, to: usize, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(rule::YAML_SYNTAX, file.span(from..to.min(file.text.len()).max(from)), message)
}

fn tab(file: File<'_>, at: usize) -> Diagnostic {
    // Inside a text, the parser points at the text's last byte before the tab.
    let at = file.text.get(at..).and_then(|rest| rest.find('\t')).map_or(at, |tab| at + tab);
    let line = file.line(at);
    let blanks = line.start..file.content_start(&line);
    let tab = file.slice(blanks.clone()).find('\t').map_or(at, |tab| line.start + tab);
    let count = file.slice(blanks.clone()).matches('\t').count();
    let error = syntax(file, tab, tab + 1, "a tab where YAML wants spaces").label("this is a tab character");
    let error = error.help("indent with spaces only, two a level");
    if count == 0 {
        return error;
    }
    match untabbed(file.text) {
        Some((range, replacement)) => error.fix(file.span(range), replacement),
        None => error.suggest(file.span(blanks.clone()), file.slice(blanks).replace('\t', "  ")),
    }
}

/// The indentation of the whole file by spaces, where tabs are all that it is made of: among spaces nobody knows which
/// level a tab means. From the first indented line to the last.
fn untabbed(text: &str) -> Option<(std::ops::Range<usize>, String)> {
    let (mut range, mut replacement, mut at) = (None, String::new(), 0);
    for line in text.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let (indentation, content) = line.split_at(blanks);
        if !content.trim().is_empty() && indentation.contains(' ') {
            return None;
        }
        if blanks > 0 && range.is_none() {
            range = Some(at..at);
        }
        if let Some(range) = &mut range {
            replacement += &indentation.replace('\t', "  ");
            if blanks > 0 {
                range.end = at + blanks;
            }
            replacement += content;
        }
        at += line.len();
    }
    let range = range?;
    // What stands behind the last indentation is not replaced.
    let rest = text.len() - range.end;
    replacement.truncate(replacement.len() - rest);
    Some((range, replacement))
}

/// A `[` or `{` whose list or mapping does not end as it should.
fn open_bracket(kind: &ErrorKind, at: usize, builder: &Builder<'_>) -> Diagnostic {
    let file = builder.file;
    let frame = builder.frames.iter().rev().find(|frame| frame.flow).expect("the caller saw an open bracket");
    let (close, what) = match frame.content {
        Content::Sequence(_) => (']', "list"),
        Content::Mapping(_) => ('}', "mapping"),
    };
    let opener = file.span(frame.start..frame.start + 1);
    let line = file.line(at);
    let found = short(file.slice(at..line.end).trim_end());
    let on_line = !matches!(kind, ErrorKind::InvalidIndentation | ErrorKind::InvalidFlowScalarIndent);
    if on_line && at > file.content_start(&line) && !found.is_empty() {
        let error = syntax(file, at, line.end, format!("expected `,` or `{close}`, found `{found}`"))
            .also(opener, format!("in the {what} opened here"))
            .help(format!("separate the items by `,` and close the {what} with `{close}`"))
            .help("a text that contains any of `,[]{}` needs quotes here");
        let value = builder.last_scalar.clone();
        return if value.end == at && value.start > frame.start {
            error.also(file.span(value), "is a `,` missing in this?")
        } else {
            error
        };
    }
    let error = never_closed(file, frame.start);
    if found.is_empty() || at == frame.start {
        error
    } else {
        error.also(file.span(at..at + 1), format!("`{close}` is missing before this"))
    }
}

fn never_closed(file: File<'_>, at: usize) -> Diagnostic {
    let (open, close, what) = if file.byte(at) == b'[' { ('[', ']', "list") } else { ('{', '}', "mapping") };
    syntax(file, at, at + 1, format!("this `{open}` is never closed"))
        .help(format!("add `{close}` where the {what} ends; a text that begins with `{open}` needs quotes"))
}

/// A quote without its partner.
fn open_quote(at: usize, builder: &Builder<'_>) -> Diagnostic {
    let file = builder.file;
    let is_quote = |at: usize| matches!(file.byte(at), b'"' | b'\'');
    let mut opener = at;
    if !is_quote(at) {
        // The error is where the text got out of step: the opening quote is the first behind the last event.
        let from = builder.resting_place().min(at);
        opener = (from..at).find(|place| is_quote(*place)).unwrap_or(at);
    }
    let quote = file.slice(opener..opener + 1);
    syntax(file, opener, opener + 1, format!("the closing `{quote}` of this text is missing"))
        .label("the text begins here")
        .help(format!("end it with `{quote}`; a quoted text of several lines must be indented deeper than its key"))
}

/// A line that is neither `key: value` nor a part of the value above.
fn no_key(kind: &ErrorKind, at: usize, builder: &Builder<'_>) -> Diagnostic {
    let file = builder.file;
    let line = file.line(at);
    let content = file.content_start(&line);
    let text = short(file.slice(content..line.end).trim_end());
    let value = builder.last_scalar.clone();
    if matches!(kind, ErrorKind::MappingValueNotAllowed) && value.start < line.start && value.end > line.start {
        let first = file.line(value.start);
        if file.content_start(&first) == value.start {
            let found = short(file.slice(first.clone()).trim());
            return syntax(file, value.start, first.end, format!("expected `key: value`, found `{found}`"))
                .also(file.span(content..at + 1), "so this line is read as more of the same text")
                .help("add a colon and a space behind the key");
        }
        let column = file.indentation(value.start);
        return syntax(file, content, at + 1, format!("`{text}` continues the value above, so it cannot be a key"))
            .label(format!("indented by {}", spaces(content - line.start)))
            .also(file.span(value.start..first.end.min(value.end)), "the value that goes on")
            .help(match column {
                0 => "begin this line in the first column, like the line above".to_owned(),
                _ => format!("indent this line by {}, like the line above", spaces(column)),
            });
    }
    syntax(file, content, line.end, format!("expected `key: value`, found `{text}`"))
        .help("add a colon and a space behind the key; a text of several lines needs quotes, `|` or deeper indentation")
}

/// A line whose indentation fits nothing that is open, or that begins the wrong kind of entry.
fn misaligned(at: usize, builder: &Builder<'_>) -> Diagnostic {
    let file = builder.file;
    let line = file.line(at);
    let content = file.content_start(&line);
    let text = short(file.slice(content..line.end).trim_end());
    if at > content {
        let found = short(file.slice(at..line.end).trim_end());
        if found.is_empty() {
            return syntax(file, at, at, "a key or a value is missing at the end of this line")
                .help("write `key: value`, or put the value in quotes");
        }
        return syntax(file, at, line.end, format!("`{found}` is not expected here"))
            .help("put the value in quotes, or begin what follows on a line of its own");
    }
    let own = content - line.start;
    let dash = file.slice(content..line.end).starts_with("- ") || file.slice(content..line.end) == "-";
    let column = |frame: &Frame| frame.start - file.line(frame.start).start;
    let beside = builder.frames.iter().rev().find(|frame| column(frame) == own);
    match beside.map(|frame| (&frame.content, frame.start)) {
        Some((Content::Mapping(_), start)) => {
            syntax(file, content, line.end, format!("expected `key: value`, found `{text}`"))
                .also(file.span(start..start + 1), "this mapping's keys stand in the same column")
                .help(if dash {
                    "a list belongs under a key of its own, indented"
                } else {
                    "write a key, a colon and a space"
                })
        }
        Some((Content::Sequence(_), start)) if !dash => {
            syntax(file, content, line.end, format!("expected `- `, found `{text}`"))
                .also(file.span(start..start + 1), "this list's items stand in the same column")
                .help("begin the item with `- `, or indent the line to make it part of the item above")
        }
        _ => {
            let mut columns: Vec<usize> = builder.frames.iter().filter(|frame| !frame.flow).map(column).collect();
            columns.extend(builder.root.as_ref().map(|root| {
                let start = root.span.start as usize;
                start - file.line(start).start
            }));
            columns.extend(file.line_above(at).map(|above| file.content_start(&above) - above.start));
            columns.sort_unstable();
            columns.dedup();
            columns.retain(|column| *column != own);
            let known: Vec<String> = columns.iter().map(usize::to_string).collect();
            let error = syntax(
                file,
                content,
                line.end,
                format!("`{text}` is indented by {}, which fits nothing above", spaces(own)),
            );
            if known.is_empty() {
                error
            } else {
                error.help(format!("indent it like the line above that it belongs to: by {}", alternatives(&known)))
            }
        }
    }
}

fn other(kind: &ErrorKind, at: usize, file: File<'_>) -> Diagnostic {
    let line = file.line(at);
    let found = short(file.slice(at..line.end).trim_end());
    let (message, help) = match kind {
        ErrorKind::CommentNotSeparated => {
            ("a comment needs a blank before its `#`", "write ` #`, or quote the value if `#` belongs to it")
        }
        ErrorKind::CommentInterceptedScalar => {
            ("a comment stands inside a value of several lines", "move the comment above the value, or quote the value")
        }
        ErrorKind::MissingAnchorOrAliasName => {
            ("`&` or `*` without a name", "put a value that begins with `&` or `*` in quotes")
        }
        ErrorKind::BomInsideDocument => ("a byte order mark inside the text", "remove the invisible character"),
        ErrorKind::UnsupportedYamlMajorVersion => ("only YAML 1 is understood", "remove the `%YAML` line"),
        ErrorKind::InvalidBlockEntryWhitespace | ErrorKind::PlainScalarStartsWithDashFlowIndicator => (
            "a `-` that is neither a list item nor part of a text",
            "write a space behind the `-` of an item, and quote texts that begin with `-`",
        ),
        ErrorKind::UndeclaredTagHandle => {
            ("`!` begins a tag that is not declared", "put a value that begins with `!` in quotes")
        }
        ErrorKind::InvalidDocumentEnd => ("text behind the `...` that ends the document", "remove it"),
        ErrorKind::UnexpectedCharacter { character } => {
            let message = format!("a value cannot begin with `{}`", character.escape_default());
            return syntax(file, at, at + character.len_utf8(), message).help("put the value in quotes");
        }
        kind => {
            let message = if found.is_empty() {
                "the file ends too early".to_owned()
            } else {
                format!("`{found}` is not expected here")
            };
            return syntax(file, at, line.end, message)
                .help(format!("the YAML parser says: {kind}"))
                .help("quote the value if it contains special characters");
        }
    };
    syntax(file, at, line.end.max(at + 1), message).help(help)
}

/// `0`, `0 or 2`, `0, 2 or 4`.
fn alternatives(known: &[String]) -> String {
    match known {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => known.concat(),
    }
}
