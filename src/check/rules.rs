//! Rules about single parts: providers, URLs, files, `ensure`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::arrow::check_arrow;
use super::callee::{Callees, check_invocation};
use super::computed::check_set;
use super::connections::check_connection;
use super::early::Early;
use super::foreign::check_origins;
use super::handed::check_handed;
use super::inputs::check_inputs;
use super::items::{check_cleanup_step, check_foreach};
use super::kinds::check_kinds;
use super::names::Names;
use super::places::Place;
use super::saves::check_saves;
use super::schemas::check_schemas;
use super::streams::check_streams;
use super::urls;
use crate::diagnostic::{Diagnostic, closest, did_you_mean, rule};
use crate::expression::Template;
use crate::playbook::{Body, Cleanup, Ensure, Exec, Length, Playbook, Provider, ProviderKind, Request, Step, Work};
use crate::source::{Loader, Text};

/// Applies every rule.
pub(super) fn check_rules(
    playbook: &Playbook,
    names: &Names,
    loader: &dyn Loader,
    callees: &Callees,
    found: &mut Vec<Diagnostic>,
) {
    check_inputs(playbook, names, found);
    check_early(playbook, names, found);
    check_credentials(playbook, names, found);
    check_connection(playbook, names, found);
    let rules = Rules { playbook, names, loader, callees };
    if let Some(auth) = &playbook.defaults.auth {
        rules.check_provider(auth, found);
    }
    playbook.defaults.connection.files().for_each(|path| rules.check_file(path, found));
    for (step, finally) in each_step(playbook) {
        rules.check_step(step, found);
        check_foreach(step, finally, playbook, names, found);
    }
    check_saves(playbook, names, found);
    check_schemas(playbook, loader, found);
    check_streams(playbook, found);
    check_origins(playbook, found);
    check_kinds(playbook, names, found);
}

/// Every step, and whether it belongs to `finally`.
pub(super) fn each_step(playbook: &Playbook) -> impl Iterator<Item = (&Step, bool)> {
    let steps = playbook.steps.iter().map(|step| (step, false));
    steps.chain(playbook.finally.iter().map(|step| (step, true)))
}

/// `auth` and `defaults` are used before any step has run.
fn check_early(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let mut check = |template: &Template| {
        let mut early = Early::new(Place::Early, playbook, names);
        template.references().for_each(|reference| early.follow(reference, found));
    };
    playbook.defaults.base_url.iter().for_each(&mut check);
    playbook.defaults.lengths().filter_map(open).for_each(&mut check);
    playbook.defaults.headers.iter().for_each(|(_, value)| check(value));
    for provider in &playbook.providers {
        provider.hosts.iter().for_each(&mut check);
        each_template(provider, &mut check);
    }
    let marked = playbook.defaults.volatile.iter().chain(&playbook.defaults.unordered).chain(&playbook.defaults.redact);
    marked.flat_map(|(_, paths)| paths).for_each(|path| {
        let mut early = Early::new(Place::Early, playbook, names);
        path.each_reference(&mut |reference| early.follow(reference, found));
    });
    playbook.defaults.headers.iter().for_each(|(name, _)| check_header(name, found));
    playbook.defaults.base_url.iter().for_each(|url| urls::check_whole(url, "`base_url`", found));
    for provider in &playbook.providers {
        provider.hosts.iter().for_each(|url| urls::check_whole(url, "the host", found));
        match &provider.kind {
            ProviderKind::OAuth2(oauth2) => urls::check_whole(&oauth2.token_url, "`token_url`", found),
            ProviderKind::Header { name, .. } => check_header(name, found),
            _ => {}
        }
        if &*provider.name.text == "none" {
            found.push(
                Diagnostic::new(rule::RESERVED_NAME, provider.name.span, "a provider cannot be called `none`")
                    .help("`auth: none` means to send no credentials: choose another name"),
            );
        }
    }
}

/// An input that is used as a password is masked only where it says that it is secret.
fn check_credentials(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let mut early = Early::new(Place::Early, playbook, names);
    for template in playbook.providers.iter().flat_map(credentials) {
        // What does not resolve has been reported with the rest of the provider.
        template.references().for_each(|reference| early.follow(reference, &mut Vec::new()));
    }
    for input in early.inputs.iter().map(|index| &playbook.inputs[*index]).filter(|input| !input.secret) {
        let name = &input.name;
        let message = format!("the input `{}` is used as a credential and is not secret", name.text);
        found.push(
            Diagnostic::new(rule::PLAIN_CREDENTIAL, name.span, message)
                .help("add `secret: true`: otherwise its value is in the journal and may be printed"),
        );
    }
}

