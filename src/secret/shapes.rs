//! What is a secret by its looks, whoever made it: JSON Web Tokens, the fields of OAuth 2.0, passwords in URLs.
//!
//! Says where in a text it stands. Templates are none: the playbook's own text is read as well.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use memchr::memmem;

/// Every place in a text that is a secret by its looks; may overlap.
pub(super) fn places(text: &[u8]) -> Vec<Range<usize>> {
    // Nearly every text has none: one look at it must do.
    static SIGNS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let signs = NEEDLES.iter().copied().chain(["eyJ", "://", GRANT_TYPE]);
        AhoCorasick::new(signs).expect("a few words fit an automaton")
    });
    if !SIGNS.is_match(text) {
        return Vec::new();
    }
    let mut places = Vec::new();
    json_web_tokens(text, &mut places);
    user_information(text, &mut places);
    fields(text, &mut places);
    places.retain(|place| !is_template(&text[place.clone()]));
    places
}

/// Whether a part of a text is a secret by its looks.
pub fn looks_secret(text: &str) -> bool {
    !places(text.as_bytes()).is_empty()
}

/// `eyJ….eyJ….…` (RFC 7519): header and payload are JSON objects in base64url.
fn json_web_tokens(text: &[u8], places: &mut Vec<Range<usize>>) {
    let word = |from: usize| text[from..].iter().take_while(|byte| is_base64url(**byte)).count() + from;
    let mut done = 0;
    for start in memmem::find_iter(text, "eyJ") {
        if start < done || start.checked_sub(1).is_some_and(|before| is_base64url(text[before])) {
            continue;
        }
        let header = word(start);
        if !text[header..].starts_with(b".eyJ") {
            continue;
        }
        let payload = word(header + 1);
        done = if text.get(payload) == Some(&b'.') { word(payload + 1) } else { payload };
        places.push(start..done);
    }
}

fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// The shortest user name that is taken for a token where it stands without a password.
const TOKEN: usize = 16;

/// `https://user:password@host`: the password; a long name without one is a token.
fn user_information(text: &[u8], places: &mut Vec<Range<usize>>) {
    for found in memmem::find_iter(text, "://") {
        let start = found + 3;
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"/?#\"'<>\\`".contains(byte);
        let authority = &text[start..];
        let authority = &authority[..authority.iter().position(ends).unwrap_or(authority.len())];
        let Some(at) = memchr::memrchr(b'@', authority) else { continue };
        match memchr::memchr(b':', &authority[..at]) {
            Some(colon) if colon + 1 < at => places.push(start + colon + 1..start + at),
            None if at >= TOKEN => places.push(start..start + at),
            _ => {}
        }
    }
}

/// Fields whose values are secret wherever they stand (RFC 6749, 7521, 7636, 8628, 8693; OpenID Connect).
const FIELDS: &[&str] = &[
    "access_token",
    "refresh_token",
    "id_token",
    "subject_token",
    "actor_token",
    "client_secret",
    "client_assertion",
    "code_verifier",
    "device_code",
];

/// Whether a field of that name is a credential of OAuth 2.0, wherever it stands.
pub fn is_field(name: &str) -> bool {
    FIELDS.contains(&name)
}

/// Fields that are secret in a request for a token; elsewhere they may be anything.
const REQUEST_FIELDS: &[&str] = &["password", "code", "assertion"];

/// A request for a token has this field.
const GRANT_TYPE: &str = "grant_type";

/// What the names of `FIELDS` are found by.
const NEEDLES: &[&str] = &["_token", "client_secret", "client_assertion", "code_verifier", "device_code"];

