//! The cookie of a capture: its name, or one of its attributes as in `session[Path]`.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, closest, rule};
use crate::source::Text;

/// Attributes of cookies: RFC 6265, section 5.2, and `SameSite`.
const ATTRIBUTES: &[&str] = &["Expires", "Max-Age", "Domain", "Path", "Secure", "HttpOnly", "SameSite"];

/// A cookie that an answer sets.
#[derive(Clone, Debug)]
pub struct Cookie {
    /// As it is written.
    pub written: Text,
    /// Its name; case counts.
    pub name: Arc<str>,
    /// The attribute that is meant instead of its value.
    pub attribute: Option<&'static str>,
}

impl Cookie {
    /// Reads a cookie's name.
    pub(super) fn read(written: &Text, found: &mut Vec<Diagnostic>) -> Option<Self> {
        let text = &*written.text;
        let (name, attribute) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            None => (text, None),
            Some((name, attribute)) => match ATTRIBUTES.iter().find(|known| known.eq_ignore_ascii_case(attribute)) {
                Some(known) => (name, Some(*known)),
                None => {
                    let start = name.len() + 1;
                    found.push(unknown_attribute(attribute, written.locate(start..start + attribute.len())));
                    return None;
                }
            },
        };
        if !is_token(name) {
            found.push(
                Diagnostic::new(rule::BAD_COOKIE, written.span, format!("`{text}` cannot be the name of a cookie"))
                    .help("write a name such as `session`, or `session[Path]` for one of its attributes"),
            );
            return None;
        }
        Some(Cookie { written: written.clone(), name: name.into(), attribute })
    }
}

/// RFC 6265, section 4.1.1: the name of a cookie is a token.
fn is_token(name: &str) -> bool {
    let separator = |byte: u8| br#"()<>@,;:\"/[]?={}"#.contains(&byte);
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !separator(byte))
}

fn unknown_attribute(attribute: &str, place: crate::source::Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(rule::BAD_COOKIE, place, format!("cookies have no attribute `{attribute}`"));
    match closest(attribute, ATTRIBUTES.iter().copied()) {
        Some(close) => {
            diagnostic.help(format!("did you mean `{close}`?")).fix_word(place, attribute, ATTRIBUTES.iter().copied())
        }
        None => diagnostic.help(format!("there are `{}`", ATTRIBUTES.join("`, `"))),
    }
}
