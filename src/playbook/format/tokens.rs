//! The text as tokens, each with the column that its line begins in where it is the first of one.
//!
//! The parser's events say where nodes are and how they nest; what stands between two of them is cut by
//! [`scan`](super::scan). Every block collection is two columns deeper than the one around it, so a column follows
//! from the number of open ones.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, StructureStyle, options};

use super::block;
use super::scan::{self, Kind};
use super::shape::{Collection, Shape};
use crate::limits::{Limit, Limits};

/// A piece of the text that is not white space.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
    /// The column in which it stands where it begins a line outside of brackets.
    pub column: usize,
    /// The column deeper than which all that belongs to it must stand.
    pub inside: usize,
    /// Open brackets around it.
    pub flow: usize,
    /// How far its line was indented; of the lines of a block scalar, the column of what holds it.
    pub indent: usize,
    pub is_key: bool,
    /// The columns between a key and its value, where they are more than one and line up with those of a neighbour.
    pub aligned: Option<usize>,
}

/// The tokens of a text of one document. Nothing where the parser and this module do not understand each other.
pub(super) fn tokens(text: &str, limits: &Limits) -> Option<Vec<Token>> {
    let nesting = limits.size(Limit::YamlDepth) + 127;
    let options = options! {
        strict_indentation: false,
        emit_unresolved_aliases: true,
        emit_comments: false,
        flow_nesting_limit: nesting,
        block_nesting_limit: nesting,
    };
    let mut cutter = Cutter { text, cursor: 0, line_start: 0, tokens: Vec::new(), shape: Shape::default() };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, place) = event.ok()?;
        cutter.event(&event, place.byte_range().unwrap_or_default())?;
    }
    cutter.gap(text.len(), false)?;
    cutter.shape.place_comments(&mut cutter.tokens, 0, 0);
    Some(cutter.tokens)
}

/// The texts of the comments, in their order.
pub(super) fn comments<'t>(text: &'t str, tokens: &[Token]) -> Vec<&'t str> {
    let comments = tokens.iter().filter(|token| token.kind == Kind::Comment);
    comments.map(|token| &text[token.range.clone()]).collect()
}

struct Cutter<'t> {
    text: &'t str,
    /// Up to here the text is cut.
    cursor: usize,
    /// Where the line of the cursor begins.
    line_start: usize,
    tokens: Vec<Token>,
    shape: Shape,
}

