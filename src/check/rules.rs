//! Rules about single parts: providers, URLs, files, `ensure`, inputs.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::computed::check_set;
use super::link::{label, late_var};
use super::names::{Definition, Names};
use super::places::Place;
use super::resolve::{Meaning, Site, resolve};
use crate::diagnostic::{Diagnostic, closest, did_you_mean};
use crate::expression::{Reference, Target, Template};
use crate::graph::Graph;
use crate::playbook::{
    Body, Cleanup, Ensure, InputKind, JsonTemplate, Length, Playbook, Provider, ProviderKind, Request, Step, Work,
};
use crate::source::{Loader, Span, Text};

/// Applies every rule.
pub(super) fn check_rules(playbook: &Playbook, names: &Names, loader: &dyn Loader, found: &mut Vec<Diagnostic>) {
    check_inputs(playbook, names, found);
    check_early(playbook, names, found);
    check_credentials(playbook, names, found);
    let rules = Rules { playbook, names, loader };
    if let Some(auth) = &playbook.defaults.auth {
        rules.check_provider(auth, found);
    }
    for step in playbook.steps.iter().chain(&playbook.finally) {
        rules.check_step(step, found);
    }
}

/// Defaults of inputs may use other inputs, in no circle; `simulate` binds inputs that exist.
fn check_inputs(playbook: &Playbook, names: &Names, found: &mut Vec<Diagnostic>) {
    let mut graph = Graph::new(playbook.inputs.len());
    for (index, input) in playbook.inputs.iter().enumerate() {
        if input.secret && input.kind == InputKind::File {
            let message = format!("the input `{}` is a file and cannot be secret", input.name.text);
            found.push(
                Diagnostic::error("bad-input", input.name.span, message)
                    .help("a file's path is shown in messages; take the secret itself with `from: \"file:PATH\"`"),
            );
        }
        let Some(default) = &input.default else { continue };
        default.each_reference(&mut |reference| {
            let mut early = Early::new(Place::Early, playbook, names);
            early.follow(reference, found);
            early.inputs.iter().for_each(|other| graph.add(*other, index, reference.span));
        });
    }
    if let Err(cycles) = graph.order() {
        found.extend(cycles.iter().map(|cycle| circle_of_defaults(playbook, cycle)));
    }
    for binding in &playbook.simulate {
        let name = &binding.name;
        if !playbook.inputs.iter().any(|input| input.name.text == name.text) {
            let message = format!("`simulate` binds `{}`, which is no input", name.text);
            let diagnostic = Diagnostic::error("undefined-name", name.span, message);
            let inputs = playbook.inputs.iter().map(|input| &*input.name.text);
            found.push(match did_you_mean(&name.text, inputs) {
                Some(help) => diagnostic.help(help),
                None => diagnostic,
            });
        }
        Early::new(Place::Simulate, playbook, names).value(&binding.value, found);
    }
}

fn circle_of_defaults(playbook: &Playbook, cycle: &[(usize, usize, &Span)]) -> Diagnostic {
    let name = |index: usize| &*playbook.inputs[index].name.text;
    let mut circle: Vec<&str> = cycle.iter().map(|(from, ..)| name(*from)).collect();
    circle.extend(cycle.first().map(|(from, ..)| name(*from)));
    let message = match &circle[..] {
        [alone, _] => format!("the default of the input `{alone}` is made of itself"),
        _ => format!("defaults of inputs are made of each other: {}", circle.join(" → ")),
    };
    let span = cycle.first().map(|(.., span)| **span).unwrap_or_default();
    let diagnostic = Diagnostic::error("cycle", span, message);
    let rest = cycle.iter().skip(1);
    rest.fold(diagnostic, |diagnostic, (from, to, span)| {
        diagnostic.also(**span, format!("`{}` uses `{}`", name(*to), name(*from)))
    })
    .help("give one of them a value of its own")
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
            Diagnostic::warning("plain-credential", name.span, message)
                .help("add `secret: true`: otherwise its value is in the journal and may be printed"),
        );
    }
}

/// The parts of a provider that nobody else may know.
fn credentials(provider: &Provider) -> Vec<&Template> {
    match &provider.kind {
        ProviderKind::Basic { password, .. } => vec![password],
        ProviderKind::Bearer(value) | ProviderKind::Header { value, .. } => vec![value],
        ProviderKind::OAuth2(oauth2) => {
            [&oauth2.client_secret, &oauth2.password, &oauth2.refresh_token].into_iter().flatten().collect()
        }
    }
}

fn each_template(provider: &Provider, visit: &mut dyn FnMut(&Template)) {
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

/// What is used before any step has run, followed through variables.
struct Early<'a> {
    place: Place,
    playbook: &'a Playbook,
    names: &'a Names,
    /// Variables that have been followed: once is enough, and a circle of them must end.
    vars: BTreeSet<usize>,
    /// The inputs that were met.
    inputs: BTreeSet<usize>,
}

impl<'a> Early<'a> {
    fn new(place: Place, playbook: &'a Playbook, names: &'a Names) -> Self {
        Early { place, playbook, names, vars: BTreeSet::new(), inputs: BTreeSet::new() }
    }

    fn value(&mut self, value: &JsonTemplate, found: &mut Vec<Diagnostic>) {
        value.each_reference(&mut |reference| self.follow(reference, found));
    }

    /// Follows a reference to the inputs it needs, and refuses what no input gives.
    fn follow(&mut self, reference: &Reference, found: &mut Vec<Diagnostic>) {
        match self.look_up(reference) {
            Err(diagnostic) => found.push(diagnostic),
            Ok(Meaning::Var(index)) => {
                if let Some(late) = self.late_in(index) {
                    let var = &self.playbook.vars[index].name;
                    found.push(late_var(reference, self.place, &late, var.span));
                }
            }
            Ok(_) => self.note_input(reference),
        }
    }

