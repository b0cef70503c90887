//! Changes inputs at random: the same seed makes the same changes.

/// A small generator of random numbers (splitmix64).
pub struct Random(u64);

impl Random {
    /// A generator; the same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Random(seed ^ 0x5DEE_CE66_D1CE_4E5B)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below a bound; 0 where the bound is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.number() % bound as u64) as usize }
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, among: &'a [T]) -> &'a T {
        &among[self.below(among.len())]
    }
}

/// Inputs grow no longer than this.
const LONGEST: usize = 48 << 10;

/// What numbers are often wrong about.
const NUMBERS: &[&str] = &[
    "0",
    "-1",
    "1",
    "-0",
    "00",
    "127",
    "128",
    "255",
    "65536",
    "2147483648",
    "4294967295",
    "9007199254740991",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551616",
    "1e308",
    "1e999",
    "-1e-999",
    "0.1",
    "1.",
    ".5",
    "0x1F",
    "1_000",
    "NaN",
];

/// Characters that readers trip over.
const CHARACTERS: &[&str] = &[
    "\0",
    "\t",
    "\n",
    "\r\n",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "é",
    "\u{2028}",
    "\u{feff}",
    "😀",
    "\u{200d}",
    "\u{301}",
    "\\",
    "\"",
    "'",
    "`",
    "{{",
    "}}",
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    ",",
    ":",
    "#",
    "&",
    "*",
    "|",
    "-",
    " ",
    "\\u0000",
    "\\ud800",
    "\\ud83d\\ude00",
    "\\x",
];

/// Changes an input in one to eight places. `pool` is what parts may be taken from.
pub fn mutate(random: &mut Random, input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str]) {
    for _ in 0..1 + random.below(3) * random.below(4) {
        change(random, input, pool, words);
    }
    input.truncate(LONGEST);
}

fn change(random: &mut Random, input: &mut Vec<u8>, pool: &[Vec<u8>], words: &[&str]) {
    let at = random.below(input.len() + 1);
    let (start, end) = stretch(random, input);
    match random.below(13) {
        0 if !input.is_empty() => {
            let at = at.min(input.len() - 1);
            input[at] ^= 1 << random.below(8);
        }
        1 => insert(input, at, &[random.number() as u8]),
        2 => drop(input.drain(start..end)),
        3 => input.truncate(at),
        4 => {
            let part = input[start..end].to_vec();
            insert(input, at, &part);
        }
        5 => {
            // Nesting and length: a short part, many times.
            let part = input[start..end.min(start + 12)].to_vec();
            let times = [2, 8, 40, 130, 600][random.below(5)];
            insert(input, start, &part.repeat(times));
        }
        6 => {
            let other = random.pick(pool);
            let (from, to) = stretch(random, other);
            input.splice(start..end, other[from..to].iter().copied());
        }
        7 | 8 if !words.is_empty() => {
            let word = random.pick(words).as_bytes();
            if random.below(2) == 0 {
                insert(input, at, word)
            } else {
                drop(input.splice(start..end, word.iter().copied()))
            }
        }
        9 => insert(input, at, random.pick(CHARACTERS).as_bytes()),
        10 => replace_number(random, input, at),
        11 => change_lines(random, input, at),
        _ => replace_word(random, input, at, words),
    }
}

/// A part of an input, mostly a short one.
fn stretch(random: &mut Random, input: &[u8]) -> (usize, usize) {
    let start = random.below(input.len() + 1);
    let length = [4, 16, 64, input.len()][random.below(4)];
    (start, (start + random.below(length + 1)).min(input.len()))
}

fn insert(input: &mut Vec<u8>, at: usize, part: &[u8]) {
    if input.len() + part.len() <= LONGEST {
        input.splice(at..at, part.iter().copied());
    }
}

fn replace_number(random: &mut Random, input: &mut Vec<u8>, at: usize) {
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let Some(start) = input[at..].iter().position(is_digit).map(|first| at + first) else { return };
    let end = input[start..].iter().position(|byte| !is_digit(byte)).map_or(input.len(), |length| start + length);
    input.splice(start..end, random.pick(NUMBERS).bytes());
}

fn replace_word(random: &mut Random, input: &mut Vec<u8>, at: usize, words: &[&str]) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let Some(start) = input[at..].iter().position(is_word).map(|first| at + first) else { return };
    let end = input[start..].iter().position(|byte| !is_word(byte)).map_or(input.len(), |length| start + length);
    let word: &[u8] = if words.is_empty() { b"a" } else { random.pick(words).as_bytes() };
    input.splice(start..end, word.iter().copied());
}

/// Removes, doubles, moves or indents the line at a place.
fn change_lines(random: &mut Random, input: &mut Vec<u8>, at: usize) {
    let start = input[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |line_break| line_break + 1);
    let end = input[at..].iter().position(|byte| *byte == b'\n').map_or(input.len(), |length| at + length + 1);
    let line = input[start..end].to_vec();
    match random.below(5) {
        0 => drop(input.drain(start..end)),
        1 => insert(input, end, &line),
        2 => {
            input.drain(start..end);
            let to = random.below(input.len() + 1);
            let to = input[..to].iter().rposition(|byte| *byte == b'\n').map_or(0, |line_break| line_break + 1);
            insert(input, to, &line);
        }
        3 => insert(input, start, b"  "),
        _ if line.starts_with(b"  ") => drop(input.drain(start..start + 2)),
        _ => {}
    }
}
