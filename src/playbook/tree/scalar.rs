//! Scalars: the decoded text of an event, and which byte of the file each of its bytes came from.
//!
//! granit-parser decodes; this file walks the decoded text and the source side by side and notes where they part:
//! at escapes, doubled quotes, folded line breaks and indentation. A scalar that cannot be aligned (which no known
//! text causes) maps to its whole span rather than to a wrong byte.

use std::ops::Range;
use std::sync::Arc;

use super::lines::File;
use super::node::Style;
use crate::source::{Offsets, Text};

/// The text of a scalar event. `range` is the event's place: quotes included, for block scalars the content only.
pub(super) fn text_of(file: File<'_>, range: Range<usize>, whole: Range<usize>, decoded: &str, style: Style) -> Text {
    let raw = file.slice(range.clone());
    let quoted = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
    let inner = if quoted { raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default() } else { raw };
    let start = range.start + usize::from(quoted);
    let offsets = if inner == decoded {
        Offsets::Direct(start as u32)
    } else {
        let aligned = match style {
            Style::Plain | Style::SingleQuoted | Style::DoubleQuoted => align_flow(inner, decoded, style),
            Style::Literal | Style::Folded => align_block(inner, decoded, column(file, start)),
        };
        aligned.map_or_else(|| Offsets::Runs(Arc::default()), |runs| runs.finish(start))
    };
    Text { text: decoded.into(), span: file.span(whole), offsets }
}

/// A stretch of the file as the text it is.
pub(super) fn verbatim(file: File<'_>, range: Range<usize>) -> Text {
    let offsets = Offsets::Direct(range.start as u32);
    Text { text: file.slice(range.clone()).into(), span: file.span(range), offsets }
}

fn column(file: File<'_>, at: usize) -> usize {
    at - file.line(at).start
}

/// The runs noted so far, relative to the start of the scalar's content.
#[derive(Default)]
struct Runs(Vec<(u32, u32)>);

impl Runs {
    /// Notes that the decoded byte stems from that source byte, where this does not follow from the run before.
    fn put(&mut self, decoded: usize, source: usize) {
        let (decoded, source) = (decoded as u32, source as u32);
        match self.0.last() {
            Some((text, file)) if source.wrapping_sub(*file) == decoded.wrapping_sub(*text) => {}
            Some((text, _)) if *text == decoded => {
                self.0.pop();
                self.put(decoded as usize, source as usize);
            }
            _ => self.0.push((decoded, source)),
        }
    }

    fn finish(mut self, start: usize) -> Offsets {
        for (_, source) in &mut self.0 {
            *source += start as u32;
        }
        match self.0[..] {
            [(0, only)] => Offsets::Direct(only),
            _ => Offsets::Runs(Arc::new(self.0)),
        }
    }
}

/// Plain and quoted scalars: escapes, doubled quotes, folded lines.
fn align_flow(source: &str, decoded: &str, style: Style) -> Option<Runs> {
    let (bytes, text) = (source.as_bytes(), decoded.as_bytes());
    let mut runs = Runs::default();
    let (mut at, mut done) = (0, 0);
    while at < bytes.len() {
        let width = match bytes[at] {
            b'\\' if style == Style::DoubleQuoted && line_break(bytes, at + 1) > 0 => {
                let mut next = skip_blanks(bytes, at + 1 + line_break(bytes, at + 1));
                while line_break(bytes, next) > 0 && text.get(done) == Some(&b'\n') {
                    runs.put(done, next);
                    done += 1;
                    next = skip_blanks(bytes, next + line_break(bytes, next));
                }
                at = next;
                continue;
            }
            b'\\' if style == Style::DoubleQuoted => escape_width(bytes, at),
            b'\'' if style == Style::SingleQuoted => 2,
            b' ' | b'\t' | b'\r' | b'\n' => {
                let breaks = fold(bytes, at);
                if let Some((end, breaks)) = breaks {
                    done = put_fold(&mut runs, &breaks, text, done)?;
                    at = end;
                    continue;
                }
                1
            }
            _ => 1,
        };
        let length = character_width(*text.get(done)?);
        if width == 1 {
            if bytes.get(at..at + length)? != text.get(done..done + length)? {
                return None;
            }
            runs.put(done, at);
            at += length;
        } else {
            (0..length).for_each(|byte| runs.put(done + byte, at + byte.min(width - 1)));
            at += width;
        }
        done += length;
    }
    runs.put(done, at);
    (done == text.len()).then_some(runs)
}

