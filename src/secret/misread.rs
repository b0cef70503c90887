//! A text as it looks after somebody has read or written it in the wrong encoding, as servers do.

use super::SHORTEST;

/// What Windows-1252 has from 0x80 on, where Latin-1 has control characters; those that it lacks stay as they are.
const WINDOWS_1252: &[char; 32] = &[
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text with its UTF-8 read as Latin-1 and as Windows-1252; with `U+FFFD` or `?` for what was not understood.
/// Nothing for ASCII, which looks the same in all of them.
pub(super) fn misread(text: &str) -> Vec<String> {
    if text.is_ascii() {
        return Vec::new();
    }
    let windows = |byte: u8| match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        byte => char::from(byte),
    };
    let lost = |sign: char| text.chars().map(move |character| if character.is_ascii() { character } else { sign });
    let mut forms = vec![text.bytes().map(char::from).collect(), text.bytes().map(windows).collect()];
    // Question marks alone are met everywhere.
    if text.bytes().filter(u8::is_ascii_alphanumeric).count() >= SHORTEST {
        forms.extend([lost(char::REPLACEMENT_CHARACTER).collect(), lost('?').collect()]);
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_misread_as_servers_do() {
        assert_eq!(misread("w\u{f6}rds"), ["w\u{c3}\u{b6}rds", "w\u{c3}\u{b6}rds", "w\u{fffd}rds", "w?rds"]);
        assert_eq!(misread("5€")[..2], ["5\u{e2}\u{82}\u{ac}", "5â‚¬"]);
        assert_eq!(misread("\u{f6}\u{f6}\u{f6}\u{f6}").len(), 2);
        assert_eq!(misread("word"), [""; 0]);
    }
}
