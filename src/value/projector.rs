//! Reads a JSON document piece by piece and builds only what is wanted of it.
//!
//! The grammar of the whole text is checked (RFC 8259), also of what nobody wants, where only the bytes inside strings
//! are not looked at; memory holds the wanted part, one open container a level, and of the text a wanted token at most. The pieces may be cut anywhere. This file knows where
//! in the document it stands and what is open; reading the tokens themselves is `token`'s work.

use std::collections::VecDeque;
use std::sync::Arc;

use super::token::{Text, Token};
use super::wanted::Closed;
use super::{Object, ReadError, Value};

/// How many members of an object, and of all objects, that nobody wants are remembered by name, so that a message can
/// list what is there instead.
const NOTED: (usize, usize) = (32, 10_000);

/// What a document may not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of nesting.
    pub depth: usize,
    /// Members of one object.
    pub members: usize,
    /// Bytes of memory for the wanted part, about.
    pub memory: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // One level less than serde_json's 128, which counts the scalar inside.
        Limits { depth: 127, members: 1_000_000, memory: 256 * 1024 * 1024 }
    }
}

/// What ends the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProjectError {
    /// The text is not JSON.
    Syntax(ReadError),
    /// A limit is exceeded; in words.
    Limit(String),
}

impl std::fmt::Display for ProjectError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ProjectError::Syntax(error) => error.fmt(formatter),
            ProjectError::Limit(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for ProjectError {}

/// Where the reading of a document stands.
#[derive(Debug)]
pub struct Projector<'w> {
    limits: Limits,
    /// What is wanted of the value that comes next.
    next: Option<&'w Closed>,
    expected: Expected,
    token: Token,
    open: Vec<Open<'w>>,
    document: Value,
    noted: usize,
    memory: usize,
    /// Line breaks before the piece in hand, and the offset behind the last of them.
    lines: usize,
    line_start: u64,
    read: u64,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    Value,
    ValueOrEnd,
    Name,
    NameOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

impl Expected {
    fn in_words(self) -> &'static str {
        match self {
            Expected::Value => "expected a value",
            Expected::ValueOrEnd => "expected a value or `]`",
            Expected::Name => "expected a member's name",
            Expected::NameOrEnd => "expected a member's name or `}`",
            Expected::Colon => "expected `:`",
            Expected::CommaOrEnd => "expected `,` or the end of the list or object",
            Expected::Nothing => "trailing characters",
        }
    }
}

/// A container that is not closed yet.
#[derive(Debug)]
enum Open<'w> {
    /// Nothing in it is wanted.
    PassedArray,
    PassedObject {
        members: usize,
    },
    Array {
        wanted: &'w Closed,
        count: usize,
        items: Vec<Value>,
        /// The last ones, each with the memory that it takes.
        tail: VecDeque<(Value, usize)>,
        /// The memory taken when the item in hand began.
        before: usize,
    },
    Object {
        wanted: &'w Closed,
        count: usize,
        noted: usize,
        members: Object,
        name: Option<Arc<str>>,
    },
}

impl<'w> Projector<'w> {
    /// Begins to read a document.
    pub fn new(wanted: &'w Closed, limits: Limits) -> Self {
        Projector {
            limits,
            next: Some(wanted),
            expected: Expected::Value,
            token: Token::None,
            open: Vec::new(),
            document: Value::Null,
            noted: 0,
            memory: 0,
            lines: 0,
            line_start: 0,
            read: 0,
        }
    }

    /// Reads the next piece. After an error nothing more can be read.
    pub fn feed(&mut self, piece: &[u8]) -> Result<(), ProjectError> {
        let mut at = 0;
        while at < piece.len() {
            let wanted = self.token_is_wanted();
            let step = match &mut self.token {
                Token::None => self.structure(piece, &mut at),
                token => match token.read(piece, &mut at, wanted) {
                    Ok(None) => {
                        let held = token.held();
                        self.afford(held)
                    }
                    Ok(Some(text)) => self.take_token(text),
                    Err(message) => Err(Trouble::Syntax(message)),
                },
            };
            step.map_err(|trouble| self.error(trouble, piece, at))?;
        }
        let breaks = memchr::memchr_iter(b'\n', piece);
        let (count, last) = breaks.fold((0, None), |(count, _), at| (count + 1, Some(at)));
        self.lines += count;
        self.line_start = last.map_or(self.line_start, |last| self.read + last as u64 + 1);
        self.read += piece.len() as u64;
        Ok(())
    }

