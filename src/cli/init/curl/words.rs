//! A command line as a POSIX shell reads it, with `$'…'`: words, with a mark for each variable.
//!
//! Nothing is run or expanded. A variable becomes one character of a private plane, so that all later reading (URLs,
//! JSON, forms) goes on with plain text; [`marks`] finds them again.

/// A variable of the shell: `$NAME`, `${NAME}`, or with a default `${NAME:-value}`. Also what documentation writes as
/// `<name>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) default: Option<String>,
    /// Whether the environment has it; not so for a placeholder.
    pub(super) in_environment: bool,
    /// Whether it stands for a secret that was written out.
    pub(super) is_secret: bool,
}

/// The words of one command.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    pub(super) words: Vec<String>,
    pub(super) variables: Vec<Variable>,
    /// What is to be told of the reading.
    pub(super) remarks: Vec<String>,
}

impl Words {
    /// Puts a variable wherever a secret stands, which is in an input of that name.
    pub(super) fn hide(&mut self, name: &str, secret: &str) {
        let Some(mark) =
            u32::try_from(self.variables.len()).ok().and_then(|number| char::from_u32(FIRST_MARK + number))
        else {
            return;
        };
        self.variables.push(Variable { name: name.to_owned(), default: None, in_environment: true, is_secret: true });
        self.words.iter_mut().for_each(|word| *word = word.replace(secret, mark.encode_utf8(&mut [0; 4])));
    }
}

/// Why a command is not understood, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) help: String,
}

pub(super) fn refusal(message: impl Into<String>, help: impl Into<String>) -> Refusal {
    Refusal { message: message.into(), help: help.into() }
}

/// The first character that stands for a variable.
const FIRST_MARK: u32 = 0xF_0000;

/// The number of the variable that a character stands for.
pub(super) fn mark(letter: char) -> Option<usize> {
    (u32::from(letter) >= FIRST_MARK).then(|| (u32::from(letter) - FIRST_MARK) as usize)
}

/// Reads a command as a shell would.
pub(super) fn split(command: &str) -> Result<Words, Refusal> {
    if command.chars().any(|letter| mark(letter).is_some()) {
        return Err(refusal("the command has characters of a private plane of Unicode", "remove them"));
    }
    if command.contains("^\"") {
        let help = "copy it once more, as it is for a POSIX shell: \"Copy as cURL (bash)\"";
        return Err(refusal("the command is written for the command prompt of Windows", help));
    }
    let mut reader = Reader { letters: command.chars().collect(), at: 0, word: None, made: Words::default() };
    reader.read()?;
    Ok(reader.made)
}

struct Reader {
    letters: Vec<char>,
    at: usize,
    /// The word under way; an empty one where quotes hold nothing.
    word: Option<String>,
    made: Words,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn take(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn put(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    fn end_word(&mut self) {
        self.made.words.extend(self.word.take());
    }

    fn read(&mut self) -> Result<(), Refusal> {
        while let Some(letter) = self.take() {
            match letter {
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' => {
                    self.end_word();
                    if !self.made.words.is_empty() && self.rest_has_text() {
                        self.leave_out("the line break that ends the command");
                        return Ok(());
                    }
                }
                '\\' => self.escaped(),
                '\'' => self.single_quoted()?,
                '"' => self.double_quoted()?,
                '`' => return Err(substitution("`…`")),
                '$' => self.dollar(false)?,
                '#' if self.word.is_none() => self.skip_line(),
                '<' if self.placeholder() => {}
                '&' if self.glued() => {
                    self.put('&');
                    let told =
                        "`&` outside of quotes is taken as a part of the URL; a shell would end the command there";
                    self.made.remarks.push(told.to_owned());
                }
                '|' | ';' | '&' | '<' | '>' | '(' | ')' => {
                    self.end_word();
                    self.leave_out(&format!("`{letter}`"));
                    return Ok(());
                }
                letter => self.put(letter),
            }
        }
        self.end_word();
        Ok(())
    }

    fn rest_has_text(&self) -> bool {
        self.letters[self.at..].iter().any(|letter| !letter.is_whitespace())
    }

    fn leave_out(&mut self, what: &str) {
        let rest: String = self.letters[self.at..].iter().collect();
        let first = rest.split_whitespace().next().unwrap_or_default();
        let looks_like_option = first.starts_with('-');
        let mut told = format!("what follows {what} is left out");
        if looks_like_option {
            told += ": is a `\\` missing at the end of the line before it?";
        }
        self.made.remarks.push(told);
    }

    fn escaped(&mut self) {
        match self.take() {
            Some('\n') | None => {}
            Some('\r') if self.peek() == Some('\n') => drop(self.take()),
            Some(letter) => self.put(letter),
        }
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|letter| letter != '\n') {
            self.at += 1;
        }
    }