/// The parts of a provider that nobody else may know.
pub(super) fn credentials(provider: &Provider) -> Vec<&Template> {
    match &provider.kind {
        ProviderKind::Basic { password, .. } => vec![password],
        ProviderKind::Bearer(value) | ProviderKind::Header { value, .. } => vec![value],
        ProviderKind::OAuth2(oauth2) => {
            [&oauth2.client_secret, &oauth2.password, &oauth2.refresh_token].into_iter().flatten().collect()
        }
    }
}

pub(super) fn each_template<'a>(provider: &'a Provider, visit: &mut dyn FnMut(&'a Template)) {
    match &provider.kind {
        ProviderKind::Basic { username, password } => [username, password].into_iter().for_each(visit),
        ProviderKind::Bearer(value) | ProviderKind::Header { value, .. } => visit(value),
        ProviderKind::OAuth2(oauth2) => {
            visit(&oauth2.token_url);
            let optional = [
                &oauth2.client_id,
                &oauth2.client_secret,
                &oauth2.username,
                &oauth2.password,
                &oauth2.refresh_token,
                &oauth2.scope,
            ];
            optional.into_iter().flatten().for_each(visit);
        }
    }
}

/// The template of a length of time that inputs give.
fn open(length: &Length) -> Option<&Template> {
    match length {
        Length::Written(_) => None,
        Length::Open(template) => Some(template),
    }
}

struct Rules<'a> {
    playbook: &'a Playbook,
    names: &'a Names,
    loader: &'a dyn Loader,
    callees: &'a Callees,
}

impl Rules<'_> {
    fn check_step(&self, step: &Step, found: &mut Vec<Diagnostic>) {
        match &step.work {
            Work::Request(request) => self.check_request(request, found),
            Work::Ensure(ensure) => {
                ensure.find.iter().chain([&ensure.create]).chain(&ensure.update).for_each(|request| {
                    self.check_request(request, found);
                });
                check_ensure(ensure, found);
            }
            Work::Set(_) => check_set(step, found),
            Work::Wait(_) => {}
            Work::Exec(exec) => self.check_exec(exec, found),
            Work::Call(invocation) => {
                check_invocation(invocation, self.callees, found);
                check_handed(step, invocation, (self.playbook, self.names), self.callees, found);
            }
        }
        for cleanup in &step.cleanup {
            check_cleanup_step(cleanup, self.playbook, self.names, found);
            match cleanup {
                Cleanup::Request(request) => self.check_request(request, found),
                Cleanup::Step(id) if id.text == step.id.text => found.push(
                    Diagnostic::new(
                        rule::OWN_CLEANUP,
                        id.span,
                        format!("step `{}` cannot clean up after itself", id.text),
                    )
                    .help("name the step that undoes it, or write the request here"),
                ),
                Cleanup::Step(_) => {}
            }
        }
    }

    fn check_request(&self, request: &Request, found: &mut Vec<Diagnostic>) {
        if let Some(auth) = &request.auth {
            self.check_provider(auth, found);
        }
        self.check_url(request, found);
        request.headers.iter().for_each(|(name, _)| check_header(name, found));
        // The plan holds lengths of time, so they are read before any step has run.
        for reference in request.lengths().filter_map(open).flat_map(Template::references) {
            Early::new(Place::Early, self.playbook, self.names).follow(reference, found);
        }
        match &request.body {
            Body::File(path) => self.check_file(path, found),
            Body::Arrow { records, schema } => check_arrow(records, schema.as_ref(), request.span, found),
            Body::Multipart(parts) => {
                for part in parts {
                    if let Body::File(path) = &part.content {
                        self.check_file(path, found);
                    }
                }
            }
            _ => {}
        }
        if matches!(request.method, "GET" | "HEAD") && !matches!(request.body, Body::None) {
            let message = format!("a {} request has no body", request.method);
            found.push(
                Diagnostic::new(rule::BODY_OF_GET, request.span, message)
                    .help("send parameters with `query:`, or use `post`"),
            );
        }
    }

    /// A program that is named by a path is there.
    fn check_exec(&self, exec: &Exec, found: &mut Vec<Diagnostic>) {
        for reference in exec.judged.lengths().filter_map(open).flat_map(Template::references) {
            Early::new(Place::Early, self.playbook, self.names).follow(reference, found);
        }
        if exec.program.as_literal().is_some_and(|program| program.contains('/')) {
            self.check_file(&exec.program, found);
        }
    }

    fn check_provider(&self, name: &Text, found: &mut Vec<Diagnostic>) {
        let known = || self.playbook.providers.iter().map(|provider| &*provider.name.text);
        let mistaken = self.playbook.mistaken.defines(&name.text);
        if &*name.text == "none" || mistaken || known().any(|known| *known == *name.text) {
            return;
        }
        let message = format!("there is no provider `{}` under `auth`", name.text);
        let diagnostic = Diagnostic::new(rule::UNKNOWN_PROVIDER, name.span, message);
        let diagnostic = match closest(&name.text, known()) {
            Some(close) => diagnostic.suggest(name.span, close),
            None => diagnostic,
        };
        found.push(match did_you_mean(&name.text, known()) {
            Some(help) => diagnostic.help(help),
            None => diagnostic.help(format!("define it under `auth: {{ {}: … }}`, or write `auth: none`", name.text)),
        });
    }

    /// A URL is absolute, or begins with `/` and has a base.
    fn check_url(&self, request: &Request, found: &mut Vec<Diagnostic>) {
        let text = request.url.text();
        if urls::begins_with_expression(&request.url) || urls::has_scheme(text) {
            urls::check_whole(&request.url, "the URL", found);
            return;
        }
        if !text.starts_with('/') {
            let message = format!("`{text}` is no URL");
            found.push(
                Diagnostic::new(rule::BAD_URL, request.url.span(), message)
                    .help("begin with `/` (put behind `defaults.base_url`), `http://` or `https://`"),
            );
        } else if self.playbook.defaults.base_url.is_none() && !self.playbook.mistaken.defines("base_url") {
            // One mistake, however many requests there are.
            if found.iter().any(|diagnostic| diagnostic.is(rule::NO_BASE_URL)) {
                return;
            }
            let message = format!("`{text}` needs a base, and there is none");
            found.push(
                Diagnostic::new(rule::NO_BASE_URL, request.url.span(), message)
                    .help("write `defaults: { base_url: \"{{ api_url }}\" }`, or the whole URL here"),
            );
        }
    }

    fn check_file(&self, path: &Template, found: &mut Vec<Diagnostic>) {
        let Some(literal) = path.as_literal() else { return };
        let whole = self.playbook.directory.join(literal);
        if !self.loader.exists(&whole) {
            found.push(
                Diagnostic::new(rule::MISSING_FILE, path.span(), format!("there is no file `{literal}`"))
                    .help(format!("looked for `{}`; paths are relative to the playbook", whole.display())),
            );
        }
    }
}

