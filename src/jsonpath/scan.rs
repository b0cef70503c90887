//! One look over the text before it is parsed: nesting, and where segments and function calls stand.
//!
//! The parser's tree has no positions, so they are found here. The scan also refuses what the parser must not see:
//! nesting that would cost it the stack, functions in functions, which cost it a factor of three a level, and the
//! white space it wrongly takes inside names. It knows brackets, quotes and words, not the grammar.

use std::ops::Range;

use super::error::PathError;

/// Bytes of a text. The parser may read a text some hundred times where functions stand in one another.
pub(super) const LENGTH_LIMIT: usize = 64 * 1024;
/// Brackets and parentheses inside one another.
const NESTING_LIMIT: usize = 128;
/// Function calls inside one another.
const CALL_LIMIT: usize = 4;

/// Where the parts of a text stand.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// The segments after `$`, in order.
    pub segments: Vec<Range<usize>>,
    /// The function calls, in the order of their names.
    pub calls: Vec<Call>,
}

/// A function call.
#[derive(Debug)]
pub(super) struct Call {
    pub name: Range<usize>,
    pub whole: Range<usize>,
    pub arguments: usize,
}

struct Open {
    at: usize,
    bracket: u8,
    call: Option<usize>,
}

struct Scanner<'t> {
    text: &'t str,
    outline: Outline,
    open: Vec<Open>,
    call_depth: usize,
    /// The start of the segment being read.
    segment: Option<usize>,
    /// One past the last byte that was not white space, and whether it belonged to a word.
    last: (usize, bool),
}

/// Looks over the text.
pub(super) fn outline(text: &str) -> Result<Outline, PathError> {
    if text.len() > LENGTH_LIMIT {
        return Err(PathError::new(0..text.len(), format!("expected at most {LENGTH_LIMIT} bytes")));
    }
    let mut scanner =
        Scanner { text, outline: Outline::default(), open: Vec::new(), call_depth: 0, segment: None, last: (0, false) };
    let mut at = 0;
    while at < text.len() {
        at = scanner.advance(at)?;
    }
    if let Some(open) = scanner.open.first() {
        let close = if open.bracket == b'[' { ']' } else { ')' };
        return Err(PathError::new(open.at..open.at + 1, format!("expected `{close}` to close this")));
    }
    scanner.end_segment();
    Ok(scanner.outline)
}

/// The word at a place, or the one character there; empty at the end of the text.
pub(super) fn word(text: &str, at: usize) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    let letters: usize = rest.chars().take_while(|c| is_word(*c)).map(char::len_utf8).sum();
    let length = if letters > 0 { letters } else { rest.chars().next().map_or(0, char::len_utf8) };
    at.min(text.len())..at.min(text.len()) + length
}

/// Whether the character can stand in an unquoted name.
pub(super) fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_' || !character.is_ascii()
}