/// A folded stretch of white space that begins at `at`: its end and the places of its line breaks.
fn fold(bytes: &[u8], at: usize) -> Option<(usize, Vec<usize>)> {
    let mut breaks = Vec::new();
    let mut next = skip_blanks(bytes, at);
    while line_break(bytes, next) > 0 {
        breaks.push(next);
        next = skip_blanks(bytes, next + line_break(bytes, next));
    }
    (!breaks.is_empty()).then_some((next, breaks))
}

/// One break is a space; of several the first is dropped and the others stay.
fn put_fold(runs: &mut Runs, breaks: &[usize], text: &[u8], mut done: usize) -> Option<usize> {
    let (kept, expected) = if breaks.len() == 1 { (breaks, b' ') } else { (&breaks[1..], b'\n') };
    for place in kept {
        if *text.get(done)? != expected {
            return None;
        }
        runs.put(done, *place);
        done += 1;
    }
    Some(done)
}

/// Block scalars: `source` begins at the first content byte, whose column is `column`; the indentation follows from
/// how many blanks of the first line the decoded text keeps.
fn align_block(source: &str, decoded: &str, column: usize) -> Option<Runs> {
    let (bytes, text) = (source.as_bytes(), decoded.as_bytes());
    let mut runs = Runs::default();
    let (mut at, mut done) = (0, 0);
    let blanks = |bytes: &[u8]| bytes.iter().take_while(|byte| **byte == b' ').count();
    let lead = text.iter().take_while(|byte| **byte == b'\n').count();
    let content = skip_white(bytes);
    let line_start = bytes[..content].iter().rposition(|byte| *byte == b'\n').map_or(0, |position| position + 1);
    let first_column = if line_start == 0 { column } else { 0 } + (content - line_start);
    let indent = first_column.checked_sub(blanks(&text[lead..]))?;
    let mut first = true;
    while at < bytes.len() {
        // The line's indentation; the first line begins behind some of it.
        let skip = if first { indent.saturating_sub(column) } else { indent };
        at += blanks(&bytes[at..]).min(skip);
        first = false;
        let end = bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).map_or(bytes.len(), |end| at + end);
        if end > at {
            if text.get(done..done + (end - at)) != Some(&bytes[at..end]) {
                // Lines behind the content: comments and blanks that belong to no one.
                break;
            }
            runs.put(done, at);
            done += end - at;
            at = end;
        }
        let mut breaks = Vec::new();
        while line_break(bytes, at) > 0 {
            breaks.push(at);
            at += line_break(bytes, at);
            let next = at + blanks(&bytes[at..]).min(indent);
            if line_break(bytes, next) == 0 {
                break;
            }
            at = next;
        }
        done = put_breaks(&mut runs, &breaks, text, done, at);
    }
    if text.get(done..) == Some(b"\n") {
        // The end of the file stands for the last line break.
        runs.put(done, at);
        done += 1;
        runs.put(done, at);
    }
    (done == text.len()).then_some(runs)
}

fn put_breaks(runs: &mut Runs, breaks: &[usize], text: &[u8], mut done: usize, end: usize) -> usize {
    let kept = text[done..].iter().take_while(|byte| **byte == b'\n').count();
    let last = done + kept == text.len();
    if kept == 0 && breaks.len() == 1 && text.get(done) == Some(&b' ') {
        runs.put(done, breaks[0]);
        done += 1;
        return done;
    }
    // Folding drops the first of several breaks; clipping at the end drops the last ones.
    let dropped = if last { 0 } else { breaks.len().saturating_sub(kept) };
    for place in breaks.iter().skip(dropped).take(kept) {
        runs.put(done, *place);
        done += 1;
    }
    if last {
        let behind = breaks.get(kept).copied().unwrap_or(end);
        runs.put(done, behind);
    }
    done
}

fn skip_white(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r')).unwrap_or(bytes.len())
}

fn skip_blanks(bytes: &[u8], from: usize) -> usize {
    let blanks = bytes.get(from..).unwrap_or_default().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    from + blanks
}

/// The width of the line break at that place, zero where there is none.
fn line_break(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => 2,
        (Some(b'\r' | b'\n'), _) => 1,
        _ => 0,
    }
}

fn escape_width(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at + 1) {
        Some(b'x') => 4,
        Some(b'u') => {
            let digits = bytes.get(at + 2..at + 4).unwrap_or_default();
            let high = matches!(digits, [b'd' | b'D', b'8' | b'9' | b'a' | b'b' | b'A' | b'B']);
            if high { 12 } else { 6 }
        }
        Some(b'U') => 10,
        _ => 2,
    }
}

fn character_width(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}