    /// The wanted part of the document, if it is whole.
    pub fn finish(mut self) -> Result<Value, ProjectError> {
        // A number at the very end has nothing behind it that would end it.
        if let Some(text) = self.token.end().map_err(|message| self.error(Trouble::Syntax(message), &[], 0))? {
            self.take_token(text).map_err(|trouble| self.error(trouble, &[], 0))?;
        }
        if self.expected != Expected::Nothing {
            let message = if self.read == 0 { "there is nothing" } else { "it ends in the middle" };
            return Err(self.error(Trouble::Syntax(message), &[], 0));
        }
        Ok(self.document)
    }

    fn error(&self, trouble: Trouble, piece: &[u8], at: usize) -> ProjectError {
        let message = match trouble {
            Trouble::Limit(message) => return ProjectError::Limit(message),
            Trouble::Syntax(message) => message.to_owned(),
        };
        let before = &piece[..at];
        let last = memchr::memrchr(b'\n', before).map(|at| self.read + at as u64 + 1);
        let line = self.lines + memchr::memchr_iter(b'\n', before).count() + 1;
        let column = self.read + at as u64 - last.unwrap_or(self.line_start) + 1;
        ProjectError::Syntax(ReadError { line, column: usize::try_from(column).unwrap_or(usize::MAX), message })
    }

    /// Whether the text of the token in hand will be looked at.
    fn token_is_wanted(&self) -> bool {
        match self.expected {
            Expected::Name | Expected::NameOrEnd => matches!(self.open.last(), Some(Open::Object { .. })),
            _ => self.next.is_some(),
        }
    }

    /// Blanks, brackets, commas and colons, up to the beginning of a token or the end of the piece.
    fn structure(&mut self, piece: &[u8], at: &mut usize) -> Result<(), Trouble> {
        while let Some(byte) = piece.get(*at) {
            match (byte, self.expected) {
                (b' ' | b'\n' | b'\r' | b'\t', _) => {}
                (b'{' | b'[', Expected::Value | Expected::ValueOrEnd) => self.open(*byte)?,
                (b']', Expected::ValueOrEnd | Expected::CommaOrEnd) => self.close_array()?,
                (b'}', Expected::NameOrEnd | Expected::CommaOrEnd) => self.close_object()?,
                (b',', Expected::CommaOrEnd) => self.another(),
                (b':', Expected::Colon) => self.expected = Expected::Value,
                (b'"', Expected::Name | Expected::NameOrEnd | Expected::Value | Expected::ValueOrEnd) => {
                    self.token = Token::string();
                    *at += 1;
                    return Ok(());
                }
                (_, Expected::Value | Expected::ValueOrEnd) => {
                    self.token = Token::beginning(*byte).ok_or(Trouble::Syntax(self.expected.in_words()))?;
                    return Ok(());
                }
                _ => return Err(Trouble::Syntax(self.expected.in_words())),
            }
            *at += 1;
        }
        Ok(())
    }

    fn open(&mut self, bracket: u8) -> Result<(), Trouble> {
        if self.open.len() >= self.limits.depth {
            return Err(Trouble::Limit(format!("it is nested more than {} levels deep", self.limits.depth)));
        }
        let open = match (bracket, self.next) {
            (b'[', None) => Open::PassedArray,
            (_, None) => Open::PassedObject { members: 0 },
            (b'[', Some(wanted)) => {
                Open::Array { wanted, count: 0, items: Vec::new(), tail: VecDeque::new(), before: 0 }
            }
            (_, Some(wanted)) => Open::Object { wanted, count: 0, noted: 0, members: Object::default(), name: None },
        };
        self.open.push(open);
        if bracket == b'[' {
            self.expected = Expected::ValueOrEnd;
            self.want_item();
        } else {
            self.expected = Expected::NameOrEnd;
        }
        Ok(())
    }

    fn want_item(&mut self) {
        self.next = match self.open.last_mut() {
            Some(Open::Array { wanted, count, before, .. }) => {
                *before = self.memory;
                wanted.of_item(*count)
            }
            _ => None,
        };
    }

    /// A comma: the next item or member.
    fn another(&mut self) {
        match self.open.last() {
            Some(Open::PassedArray | Open::Array { .. }) => {
                self.expected = Expected::Value;
                self.want_item();
            }
            _ => self.expected = Expected::Name,
        }
    }

