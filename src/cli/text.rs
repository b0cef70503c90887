//! Text in the cells of a terminal: measured, cut, padded, and without anything that could steer it.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// One line of text from outside: control characters, and those that change the direction of writing, as escapes.
pub(super) fn clean(text: &str) -> String {
    let is_steering = |character: char| {
        character.is_control()
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
    };
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len());
    for character in text.chars() {
        if is_steering(character) {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// Several lines of text in which colours of our own may stand: all else that could steer a terminal, as escapes.
pub(super) fn steerless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let colour = colour(rest);
        if colour > 0 {
            shown.push_str(&rest[..colour]);
            rest = &rest[colour..];
            continue;
        }
        match character {
            '\n' | '\t' => shown.push(character),
            other => shown.push_str(&clean(other.encode_utf8(&mut [0; 4]))),
        }
        rest = &rest[character.len_utf8()..];
    }
    shown
}

/// The length of the escape sequence for a colour (SGR) that a text begins with; zero where it begins with none.
fn colour(text: &str) -> usize {
    let Some(behind) = text.strip_prefix("\u{1b}[") else { return 0 };
    let end = behind.find(|character: char| !character.is_ascii_digit() && character != ';');
    end.filter(|end| behind[*end..].starts_with('m')).map_or(0, |end| end + 3)
}

/// How many columns a clean text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// A clean text in at most so many columns; `…` where something was cut off.
pub(super) fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used >= columns {
            break;
        }
        kept.push(character);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A clean text in at least so many columns.
pub(super) fn pad(text: &str, columns: usize) -> String {
    text.to_owned() + &" ".repeat(columns.saturating_sub(width(text)))
}

/// A clean text in at least so many columns, at their right end.
pub(super) fn pad_left(text: &str, columns: usize) -> String {
    " ".repeat(columns.saturating_sub(width(text))) + text
}

/// Rows of cells in aligned columns, two spaces between two; columns that are empty everywhere are left out.
pub(super) fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]], indent: &str) -> String {
    // One very long cell must not push the columns behind it out of sight for all the others.
    const WIDEST: usize = 72;
    let widest = |column: usize| {
        let widths = rows.iter().map(|row| width(&row[column]));
        widths.filter(|width| *width <= WIDEST).max().unwrap_or(0)
    };
    let used = |column: usize| rows.iter().any(|row| !row[column].is_empty());
    let columns: Vec<(usize, usize)> = (0..COLUMNS).filter(|column| used(*column)).map(|c| (c, widest(c))).collect();
    let mut text = String::new();
    for row in rows {
        let cells = columns.iter().map(|(column, width)| pad(&row[*column], *width));
        let line = cells.collect::<Vec<_>>().join("  ");
        text += &format!("{indent}{}\n", line.trim_end());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_steer_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\nc\u{202e}d Größe"), r"a\u{1b}[2Jb\nc\u{202e}d Größe");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(cut("模型模型", 8), "模型模型");
        assert_eq!((cut("模型模型", 7).as_str(), width(&cut("模型模型", 7))), ("模型模…", 7));
        assert_eq!((cut("模型模型", 6).as_str(), cut("abc", 0).as_str()), ("模型…", ""));
        assert_eq!(pad("模型", 6), "模型  ");
        assert_eq!(pad_left("模型", 6), "  模型");
    }

    #[test]
    fn a_table_is_aligned_and_leaves_out_what_is_empty() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        assert_eq!(table(&[row(["a", "", "x"]), row(["模型", "", ""])], "  "), "  a     x\n  模型\n");
    }

    #[test]
    fn only_colours_come_through() {
        let text = "\u{1b}[1;31merror\u{1b}[0m\ta\n\u{1b}]0;title\u{7}\u{9b}2J\u{202e}x\u{1b}[2K\u{1b}[";
        let shown = steerless(text);
        assert_eq!(shown, "\u{1b}[1;31merror\u{1b}[0m\ta\n\\u{1b}]0;title\\u{7}\\u{9b}2J\\u{202e}x\\u{1b}[2K\\u{1b}[");
    }
}