/// RFC 9110, section 5.1: the name of a field is a token.
fn check_header(name: &Text, found: &mut Vec<Diagnostic>) {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.text.is_empty() || !name.text.bytes().all(token) {
        found.push(
            Diagnostic::new(
                rule::BAD_HEADER,
                name.span,
                format!("`{}` cannot be the name of a header field", name.text),
            )
            .help("write letters, digits and `-`, as in `Content-Type`"),
        );
    }
}

/// Both branches capture the same names, so that later steps need not care which one ran.
fn check_ensure(ensure: &Ensure, found: &mut Vec<Diagnostic>) {
    let names = |requests: &mut dyn Iterator<Item = &Request>| -> BTreeSet<String> {
        requests.flat_map(|request| &request.captures).map(|capture| capture.name.text.to_string()).collect()
    };
    let find = names(&mut ensure.find.iter().map(Arc::as_ref));
    let create = names(&mut std::iter::once(&*ensure.create));
    for (missing, have, other, span) in [
        (find.difference(&create), "find", "create", ensure.create.span),
        (create.difference(&find), "create", "find", ensure.find.first().map_or(ensure.create.span, |find| find.span)),
    ] {
        for name in missing {
            let message = format!("`{have}` captures `{name}`, `{other}` does not");
            found.push(
                Diagnostic::new(rule::UNEVEN_ENSURE, span, message)
                    .help(format!("add `{name}` to the `capture` of `{other}`: later steps use it either way")),
            );
        }
    }
    if ensure.find.is_empty() {
        found.push(
            Diagnostic::new(
                rule::BLIND_FIND,
                ensure.create.span,
                "`find` has no request, so nothing is ever looked for",
            )
            .help("write a request under `find`, or make `create` a step of its own"),
        );
    }
    let looks = ensure.absent.is_some() || ensure.find.iter().any(|find| !find.captures.is_empty());
    if !looks && let Some(find) = ensure.find.first() {
        found.push(
            Diagnostic::new(rule::BLIND_FIND, find.span, "`find` can never find that it is absent")
                .help("capture something from what is found, or say `absent: status == 404` beside `find`"),
        );
    }
}