    fn close_array(&mut self) -> Result<(), Trouble> {
        match self.open.pop() {
            Some(Open::PassedArray) => self.put(Value::Null, false),
            Some(Open::Array { mut items, tail, .. }) => {
                self.grow(CONTAINER)?;
                items.extend(tail.into_iter().map(|(item, _)| item));
                self.put(Value::array(items), true)
            }
            _ => Err(Trouble::Syntax("expected `,` or `}`")),
        }
    }

    fn close_object(&mut self) -> Result<(), Trouble> {
        match self.open.pop() {
            Some(Open::PassedObject { .. }) => self.put(Value::Null, false),
            Some(Open::Object { members, .. }) => {
                self.grow(CONTAINER)?;
                self.put(Value::object(members), true)
            }
            _ => Err(Trouble::Syntax("expected `,` or `]`")),
        }
    }

    fn take_token(&mut self, text: Text<'_>) -> Result<(), Trouble> {
        self.token = Token::None;
        if matches!(self.expected, Expected::Name | Expected::NameOrEnd) {
            return self.name(&text);
        }
        let wanted = self.next.is_some();
        let value = if wanted { text.value().map_err(Trouble::Syntax)? } else { Value::Null };
        if let Value::String(text) = &value {
            self.grow(TEXT + text.len())?;
        }
        self.put(value, wanted)
    }

    fn name(&mut self, text: &Text<'_>) -> Result<(), Trouble> {
        self.expected = Expected::Colon;
        let most = self.limits.members;
        let count = match self.open.last_mut() {
            Some(Open::PassedObject { members: count } | Open::Object { count, .. }) => count,
            _ => unreachable!("names stand in objects"),
        };
        *count += 1;
        if *count > most {
            return Err(Trouble::Limit(format!("one of its objects has more than {most} members")));
        }
        self.next = None;
        let Some(Open::Object { wanted, noted, name, .. }) = self.open.last_mut() else { return Ok(()) };
        let text = text.name().map_err(Trouble::Syntax)?;
        self.next = wanted.of_member(&text);
        let note = self.next.is_none() && *noted < NOTED.0 && self.noted < NOTED.1;
        *noted += usize::from(note);
        self.noted += usize::from(note);
        // A member that nobody wants is noted with `null`, which nobody will look at.
        *name = (self.next.is_some() || note).then(|| Arc::from(&*text));
        let length = name.as_ref().map_or(0, |name| name.len());
        self.grow(length)
    }

    /// Puts a finished value into what is open.
    fn put(&mut self, value: Value, wanted: bool) -> Result<(), Trouble> {
        self.expected = Expected::CommaOrEnd;
        match self.open.last_mut() {
            None => {
                self.document = value;
                self.expected = Expected::Nothing;
                Ok(())
            }
            Some(Open::PassedArray | Open::PassedObject { .. }) => Ok(()),
            Some(Open::Array { wanted: part, count, items, tail, before }) => {
                *count += 1;
                let cost = self.memory - *before + ITEM;
                if part.keeps_from_front(items.len()) {
                    items.push(value);
                    return self.grow(ITEM);
                }
                // Positions from both ends stay right when those in the middle go.
                self.memory = *before;
                if part.tail > 0 {
                    let gone = if tail.len() == part.tail { tail.pop_front() } else { None };
                    self.memory -= gone.map_or(0, |(_, cost)| cost);
                    tail.push_back((value, cost));
                    self.grow(cost)?;
                }
                Ok(())
            }
            Some(Open::Object { members, name, .. }) => match name.take() {
                Some(name) => {
                    // Two of one name: the last counts, as everywhere.
                    members.insert(name, value);
                    self.grow(if wanted { MEMBER } else { 0 })
                }
                None => Ok(()),
            },
        }
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Trouble> {
        self.memory += bytes;
        self.afford(self.token.held())
    }

    fn afford(&self, more: usize) -> Result<(), Trouble> {
        if self.memory + more > self.limits.memory {
            let most = self.limits.memory / 1024 / 1024;
            return Err(Trouble::Limit(format!("what is used of it takes more than {most} MiB of memory")));
        }
        Ok(())
    }
}

/// About what a member takes besides its name and its value.
pub(super) const MEMBER: usize = 120;

/// About what an array or object takes besides what is in it.
pub(super) const CONTAINER: usize = 96;

/// About what an item takes besides its value: a list that grows has room for as many again.
pub(super) const ITEM: usize = 2 * size_of::<Value>();

/// About what a text takes besides its bytes.
pub(super) const TEXT: usize = 16;

/// Why the reading ends.
enum Trouble {
    Syntax(&'static str),
    Limit(String),
}
