//! URLs as far as they are literal: in requests, in `base_url`, in token endpoints, in `hosts`.

use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Piece, Template};

/// Whether a template gives its own beginning, or an expression does that only a run knows.
pub(super) fn begins_with_expression(url: &Template) -> bool {
    matches!(url.pieces().first(), Some(Piece::Expr(_)))
}

/// What is wrong with a URL that must be whole: it begins with a scheme and has a host.
pub(super) fn check_whole(url: &Template, what: &str, found: &mut Vec<Diagnostic>) {
    if begins_with_expression(url) {
        return;
    }
    let text = url.text();
    let Some(rest) = SCHEMES.iter().find_map(|scheme| strip_scheme(text, scheme)) else {
        let diagnostic = Diagnostic::new(rule::BAD_URL, url.span(), format!("{what} `{text}` has no scheme"))
            .help(format!("write `https://{}`", text.trim_start_matches('/')));
        found.push(diagnostic);
        return;
    };
    // What expressions give is looked at when it is known.
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let wrong = if host.is_empty() {
        Some("has no host")
    } else if url.as_literal().is_some_and(|literal| url::Url::parse(literal).is_err()) {
        Some("is no URL")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let message = format!("{what} `{text}` {wrong}");
        found.push(
            Diagnostic::new(rule::BAD_URL, url.span(), message)
                .help("write a URL such as `https://api.example.com/v1`"),
        );
    }
}

/// Whether a text begins with `http://` or `https://`.
pub(super) fn has_scheme(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| strip_scheme(text, scheme).is_some())
}

const SCHEMES: [&str; 2] = ["http://", "https://"];

fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}
