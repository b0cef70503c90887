//! What `defaults` says of connections, as far as it is literal.

use super::early::Early;
use super::names::Names;
use super::places::Place;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Template;
use crate::playbook::Playbook;
use crate::source::Text;
use crate::wire::{ConnectTo, NoProxy, Proxy};

/// Looks at everything but whether the files exist.
pub(super) fn check_connection(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let connection = &playbook.defaults.connection;
    let mut check = |template: &Template, place: Place| {
        let mut early = Early::new(place, playbook, names);
        template.references().for_each(|reference| early.follow(reference, found));
    };
    connection.files().for_each(|path| check(path, Place::Path));
    connection.addresses().for_each(|address| check(address, Place::Early));
    if let (Some(key), None) = (&connection.client_key, &connection.client_cert) {
        found.push(
            Diagnostic::new(rule::MISSING_KEY, key.span(), "`client_key` needs `client_cert` beside it")
                .help("write the certificate's file as `client_cert`"),
        );
    }
    if let Some(proxy) = &connection.proxy {
        found.extend(proxy.as_literal().and_then(|text| bad_proxy(proxy, text)));
        found.extend(proxy.as_literal().and_then(|text| plain_password(proxy, text)));
    }
    for host in &connection.no_proxy {
        found.extend(host.as_literal().and_then(|text| bad_no_proxy(host, text)));
    }
    for (from, to) in &connection.connect_to {
        // Where the address is not known yet, any will do to look at the host.
        found.extend(bad_connect_to(from, to, to.as_literal().unwrap_or("localhost")));
        found.extend(connection.proxy.as_ref().and_then(|proxy| two_ways(from, proxy, &connection.no_proxy)));
    }
}

/// A password that stands in the playbook itself.
fn plain_password(proxy: &Template, text: &str) -> Option<Diagnostic> {
    let Ok(Proxy::Url(url)) = text.parse() else { return None };
    url.password()?;
    let message = "the password of `proxy` stands in the playbook";
    Some(
        Diagnostic::new(rule::PLAIN_CREDENTIAL, proxy.span(), message)
            .help("take it from an input with `secret: true`: `proxy: \"http://{{ user }}:{{ password }}@HOST:PORT\"`"),
    )
}

/// A host that is to be reached both through the proxy and at another address.
fn two_ways(from: &Text, proxy: &Template, no_proxy: &[Template]) -> Option<Diagnostic> {
    let url = url::Url::parse(&format!("http://{}", from.text)).ok()?;
    // Where no text is known yet, nobody knows what it fits.
    let excepted = |host: &Template| {
        host.as_literal().is_none_or(|text| text.parse::<NoProxy>().is_ok_and(|no_proxy| no_proxy.fits(&url)))
    };
    let Ok(Proxy::Url(_)) = proxy.as_literal()?.parse() else { return None };
    if no_proxy.iter().any(excepted) {
        return None;
    }
    let message = format!("`{}` is to be reached through `proxy` and by `connect_to`, and only one can be", from.text);
    Some(
        Diagnostic::new(rule::TWO_WAYS, from.span, message)
            .also(proxy.span(), "the proxy")
            .help(format!("write `no_proxy: [{}]`, or leave one of them out", url.host_str().unwrap_or_default())),
    )
}

/// What is wrong with the URL of a proxy.
pub(crate) fn bad_proxy(written: &Template, text: &str) -> Option<Diagnostic> {
    let help = text.parse::<Proxy>().err()?;
    // It may hold a password.
    Some(Diagnostic::new(rule::BAD_URL, written.span(), "`proxy` is no URL of a proxy").help(help))
}

/// What is wrong with a host that needs no proxy.
pub(crate) fn bad_no_proxy(written: &Template, text: &str) -> Option<Diagnostic> {
    let help = text.parse::<NoProxy>().err()?;
    Some(Diagnostic::new(rule::BAD_HOST, written.span(), format!("`no_proxy`: `{text}` is no host")).help(help))
}

/// What is wrong with a host and the address to connect to.
pub(crate) fn bad_connect_to(from: &Text, written: &Template, to: &str) -> Option<Diagnostic> {
    let (message, help) = ConnectTo::new(&from.text, to).err()?;
    let at_key = ConnectTo::new(&from.text, "localhost").is_err();
    let span = if at_key { from.span } else { written.span() };
    Some(Diagnostic::new(rule::BAD_HOST, span, format!("`connect_to`: {message}")).help(help))
}
