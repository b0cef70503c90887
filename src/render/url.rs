//! URLs: a base, a path whose values are encoded as segments, a query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::expression::{EvalError, EvalErrorKind, Piece, Scope, Template, to_text};
use crate::playbook::Binding;
use crate::value::Value;

/// RFC 3986, section 2.3: everything but the unreserved characters is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The URL of a request.
///
/// A value is encoded as one segment, unless it stands at the very beginning: then it is a URL, or the beginning
/// of one. What begins with `/` is put behind the base.
pub(super) fn url(
    template: &Template,
    base: Option<&Template>,
    query: &[Binding],
    scope: &dyn Scope,
) -> Result<::url::Url, EvalError> {
    let mut text = String::new();
    for (index, piece) in template.pieces().iter().enumerate() {
        match piece {
            Piece::Text { text: literal, .. } => text.push_str(literal),
            Piece::Expr(expr) => {
                let value = to_text(&expr.evaluate(scope)?, expr.span())?;
                match index {
                    0 => text.push_str(&value),
                    _ => text.extend(utf8_percent_encode(&value, SEGMENT)),
                }
            }
        }
    }
    let whole = match base {
        Some(base) if text.starts_with('/') => {
            format!("{}{text}", base.render_text(scope)?.trim_end_matches('/'))
        }
        _ => text,
    };
    let mut url = ::url::Url::parse(&whole).map_err(|error| bad_url(template, &whole, &error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(bad_url(template, &whole, "only http and https are known"));
    }
    add_query(&mut url, query, scope)?;
    Ok(url)
}

fn bad_url(template: &Template, url: &str, reason: &str) -> EvalError {
    let message = format!("`{url}` is no URL: {reason}");
    EvalError::new(template.span(), EvalErrorKind::Type, message)
        .with_help("begin with `/` (put behind `defaults.base_url`), `http://` or `https://`")
}

fn add_query(url: &mut ::url::Url, query: &[Binding], scope: &dyn Scope) -> Result<(), EvalError> {
    let pairs = pairs(query, scope)?;
    if !pairs.is_empty() {
        url.query_pairs_mut().extend_pairs(pairs);
    }
    Ok(())
}

/// Names and values of a query or a form: a list repeats its name, `null` leaves it out.
pub(super) fn pairs(bindings: &[Binding], scope: &dyn Scope) -> Result<Vec<(String, String)>, EvalError> {
    let mut pairs = Vec::new();
    for binding in bindings {
        let name = &*binding.name.text;
        match binding.value.render(scope)? {
            Value::Null => {}
            Value::Array(items) => {
                for item in items.iter() {
                    pairs.push((name.to_owned(), to_text(item, binding.value.span)?));
                }
            }
            value => pairs.push((name.to_owned(), to_text(&value, binding.value.span)?)),
        }
    }
    Ok(pairs)
}

/// `https://host:port`: what must be equal for two URLs to have the same origin (RFC 6454).
pub(super) fn origin(url: &::url::Url) -> String {
    url.origin().ascii_serialization()
}
