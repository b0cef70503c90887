//! Texts as they were before somebody escaped them: percent-encoding, JSON and its relatives, HTML, shells.
//!
//! A secret is sought in these too, so that it does not matter which characters a writer escapes, and how. Nothing
//! here knows secrets; an escape that is none stays as it is.

use std::ops::Range;

use super::entities;

/// A way of escaping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escaping {
    /// `%41` (RFC 3986).
    Percent,
    /// The same, and `+` for a space, as HTML forms have it.
    Form,
    /// `\"`, `\/`, `\u0041` and `\u{41}`, `\x41`: JSON, JavaScript, Python, Rust.
    Backslash,
    /// `&amp;`, `&#65;`, `&#x41;`.
    Html,
    /// `'\''` and `'"'"'` for a `'`: a command line in single quotes.
    Shell,
}

impl Escaping {
    /// The character that each escape begins with.
    fn sign(self) -> u8 {
        match self {
            Escaping::Percent | Escaping::Form => b'%',
            Escaping::Backslash => b'\\',
            Escaping::Html => b'&',
            Escaping::Shell => b'\'',
        }
    }

    fn next(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Escaping::Form => memchr::memchr2(b'%', b'+', bytes),
            _ => memchr::memchr(self.sign(), bytes),
        }
    }

    /// What the escape at the beginning stands for, and its length.
    fn read(self, bytes: &[u8]) -> Option<(Meant, usize)> {
        match self {
            Escaping::Form if bytes[0] == b'+' => Some((Meant::Byte(b' '), 1)),
            Escaping::Percent | Escaping::Form => {
                let code = hexadecimal(bytes.get(1..3)?)?;
                Some((Meant::Byte(u8::try_from(code).ok()?), 3))
            }
            Escaping::Backslash => backslash(bytes),
            Escaping::Html => {
                let end = memchr::memchr(b';', &bytes[..bytes.len().min(entities::LONGEST)])?;
                Some((Meant::Character(entities::meant(&bytes[1..end])?), end + 1))
            }
            Escaping::Shell => {
                let escape = [&br"'\''"[..], br#"'"'"'"#].into_iter().find(|escape| bytes.starts_with(escape))?;
                Some((Meant::Byte(b'\''), escape.len()))
            }
        }
    }
}

enum Meant {
    Byte(u8),
    Character(char),
}

fn backslash(bytes: &[u8]) -> Option<(Meant, usize)> {
    let simple = |byte| Some((Meant::Byte(byte), 2));
    match bytes.get(1)? {
        b'n' => simple(b'\n'),
        b'r' => simple(b'\r'),
        b't' => simple(b'\t'),
        b'b' => simple(0x8),
        b'f' => simple(0xc),
        b'x' => Some((Meant::Byte(u8::try_from(hexadecimal(bytes.get(2..4)?)?).ok()?), 4)),
        b'u' if bytes.get(2) == Some(&b'{') => {
            let end = memchr::memchr(b'}', &bytes[..bytes.len().min(11)])?;
            Some((Meant::Character(char::from_u32(hexadecimal(&bytes[3..end])?)?), end + 1))
        }
        b'u' => {
            let unit = |at: usize| Some(hexadecimal(bytes.get(at..at + 4)?)? as u16);
            let first = unit(2)?;
            if let Some(Ok(character)) = char::decode_utf16([first]).next() {
                return Some((Meant::Character(character), 6));
            }
            let second = bytes.get(6..8).filter(|lead| lead == b"\\u").and_then(|_| unit(8))?;
            Some((Meant::Character(char::decode_utf16([first, second]).next()?.ok()?), 12))
        }
        other @ (b'"' | b'\'' | b'\\' | b'/' | b'`' | b'$') => simple(*other),
        _ => None,
    }
}

fn hexadecimal(digits: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u32::from_str_radix(text, 16).ok()
}

/// A text without its escapes.
#[derive(Default)]
pub(super) struct Unescaped {
    pub(super) bytes: Vec<u8>,
    /// Where in `bytes` and where in the escaped text an escape stands, in order.
    escapes: Vec<(Range<usize>, Range<usize>)>,
}

