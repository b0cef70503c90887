//! Reads the paths that nearly all paths are, names and indices alone, without the parser: `$.models[0]['id']`.
//!
//! The parser takes some hundred times as long, and a large playbook has a path in every step. What is not read here
//! is not wrong: it goes to the parser, which also finds the words for what is.

use std::ops::Range;

use super::query::{Segment, Selector};
use super::scan::LENGTH_LIMIT;

/// The largest index, either way (RFC 9535, section 2.1).
const LARGEST: i64 = (1 << 53) - 1;

/// The segments and where they stand; `None` where the text holds anything but plain names and indices.
pub(super) fn read(text: &str) -> Option<(Vec<Segment>, Vec<Range<usize>>)> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'$') || bytes.len() > LENGTH_LIMIT {
        return None;
    }
    let count = bytes.iter().filter(|byte| matches!(byte, b'.' | b'[')).count();
    let (mut segments, mut ranges) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut at = 1;
    while at < bytes.len() {
        let (selector, end) = segment(text, at)?;
        segments.push(Segment { deep: false, selectors: vec![selector] });
        ranges.push(at..end);
        at = end;
    }
    Some((segments, ranges))
}

/// The segment that begins at a place, and where it ends.
fn segment(text: &str, at: usize) -> Option<(Selector, usize)> {
    let rest = text.get(at + 1..)?;
    if text.as_bytes()[at] == b'.' {
        let length = rest.bytes().take_while(|byte| *byte == b'_' || byte.is_ascii_alphanumeric()).count();
        let name = rest.get(..length).filter(|name| !name.starts_with(|first: char| first.is_ascii_digit()))?;
        return (length > 0).then(|| (Selector::Name(name.into()), at + 1 + length));
    }
    if text.as_bytes()[at] != b'[' {
        return None;
    }
    if let Some(quote @ (b'\'' | b'"')) = rest.bytes().next() {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != quote && *byte != b'\\';
        let length = rest.bytes().skip(1).take_while(plain).count();
        let closed = rest.as_bytes().get(1 + length..3 + length) == Some(&[quote, b']']);
        return closed.then(|| (Selector::Name(rest[1..=length].into()), at + 4 + length));
    }
    let (digits, _) = rest.split_once(']')?;
    Some((Selector::Index(index(digits)?), at + 2 + digits.len()))
}

/// A number as the RFC writes it: without `+`, leading zeros and `-0`.
fn index(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && (!digits.starts_with('0') || text == "0");
    let number: i64 = text.parse().ok().filter(|_| plain)?;
    (-LARGEST..=LARGEST).contains(&number).then_some(number)
}
