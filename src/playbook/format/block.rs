//! Texts of several lines: block scalars, which keep what their lines are indented by beyond their base, and plain and
//! quoted ones, which YAML folds, so that the indentation of their lines says nothing.

use super::scan::Kind;

/// What of the lines behind a header is the scalar's: all but the blank lines at its end, where they do not count.
/// `parent` is the column of the collection that holds it.
pub(super) fn body<'t>(lines: &'t str, header: &str, parent: usize) -> Option<&'t str> {
    if header.contains('+') {
        return (!lines.is_empty()).then(|| lines.strip_suffix('\n').unwrap_or(lines));
    }
    let base = base(lines, header, parent);
    let mut body = lines;
    while let Some((before, last)) = body.rsplit_once('\n') {
        if !is_blank(last, base) {
            return Some(body);
        }
        body = before;
    }
    (!is_blank(body, base)).then_some(body)
}

/// The header of a block scalar two columns deeper than what holds it.
pub(super) fn header(text: &str) -> String {
    text.replace(|letter: char| letter.is_ascii_digit(), "2")
}

/// Puts the lines of a block scalar into column `column`.
pub(super) fn indented(lines: &str, header: &str, parent: usize, column: usize) -> String {
    let base = base(lines, header, parent);
    let mut text = String::with_capacity(lines.len() + 16);
    for (index, line) in lines.split('\n').enumerate() {
        if index > 0 {
            text.push('\n');
        }
        if !is_blank(line, base) {
            let blanks = line.len() - line.trim_start_matches(' ').len();
            text.extend(std::iter::repeat_n(' ', column));
            text += &line[blanks.min(base)..];
        }
    }
    text
}

/// The column in which the lines of a block scalar begin.
fn base(lines: &str, header: &str, parent: usize) -> usize {
    let said = header.bytes().find(u8::is_ascii_digit);
    let first = || lines.split('\n').find(|line| !line.trim_matches(' ').is_empty());
    match said {
        Some(digit) => parent + usize::from(digit - b'0'),
        None => first().map_or(usize::MAX, |line| line.len() - line.trim_start_matches(' ').len()),
    }
}

fn is_blank(line: &str, base: usize) -> bool {
    line.len() <= base && line.bytes().all(|byte| byte == b' ')
}

/// A plain or quoted scalar whose lines behind the first are moved by `by` columns, and stand in `least` or deeper.
pub(super) fn continued(text: &str, kind: Kind, by: isize, least: usize) -> String {
    let mut moved = String::with_capacity(text.len() + 16);
    let mut lines = text.split('\n').enumerate().peekable();
    while let Some((index, line)) = lines.next() {
        let content = line.trim_start_matches([' ', '\t']);
        // A blank behind a backslash is part of the text.
        let ends_escaped = kind == Kind::DoubleQuoted && line.trim_end_matches([' ', '\t']).ends_with('\\');
        let is_last = lines.peek().is_none();
        let end =
            |line: &str| if is_last || ends_escaped { line.len() } else { line.trim_end_matches([' ', '\t']).len() };
        if index == 0 {
            moved += &line[..end(line)];
            continue;
        }
        moved.push('\n');
        if !content.is_empty() {
            let indent = (line.len() - content.len()).saturating_add_signed(by).max(least);
            moved.extend(std::iter::repeat_n(' ', indent));
            moved += &content[..end(content)];
        }
    }
    moved
}