impl Cutter<'_> {
    /// Takes an event. The ends of block collections lie behind what follows them, so nothing is cut there.
    fn event(&mut self, event: &Event<'_>, range: Range<usize>) -> Option<()> {
        match event {
            Event::Scalar(_, style, ..) => self.scalar(*style, range)?,
            Event::Alias(_) => {
                self.gap(range.start, false)?;
                self.push(Kind::Alias, range);
                self.shape.ended_node();
            }
            Event::SequenceStart(style, ..) => self.open(*style, false, range)?,
            Event::MappingStart(style, ..) => self.open(*style, true, range)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if self.shape.in_brackets() {
                    self.gap(range.start, false)?;
                    self.shape.flow -= 1;
                    self.push(Kind::Close, range);
                }
                self.shape.close(&mut self.tokens);
                self.shape.ended_node();
            }
            _ => {}
        }
        Some(())
    }

    fn scalar(&mut self, style: ScalarStyle, range: Range<usize>) -> Option<()> {
        match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.block_scalar(range)?,
            _ if range.is_empty() => {
                // An absent value may be told to stand at its colon.
                let colon = !self.shape.expects_key() && self.text.as_bytes().get(range.start) == Some(&b':');
                self.gap(range.start + usize::from(colon), false)?;
            }
            _ => {
                self.gap(range.start, false)?;
                let kind = match style {
                    ScalarStyle::SingleQuoted => Kind::SingleQuoted,
                    ScalarStyle::DoubleQuoted => Kind::DoubleQuoted,
                    _ => Kind::Plain,
                };
                self.push(kind, range);
            }
        }
        self.shape.ended_node();
        Some(())
    }

    /// A block scalar is told as its content; its header stands in the gap before it.
    fn block_scalar(&mut self, content: Range<usize>) -> Option<()> {
        let header = loop {
            self.next(self.text.len(), false)??;
            let token = self.tokens.last()?;
            if token.kind == Kind::BlockHeader {
                break &self.text[token.range.clone()];
            }
        };
        let Some(line_end) = memchr::memchr(b'\n', &self.text.as_bytes()[self.cursor..]) else {
            return self.gap(self.text.len(), false).map(|_| ());
        };
        let start = self.cursor + line_end + 1;
        self.gap(start, false)?;
        let end = content.end.max(start);
        let whole_lines = memchr::memrchr(b'\n', &self.text.as_bytes()[start..end]).map_or(start, |at| start + at + 1);
        let end = if end == self.text.len() { end } else { whole_lines };
        let body = block::body(&self.text[start..end], header, self.shape.parent_column());
        if let Some(body) = body {
            self.push(Kind::BlockBody, start..start + body.len());
        }
        Some(())
    }

    fn open(&mut self, style: StructureStyle, is_mapping: bool, range: Range<usize>) -> Option<()> {
        let block = style == StructureStyle::Block;
        // A list in the column of its own key is told to begin behind its first dash.
        let found = self.gap(range.start, block && !is_mapping && !self.shape.in_block_list())?;
        let start = found.unwrap_or(range.start);
        let bracket = matches!(self.text.as_bytes().get(range.start), Some(b'[' | b'{')) && !range.is_empty();
        if !block && bracket {
            self.push(Kind::Open, range);
            self.shape.flow += 1;
        }
        self.shape.open(Collection::new(block, is_mapping, bracket, start - self.line_start.min(start)));
        Some(())
    }

    /// Cuts what stands before `limit`. Gives the place of a dash where it is to stop at one.
    fn gap(&mut self, limit: usize, stop_at_dash: bool) -> Option<Option<usize>> {
        loop {
            match self.next(limit, stop_at_dash)? {
                Some(()) => {}
                None => return Some((self.cursor < limit).then_some(self.cursor)),
            }
        }
    }

    /// Cuts the next token before `limit`; nothing inside where there is none.
    fn next(&mut self, limit: usize, stop_at_dash: bool) -> Option<Option<()>> {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.cursor).filter(|_| self.cursor < limit) {
                Some(b'\n') => self.line_start = self.cursor + 1,
                // Comments may stand before a byte order mark.
                Some(b' ' | b'\t' | b'\xEF' | b'\xBB' | b'\xBF') => {}
                _ => break,
            }
            self.cursor += 1;
        }
        if self.cursor >= limit {
            return Some(None);
        }
        let (kind, range) = scan::token(self.text, self.cursor, self.cursor == self.line_start, self.shape.flow > 0)?;
        if kind == Kind::Dash && stop_at_dash {
            return Some(None);
        }
        self.push(kind, range);
        Some(Some(()))
    }

    fn push(&mut self, kind: Kind, range: Range<usize>) {
        let before = &self.text[self.line_start.min(range.start)..range.start];
        let blanks = before.len() - before.trim_start_matches([' ', '\t', '\u{feff}']).len();
        let begins_line = blanks == before.len();
        let token = Token {
            kind,
            column: self.shape.column(kind),
            inside: self.shape.inside(),
            flow: self.shape.flow,
            indent: if kind == Kind::BlockBody { self.shape.parent_column() } else { blanks },
            is_key: self.shape.expects_key(),
            aligned: None,
            range,
        };
        self.cursor = self.cursor.max(token.range.end);
        if matches!(kind, Kind::Plain | Kind::SingleQuoted | Kind::DoubleQuoted | Kind::BlockBody)
            && let Some(last) = memchr::memrchr(b'\n', &self.text.as_bytes()[token.range.clone()])
        {
            self.line_start = token.range.start + last + 1;
        }
        self.shape.took(self.text, token, begins_line, &mut self.tokens);
    }
}
