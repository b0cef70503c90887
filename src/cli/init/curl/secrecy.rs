//! What of a command is a secret: by its name, by its looks, or by a name within its text.
//!
//! Works on what [`super::words`] has read, in which a variable is a mark: a variable is never a secret text, for its
//! value is not there. Sees names and shapes only; an opaque short text under an ordinary name passes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::inputs::identifier;
use super::words::mark;
use crate::secret::{Redactor, is_credential, is_field};

/// Whether a field of that name holds what nobody may see.
pub(super) fn is_secret_name(name: &str) -> bool {
    const WITHIN: &[&str] =
        &["password", "passwd", "passphrase", "secret", "apikey", "privatekey", "accesskey", "credential"];
    const LAST: &[&str] = &[
        "auth",
        "authentication",
        "authorization",
        "cookie",
        "jwt",
        "key",
        "otp",
        "pass",
        "pwd",
        "pin",
        "session",
        "sid",
        "sig",
        "signature",
    ];
    const WHOLE: &[&str] = &["code", "authcode", "authorizationcode", "sessionid"];
    const ORDINARY: &[&str] = &["idempotencykey", "sortkey", "publickey", "primarykey", "foreignkey"];
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let words = identifier(name, "");
    let last = words.rsplit('_').next().unwrap_or_default();
    is_credential(name)
        || is_field(name)
        || WITHIN.iter().any(|part| plain.contains(part))
        || plain.ends_with("token")
        || plain.ends_with("sessionid")
        || WHOLE.contains(&&*plain)
        || LAST.contains(&last) && !ORDINARY.contains(&&*plain)
}

/// Whether everything below a key of that name is secret, whatever its own name.
pub(super) fn is_secret_group(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "credential", "password", "token"].iter().any(|part| name.contains(part))
}

/// Whether a text is a secret, or has one in it.
pub(super) fn is_secret_text(text: &str) -> bool {
    // What stands for a value is none: the redactor knows templates, and the braces end a run of letters.
    let text: String = text
        .chars()
        .map(|letter| if mark(letter).is_some() { "{{}}".to_owned() } else { letter.to_string() })
        .collect();
    text.contains("PRIVATE KEY-----")
        || Redactor::default().finds(&text)
        || has_scheme(&text)
        || has_token(&text)
        || has_named(&text)
}

/// Whether a key cannot be written as it is: it has a variable in it, would be a template, or is a secret itself.
pub(super) fn is_no_key(name: &str) -> bool {
    name.chars().any(|letter| mark(letter).is_some()) || name.contains("{{") || is_secret_text(name)
}

/// The same for a part of a path, where a hexadecimal number is the id of something.
pub(super) fn is_secret_segment(text: &str) -> bool {
    is_secret_text(text) && !text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `Bearer …`, and `Basic …` where it says a user and a password.
fn has_scheme(text: &str) -> bool {
    let mut words = text.split(|letter: char| letter.is_whitespace() || "\"',;<>\\".contains(letter)).peekable();
    while let Some(word) = words.next() {
        let Some(next) = words.peek().filter(|next| !next.is_empty() && !next.starts_with("{{")) else { continue };
        let is_pair = || STANDARD_NO_PAD.decode(next.trim_end_matches('=')).is_ok_and(|bytes| bytes.contains(&b':'));
        if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic") && is_pair() {
            return true;
        }
    }
    false
}

/// The shortest run of letters and digits that is taken for a key.
const SHORTEST_TOKEN: usize = 20;

/// Whether letters and digits run on as they do in keys and digests, and not in words, dates or UUIDs.
fn has_token(text: &str) -> bool {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric();
    let long = |run: &&str| run.len() >= SHORTEST_TOKEN;
    let has = |run: &str, class: fn(&char) -> bool| run.chars().any(|letter| class(&letter));
    let dense = |run: &str| has(run, char::is_ascii_digit) && has(run, char::is_ascii_alphabetic);
    let mixed = |run: &str| dense(run) && has(run, char::is_ascii_uppercase) && has(run, char::is_ascii_lowercase);
    text.split(|letter| !is_letter(letter)).filter(long).any(dense)
        || text.split(|letter: char| !is_letter(letter) && !"_+-".contains(letter)).filter(long).any(mixed)
}

/// Whether a text says the value of a secret name: `"password": "…"`, `<password>…`, `password=…`.
fn has_named(text: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let from = &rest[start..];
        let (word, behind) = from.split_at(from.find(|letter| !is_part(letter)).unwrap_or(from.len()));
        let quoting = |letter: char| letter.is_whitespace() || "\"'\\".contains(letter);
        let value = behind.trim_start_matches(quoting).strip_prefix([':', '=', '>']);
        let value = value.map(|value| value.trim_start_matches(quoting)).unwrap_or_default();
        if !value.is_empty() && !value.starts_with("{{") && !value.starts_with("</") && is_secret_name(word) {
            return true;
        }
        rest = behind;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_stays_readable() {
        for name in ["Accept", "limit", "author", "keyword", "country_code", "Idempotency-Key", "sort_key", "monkey"] {
            assert!(!is_secret_name(name), "{name}");
        }
        for text in [
            "a text of several words, none of which is a secret",
            "application/vnd.github.v3+json",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0",
            "123e4567-e89b-12d3-a456-426614174000",
            "2026-11-24T21:15:59.123456Z",
            "the-basics-of-a-very-long-slug-2024",
            "Basic Assortment",
            "https://example.com/a/path/of/several/parts?page=2",
            "{\"password\": \"\u{f0000}\"}",
            "Bearer \u{f0000}",
        ] {
            assert!(!is_secret_text(text), "{text}");
        }
        assert!(!is_secret_segment("507f1f77bcf86cd799439011"));
    }
}
