//! The cookies that an answer sets (RFC 6265, section 5.2). Nothing is kept of them here: this is no jar.

use crate::plan::Call;
use crate::playbook::{CaptureFrom, Cookie};
use crate::value::Value;
use crate::wire::Headers;

/// A cookie as an answer sets it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SetCookie<'a> {
    pub(super) name: &'a str,
    value: &'a str,
    /// Name and value of each attribute.
    attributes: Vec<(&'a str, &'a str)>,
}

/// The cookies of an answer, in order. Of those that replace each other (RFC 6265, section 5.3, 11) the last counts.
pub(super) fn cookies(headers: &Headers) -> Vec<SetCookie<'_>> {
    let fields = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let mut cookies: Vec<SetCookie> = Vec::new();
    for cookie in fields.filter_map(|(_, field)| SetCookie::parse(field)) {
        cookies.retain(|known| !known.is_replaced_by(&cookie));
        cookies.push(cookie);
    }
    cookies
}

/// Values and fields from this length on are taken for credentials: shorter ones, such as `en`, are met everywhere.
pub(super) const SECRET: usize = 16;

/// What must not come out of the cookies that the answer of a call sets: their values, and the fields as they stand.
/// Those are left out that a capture takes with `secret: false`.
pub(super) fn credentials<'a>(headers: &'a Headers, call: &Call) -> Vec<&'a str> {
    let is_open = |name: &str| {
        call.request.captures.iter().any(|capture| {
            !capture.secret && matches!(&capture.from, CaptureFrom::Cookie(cookie) if *cookie.name == *name)
        })
    };
    let fields = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let cookies = fields.filter_map(|(_, field)| Some((field, SetCookie::parse(field)?)));
    let secret = cookies.filter(|(_, cookie)| !is_open(cookie.name));
    let texts = secret.flat_map(|(field, cookie)| [field, cookie.value.trim_matches('"')]);
    texts.filter(|text| text.len() >= SECRET).collect()
}

impl<'a> SetCookie<'a> {
    fn parse(field: &'a str) -> Option<Self> {
        let (pair, attributes) = field.split_once(';').unwrap_or((field, ""));
        let (name, value) = pair.split_once('=')?;
        let attributes = attributes.split(';').map(|attribute| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            (name.trim(), value.trim())
        });
        let cookie = SetCookie { name: name.trim(), value: value.trim(), attributes: attributes.collect() };
        (!cookie.name.is_empty()).then_some(cookie)
    }

    fn is_replaced_by(&self, other: &SetCookie) -> bool {
        let domain = |cookie: &SetCookie| cookie.attribute("Domain").map(str::to_ascii_lowercase);
        self.name == other.name && domain(self) == domain(other) && self.attribute("Path") == other.attribute("Path")
    }

    /// The last attribute of that name counts.
    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// What a capture wants of it.
    pub(super) fn get(&self, wanted: &Cookie) -> Option<Value> {
        match wanted.attribute {
            None => Some(Value::from(self.value)),
            Some(name @ ("Secure" | "HttpOnly")) => self.attribute(name).map(|_| Value::Bool(true)),
            Some("Max-Age") => {
                self.attribute("Max-Age").map(|text| text.parse::<i64>().map_or(text.into(), Value::from))
            }
            Some(name) => self.attribute(name).map(Value::from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(fields: &[&str]) -> Vec<(String, String)> {
        let headers = Headers(fields.iter().map(|field| ("Set-Cookie".into(), (*field).into())).collect());
        cookies(&headers).iter().map(|cookie| (cookie.name.to_owned(), cookie.value.to_owned())).collect()
    }

    #[test]
    fn a_cookie_is_read_as_browsers_read_it() {
        let pair = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        assert_eq!(parsed(&["id=a=b; Path=/; HttpOnly"]), pair("id", "a=b"));
        assert_eq!(parsed(&[" id = \"a b\" ;Secure"]), pair("id", "\"a b\""));
        assert_eq!(parsed(&["id="]), pair("id", ""));
        assert_eq!(parsed(&["id", "=x", ""]), []);
    }

    #[test]
    fn the_last_of_those_that_replace_each_other_counts() {
        assert_eq!(
            parsed(&["a=1; Path=/", "b=2", "a=3; path=/"]),
            [("b".into(), "2".into()), ("a".into(), "3".into())]
        );
        assert_eq!(parsed(&["a=1; Path=/x", "a=2; Path=/y"]).len(), 2);
    }
}
