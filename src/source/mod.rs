//! Source files and places in them: every diagnostic points here.
//!
//! A [`Span`] is a byte range in one of the [`Sources`]; a [`Text`] is a decoded scalar that still knows which byte
//! of the file each of its own bytes came from. [`Loader`] is the trait through which files are read. Nothing here
//! knows YAML.

mod below;
mod path;
mod text;

use std::io;
use std::path::Path;
use std::sync::Arc;

pub use below::unsafe_name;
pub(crate) use path::{normal, unreadable};
pub use text::{Offsets, Text};

/// A file among [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A byte range in a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from the start of this one to the end of `other`, which lies in the same file.
    pub fn to(self, other: Span) -> Span {
        Span { end: other.end.max(self.start), ..self }
    }
}

/// A line and a column, both from one; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// One-based line.
    pub line: usize,
    /// One-based column in characters.
    pub column: usize,
}

/// One file: its path as the user wrote it, and its text.
#[derive(Clone, Debug)]
pub struct Source {
    /// The path as the user would write it.
    pub path: String,
    /// The whole text.
    pub text: Arc<str>,
    /// Whether it is a part of other files, and says nothing alone.
    pub is_part: bool,
    line_starts: Vec<u32>,
}

/// The files of one session.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and gives its id. Files of 4 GiB and more are refused by the loader before they come here.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let text = text.into();
        let starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1);
        let line_starts = std::iter::once(0).chain(starts).collect();
        self.files.push(Source { path: path.into(), text, is_part: false, line_starts });
        SourceId(self.files.len() as u32 - 1)
    }

    /// Adds a file that another one includes.
    pub fn add_part(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> SourceId {
        let id = self.add(path, text);
        self.files[id.0 as usize].is_part = true;
        id
    }

    /// The file of that id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.files[id.0 as usize]
    }

    /// All files, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.files.iter().enumerate().map(|(index, source)| (SourceId(index as u32), source))
    }

    /// Where a span begins.
    pub fn position(&self, span: Span) -> Position {
        self.get(span.source).position(span.start)
    }

    /// The text a span covers.
    pub fn text(&self, span: Span) -> &str {
        let text = &self.get(span.source).text;
        text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// `path:line:column` of a span's beginning.
    pub fn place(&self, span: Span) -> String {
        let position = self.position(span);
        format!("{}:{}:{}", self.get(span.source).path, position.line, position.column)
    }
}

/// Whole lines of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excerpt<'a> {
    /// The lines.
    pub text: &'a str,
    /// The byte of the file at which they begin.
    pub start: usize,
    /// The one-based number of the first.
    pub line: usize,
}

impl Source {
    /// The lines that hold the bytes from `start` to `end`.
    pub fn excerpt(&self, start: u32, end: u32) -> Excerpt<'_> {
        let line = self.line_starts.partition_point(|at| *at <= start);
        let after = self.line_starts.partition_point(|at| *at <= end.max(start));
        let start = self.line_starts[line - 1] as usize;
        let end = self.line_starts.get(after).map_or(self.text.len(), |at| *at as usize);
        Excerpt { text: self.text.get(start..end).unwrap_or_default(), start, line }
    }

    /// Line and column of a byte offset.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1] as usize;
        let before = self.text.get(start..offset as usize).unwrap_or_default();
        Position { line, column: before.chars().count() + 1 }
    }
}

/// How files are reached: the real file system, or a test's map.
pub trait Loader: Send + Sync {
    /// The whole text of a file.
    fn read(&self, path: &Path) -> io::Result<String>;

    /// Whether there is a file at that path.
    fn exists(&self, path: &Path) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_start_at_one() {
        let mut sources = Sources::default();
        let id = sources.add("p.yaml", "a: é\nb: x\n");
        let at = |start| sources.position(Span { source: id, start, end: start });
        assert_eq!(at(0), Position { line: 1, column: 1 });
        assert_eq!(at(5), Position { line: 1, column: 5 });
        assert_eq!(at(9), Position { line: 2, column: 4 });
    }
}
