//! URLs: a base, a path whose values are encoded as segments, a query.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::expression::{EvalError, EvalErrorKind, Expr, Piece, Scope, Template, to_text};
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
    // Where the segment that is being written begins, and the first expression in it.
    let mut open: Option<(usize, &Expr)> = None;
    for (index, piece) in template.pieces().iter().enumerate() {
        match piece {
            Piece::Text { text: literal, .. } => {
                if let Some((start, expr)) = open.filter(|_| literal.starts_with(['/', '?', '#'])) {
                    check_segment(&text[start..], expr)?;
                }
                open = open.filter(|_| !literal.contains(['/', '?', '#']));
                text.push_str(literal);
            }
            Piece::Expr(expr) => {
                let value = to_text(&expr.evaluate(scope)?, expr.span())?;
                if index == 0 {
                    text.push_str(&value);
                    continue;
                }
                if !text.contains(['?', '#']) {
                    let start = text.rfind('/').map_or(0, |slash| slash + 1);
                    open = open.or(Some((start, expr)));
                }
                text.extend(utf8_percent_encode(&value, SEGMENT));
            }
        }
    }
    if let Some((start, expr)) = open {
        check_segment(&text[start..], expr)?;
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

/// A segment that a value makes empty, `.` or `..` would change which resource is meant (RFC 3986, section 5.2.4).
fn check_segment(segment: &str, expr: &Expr) -> Result<(), EvalError> {
    if !matches!(segment, "" | "." | "..") {
        return Ok(());
    }
    let found = if segment.is_empty() { "empty".to_owned() } else { format!("`{segment}`") };
    let message =
        format!("`{}` makes a part of the URL's path {found}, which would mean another resource", expr.text());
    Err(EvalError::new(expr.span(), EvalErrorKind::Type, message)
        .with_help("check the value: an id or a name stands here"))
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

/// A value as it stands in a path.
pub(super) fn segment(value: &str) -> String {
    utf8_percent_encode(value, SEGMENT).to_string()
}

/// `https://host:port`: what must be equal for two URLs to have the same origin (RFC 6454).
pub(super) fn origin(url: &::url::Url) -> String {
    url.origin().ascii_serialization()
}
