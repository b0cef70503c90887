//! URLs as curl takes them: without a scheme, with user and password, with a query to be shown apart.

use percent_encoding::percent_decode_str;

use super::secrecy::is_no_key;
use super::words::{Refusal, mark, refusal};

/// A URL in its parts.
#[derive(Clone, Debug, Default)]
pub(super) struct Url {
    /// Scheme and host; empty where the whole URL is a variable.
    pub(super) base: String,
    /// `user:password`.
    pub(super) user: Option<String>,
    /// Path, and query where it cannot be shown apart.
    pub(super) path: String,
    /// The parameters, in order.
    pub(super) query: Vec<(String, String)>,
}

/// Takes a URL apart.
pub(super) fn url(text: &str) -> Result<Url, Refusal> {
    let text = text.split('#').next().unwrap_or_default();
    let mut letters = text.chars();
    let begins_with_variable = letters.next().is_some_and(|letter| mark(letter).is_some());
    let rest = letters.as_str();
    if begins_with_variable && rest.is_empty() {
        return Ok(Url { path: text.to_owned(), ..Url::default() });
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if !scheme.contains('/') => (format!("{}://", scheme.to_ascii_lowercase()), rest),
        _ if begins_with_variable && rest.starts_with(['/', '?']) => (String::new(), text),
        _ => ("http://".to_owned(), text),
    };
    let is_http = ["http://", "https://", ""].contains(&&*scheme)
        || scheme.chars().all(|letter| letter == ':' || letter == '/' || mark(letter).is_some());
    if !is_http {
        return Err(refusal(format!("`{scheme}` is not HTTP"), "only http and https requests can be sent"));
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end);
    if authority.is_empty() {
        return Err(refusal("the URL has no host", "write it as `https://HOST/PATH`"));
    }
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(decoded(user).unwrap_or_else(|| user.to_owned())), host),
        None => (None, authority),
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let path = if path.is_empty() { "/" } else { path };
    let base = format!("{scheme}{host}");
    match pairs(query) {
        Some(query) => Ok(Url { base, user, path: path.to_owned(), query }),
        None => Ok(Url { base, user, path: format!("{path}?{query}"), query: Vec::new() }),
    }
}

/// The pairs of a query or a form; nothing where they would not come out again as what they are, or where a name could
/// not be written.
pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    let pair = |piece: &str| {
        let (name, value) = piece.split_once('=')?;
        let name = decoded(name).filter(|name| !is_no_key(name))?;
        Some((name, decoded(value)?))
    };
    pieces.map(pair).collect()
}

/// The text without percent encoding; nothing where a `%` begins none.
fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_code = |at: usize| bytes.get(at + 1..at + 3).is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit));
    if bytes.iter().enumerate().any(|(at, byte)| *byte == b'%' && !is_code(at)) {
        return None;
    }
    let text = text.replace('+', " ");
    percent_decode_str(&text).decode_utf8().ok().map(|text| text.into_owned())
}
