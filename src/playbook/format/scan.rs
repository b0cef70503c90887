//! What stands between two nodes: indicators, properties, comments, markers.
//!
//! No byte of a scalar is looked at here, so each character says by itself what begins with it.

use std::ops::Range;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `- ` of a list item.
    Dash,
    /// `? ` of a key that is written out.
    Question,
    Colon,
    Comma,
    /// `[` or `{`.
    Open,
    /// `]` or `}`.
    Close,
    /// An anchor or a tag.
    Property,
    Alias,
    Plain,
    SingleQuoted,
    DoubleQuoted,
    /// `|` or `>` with what belongs to it.
    BlockHeader,
    /// The lines of a block scalar, from the start of the first to the end of the last.
    BlockBody,
    Comment,
    /// `---`, `...`, or a line that begins with `%`.
    Marker,
}

/// The token that begins at `at`; nothing where no token of this kind can begin.
pub(super) fn token(text: &str, at: usize, line_start: bool, in_flow: bool) -> Option<(Kind, Range<usize>)> {
    let bytes = text.as_bytes();
    let one = |kind| Some((kind, at..at + 1));
    let rest = &text[at..];
    match bytes[at] {
        b'#' => Some((Kind::Comment, at..at + line_end(rest))),
        b'%' if line_start => Some((Kind::Marker, at..at + directive_end(rest))),
        b'-' | b'.' if line_start && (rest.starts_with("---") || rest.starts_with("...")) => {
            Some((Kind::Marker, at..at + 3))
        }
        b'-' => one(Kind::Dash),
        b'?' => one(Kind::Question),
        b':' => one(Kind::Colon),
        b',' => one(Kind::Comma),
        b'&' => Some((Kind::Property, at..at + word_end(rest, in_flow))),
        b'!' if rest.starts_with("!<") => Some((Kind::Property, at..at + rest.find('>')? + 1)),
        b'!' => Some((Kind::Property, at..at + word_end(rest, in_flow))),
        b'|' | b'>' => Some((Kind::BlockHeader, at..at + word_end(rest, false))),
        _ => None,
    }
}

fn line_end(rest: &str) -> usize {
    let end = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
    rest[..end].trim_end_matches([' ', '\t']).len()
}

fn directive_end(rest: &str) -> usize {
    let line = &rest[..line_end(rest)];
    line.find(" #").map_or(line, |comment| line[..comment].trim_end()).len()
}

fn word_end(rest: &str, in_flow: bool) -> usize {
    let ends = |letter: char| letter.is_ascii_whitespace() || in_flow && ",[]{}".contains(letter);
    rest.find(ends).unwrap_or(rest.len())
}
