//! Regular expressions of `match` and `search` (I-Regexp, RFC 9485) for the `regex` crate.
//!
//! I-Regexp is nearly a subset of what the crate reads; what would mean something else there is rewritten. What the
//! crate reads beyond the RFC and what means the same everywhere (`\d`, `\w`, `\s`, `^`, `$`) is let through, since
//! refusing it would surprise. The crate bounds nesting, size and time.

use regex::Regex;

/// The compiled expression, over the whole subject or any part of it; else what is wrong with it.
pub(super) fn compile(expression: &str, whole: bool) -> Result<Regex, String> {
    let translated = translate(expression)?;
    let anchored = if whole { format!(r"\A(?:{translated})\z") } else { translated };
    Regex::new(&anchored).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        // The crate's message is a drawing with a caret; its last line is the sentence.
        other => {
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
    })
}

/// Rewrites `.` (not a line end), set operators and white space in classes; refuses groups with `?`.
fn translate(expression: &str) -> Result<String, String> {
    let mut translated = String::with_capacity(expression.len() + 8);
    let mut characters = expression.chars().peekable();
    let mut in_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                let escaped = characters.next().ok_or("it ends with `\\`")?;
                check_escape(escaped)?;
                translated.push('\\');
                translated.push(escaped);
            }
            '.' if !in_class => translated.push_str(r"[^\n\r]"),
            '[' if !in_class => {
                in_class = true;
                translated.push('[');
                if characters.next_if_eq(&'^').is_some() {
                    translated.push('^');
                }
            }
            // `&&`, `--`, `~~` and an inner `[` are set operations to the crate and plain characters to the RFC.
            '[' | '&' | '~' => translated.extend(['\\', character]),
            ']' => {
                in_class = false;
                translated.push(']');
            }
            '(' if !in_class && characters.peek() == Some(&'?') => {
                return Err("groups that begin with `(?` are not part of it".to_owned());
            }
            '*' | '+' | '?' | '}' if !in_class && characters.peek() == Some(&'?') => {
                return Err(format!("`{character}?` is not part of it"));
            }
            other => translated.push(other),
        }
    }
    Ok(translated)
}

/// Letters that would be assertions or character codes in the crate are refused.
fn check_escape(escaped: char) -> Result<(), String> {
    let known = matches!(escaped, 'n' | 'r' | 't' | 'p' | 'P' | 'd' | 'D' | 'w' | 'W' | 's' | 'S');
    if escaped.is_ascii_punctuation() || known {
        return Ok(());
    }
    Err(format!("`\\{escaped}` is not part of it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expression: &str, subject: &str) -> bool {
        compile(expression, true).expect("the test's expression is well-formed").is_match(subject)
    }

    #[test]
    fn a_match_covers_the_whole_subject_and_every_alternative() {
        assert!(holds("a|bc", "bc"));
        assert!(!holds("a|b", "ab"));
        assert!(compile("b+", false).expect("well-formed").is_match("abbc"));
    }

    #[test]
    fn the_dot_matches_everything_but_line_ends() {
        assert!(holds(".", "\u{2028}"));
        assert!(!holds(".", "\r") && !holds(".", "\n"));
        assert!(holds("[.]", ".") && !holds("[.]", "a"));
    }

    #[test]
    fn set_operators_of_the_crate_are_plain_characters() {
        assert!(holds("[a&&b]", "&") && holds("[a~~b]", "~") && holds("[[a]", "["));
    }

    #[test]
    fn what_the_rfc_does_not_have_is_refused_with_a_reason() {
        for expression in ["(?i)a", "a*?", r"\bx", r"\x41", "a(", "[a", r"a\"] {
            assert!(compile(expression, true).is_err(), "{expression} was taken");
        }
        assert!(compile(&"(".repeat(100_000), true).is_err());
        assert!(compile("((a{1000}){1000}){1000}", true).is_err());
    }
}