    fn single_quoted(&mut self) -> Result<(), Refusal> {
        self.word.get_or_insert_default();
        loop {
            match self.take() {
                Some('\'') => return Ok(()),
                Some(letter) => self.put(letter),
                None => return Err(open_quote('\'')),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<(), Refusal> {
        self.word.get_or_insert_default();
        loop {
            match self.take() {
                Some('"') => return Ok(()),
                Some('\\') => match self.take() {
                    Some('\n') => {}
                    Some(letter @ ('"' | '\\' | '$' | '`')) => self.put(letter),
                    Some(letter) => {
                        self.put('\\');
                        self.put(letter);
                    }
                    None => return Err(open_quote('"')),
                },
                Some('$') => self.dollar(true)?,
                Some('`') => return Err(substitution("`…`")),
                Some(letter) => self.put(letter),
                None => return Err(open_quote('"')),
            }
        }
    }

    /// Behind a `$`.
    fn dollar(&mut self, in_quotes: bool) -> Result<(), Refusal> {
        match self.peek() {
            Some('\'') if !in_quotes => {
                self.at += 1;
                self.word.get_or_insert_default();
                self.ansi_quoted()
            }
            Some('(') => Err(substitution("$(…)")),
            Some('{') => self.braced(),
            Some(letter) if letter == '_' || letter.is_ascii_alphabetic() => {
                let start = self.at;
                while self.peek().is_some_and(is_name) {
                    self.at += 1;
                }
                let name = self.letters[start..self.at].iter().collect();
                self.variable(Variable { name, in_environment: true, ..Variable::default() });
                Ok(())
            }
            _ => {
                self.put('$');
                Ok(())
            }
        }
    }

    fn braced(&mut self) -> Result<(), Refusal> {
        let length = self.letters[self.at..].iter().position(|letter| *letter == '}');
        let Some(length) = length else {
            return Err(refusal("`${` is never closed", "add the `}` that ends the variable's name"));
        };
        let inside: String = self.letters[self.at + 1..self.at + length].iter().collect();
        self.at += length + 1;
        let end = inside.find(|letter| !is_name(letter)).unwrap_or(inside.len());
        let (name, operator) = inside.split_at(end);
        let default = match operator {
            "" => None,
            _ => match operator.strip_prefix(":-").or(operator.strip_prefix('-')) {
                Some(default) => Some(default.to_owned()),
                None => return Err(cannot_expand(&inside)),
            },
        };
        if name.is_empty() || name.starts_with(|letter: char| letter.is_ascii_digit()) {
            return Err(cannot_expand(&inside));
        }
        self.variable(Variable { name: name.to_owned(), default, in_environment: true, is_secret: false });
        Ok(())
    }

    fn variable(&mut self, variable: Variable) {
        let known = self.made.variables.iter().position(|one| *one == variable);
        let number = known.unwrap_or_else(|| {
            self.made.variables.push(variable);
            self.made.variables.len() - 1
        });
        self.put(char::from_u32(FIRST_MARK + number as u32).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    /// `<your-name>`, as documentation writes what a person has to put in.
    fn placeholder(&mut self) -> bool {
        let rest = &self.letters[self.at..];
        let Some(length) = rest.iter().position(|letter| *letter == '>') else { return false };
        let name: String = rest[..length].iter().collect();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_ .".contains(letter);
        if name.is_empty() || !name.chars().all(is_name) || name.starts_with(' ') {
            return false;
        }
        self.at += length + 1;
        self.variable(Variable { name, ..Variable::default() });
        true
    }

    /// Whether an `&` stands in the middle of a URL's query.
    fn glued(&self) -> bool {
        let before = self.word.as_ref().is_some_and(|word| word.contains('?'));
        before && self.peek().is_some_and(|letter| !letter.is_whitespace() && letter != '&')
    }

    /// Behind `$'`.
    fn ansi_quoted(&mut self) -> Result<(), Refusal> {
        loop {
            let letter = match self.take().ok_or_else(|| open_quote('\''))? {
                '\'' => return Ok(()),
                '\\' => match self.take().ok_or_else(|| open_quote('\''))? {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    'a' => '\u{7}',
                    'b' => '\u{8}',
                    'e' | 'E' => '\u{1b}',
                    'f' => '\u{c}',
                    'v' => '\u{b}',
                    'x' => self.code(16, 2),
                    'u' => self.code(16, 4),
                    'U' => self.code(16, 8),
                    '0'..='7' => {
                        self.at -= 1;
                        self.code(8, 3)
                    }
                    letter @ ('\\' | '\'' | '"' | '?') => letter,
                    letter => {
                        self.put('\\');
                        letter
                    }
                },
                letter => letter,
            };
            self.put(letter);
        }
    }

    fn code(&mut self, radix: u32, most: usize) -> char {
        let start = self.at;
        while self.at < start + most && self.peek().is_some_and(|letter| letter.is_digit(radix)) {
            self.at += 1;
        }
        let digits: String = self.letters[start..self.at].iter().collect();
        let code = u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32);
        code.filter(|letter| mark(*letter).is_none()).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}

fn is_name(letter: char) -> bool {
    letter == '_' || letter.is_ascii_alphanumeric()
}

fn open_quote(quote: char) -> Refusal {
    refusal(
        format!("a `{quote}` of the command is never closed"),
        "copy the whole command; in a shell it would wait for the closing quote as well",
    )
}

fn substitution(what: &str) -> Refusal {
    refusal(
        format!("the command runs another one by `{what}`"),
        "put a variable such as `$TOKEN` in its place; it becomes an input of the playbook",
    )
}

fn cannot_expand(inside: &str) -> Refusal {
    refusal(
        format!("`${{{inside}}}` is more than a variable"),
        "put a plain variable such as `$NAME` in its place; it becomes an input of the playbook",
    )
}
