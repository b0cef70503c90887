//! The cookies of a run (RFC 6265), purely: answers set them, requests get those that are theirs.
//!
//! There is no list of public suffixes: a `Domain` without an inner dot, such as `com`, counts as if it were not there.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use url::{Host, Url};

use super::set_cookie::{self, SetCookie};
use crate::secret::SHORTEST_COOKIE;
use crate::wire::Headers;

/// Name and value of a cookie may have so many bytes together; a longer one is not taken.
const LONGEST: usize = 4096;

/// So many cookies are kept (RFC 6265, section 6.1); the oldest go first.
const MOST: usize = 3000;

/// The cookies of a run.
#[derive(Debug, Default)]
pub(super) struct Jar {
    /// In the order in which they were set first.
    cookies: Vec<Kept>,
}

#[derive(Debug)]
struct Kept {
    name: String,
    value: String,
    /// The host, or the end of hosts, that it goes to.
    domain: String,
    /// Whether it goes to that very host only.
    host_only: bool,
    path: String,
    secure: bool,
    /// When it ends; `None` where it lasts for the run.
    ends: Option<Timestamp>,
}

impl Jar {
    /// Takes the cookies that an answer from that URL sets. Gives back the values that must not come out.
    pub(super) fn take(&mut self, url: &Url, headers: &Headers, now: Timestamp) -> Vec<String> {
        let mut secrets = Vec::new();
        for kept in set_cookie::read(headers).filter_map(|cookie| Kept::of(&cookie, url, now)) {
            if kept.value.len() >= SHORTEST_COOKIE {
                secrets.push(kept.value.clone());
            }
            self.put(kept);
        }
        self.cookies.retain(|kept| !kept.is_over(now));
        let surplus = self.cookies.len().saturating_sub(MOST);
        self.cookies.drain(..surplus);
        secrets
    }

    /// One with the same name, domain and path is replaced in its place: it keeps its age.
    fn put(&mut self, kept: Kept) {
        let same =
            |other: &&mut Kept| (&other.name, &other.domain, &other.path) == (&kept.name, &kept.domain, &kept.path);
        match self.cookies.iter_mut().find(same) {
            Some(other) => *other = kept,
            None => self.cookies.push(kept),
        }
    }

    /// The `Cookie` of a request to that URL: what it says itself, then what is in the jar and not said already.
    pub(super) fn header(&self, url: &Url, own: Option<&str>, now: Timestamp) -> Option<String> {
        let name = |pair: &'_ str| pair.split('=').next().unwrap_or_default().trim().to_owned();
        let said: HashSet<String> = own.into_iter().flat_map(|own| own.split(';')).map(name).collect();
        let mut fitting: Vec<&Kept> = self
            .cookies
            .iter()
            .filter(|kept| !kept.is_over(now) && kept.fits(url) && !said.contains(&kept.name))
            .collect();
        if fitting.is_empty() {
            return None;
        }
        // Longer paths first; those of the same length by their age, as they stand.
        fitting.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let own = own.map(|own| own.trim().trim_end_matches(';').to_owned()).filter(|own| !own.is_empty());
        let kept = fitting.into_iter().map(|kept| format!("{}={}", kept.name, kept.value));
        Some(own.into_iter().chain(kept).collect::<Vec<_>>().join("; "))
    }
}

