//! How the tokens nest: the open collections, the columns that follow from them, and where comments belong.

use super::scan::Kind;
use super::tokens::Token;

/// A collection that is not closed yet.
pub(super) struct Collection {
    block: bool,
    is_mapping: bool,
    /// Whether it stands in brackets of its own; a single pair in a list need not.
    bracket: bool,
    /// The column it had.
    old: usize,
    expects_key: bool,
    /// The values that stand on the line of their key.
    beside: Vec<Beside>,
}

/// A value on the line of its key.
struct Beside {
    token: usize,
    /// Columns from the beginning of the key to that of the value.
    width: usize,
    /// Columns between the colon and the value.
    gap: usize,
}

impl Collection {
    pub fn new(block: bool, is_mapping: bool, bracket: bool, old: usize) -> Self {
        Collection { block, is_mapping, bracket, old, expects_key: is_mapping, beside: Vec::new() }
    }
}

/// Where the cutting stands.
#[derive(Default)]
pub(super) struct Shape {
    open: Vec<Collection>,
    /// Open block collections.
    depth: usize,
    /// Open brackets.
    pub flow: usize,
    /// Old and new columns of the block collections that ended since the last token, the innermost first.
    closed: Vec<(usize, usize)>,
    /// Comments on lines of their own that wait for the token that follows.
    waiting: Vec<usize>,
    /// The last token that is no comment, and how many block collections were open at it.
    last: Option<(Kind, usize)>,
    /// The beginning of a key, and the end of the colon behind it, if that was the last token.
    colon: Option<(usize, usize)>,
}

impl Shape {
    pub fn expects_key(&self) -> bool {
        self.open.last().is_some_and(|collection| collection.expects_key)
    }

    pub fn in_brackets(&self) -> bool {
        self.open.last().is_some_and(|collection| collection.bracket)
    }

    pub fn in_block_list(&self) -> bool {
        self.open.last().is_some_and(|collection| collection.block && !collection.is_mapping)
    }

    /// The column that the innermost block collection had.
    pub fn parent_column(&self) -> usize {
        self.open.iter().rev().find(|collection| collection.block).map_or(0, |collection| collection.old)
    }

    /// The column of a token that begins a line outside of brackets.
    pub fn column(&self, kind: Kind) -> usize {
        let entry = matches!(kind, Kind::Dash | Kind::Question | Kind::Colon) || self.flow == 0 && self.expects_key();
        match kind {
            Kind::Marker => 0,
            _ if entry => 2 * self.depth.saturating_sub(1),
            _ => self.inside(),
        }
    }

    /// The column of values on lines of their own in the innermost block collection.
    pub fn inside(&self) -> usize {
        2 * self.depth
    }

    pub fn open(&mut self, collection: Collection) {
        self.depth += usize::from(collection.block);
        self.open.push(collection);
    }

    pub fn close(&mut self, tokens: &mut [Token]) {
        let Some(collection) = self.open.pop() else { return };
        if collection.block {
            self.closed.push((collection.old, 2 * (self.depth - 1)));
            self.depth -= 1;
        }
        let beside = &collection.beside;
        for (index, one) in beside.iter().enumerate() {
            let lines_up = |other: Option<&Beside>| other.is_some_and(|other| other.width == one.width);
            let before = index.checked_sub(1).and_then(|index| beside.get(index));
            if one.gap > 1 && (lines_up(before) || lines_up(beside.get(index + 1))) {
                tokens[one.token].aligned = Some(one.gap);
            }
        }
    }

    /// Notes that a node has ended: in a mapping, key and value take turns.
    pub fn ended_node(&mut self) {
        if let Some(collection) = self.open.last_mut().filter(|collection| collection.is_mapping) {
            collection.expects_key = !collection.expects_key;
        }
    }

    /// Adds a token.
    pub fn took(&mut self, text: &str, token: Token, begins_line: bool, tokens: &mut Vec<Token>) {
        if token.kind == Kind::Comment {
            if begins_line && self.flow == 0 {
                self.waiting.push(tokens.len());
            }
            tokens.push(token);
            return;
        }
        self.place_comments(tokens, token.indent, token.column);
        self.note_key_and_value(text, &token, begins_line, tokens);
        self.closed.clear();
        self.last = Some((token.kind, self.depth));
        tokens.push(token);
    }

    fn note_key_and_value(&mut self, text: &str, token: &Token, begins_line: bool, tokens: &[Token]) {
        if let Some((key, colon)) = self.colon.take()
            && !begins_line
            && let Some(collection) = self.open.last_mut()
        {
            let width = text[key..token.range.start].chars().count();
            let gap = text[colon..token.range.start].chars().count();
            collection.beside.push(Beside { token: tokens.len(), width, gap });
        }
        if token.kind != Kind::Colon || self.flow > 0 {
            return;
        }
        let mut before = tokens.iter().rev();
        let key = before.next().filter(|key| is_plain_key(key, token));
        if before.next().is_none_or(|before| !matches!(before.kind, Kind::Property | Kind::Question)) {
            self.colon = key.map(|key| (key.range.start, token.range.end));
        }
    }

    /// Gives the comments before a token their columns; `old` and `new` are the token's own.
    pub fn place_comments(&mut self, tokens: &mut [Token], old: usize, new: usize) {
        let deeper = self.last.is_none_or(|(_, depth)| self.depth > depth) || new == self.inside() && self.depth > 0;
        for comment in std::mem::take(&mut self.waiting) {
            let column = tokens[comment].indent;
            tokens[comment].column = if deeper || column <= old { new } else { self.home(column).unwrap_or(new) };
        }
    }

    /// The new column of a comment that stands deeper than what follows: that of the innermost collection around the
    /// last token that it stands in or behind.
    fn home(&self, column: usize) -> Option<usize> {
        let open = self.open.iter().rev().filter(|collection| collection.block).enumerate();
        let open = open.map(|(above, collection)| (collection.old, 2 * (self.depth - 1 - above)));
        let mut around = self.closed.iter().copied().chain(open);
        if let Some((Kind::Colon | Kind::Dash | Kind::Property, depth)) = self.last {
            let innermost = around.clone().next()?;
            if column > innermost.0 {
                // What the comment stands in is a value that was left out.
                return Some(2 * depth);
            }
        }
        around.find(|(old, _)| *old <= column).map(|(_, new)| new)
    }
}

/// Whether a token is a key on one line, with its colon right behind it.
fn is_plain_key(key: &Token, colon: &Token) -> bool {
    let scalar = matches!(key.kind, Kind::Plain | Kind::SingleQuoted | Kind::DoubleQuoted);
    scalar && key.is_key && key.flow == 0 && key.range.end == colon.range.start
}
