//! Bounds on the text of an expression, checked before the parser sees it.
//!
//! The parser and every tree descend by recursion; it guards brackets, but not prefix operators, `else` chains and
//! long chains of infix operators. An expression within these bounds needs a small part of a thread's stack.

use std::ops::Range;

use super::scan::string_end;

/// Brackets within brackets.
const BRACKETS: usize = 40;

/// Operators, dots, filters and words outside quotes; literal lists may be long, as commas and numbers are free.
const OPERATORS: usize = 400;

/// The longest expression in bytes.
const LENGTH: usize = 64 << 10;

/// Nodes within nodes, checked when the tree is converted.
pub(super) const DEPTH: usize = 120;

/// What is too much about an expression, and where.
pub(super) fn exceeded(source: &str) -> Option<(Range<usize>, &'static str)> {
    if source.len() > LENGTH {
        return Some((0..source.len(), "the expression is longer than 64 KiB"));
    }
    let bytes = source.as_bytes();
    let (mut depth, mut operators) = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => at = string_end(bytes, at, quote).unwrap_or(bytes.len()),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.max(1) - 1,
            b'.' | b'|' | b'+' | b'-' | b'*' | b'/' | b'%' | b'~' | b'<' | b'>' | b'=' => operators += 1,
            b'a'..=b'z' if at == 0 || !is_word(bytes[at - 1]) => operators += usize::from(is_operator(&bytes[at..])),
            _ => {}
        }
        if depth > BRACKETS {
            return Some((at..at + 1, "brackets are nested too deeply"));
        }
        if operators > OPERATORS {
            return Some((0..source.len(), "the expression has too many operators"));
        }
        at += 1;
    }
    None
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn is_operator(rest: &[u8]) -> bool {
    let end = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
    matches!(&rest[..end], b"and" | b"or" | b"not" | b"is" | b"in" | b"if" | b"else")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_and_texts_are_fine_and_deep_nesting_is_not() {
        assert_eq!(exceeded(&format!("[{}]", "1, ".repeat(2000))), None);
        assert_eq!(exceeded(&format!("'{}'", "(-not ".repeat(2000))), None);
        for hostile in ["-", "not ", "1+", "(", "1 if 1 else ", "a.", "a|upper", "a[0]["] {
            assert!(exceeded(&hostile.repeat(5000)).is_some(), "{hostile}");
        }
    }
}