impl Kept {
    /// Takes a cookie in (section 5.3). `None` where the server may not set it.
    fn of(cookie: &SetCookie<'_>, url: &Url, now: Timestamp) -> Option<Self> {
        if cookie.name().len() + cookie.value().len() > LONGEST {
            return None;
        }
        let host = url.host_str()?.to_ascii_lowercase();
        // Without an inner dot it would be for every host of a whole registry.
        let asked = cookie.domain().filter(|domain| domain.trim_matches('.').contains('.') || *domain == host);
        let (domain, host_only) = match asked {
            Some(domain) if domain == host => (domain, !is_name(url) || !host.contains('.')),
            Some(domain) if is_name(url) && is_below(&host, &domain) => (domain, false),
            Some(_) => return None,
            None => (host, true),
        };
        let path = cookie.path().unwrap_or_else(|| default_path(url));
        let seconds = |seconds: u64| now.checked_add(Duration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
        let ends = cookie.max_age().map(seconds).or_else(|| cookie.expires());
        Some(Kept {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            domain,
            host_only,
            path: path.to_owned(),
            secure: cookie.is_secure(),
            ends,
        })
    }

    fn is_over(&self, now: Timestamp) -> bool {
        self.ends.is_some_and(|ends| ends <= now)
    }

    fn fits(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default().to_ascii_lowercase();
        let at_host = host == self.domain || !self.host_only && is_name(url) && is_below(&host, &self.domain);
        at_host && is_in(url.path(), &self.path) && (!self.secure || url.scheme() == "https")
    }
}

/// Whether the host is a name and no address.
fn is_name(url: &Url) -> bool {
    matches!(url.host(), Some(Host::Domain(_)))
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Section 5.1.4: a path is in another by whole segments.
fn is_in(path: &str, outer: &str) -> bool {
    path.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || outer.ends_with('/') || rest.starts_with('/'))
}

/// Section 5.1.4: the folder of the URL.
fn default_path(url: &Url) -> &str {
    match url.path().rfind('/') {
        None | Some(0) => "/",
        Some(end) => &url.path()[..end],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(seconds: i64) -> Timestamp {
        // 2026-11-24T08:00:00Z
        Timestamp::from_second(1_795_507_200 + seconds).expect("a time")
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    /// The jar after these answers: the URL, and what it sets.
    fn jar(set: &[(&str, &str)]) -> Jar {
        let mut jar = Jar::default();
        for (at, field) in set {
            jar.take(&url(at), &Headers(vec![("set-cookie".to_owned(), (*field).to_owned())]), time(0));
        }
        jar
    }

    #[track_caller]
    fn sent(set: &[(&str, &str)], to: &str) -> String {
        jar(set).header(&url(to), None, time(0)).unwrap_or_default()
    }

    #[test]
    fn a_cookie_without_a_domain_goes_to_its_own_host_only() {
        let set = [("http://a.example.com:8080/", "s=1")];
        assert_eq!(sent(&set, "http://A.example.com/x"), "s=1");
        assert_eq!(sent(&set, "http://b.a.example.com/") + &sent(&set, "http://example.com/"), "");
    }

    #[test]
    fn a_domain_is_for_the_hosts_below_it_and_may_be_set_only_by_one_of_them() {
        for domain in ["example.com", ".Example.com"] {
            let field = format!("s=1; Domain={domain}");
            let set = [("http://a.example.com/", &*field)];
            assert_eq!(sent(&set, "http://example.com/") + &sent(&set, "http://b.c.example.com/"), "s=1s=1");
            assert_eq!(sent(&set, "http://badexample.com/"), "");
            assert_eq!(sent(&[("http://other.org/", &*field)], "http://example.com/"), "");
        }
        assert_eq!(sent(&[("http://example.com/", "s=1; Domain=a.example.com")], "http://a.example.com/"), "");
    }

    #[test]
    fn a_domain_that_is_too_wide_counts_for_nothing() {
        for domain in ["com", ".com", "com.", "."] {
            let field = format!("s=1; Domain={domain}");
            let set = [("http://example.com/", &*field)];
            assert_eq!(sent(&set, "http://example.com/"), "s=1", "{domain}");
            assert_eq!(sent(&set, "http://other.com/"), "", "{domain}");
        }
        assert_eq!(sent(&[("http://localhost:1/", "s=1; Domain=localhost")], "http://localhost:2/"), "s=1");
        assert_eq!(sent(&[("http://localhost/", "s=1; Domain=localhost")], "http://a.localhost/"), "");
    }

    #[test]
    fn an_address_has_no_hosts_below_it() {
        assert_eq!(sent(&[("http://127.0.0.1/", "s=1; Domain=127.0.0.1")], "http://127.0.0.1:8080/"), "s=1");
        assert_eq!(sent(&[("http://127.0.0.1/", "s=1; Domain=0.0.1")], "http://127.0.0.1/"), "");
    }

    #[test]
    fn paths_are_matched_by_segments_and_the_longer_one_comes_first() {
        let at = "http://a/docs/page";
        let set = [(at, "root=1; Path=/"), (at, "folder=1"), (at, "deep=1; Path=/docs/web/"), (at, "odd=1; Path=x")];
        assert_eq!(sent(&set, "http://a/docs/web/x"), "deep=1; folder=1; odd=1; root=1");
        assert_eq!(sent(&set, "http://a/docs"), "folder=1; odd=1; root=1");
        assert_eq!(sent(&set, "http://a/docsother"), "root=1");
    }

    #[test]
    fn a_secure_cookie_goes_over_https_only() {
        let set = [("https://a/", "s=1; Secure; HttpOnly; SameSite=Lax")];
        assert_eq!((&*sent(&set, "https://a/"), &*sent(&set, "http://a/")), ("s=1", ""));
    }

    #[test]
    fn a_cookie_ends_by_the_clock_of_the_run() {
        let at = "http://a/";
        let jar = jar(&[
            (at, "age=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
            (at, "date=1; Expires=Tue, 24 Nov 2026 08:02:00 GMT"),
            (at, "old=1; Expires=Tuesday, 24-Nov-26 08:00:00 GMT"),
            (at, "long=1; Max-Age=99999999999999999999"),
            (at, "run=1"),
        ]);
        let left = |seconds| jar.header(&url(at), None, time(seconds)).unwrap_or_default();
        assert_eq!(left(59), "age=1; date=1; long=1; run=1");
        assert_eq!(left(60), "date=1; long=1; run=1");
        assert_eq!(left(1_000_000), "long=1; run=1");
    }

    #[test]
    fn a_cookie_is_replaced_and_taken_away() {
        let at = "http://a/";
        assert_eq!(sent(&[(at, "a=1"), (at, "b=1"), (at, "a=2")], at), "a=2; b=1");
        assert_eq!(sent(&[(at, "a=1"), (at, "a=; Max-Age=0")], at), "");
        assert_eq!(sent(&[(at, "a=1"), (at, "a=; Max-Age=-1; Path=/x")], at), "a=1");
    }

    #[test]
    fn what_a_request_says_itself_wins() {
        let jar = jar(&[("http://a/", "s=1"), ("http://a/", "t=2")]);
        let header = |own| jar.header(&url("http://a/"), Some(own), time(0));
        assert_eq!(header("s=mine; u=3;").as_deref(), Some("s=mine; u=3; t=2"));
        assert_eq!(header("s=mine; t=mine"), None);
    }

    #[test]
    fn what_is_no_cookie_or_too_long_is_not_taken() {
        let long = format!("a={}", "x".repeat(5000));
        for field in ["", "=x", "novalue", "a=b\u{1}c", &long] {
            assert_eq!(sent(&[("http://a/", field)], "http://a/"), "", "{field}");
        }
    }

    #[test]
    fn long_values_are_credentials_and_short_ones_are_not() {
        let set = |value: &str| Headers(vec![("Set-Cookie".to_owned(), format!("s={value}; Path=/"))]);
        let secrets = |value: &str| Jar::default().take(&url("http://a/"), &set(value), time(0));
        assert_eq!(secrets("0123456789abcdef"), ["0123456789abcdef"]);
        assert!(secrets("en-US").is_empty());
    }
}
