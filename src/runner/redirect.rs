//! Redirects, purely: where an answer sends a request (RFC 9110, section 15.4; RFC 3986, section 5.2), and what a
//! request has been through.
//!
//! What is refused is refused for good: a scheme other than http and https, and the way from https back to http.

use url::Url;

use crate::wire::{Request, method_after};

/// One step of the way.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The status that led there.
    pub status: u16,
    /// The method there.
    pub method: String,
    /// The URL there, without a fragment and without a user.
    pub url: Url,
}

/// Whether an answer of that status says where to ask instead.
pub(super) fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// The way of a request since it was sent to its own URL.
#[derive(Clone, Debug, Default)]
pub(super) struct Trail {
    /// Method and URL that it was last sent with.
    at: Option<(String, Url)>,
    /// Method and URL that it was sent with first.
    start: Option<(String, Url)>,
    hops: Vec<Hop>,
}

impl Trail {
    /// The request was sent.
    pub(super) fn sent(&mut self, request: &Request) {
        let at = (request.method.clone(), request.url.clone());
        if self.hops.is_empty() {
            self.start = Some(at.clone());
        }
        self.at = Some(at);
    }

    /// The URL that it was last sent to.
    pub(super) fn url(&self) -> Option<&Url> {
        self.at.as_ref().map(|(_, url)| url)
    }

    /// Where an answer sends it, or why that is refused.
    pub(super) fn next(&self, status: u16, location: Option<&str>) -> Result<Hop, String> {
        let (method, from) = self.at.as_ref().expect("an answer is that of a request that was sent");
        let location = location.map(str::trim).filter(|location| !location.is_empty());
        let location = location.ok_or_else(|| "there is no `Location` that says where to".to_owned())?;
        let mut url =
            from.join(location).map_err(|error| format!("`Location: {location}` cannot be resolved: {error}"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(format!("`Location: {location}` is neither http nor https"));
        }
        if from.scheme() == "https" && url.scheme() == "http" {
            return Err(format!("`Location: {location}` leads from https to http, which is never followed"));
        }
        url.set_fragment(None);
        // A server does not say who we are. Neither fails for a URL with a host.
        let _ = (url.set_username(""), url.set_password(None));
        Ok(Hop { status, method: method_after(status, method).to_owned(), url })
    }

    /// Whether an answer of that status says that what was to be done has perhaps been done: it says where to see it.
    pub(super) fn is_taken(&self, status: u16) -> bool {
        self.at.as_ref().is_some_and(|(method, _)| method_after(status, method) != method)
    }

    /// It goes on there.
    pub(super) fn follow(&mut self, hop: Hop) {
        self.hops.push(hop);
    }

    /// It begins again at its own URL.
    pub(super) fn restart(&mut self) {
        self.hops.clear();
    }

    /// How it is sent next, where that is not as it is written.
    pub(super) fn last(&self) -> Option<&Hop> {
        self.hops.last()
    }

    /// Whether what was to be done is behind it: it was sent, and its answer said where to look.
    pub(super) fn has_turned(&self) -> bool {
        let method = self.start.as_ref().map(|(method, _)| method);
        self.hops.last().is_some_and(|hop| Some(&hop.method) != method)
    }

    /// Whether it has left its own origin, be it that it came back.
    pub(super) fn has_crossed(&self) -> bool {
        let origin = self.start.as_ref().map(|(_, url)| url.origin());
        self.hops.iter().any(|hop| Some(hop.url.origin()) != origin)
    }

    /// Whether another origin sent it back to its own.
    pub(super) fn has_come_back(&self) -> bool {
        let origin = |url: &Url| url.origin();
        let start = self.start.as_ref().map(|(_, url)| origin(url));
        self.has_crossed() && self.hops.last().map(|hop| origin(&hop.url)) == start
    }

    /// `POST http://a/ → 302 GET http://b/`
    pub(super) fn in_words(&self) -> String {
        let start = self.start.as_ref().map(|(method, url)| format!("{method} {url}")).unwrap_or_default();
        let hops = self.hops.iter().map(|hop| format!(" → {} {} {}", hop.status, hop.method, hop.url));
        start + &hops.collect::<String>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(method: &str, url: &str) -> Trail {
        let at = (method.to_owned(), Url::parse(url).expect("a URL"));
        Trail { at: Some(at.clone()), start: Some(at), hops: Vec::new() }
    }

    #[test]
    fn only_what_the_standard_says_becomes_a_get() {
        let method =
            |status, method| trail(method, "http://a/").next(status, Some("/b")).expect("it can be followed").method;
        for status in [301, 302] {
            assert_eq!((method(status, "POST"), method(status, "PUT")), ("GET".into(), "PUT".into()));
            assert_eq!((method(status, "DELETE"), method(status, "HEAD")), ("DELETE".into(), "HEAD".into()));
        }
        assert_eq!((method(303, "POST"), method(303, "DELETE")), ("GET".into(), "GET".into()));
        assert_eq!((method(303, "HEAD"), method(303, "GET")), ("HEAD".into(), "GET".into()));
        assert_eq!((method(307, "POST"), method(308, "PATCH")), ("POST".into(), "PATCH".into()));
        assert!(!is_redirect(300) && !is_redirect(304) && !is_redirect(305));
    }

    #[test]
    fn a_location_is_resolved_against_the_url_it_came_from() {
        let trail = trail("GET", "http://user:pass@a.example/b/c?d#e");
        for (location, url) in [
            ("f", "http://a.example/b/f"),
            ("../g?h=1#part", "http://a.example/g?h=1"),
            ("?x=y", "http://a.example/b/c?x=y"),
            ("//other.example", "http://other.example/"),
            ("https://me:s3cret@a.example/", "https://a.example/"),
        ] {
            assert_eq!(trail.next(302, Some(location)).map(|hop| hop.url.to_string()), Ok(url.to_owned()));
        }
    }

    #[test]
    fn what_is_no_place_to_go_is_refused() {
        let trail = trail("GET", "https://a.example/");
        let refused = |location| trail.next(302, location).expect_err("it cannot be followed");
        assert!(refused(None).contains("no `Location`") && refused(Some(" ")).contains("no `Location`"));
        assert!(refused(Some("file:///etc/passwd")).contains("neither http nor https"));
        assert!(refused(Some("http://a.example/")).contains("from https to http"));
        assert!(refused(Some("https://a b/")).contains("cannot be resolved"));
    }

    #[test]
    fn an_origin_that_was_left_stays_left() {
        let mut trail = trail("POST", "https://a.example/");
        let hop = |url: &str| Hop { status: 307, method: "POST".to_owned(), url: Url::parse(url).expect("a URL") };
        trail.follow(hop("https://a.example:443/b"));
        assert!(!trail.has_crossed() && !trail.has_turned());
        trail.follow(hop("https://a.example:8443/c"));
        trail.follow(hop("https://a.example/d"));
        assert!(trail.has_crossed() && trail.has_come_back());
        trail.restart();
        assert!(!trail.has_crossed());
    }
}
