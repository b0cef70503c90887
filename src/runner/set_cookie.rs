//! The cookies that an answer sets (RFC 6265, section 5.2), read once for captures and for the jar. Nothing is kept of
//! them here: this is no jar.

use cookie::Cookie;
use jiff::Timestamp;

use crate::plan::Call;
use crate::playbook::{self, CaptureFrom};
use crate::secret::SHORTEST_COOKIE;
use crate::value::Value;
use crate::wire::Headers;

/// A cookie as an answer sets it.
#[derive(Debug)]
pub(super) struct SetCookie<'a>(Cookie<'a>);

/// Every cookie of an answer, in order.
pub(super) fn read(headers: &Headers) -> impl Iterator<Item = SetCookie<'_>> {
    let fields = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    fields.filter_map(|(_, field)| SetCookie::parse(field))
}

/// The cookies of an answer, in order. Of those that replace each other (RFC 6265, section 5.3, 11) the last counts.
pub(super) fn cookies(headers: &Headers) -> Vec<SetCookie<'_>> {
    let mut cookies: Vec<SetCookie> = Vec::new();
    for cookie in read(headers) {
        cookies.retain(|known| !known.is_replaced_by(&cookie));
        cookies.push(cookie);
    }
    cookies
}

/// What must not come out of the cookies that the answer of a call sets: their values, and the fields as they stand.
/// Those are left out that a capture takes with `secret: false`.
pub(super) fn credentials(headers: &Headers, call: &Call) -> Vec<String> {
    let is_open = |name: &str| {
        call.request.captures.iter().any(|capture| {
            !capture.secret && matches!(&capture.from, CaptureFrom::Cookie(cookie) if *cookie.name == *name)
        })
    };
    let fields = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let cookies = fields.filter_map(|(_, field)| Some((field, SetCookie::parse(field)?)));
    let secret = cookies.filter(|(_, cookie)| !is_open(cookie.name()));
    let texts = secret.flat_map(|(field, cookie)| [field.to_owned(), cookie.value().trim_matches('"').to_owned()]);
    texts.filter(|text| text.len() >= SHORTEST_COOKIE).collect()
}

impl<'a> SetCookie<'a> {
    fn parse(field: &'a str) -> Option<Self> {
        let is_clean = !field.chars().any(|letter| letter.is_control() && letter != '\t');
        Cookie::parse(field).ok().filter(|_| is_clean).map(SetCookie)
    }

    fn is_replaced_by(&self, other: &SetCookie) -> bool {
        self.name() == other.name() && self.domain() == other.domain() && self.path() == other.path()
    }

    pub(super) fn name(&self) -> &str {
        self.0.name()
    }

    pub(super) fn value(&self) -> &str {
        self.0.value()
    }

    /// The host, or the end of hosts, that it is meant for, in small letters.
    pub(super) fn domain(&self) -> Option<String> {
        self.0.domain().map(str::to_ascii_lowercase)
    }

    /// The path it is meant for; one that is none does not count.
    pub(super) fn path(&self) -> Option<&str> {
        self.0.path().filter(|path| path.starts_with('/'))
    }

    /// Whether it goes over TLS only.
    pub(super) fn is_secure(&self) -> bool {
        self.0.secure().unwrap_or(false)
    }

    /// For how many seconds it holds.
    pub(super) fn max_age(&self) -> Option<u64> {
        self.0.max_age().map(|age| age.whole_seconds().max(0).unsigned_abs())
    }

    /// When it ends; a time that is too far away never comes.
    pub(super) fn expires(&self) -> Option<Timestamp> {
        let time = self.0.expires_datetime()?.unix_timestamp();
        Some(Timestamp::from_second(time).unwrap_or(Timestamp::MAX))
    }

    /// What a capture wants of it.
    pub(super) fn get(&self, wanted: &playbook::Cookie) -> Option<Value> {
        let flag = |is_set: bool| is_set.then_some(Value::Bool(true));
        match wanted.attribute {
            None => Some(Value::from(self.value())),
            Some("Secure") => flag(self.is_secure()),
            Some("HttpOnly") => flag(self.0.http_only().unwrap_or(false)),
            Some("Max-Age") => self.max_age().map(Value::from),
            Some("Expires") => self.expires().map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string().into()),
            Some("Domain") => self.domain().map(Value::from),
            Some("Path") => self.path().map(Value::from),
            Some("SameSite") => self.0.same_site().map(|site| site.to_string().into()),
            Some(other) => unreachable!("the playbook knows no attribute `{other}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Text};

    fn parsed(fields: &[&str]) -> Vec<(String, String)> {
        let headers = Headers(fields.iter().map(|field| ("Set-Cookie".into(), (*field).into())).collect());
        cookies(&headers).iter().map(|cookie| (cookie.name().to_owned(), cookie.value().to_owned())).collect()
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

    #[test]
    fn an_attribute_is_what_the_jar_goes_by() {
        let field = "a=1; Domain=.Example.com; Path=x; Max-Age=-5; Max-Age=soon; Secure; SameSite=lax; \
                     Expires=Tuesday, 24-Nov-26 08:00:00 GMT";
        let headers = Headers(vec![("set-cookie".into(), field.into())]);
        let attribute = |attribute: &'static str| {
            let written = Text::synthetic("a", Span::default());
            let wanted = playbook::Cookie { written, name: "a".into(), attribute: Some(attribute) };
            cookies(&headers)[0].get(&wanted).map(|value| value.to_string())
        };
        assert_eq!(attribute("Domain").as_deref(), Some("\"example.com\""));
        assert_eq!(attribute("Path"), None);
        assert_eq!(attribute("Max-Age").as_deref(), Some("0"));
        assert_eq!(attribute("Secure").as_deref(), Some("true"));
        assert_eq!(attribute("HttpOnly"), None);
        assert_eq!(attribute("SameSite").as_deref(), Some("\"Lax\""));
        assert_eq!(attribute("Expires").as_deref(), Some("\"Tue, 24 Nov 2026 08:00:00 GMT\""));
    }
}