impl Scanner<'_> {
    /// Reads the thing at `at` and gives the place after it.
    fn advance(&mut self, at: usize) -> Result<usize, PathError> {
        let byte = self.text.as_bytes()[at];
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            return Ok(at + 1);
        }
        let spaced = self.last.0 < at && at > 0;
        if spaced && self.text[..self.last.0].ends_with('.') {
            return Err(PathError::new(self.last.0..at, "expected a name right after `.`, found white space"));
        }
        let mut end = at + 1;
        let mut is_name = false;
        match byte {
            b'\'' | b'"' => end = self.string_end(at)?,
            b'[' | b'(' => self.open(at)?,
            b']' | b')' => self.close(at)?,
            b'.' => self.dot(at),
            b',' => self.comma(),
            _ if byte == b'_' || byte.is_ascii_alphanumeric() || !byte.is_ascii() => {
                end = self.word_end(at, spaced)?;
                is_name = true;
            }
            _ => {}
        }
        self.last = (end, is_name);
        Ok(end)
    }

    fn word_end(&self, at: usize, spaced: bool) -> Result<usize, PathError> {
        let range = word(self.text, at);
        let name = &self.text[range.clone()];
        if let Some((offset, space)) = name.char_indices().find(|(_, c)| c.is_whitespace()) {
            let place = at + offset..at + offset + space.len_utf8();
            let message = format!("unexpected white space character U+{:04X}", u32::from(space));
            return Err(PathError::new(place, message));
        }
        if spaced && self.last.1 {
            let expected = if self.open.is_empty() {
                "`.name`, `[…]` or the end of the path"
            } else {
                "an operator, `,` or `]`"
            };
            return Err(PathError::new(range, format!("expected {expected}, found `{name}`")));
        }
        Ok(range.end)
    }

    fn string_end(&self, at: usize) -> Result<usize, PathError> {
        let bytes = self.text.as_bytes();
        let mut end = at + 1;
        while end < bytes.len() {
            match bytes[end] {
                b'\\' => end += 2,
                byte if byte == bytes[at] => return Ok(end + 1),
                control if control < b' ' => {
                    let message = format!("unexpected control character U+{control:04X} in a string");
                    let help = format!("write it as `\\u{control:04x}`");
                    return Err(PathError::new(end..end + 1, message).help(help));
                }
                _ => end += 1,
            }
        }
        let quote = char::from(bytes[at]);
        Err(PathError::new(at..at + 1, format!("expected `{quote}` to close this string")))
    }

    fn open(&mut self, at: usize) -> Result<(), PathError> {
        let bracket = self.text.as_bytes()[at];
        if self.open.len() == NESTING_LIMIT {
            let message = format!("expected at most {NESTING_LIMIT} brackets inside one another");
            return Err(PathError::new(at..at + 1, message));
        }
        let mut call = None;
        if bracket == b'(' && self.last == (at, true) {
            call = Some(self.outline.calls.len());
            self.call_depth += 1;
            let letters = self.text[..at].chars().rev().take_while(|c| is_word(*c)).map(char::len_utf8).sum::<usize>();
            if self.call_depth > CALL_LIMIT {
                let message = format!("expected at most {CALL_LIMIT} functions inside one another");
                return Err(PathError::new(at - letters..at, message));
            }
            self.outline.calls.push(Call { name: at - letters..at, whole: at - letters..at, arguments: 1 });
        }
        if self.open.is_empty() && bracket == b'[' && !self.after_descent(at) {
            self.begin_segment(at);
        }
        self.open.push(Open { at, bracket, call });
        Ok(())
    }

    fn close(&mut self, at: usize) -> Result<(), PathError> {
        let found = char::from(self.text.as_bytes()[at]);
        let Some(open) = self.open.pop() else {
            return Err(PathError::new(at..at + 1, format!("unexpected `{found}`, nothing is open here")));
        };
        let wanted = if open.bracket == b'[' { ']' } else { ')' };
        if wanted != found {
            let message = format!("expected `{wanted}` before this `{found}`");
            return Err(PathError::new(at..at + 1, message));
        }
        if let Some(index) = open.call {
            self.call_depth -= 1;
            let call = &mut self.outline.calls[index];
            call.whole.end = at + 1;
            if self.text[open.at + 1..at].trim().is_empty() {
                call.arguments = 0;
            }
        }
        Ok(())
    }

    fn comma(&mut self) {
        if let Some(index) = self.open.last().and_then(|open| open.call) {
            self.outline.calls[index].arguments += 1;
        }
    }

    fn dot(&mut self, at: usize) {
        if self.open.is_empty() && !(self.segment.is_some() && self.segment == at.checked_sub(1)) {
            self.begin_segment(at);
        }
    }

    /// Whether the segment being read is just `..`.
    fn after_descent(&self, at: usize) -> bool {
        self.segment.is_some_and(|start| &self.text[start..at] == "..")
    }

    fn begin_segment(&mut self, at: usize) {
        self.end_segment();
        self.segment = Some(at);
    }

    fn end_segment(&mut self) {
        if let Some(start) = self.segment.take() {
            self.outline.segments.push(start..self.last.0);
        }
    }
}