impl Unescaped {
    /// Takes the escapes out; `None` where there are none.
    pub(super) fn new(escaping: Escaping, written: &[u8]) -> Option<Self> {
        let mut unescaped = Unescaped::default();
        let (mut done, mut at) = (0, 0);
        while let Some(skipped) = escaping.next(&written[at..]) {
            at += skipped;
            let Some((meant, length)) = escaping.read(&written[at..]) else {
                at += 1;
                continue;
            };
            unescaped.bytes.extend_from_slice(&written[done..at]);
            let start = unescaped.bytes.len();
            match meant {
                Meant::Byte(byte) => unescaped.bytes.push(byte),
                Meant::Character(character) => {
                    unescaped.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            unescaped.escapes.push((start..unescaped.bytes.len(), at..at + length));
            at += length;
            done = at;
        }
        if unescaped.escapes.is_empty() {
            return None;
        }
        unescaped.bytes.extend_from_slice(&written[done..]);
        Some(unescaped)
    }

    /// Begins a part that has nothing to do with the one before it.
    pub(super) fn part(&mut self) {
        self.bytes.push(b'\n');
    }

    /// Goes on with bytes, and what they are written as.
    pub(super) fn push(&mut self, bytes: &[u8], written: Range<usize>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.escapes.push((start..self.bytes.len(), written));
    }

    /// Where in the escaped text a range stands; escapes belong to it whole.
    pub(super) fn written(&self, range: &Range<usize>) -> Range<usize> {
        let last = self.byte(range.end.saturating_sub(1).max(range.start));
        self.byte(range.start).start..last.end
    }

    fn byte(&self, at: usize) -> Range<usize> {
        let before = self.escapes.partition_point(|(plain, _)| plain.start <= at);
        match before.checked_sub(1).map(|index| &self.escapes[index]) {
            None => at..at + 1,
            Some((plain, written)) if at < plain.end => written.clone(),
            Some((plain, written)) => {
                let at = written.end + (at - plain.end);
                at..at + 1
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(escaping: Escaping, written: &str) -> Option<String> {
        Unescaped::new(escaping, written.as_bytes()).map(|unescaped| String::from_utf8_lossy(&unescaped.bytes).into())
    }

    #[test]
    fn each_way_of_escaping_is_read() {
        let read = |escaping, written| plain(escaping, written).expect("there are escapes");
        assert_eq!(read(Escaping::Percent, "a%26b%c3%A4+%zz%"), "a&bä+%zz%");
        assert_eq!(read(Escaping::Form, "a+b%2b"), "a b+");
        assert_eq!(read(Escaping::Backslash, r#"\"\/\\\u00e4\ud83d\ude00\u{e4}\x41\q\ud83d"#), r#""/\ä😀äA\q\ud83d"#);
        assert_eq!(read(Escaping::Html, "&amp;&#39;&#x3C;&auml;&lpar;&nonsense;&"), "&'<ä(&nonsense;&");
        assert_eq!(read(Escaping::Shell, r#"a'\''b'"'"'c"#), "a'b'c");
        assert_eq!(plain(Escaping::Html, "a=1&b=2"), None);
    }

    #[test]
    fn a_place_is_found_again_in_the_escaped_text() {
        let written = b"x%41%c3%a4y%42z";
        let unescaped = Unescaped::new(Escaping::Percent, written).expect("there are escapes");
        let found = |text: &str| {
            let at = memchr::memmem::find(&unescaped.bytes, text.as_bytes()).expect("it is there");
            std::str::from_utf8(&written[unescaped.written(&(at..at + text.len()))]).expect("text")
        };
        assert_eq!((found("x"), found("A"), found("ä"), found("yB"), found("z")), ("x", "%41", "%c3%a4", "y%42", "z"));
        assert_eq!(found("xAäyBz"), "x%41%c3%a4y%42z");
    }
}
