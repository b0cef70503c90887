//! One token of JSON text, which may come in pieces: a string, a number, a word.
//!
//! A token that nobody wants is checked and forgotten byte by byte; of one that is wanted the text is collected, and
//! only where it does not lie in one piece.

use std::borrow::Cow;

use super::{Number, Value};

/// Longer numbers are refused: nothing that means a number is as long.
const LONGEST_NUMBER: usize = 4096;

/// A token of which the end has not been seen.
#[derive(Debug)]
pub(super) enum Token {
    /// None is begun.
    None,
    String {
        /// What earlier pieces had of it.
        text: Vec<u8>,
        escape: Escape,
        /// Whether there is any escape in it.
        escaped: bool,
    },
    /// A number or a word, up to the first byte that cannot be in one.
    Plain { text: Vec<u8>, number: bool },
}

/// Where in an escape a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    Outside,
    Begun,
    /// So many hexadecimal digits are missing.
    Digits(u8),
}

/// A whole token.
#[derive(Debug)]
pub(super) enum Text<'a> {
    /// What stands between the quotes.
    String {
        text: Cow<'a, [u8]>,
        escaped: bool,
    },
    Number(Cow<'a, [u8]>),
    True,
    False,
    Null,
}

impl Token {
    /// A string, behind its opening quote.
    pub(super) fn string() -> Self {
        Token::String { text: Vec::new(), escape: Escape::Outside, escaped: false }
    }

    /// What begins with that byte, if something does.
    pub(super) fn beginning(byte: u8) -> Option<Self> {
        let plain = |number| Token::Plain { text: Vec::new(), number };
        match byte {
            b'-' | b'0'..=b'9' => Some(plain(true)),
            b't' | b'f' | b'n' => Some(plain(false)),
            _ => None,
        }
    }

    /// Reads on in a piece; the token, if it ends here. The text is complete only where it is wanted.
    pub(super) fn read<'a>(
        &mut self,
        piece: &'a [u8],
        at: &mut usize,
        wanted: bool,
    ) -> Result<Option<Text<'a>>, &'static str> {
        let start = *at;
        match self {
            Token::None => Ok(None),
            Token::String { text, escape, escaped } => {
                let ended = read_string(piece, at, escape, escaped)?;
                let here = if wanted { &piece[start..*at - usize::from(ended)] } else { &[] };
                if !ended {
                    text.extend_from_slice(here);
                    return Ok(None);
                }
                Ok(Some(Text::String { text: joined(text, here), escaped: *escaped }))
            }
            Token::Plain { text, number } => {
                let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                let length = piece[start..].iter().take_while(|byte| goes_on(byte)).count();
                *at = start + length;
                if text.len() + length > LONGEST_NUMBER {
                    return Err("a number of more than 4096 digits");
                }
                if *at == piece.len() {
                    text.extend_from_slice(&piece[start..]);
                    return Ok(None);
                }
                let number = *number;
                plain(joined(text, &piece[start..*at]), number).map(Some)
            }
        }
    }

    /// How many bytes of it are held.
    pub(super) fn held(&self) -> usize {
        match self {
            Token::None => 0,
            Token::String { text, .. } | Token::Plain { text, .. } => text.len(),
        }
    }

    /// The end of the document: a number or a word may end here.
    pub(super) fn end(&mut self) -> Result<Option<Text<'static>>, &'static str> {
        match std::mem::replace(self, Token::None) {
            Token::None => Ok(None),
            Token::String { .. } => Err("it ends in the middle of a string"),
            Token::Plain { text, number } => plain(Cow::Owned(text), number).map(Some),
        }
    }
}

fn joined<'a>(before: &mut Vec<u8>, here: &'a [u8]) -> Cow<'a, [u8]> {
    if before.is_empty() {
        return Cow::Borrowed(here);
    }
    before.extend_from_slice(here);
    Cow::Owned(std::mem::take(before))
}

/// Reads on in a string; whether it ended, with `at` behind the quote.
fn read_string(piece: &[u8], at: &mut usize, escape: &mut Escape, escaped: &mut bool) -> Result<bool, &'static str> {
    while let Some(byte) = piece.get(*at) {
        match (*escape, byte) {
            (Escape::Outside, _) => {
                let plain = piece[*at..].iter().position(|byte| SPECIAL[usize::from(*byte)]);
                let Some(plain) = plain else {
                    *at = piece.len();
                    return Ok(false);
                };
                *at += plain;
                match piece[*at] {
                    b'"' => {
                        *at += 1;
                        return Ok(true);
                    }
                    b'\\' => (*escape, *escaped) = (Escape::Begun, true),
                    _ => return Err("a control character in a string"),
                }
            }
            (Escape::Begun, b'u') => *escape = Escape::Digits(4),
            (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => *escape = Escape::Outside,
            (Escape::Digits(1), byte) if byte.is_ascii_hexdigit() => *escape = Escape::Outside,
            (Escape::Digits(left), byte) if byte.is_ascii_hexdigit() => *escape = Escape::Digits(left - 1),
            _ => return Err("an escape that JSON does not have"),
        }
        *at += 1;
    }
    Ok(false)
}

/// The bytes at which a string does not simply go on.
static SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 32 {
        special[byte] = true;
        byte += 1;
    }
    special[b'"' as usize] = true;
    special[b'\\' as usize] = true;
    special
};

fn plain(text: Cow<'_, [u8]>, number: bool) -> Result<Text<'_>, &'static str> {
    match &*text {
        _ if number => is_number(&text).then_some(Text::Number(text)).ok_or("not a number"),
        b"true" => Ok(Text::True),
        b"false" => Ok(Text::False),
        b"null" => Ok(Text::Null),
        _ => Err("expected `true`, `false` or `null`"),
    }
}

/// RFC 8259, section 6.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let integer = if rest.first() == Some(&b'0') { 1 } else { digits(rest) };
    rest = &rest[integer..];
    if integer == 0 {
        return false;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or(exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        if count == 0 {
            return false;
        }
        rest = &exponent[count..];
    }
    rest.is_empty()
}

impl Text<'_> {
    /// The value.
    pub(super) fn value(self) -> Result<Value, &'static str> {
        Ok(match self {
            Text::True => Value::Bool(true),
            Text::False => Value::Bool(false),
            Text::Null => Value::Null,
            Text::Number(text) => {
                let number: Number = serde_json::from_slice(&text).map_err(|_| "a number out of range")?;
                Value::Number(number)
            }
            Text::String { .. } => Value::String(self.name()?.as_ref().into()),
        })
    }

    /// The text of a string.
    pub(super) fn name(&self) -> Result<Cow<'_, str>, &'static str> {
        let Text::String { text, escaped } = self else { return Ok(Cow::Borrowed("")) };
        let plain = std::str::from_utf8(text).map_err(|_| "a string that is not UTF-8")?;
        if !escaped {
            return Ok(Cow::Borrowed(plain));
        }
        let quoted = format!("\"{plain}\"");
        serde_json::from_str(&quoted).map(Cow::Owned).map_err(|_| "half of a surrogate pair in a string")
    }
}
