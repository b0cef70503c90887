//! What stands in a text in base64 or hexadecimal, decoded: a secret that was encoded twice, or in a document that was
//! encoded as a whole.
//!
//! Only what is ASCII text then, as everything is that was escaped or encoded: what was encoded once is found by its
//! forms, wherever it begins. Nothing here knows secrets.

use std::ops::Range;

use super::escapes::Unescaped;

/// A way of writing bytes in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// With either alphabet (RFC 4648).
    Base64,
    Hexadecimal,
}

/// What is no digit.
const NONE: u8 = 0xff;
const BASE64: [u8; 256] =
    digits(&[(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0), (b"-_", 62)]);
const HEXADECIMAL: [u8; 256] = digits(&[(b"0123456789abcdef", 0), (b"ABCDEF", 10)]);

const fn digits(alphabets: &[(&[u8], u8)]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut alphabet = 0;
    while alphabet < alphabets.len() {
        let (signs, first) = alphabets[alphabet];
        let mut sign = 0;
        while sign < signs.len() {
            table[signs[sign] as usize] = first + sign as u8;
            sign += 1;
        }
        alphabet += 1;
    }
    table
}

/// For each digit, a bit for each place at which it may stand where what it stands for is printable.
const BASE64_SEED: [u16; 256] = {
    let mut seed = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let digit = BASE64[byte];
        if digit != NONE {
            let first = (8 <= digit && digit < 32) as u16;
            let second = (2 <= digit & 15 && digit & 15 < 8) as u16;
            let third = (digit & 2 == 0) as u16;
            seed[byte] = (first | second << 1 | third << 2 | 1 << 3) * 0x11;
        }
        byte += 1;
    }
    seed
};
const HEXADECIMAL_SEED: [u16; 256] = {
    let mut seed = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let digit = HEXADECIMAL[byte];
        if digit != NONE {
            seed[byte] = ((2 <= digit && digit < 8) as u16 | 2) * 0x5555;
        }
        byte += 1;
    }
    seed
};

impl Coding {
    /// The text that stands in digits; `None` where there is none.
    pub(super) fn decoded(self, written: &[u8]) -> Option<Unescaped> {
        let mut decoded = Unescaped::default();
        let mut from = 0;
        while let Some(start) = self.run(written, from) {
            from = self.decode(written, start, &mut decoded) + 1;
        }
        (!decoded.bytes.is_empty()).then_some(decoded)
    }