/// The values of the fields of OAuth 2.0, in JSON, forms and URLs.
fn fields(text: &[u8], places: &mut Vec<Range<usize>>) {
    for needle in NEEDLES {
        for found in memmem::find_iter(text, needle) {
            let end = found + needle.len();
            let named = FIELDS.iter().find(|name| name.ends_with(needle) && text[..end].ends_with(name.as_bytes()));
            places.extend(named.and_then(|name| value_of(text, end - name.len(), end)));
        }
    }
    if memmem::find(text, GRANT_TYPE.as_bytes()).is_some() {
        for name in REQUEST_FIELDS {
            let found = memmem::find_iter(text, name);
            places.extend(found.filter_map(|start| value_of(text, start, start + name.len())));
        }
    }
}

/// Where the value of a field stands whose name does: `"name": "value"` or `name=value`.
fn value_of(text: &[u8], start: usize, end: usize) -> Option<Range<usize>> {
    let before = start.checked_sub(1).map(|before| text[before]);
    if before.is_some_and(is_base64url) {
        return None;
    }
    let blanks = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count() + from;
    let value = match (before, text.get(end)?) {
        (_, b'=') => {
            let ends = |byte: &u8| byte.is_ascii_whitespace() || b"&\"'<>;,\\`)".contains(byte);
            let length = text[end + 1..].iter().position(ends).unwrap_or(text.len() - end - 1);
            end + 1..end + 1 + length
        }
        (Some(quote @ (b'"' | b'\'')), closing) if *closing == quote => {
            let colon = blanks(end + 1);
            let opening = blanks(text.get(colon).filter(|byte| **byte == b':').map(|_| colon + 1)?);
            let quote = *text.get(opening).filter(|byte| matches!(byte, b'"' | b'\''))?;
            opening + 1..closing_quote(text, opening + 1, quote)
        }
        _ => return None,
    };
    (!value.is_empty()).then_some(value)
}

/// The quote that ends a string, or the end of the text where it was cut.
fn closing_quote(text: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from;
    while let Some(found) = memchr::memchr2(quote, b'\\', &text[at..]) {
        at += found;
        if text[at] == quote {
            return at;
        }
        at = (at + 2).min(text.len());
    }
    text.len()
}

/// Whether it is no value, but what stands for one, or the end of a comparison (`code=="a"`).
fn is_template(value: &[u8]) -> bool {
    value[0] == b'=' || memmem::find(value, b"{{").is_some() || value.iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        places(text.as_bytes()).into_iter().map(|place| &text[place]).collect()
    }

    #[test]
    fn a_json_web_token_is_known_by_its_shape() {
        let token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln-_";
        assert_eq!(found(&format!("Bearer {token}, and so on")), [token]);
        assert_eq!(found("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOi"), ["eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOi"]);
        assert_eq!(found("eyJhbGciOiJSUzI1NiJ9.payload and HeyJude.eyJ"), [""; 0]);
    }

    #[test]
    fn a_password_in_a_url_is_known_and_a_template_is_none() {
        assert_eq!(found("see https://jo:s3cret@example.com:80/a?b=c@d"), ["s3cret"]);
        assert_eq!(found("https://ghp_0123456789abcdef@example.com"), ["ghp_0123456789abcdef"]);
        assert_eq!(found("ssh://git@example.com http://example.com/@a:b http://{{u}}:{{p}}@example.com"), [""; 0]);
    }

    #[test]
    fn fields_of_oauth_are_known_in_json_forms_and_urls() {
        assert_eq!(found(r#"{"access_token" : "a\"b", "expires_in": 60, "id_token":"x"}"#), [r#"a\"b"#, "x"]);
        assert_eq!(found("client_id=c&client_secret=s-1&scope=all"), ["s-1"]);
        assert_eq!(found("GET /cb?access_token=tok&state=1"), ["tok"]);
        assert_eq!(found("{'refresh_token': 'r'}"), ["r"]);
        assert_eq!(found(r#"{"next_page_token":"n","code":"c","password":"p"} code=7"#), [""; 0]);
        assert_eq!(found("grant_type=password&username=u&password=p"), ["p"]);
        assert_eq!(found(r#"{"access_token":"{{ token }}","client_secret":"***"}"#), [""; 0]);
    }
}
