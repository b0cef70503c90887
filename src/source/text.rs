//! A decoded scalar with its way back to the file.

use std::ops::Range;
use std::sync::Arc;

use super::Span;

/// How a byte of decoded text maps to a byte of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offsets {
    /// The text stands in the file as it is, from this byte on.
    Direct(u32),
    /// Runs: from this decoded byte on, the text stands as it is from that file byte on. Sorted by the first.
    Runs(Arc<Vec<(u32, u32)>>),
}

/// A string from a source file: the text as decoded, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The decoded text.
    pub text: Arc<str>,
    /// The whole scalar in the file, quotes included.
    pub span: Span,
    /// The way back, byte by byte.
    pub offsets: Offsets,
}

impl Text {
    /// Text that stands in no file; every range of it maps to `span`.
    pub fn synthetic(text: impl Into<Arc<str>>, span: Span) -> Self {
        Text { text: text.into(), span, offsets: Offsets::Runs(Arc::default()) }
    }

    /// The place in the file of a byte range of the decoded text.
    pub fn locate(&self, range: Range<usize>) -> Span {
        // Whoever counts bytes may stop inside a character; a place covers whole ones.
        let start = self.text.floor_char_boundary(range.start);
        let range = start..self.text.ceil_char_boundary(range.end).max(start);
        match (self.offset(range.start as u32), self.offset(range.end as u32)) {
            (Some(start), Some(end)) if start <= end => Span { start, end, ..self.span },
            _ => self.span,
        }
    }

    /// A part of the text, still mapped.
    pub fn slice(&self, range: Range<usize>) -> Text {
        let span = self.locate(range.clone());
        let offsets = match &self.offsets {
            Offsets::Direct(start) => Offsets::Direct(start + range.start as u32),
            Offsets::Runs(runs) => {
                let start = range.start as u32;
                let first = self.offset(start).map(|file| (0, file));
                let inside = runs.iter().filter(|(text, _)| *text > start).map(|(text, file)| (text - start, *file));
                Offsets::Runs(Arc::new(first.into_iter().chain(inside).collect()))
            }
        };
        Text { text: self.text[range].into(), span, offsets }
    }

    fn offset(&self, decoded: u32) -> Option<u32> {
        match &self.offsets {
            Offsets::Direct(start) => Some(start + decoded),
            Offsets::Runs(runs) => {
                let index = runs.partition_point(|(text, _)| *text <= decoded).checked_sub(1)?;
                let (text, file) = runs[index];
                Some(file + (decoded - text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_covers_whole_characters() {
        let span = Span { start: 10, end: 14, ..Span::default() };
        let text = Text { text: "aéb".into(), span, offsets: Offsets::Direct(10) };
        assert_eq!(text.locate(1..2), Span { start: 11, end: 13, ..span });
        assert_eq!(text.locate(2..3), Span { start: 11, end: 13, ..span });
    }

    #[test]
    fn a_part_of_folded_text_still_points_into_the_file() {
        let span = Span { start: 100, end: 140, ..Span::default() };
        let runs = Offsets::Runs(Arc::new(vec![(0, 104), (5, 115)]));
        let text = Text { text: "abcd efgh".into(), span, offsets: runs };
        assert_eq!(text.locate(5..9), Span { start: 115, end: 119, ..span });
        assert_eq!(text.slice(6..9).locate(0..1), Span { start: 116, end: 117, ..span });
        assert_eq!(text.slice(2..9).locate(3..4), Span { start: 115, end: 116, ..span });
    }
}
