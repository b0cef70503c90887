//! A text as it looks after somebody has read or written it in the wrong encoding, as servers do.

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
    vec![
        text.bytes().map(char::from).collect(),
        text.bytes().map(windows).collect(),
        lost(char::REPLACEMENT_CHARACTER).collect(),
        lost('?').collect(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_misread_as_servers_do() {
        assert_eq!(misread("w\u{f6}rd"), ["w\u{c3}\u{b6}rd", "w\u{c3}\u{b6}rd", "w\u{fffd}rd", "w?rd"]);
        assert_eq!(misread("5€")[..2], ["5\u{e2}\u{82}\u{ac}", "5â‚¬"]);
        assert_eq!(misread("word"), [""; 0]);
    }
}
