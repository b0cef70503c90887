//! The reference's Markdown in a terminal: headings, paragraphs, lists, tables and examples, in lines that fit.

use crate::cli::paint::{Tone, paint};
use crate::cli::text::{pad, width};
use crate::diagnostic::Palette;

/// The text in lines of at most so many columns; only examples and words that are wider go over.
pub(super) fn shown(markdown: &str, columns: usize, palette: Palette) -> String {
    let mut text = String::new();
    let mut lines = markdown.lines().peekable();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with("<!--") {
            continue;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        if line.starts_with("```") {
            let block = lines.by_ref().take_while(|line| *line != "```");
            text.extend(block.map(|line| format!("    {line}\n")));
        } else if let Some(title) = heading(line) {
            text += &format!("{}\n", paint(palette, Tone::Strong, &title));
        } else if line.starts_with("| ") {
            let mut rows = vec![cells(line)];
            while let Some(row) = lines.next_if(|next| next.starts_with('|')) {
                rows.push(cells(row));
            }
            text += &table(&rows, columns, palette);
        } else if line.starts_with("- ") {
            let mut item = Some(line);
            while let Some(line) = item {
                text += &format!("- {}\n", wrapped(line.trim_start_matches("- "), columns, 2));
                item = lines.next_if(|next| next.starts_with("- "));
            }
        } else {
            let mut paragraph = line.to_owned();
            while let Some(next) = lines.next_if(|next| !next.is_empty()) {
                paragraph = paragraph + " " + next;
            }
            text += &format!("{}\n", wrapped(&paragraph, columns, 0));
        }
    }
    text
}

fn heading(line: &str) -> Option<String> {
    let (marks, title) = line.split_once(' ')?;
    marks.chars().all(|mark| mark == '#').then(|| title.replace('`', ""))
}

/// The cells of a row, without what Markdown needs.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim_start_matches("| ").trim_end_matches(" |").replace("\\|", "\u{0}");
    let cells = row.split(" | ").map(|cell| cell.trim().replace('\u{0}', "|"));
    cells.map(|cell| link(&cell).unwrap_or(cell)).collect()
}

/// The text of a cell that is a link.
fn link(cell: &str) -> Option<String> {
    let (text, _) = cell.strip_prefix('[')?.split_once("](")?;
    Some(text.to_owned())
}

/// Columns side by side, or a paragraph a row where the last column would have less than half of the line.
fn table(rows: &[Vec<String>], columns: usize, palette: Palette) -> String {
    // The first row is a heading, the second a line.
    let rows: Vec<Vec<&str>> = rows.iter().skip(2).map(|row| row.iter().map(|cell| bare(cell)).collect()).collect();
    let last = rows.iter().map(Vec::len).max().unwrap_or(1) - 1;
    let widest =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..last).map(widest).collect();
    let used: usize = widths.iter().map(|width| width + 2).sum();
    let mut text = String::new();
    for row in &rows {
        text += &match row.as_slice() {
            [signature, what, example, result] => {
                let title = paint(palette, Tone::Strong, signature);
                format!("{title}\n    {}\n    {example} → {result}\n", wrapped(what, columns, 4))
            }
            [first, rest @ ..] if used * 2 > columns => {
                let rest = rest.iter().map(|cell| format!("    {}\n", wrapped(cell, columns, 4)));
                format!("{}\n{}", paint(palette, Tone::Strong, first), rest.collect::<String>())
            }
            row => {
                let cells = row.iter().zip(&widths).map(|(cell, width)| pad(cell, width + 2));
                let behind = row.last().map(|cell| wrapped(cell, columns, used)).unwrap_or_default();
                format!("{}\n", format!("{}{behind}", cells.collect::<String>()).trim_end())
            }
        };
    }
    text
}

/// A cell that is code and nothing else, without its marks.
fn bare(cell: &str) -> &str {
    let inner = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`'));
    inner.filter(|inner| !inner.contains('`')).unwrap_or(cell)
}

/// A paragraph in lines; those behind the first are indented, and the first has that much less room.
fn wrapped(paragraph: &str, columns: usize, indent: usize) -> String {
    let mut text = String::new();
    let mut used = indent;
    for word in paragraph.split(' ') {
        let wide = width(word);
        if used > indent && used + 1 + wide > columns {
            text += &format!("\n{}", " ".repeat(indent));
            used = indent;
        } else if used > indent {
            text.push(' ');
            used += 1;
        }
        text += word;
        used += wide;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::document::whole;
    use super::*;

    #[test]
    fn prose_fits_the_terminal_and_keeps_no_marks_of_markdown() {
        let text = shown(&whole(), 72, Palette::Plain);
        for line in text.lines().filter(|line| !line.starts_with("    ")) {
            assert!(width(line) <= 72, "{line}");
            assert!(!line.starts_with('#') && !line.starts_with("```") && !line.starts_with("| "), "{line}");
        }
    }

    #[test]
    fn each_form_is_laid_out() {
        let markdown = "## A `title`\n\nSome words\nof prose.\n\n| a | |\n| --- | --- |\n| `x` | one two |\n| long | three |\n\n\
                        - `y`: a word that goes on\n\n```yaml\nkey: value\n```\n";
        assert_eq!(
            shown(markdown, 16, Palette::Plain),
            "A title\n\nSome words of\nprose.\n\nx     one two\nlong  three\n\n- `y`: a word\n  that goes on\n\n    key: value\n"
        );
    }
}