    fn table(self) -> &'static [u8; 256] {
        match self {
            Coding::Base64 => &BASE64,
            Coding::Hexadecimal => &HEXADECIMAL,
        }
    }

    /// The bits of a digit.
    fn bits(self) -> usize {
        let (digits, bytes) = self.group();
        8 * bytes / digits
    }

    /// How many digits and bytes are a group.
    fn group(self) -> (usize, usize) {
        match self {
            Coding::Base64 => (4, 3),
            Coding::Hexadecimal => (2, 1),
        }
    }

    /// So many digits in a row are looked at: a secret of six bytes in base64, encoded once more.
    fn shortest(self) -> usize {
        match self {
            Coding::Base64 => 11,
            Coding::Hexadecimal => 16,
        }
    }

    /// What each digit may be of the groups that text begins with: eight digits of base64, sixteen of hexadecimal.
    fn seed(self) -> (&'static [u16; 256], u16) {
        match self {
            Coding::Base64 => (&BASE64_SEED, 1 << 7),
            Coding::Hexadecimal => (&HEXADECIMAL_SEED, 1 << 15),
        }
    }

    /// Where the next digits begin that are so many without anything between them.
    fn run(self, text: &[u8], mut from: usize) -> Option<usize> {
        // Most of a text is skipped: it is looked at from the end of what would be long enough.
        loop {
            let window = text.get(from..from + self.shortest())?;
            match window.iter().rposition(|byte| !self.is_digit(*byte)) {
                Some(other) => from += other + 1,
                None => return Some(from),
            }
        }
    }

    fn is_digit(self, byte: u8) -> bool {
        self.table()[usize::from(byte)] != NONE
    }

    /// Decodes what is text in a run, wherever its groups begin: what stands before it may be made of digits too. Says
    /// where the run ends.
    fn decode(self, written: &[u8], start: usize, decoded: &mut Unescaped) -> usize {
        let (size, (seed, whole)) = (self.group().0, self.seed());
        // Which of its last digits may be the beginning of text: each bit is one that has begun so many digits ago.
        let mut begun = 0_u16;
        // How far each place has been decoded where groups may begin.
        let mut done = [0; 4];
        let mut at = start;
        while at < written.len() && self.is_digit(written[at]) {
            begun = (begun << 1 | 1) & seed[usize::from(written[at])];
            if begun & whole != 0 && done[at % size] <= at {
                done[at % size] = self.decode_around(written, start, at + 1, decoded);
            }
            at += 1;
        }
        at
    }

    /// Decodes the groups around the end of one as long as they are text, with what may be text in those beside them;
    /// says where that ends.
    fn decode_around(self, written: &[u8], first: usize, middle: usize, decoded: &mut Unescaped) -> usize {
        let (size, bytes) = self.group();
        let is_text = |group: &Range<usize>| self.bytes_of(&written[group.clone()])[..bytes].iter().all(is_text);
        let before = (1..).map(|count| count * size).take_while(|length| middle >= first + length);
        let start = before.map(|length| middle - length).find(|start| !is_text(&(*start..start + size)));
        let start = start.unwrap_or(first + (middle - first) % size);
        decoded.part();
        let mut at = start;
        loop {
            let digits = written[at..].iter().take(size).take_while(|byte| self.is_digit(**byte));
            let group = at..at + digits.count();
            if group.is_empty() {
                return at;
            }
            // The last group may lack digits, and has fewer bytes then.
            decoded.push(&self.bytes_of(&written[group.clone()])[..group.len() * self.bits() / 8], group.clone());
            at = group.end;
            if group.len() < size || at > middle && !is_text(&group) {
                return at;
            }
        }
    }

    /// What a group stands for, at the beginning.
    fn bytes_of(self, group: &[u8]) -> [u8; 4] {
        let digits = group.iter().map(|byte| u32::from(self.table()[usize::from(*byte)]));
        let value = digits.fold(0, |value, digit| value << self.bits() | digit);
        (value << (32 - group.len() * self.bits())).to_be_bytes()
    }
}

fn is_text(byte: &u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~')
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::*;

    fn text(coding: Coding, written: &str) -> String {
        let decoded = coding.decoded(written.as_bytes());
        decoded.map(|decoded| String::from_utf8_lossy(&decoded.bytes).into_owned()).unwrap_or_default()
    }

    #[test]
    fn text_is_decoded_wherever_in_a_run_of_digits_it_begins() {
        for lead in ["", "a", "ab", "abc", "/path/", "\"key\":\""] {
            for tail in ["", "=", "==", "\"", "x"] {
                for encoded in [STANDARD.encode("what is text?>>>"), URL_SAFE_NO_PAD.encode("what is text?>>>")] {
                    let written = format!("{lead}{encoded}{tail}");
                    let decoded = text(Coding::Base64, &written);
                    assert!(decoded.contains("what is text?>>>"), "{written}: {decoded}");
                }
                let written = format!("{lead}7768617420697320746578743F3e{tail}");
                assert!(text(Coding::Hexadecimal, &written).contains("what is text?>"), "{written}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_not_decoded() {
        let prose =
            r#"{"workspace_name": "a plain text", "id": "6f9619ff-8b86-d011-b42d-00c04fc964ff", "accelerated": 1}"#;
        assert_eq!(text(Coding::Base64, prose), "");
        assert_eq!(text(Coding::Hexadecimal, prose), "");
        let bytes: Vec<u8> = (0..=255).rev().map(|byte: u8| byte.wrapping_mul(91) | 0x80).collect();
        assert_eq!(text(Coding::Base64, &STANDARD.encode(&bytes)), "");
        assert_eq!(text(Coding::Hexadecimal, &bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()), "");
    }

    #[test]
    fn a_place_is_found_again_in_the_digits() {
        let written = format!("a: {}, b: {}", STANDARD.encode("first text"), STANDARD.encode("some more text"));
        let decoded = Coding::Base64.decoded(written.as_bytes()).expect("there is text");
        let at = memchr::memmem::find(&decoded.bytes, b"more text").expect("it is there");
        assert_eq!(&written[decoded.written(&(at..at + 9))], "ZSBtb3JlIHRleHQ");
    }
}
