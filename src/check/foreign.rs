//! Credentials that a request would take to a server that may not see them, where the addresses are written out.

use super::rules::each_step;
use super::saves::each_request;
use super::urls::has_scheme;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{Piece, Template};
use crate::playbook::{Playbook, Provider, Request};

/// Looks at every request whose origin is written out.
pub(super) fn check_origins(playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    for (step, _) in each_step(playbook) {
        each_request(step, &mut |request| check_origin(request, playbook, found));
    }
}

fn check_origin(request: &Request, playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    let Some(origin) = origin(&request.url) else { return };
    let Some(name) = request.auth.as_ref().or(playbook.defaults.auth.as_ref()) else { return };
    let Some(provider) = playbook.providers.iter().find(|provider| provider.name.text == name.text) else { return };
    let Some(allowed) = allowed(provider, playbook).filter(|allowed| !allowed.contains(&origin)) else { return };
    let name = &provider.name;
    let whose = if allowed.is_empty() { "nobody".to_owned() } else { allowed.join(" and ") };
    let message = format!("the credentials of `{}` are for {whose}, and this request goes to {origin}", name.text);
    let hosts: Vec<String> = allowed.iter().chain([&origin]).map(|host| format!("\"{host}\"")).collect();
    found.push(
        Diagnostic::new(rule::FOREIGN_ORIGIN, request.url.span(), message).also(name.span, "these credentials").help(
            format!(
                "write `hosts: [{}]` under `auth.{}` if that host may see them, or `auth: none` beside the request",
                hosts.join(", "),
                name.text
            ),
        ),
    );
}

/// The origins that may see a provider's credentials, where all of them are written out.
fn allowed(provider: &Provider, playbook: &Playbook) -> Option<Vec<String>> {
    if playbook.mistaken.defines("base_url") {
        return None;
    }
    let hosts = if provider.hosts.is_empty() { playbook.defaults.base_url.as_slice() } else { &provider.hosts };
    hosts.iter().map(origin).collect()
}

/// The origin of a URL, where that is written out as a whole.
fn origin(url: &Template) -> Option<String> {
    let [Piece::Text { text, .. }, rest @ ..] = url.pieces() else { return None };
    let (_, behind) = text.split_once("://").filter(|_| has_scheme(text))?;
    let whole = rest.is_empty() || behind.contains(['/', '?', '#']);
    parsed(text).filter(|_| whole)
}

fn parsed(text: &str) -> Option<String> {
    let url = url::Url::parse(text).ok()?;
    url.has_host().then(|| url.origin().ascii_serialization())
}
