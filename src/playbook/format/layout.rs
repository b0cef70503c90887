//! The tokens with the white space that belongs between them.
//!
//! Lines begin and end where they did. Within brackets, the items of other lines stand below the first one if that
//! stands behind its bracket, and else two columns deeper than the bracket's line.

use super::block;
use super::scan::Kind;
use super::space;
use super::tokens::Token;

/// The text as it is to be.
pub(super) fn lay_out(text: &str, tokens: &[Token]) -> String {
    let page = Page { text, written: String::with_capacity(text.len() + text.len() / 8), ..Page::default() };
    let mut page = page;
    for index in 0..tokens.len() {
        page.put(tokens, index);
    }
    if !page.written.is_empty() {
        page.written.push('\n');
    }
    page.written
}

/// Where the lines within a pair of brackets begin.
#[derive(Clone, Copy)]
struct Bracket {
    items: usize,
    close: usize,
}

#[derive(Default)]
struct Page<'t> {
    text: &'t str,
    written: String,
    /// Columns of the line that is being written.
    column: usize,
    /// How far that line is indented.
    indent: usize,
    /// How much further that is than it was.
    moved: isize,
    brackets: Vec<Bracket>,
    /// Whether the last token that is no comment begins an item: a bracket or a comma.
    begins_item: bool,
}

impl Page<'_> {
    fn put(&mut self, tokens: &[Token], index: usize) {
        let token = &tokens[index];
        let before = index.checked_sub(1).map(|index| &tokens[index]);
        let gap = &self.text[before.map_or(0, |before| before.range.end)..token.range.start];
        if token.kind == Kind::BlockBody {
            return self.put_body(tokens, index);
        }
        let breaks = memchr::memchr_iter(b'\n', gap.as_bytes()).count();
        match before {
            Some(before) if breaks == 0 => self.blanks(space::between(self.text, before, token, gap)),
            _ => {
                self.written += if before.is_none() { "" } else { &"\n\n"[..breaks.min(2)] };
                let column = self.line_column(token);
                (self.column, self.indent) = (0, column);
                self.moved = column as isize - token.indent as isize;
                self.blanks(column);
            }
        }
        match token.kind {
            Kind::Open => {
                let bracket = self.bracket(tokens, index);
                self.brackets.push(bracket);
            }
            Kind::Close => drop(self.brackets.pop()),
            _ => {}
        }
        if token.kind != Kind::Comment {
            self.begins_item = matches!(token.kind, Kind::Open | Kind::Comma);
        }
        self.write(token);
    }

    /// The column of a token that begins a line.
    fn line_column(&self, token: &Token) -> usize {
        match (self.brackets.last(), token.kind) {
            (None, _) => token.column,
            (Some(bracket), Kind::Close) => bracket.close,
            (Some(bracket), Kind::Comment | Kind::Comma) => bracket.items,
            (Some(bracket), _) if self.begins_item => bracket.items,
            (Some(bracket), _) => bracket.items + 2,
        }
    }

    /// Where the lines inside a bracket begin that is about to be written.
    fn bracket(&self, tokens: &[Token], index: usize) -> Bracket {
        let token = &tokens[index];
        let first = tokens[index + 1..].iter().find(|token| token.kind != Kind::Comment);
        let hangs = first.is_some_and(|first| self.text[token.range.end..first.range.start].contains('\n'));
        if hangs {
            // YAML wants all of it deeper than the key, the closing bracket too.
            let base = if self.brackets.is_empty() { token.inside } else { self.indent.max(token.inside) };
            return Bracket { items: base + 2, close: base };
        }
        let brace = self.text.as_bytes()[token.range.start] == b'{';
        Bracket { items: self.column + 1 + usize::from(brace), close: self.column }
    }

    fn write(&mut self, token: &Token) {
        let text = &self.text[token.range.clone()];
        match token.kind {
            Kind::BlockHeader if token.inside > 0 => {
                let header = block::header(text);
                self.words(&header);
            }
            Kind::SingleQuoted if !token.is_key && wants_double_quotes(text) => {
                let inner = text[1..text.len() - 1].replace("''", "'");
                self.words(&format!("\"{inner}\""));
            }
            Kind::Plain | Kind::SingleQuoted | Kind::DoubleQuoted if text.contains('\n') => {
                let text = block::continued(text, token.kind, self.moved, token.inside);
                self.written += &text;
                self.column = text.rsplit('\n').next().unwrap_or_default().chars().count();
            }
            _ => self.words(text),
        }
    }

    fn put_body(&mut self, tokens: &[Token], index: usize) {
        let token = &tokens[index];
        let lines = &self.text[token.range.clone()];
        let header = tokens[..index].iter().rev().find(|token| token.kind == Kind::BlockHeader);
        let header = header.map_or("", |header| &self.text[header.range.clone()]);
        self.written.push('\n');
        if token.inside == 0 {
            self.written += lines;
        } else {
            self.written += &block::indented(lines, header, token.indent, token.inside);
        }
        self.column = 0;
    }

    fn words(&mut self, text: &str) {
        self.written += text;
        self.column += text.chars().count();
    }

    fn blanks(&mut self, count: usize) {
        self.written.extend(std::iter::repeat_n(' ', count));
        self.column += count;
    }
}

/// Whether a text in single quotes holds a template and can stand in double quotes as it is.
fn wants_double_quotes(text: &str) -> bool {
    text.contains("{{") && !text.contains(['"', '\\', '\n'])
}