    fn look_up(&self, reference: &Reference) -> Result<Meaning, Diagnostic> {
        resolve(reference, Site { place: self.place, step: None, finally: false }, self.playbook, self.names)
    }

    fn note_input(&mut self, reference: &Reference) {
        if let Target::Name(name) = &reference.target
            && let Some(Definition::Input(index)) = self.names.get(name)
        {
            self.inputs.insert(index);
        }
    }

    /// What a variable needs, through others too, that comes from a step. Other mistakes in it are told where it is
    /// linked, so that each is told once.
    fn late_in(&mut self, index: usize) -> Option<Arc<str>> {
        let mut pending = vec![index];
        let mut late = None;
        while let Some(index) = pending.pop() {
            // A circle of variables must end.
            if !self.vars.insert(index) {
                continue;
            }
            self.playbook.vars[index].value.each_reference(&mut |reference| match self.look_up(reference) {
                Ok(Meaning::Var(other)) => pending.push(other),
                Ok(_) => self.note_input(reference),
                Err(diagnostic) if matches!(diagnostic.code, "late-name" | "path-from-answer") => {
                    late = late.take().or_else(|| Some(label(reference)));
                }
                Err(_) => {}
            });
        }
        late
    }
}

struct Rules<'a> {
    playbook: &'a Playbook,
    names: &'a Names,
    loader: &'a dyn Loader,
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
        }
        for cleanup in &step.cleanup {
            match cleanup {
                Cleanup::Request(request) => self.check_request(request, found),
                Cleanup::Step(id) if id.text == step.id.text => found.push(
                    Diagnostic::error(
                        "own-cleanup",
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
        // The plan holds lengths of time, so they are read before any step has run.
        for reference in request.lengths().filter_map(open).flat_map(Template::references) {
            Early::new(Place::Early, self.playbook, self.names).follow(reference, found);
        }
        match &request.body {
            Body::File(path) => self.check_file(path, found),
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
                Diagnostic::error("body-of-get", request.span, message)
                    .help("send parameters with `query:`, or use `post`"),
            );
        }
    }

    fn check_provider(&self, name: &Text, found: &mut Vec<Diagnostic>) {
        let known = || self.playbook.providers.iter().map(|provider| &*provider.name.text);
        let mistaken = self.playbook.mistaken.defines(&name.text);
        if &*name.text == "none" || mistaken || known().any(|known| *known == *name.text) {
            return;
        }
        let message = format!("there is no provider `{}` under `auth`", name.text);
        let diagnostic = Diagnostic::error("unknown-provider", name.span, message);
        let diagnostic = match closest(&name.text, known()) {
            Some(close) => diagnostic.fix(name.span, close),
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
        if text.starts_with("{{") || text.starts_with("http://") || text.starts_with("https://") {
            return;
        }
        if !text.starts_with('/') {
            let message = format!("`{text}` is no URL");
            found.push(
                Diagnostic::error("bad-url", request.url.span(), message)
                    .help("begin with `/` (put behind `defaults.base_url`), `http://` or `https://`"),
            );
        } else if self.playbook.defaults.base_url.is_none() && !self.playbook.mistaken.defines("base_url") {
            // One mistake, however many requests there are.
            if found.iter().any(|diagnostic| diagnostic.code == "no-base-url") {
                return;
            }
            let message = format!("`{text}` needs a base, and there is none");
            found.push(
                Diagnostic::error("no-base-url", request.url.span(), message)
                    .help("write `defaults: { base_url: \"{{ api_url }}\" }`, or the whole URL here"),
            );
        }
    }

    fn check_file(&self, path: &Template, found: &mut Vec<Diagnostic>) {
        let Some(literal) = path.as_literal() else { return };
        let whole = self.playbook.directory.join(literal);
        if !self.loader.exists(&whole) {
            found.push(
                Diagnostic::error("missing-file", path.span(), format!("there is no file `{literal}`"))
                    .help(format!("looked for `{}`; paths are relative to the playbook", whole.display())),
            );
        }
    }
}

/// Both branches capture the same names, so that later steps need not care which one ran.
fn check_ensure(ensure: &Ensure, found: &mut Vec<Diagnostic>) {
    let names = |requests: &mut dyn Iterator<Item = &Request>| -> BTreeSet<String> {
        requests.flat_map(|request| &request.captures).map(|capture| capture.name.text.to_string()).collect()
    };
    let find = names(&mut ensure.find.iter());
    let create = names(&mut std::iter::once(&ensure.create));
    for (missing, have, other, span) in [
        (find.difference(&create), "find", "create", ensure.create.span),
        (create.difference(&find), "create", "find", ensure.find.first().map_or(ensure.create.span, |find| find.span)),
    ] {
        for name in missing {
            let message = format!("`{have}` captures `{name}`, `{other}` does not");
            found.push(
                Diagnostic::error("uneven-ensure", span, message)
                    .help(format!("add `{name}` to the `capture` of `{other}`: later steps use it either way")),
            );
        }
    }
    let looks = ensure.absent.is_some() || ensure.find.iter().any(|find| !find.captures.is_empty());
    if !looks && let Some(find) = ensure.find.first() {
        found.push(
            Diagnostic::error("blind-find", find.span, "`find` can never find that it is absent")
                .help("capture something from what is found, or say `absent: status == 404` beside `find`"),
        );
    }
}
