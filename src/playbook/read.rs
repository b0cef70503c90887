//! From the tree to a [`Playbook`]: the parts around the steps.
//!
//! The tree's shape has been checked by [`super::conform`]; what does not fit is left out here without another word.

use std::path::{Path, PathBuf};

use super::conform::conform;
use super::connection::read_connection;
use super::fields::PLAYBOOK;
use super::include::{ReadIncluded, merge, note_bases};
use super::json_template::{JsonTemplate, template_as_key};
use super::limits::read_limits;
use super::matrix::read_matrix;
use super::mistaken::Mistaken;
use super::model::{Binding, Defaults, Input, InputKind, InputPlace, InputSource, Length, Playbook, Prose};
use super::path_template::PathTemplate;
use super::provider::{Grant, OAuth2, Provider, ProviderKind};
use super::read_request::{read_paths, read_retry, read_strings};
use super::read_step::read_step;
use super::shape::Shape;
use super::size::parse_size;
use super::tree::{self, Data, Entry, Mapping, Node, Tree};
use crate::diagnostic::{Diagnostic, has_errors, rule};
use crate::expression::{Expr, Template, parse_duration};
use crate::limits::Limits;
use crate::source::{SourceId, Span, Text};

/// Reads a playbook from the text of its file. `directory` is what its literal paths are relative to.
///
/// What it includes is not read, and so the names are missing that are defined there: [`read_with`] does that.
///
/// The playbook is `None` where nothing usable could be read; every mistake found is among the diagnostics. One that
/// comes with errors is good for finding more of them and for nothing else: what could not be read is missing in it,
/// or has a stand-in.
pub fn read(source: SourceId, text: &str, directory: &Path) -> (Option<Playbook>, Vec<Diagnostic>) {
    read_with(source, text, directory, Limits::default(), &mut |_, _| Some(Vec::new()))
}

/// The same, with the files that the playbook includes: `included` reads them. Without one of them there is no
/// playbook, since every name that it defines would seem to be missing. The limits win over those of the playbook.
pub fn read_with(
    source: SourceId,
    text: &str,
    directory: &Path,
    limits: Limits,
    included: ReadIncluded<'_>,
) -> (Option<Playbook>, Vec<Diagnostic>) {
    let Tree { root, diagnostics: mut found, cut } = tree::parse_within(source, text, &limits);
    let Some(mut root) = root else { return (None, found) };
    if root.as_mapping().is_none() {
        if cut.is_none() {
            found.push(no_mapping(&root));
        }
        return (None, found);
    }
    let mut mistaken = Mistaken::default();
    mistaken.note(&found);
    let mut more = Vec::new();
    conform(&root, &Shape::Object(&PLAYBOOK), "playbook", &mut more);
    more.retain(|diagnostic| !mistaken.repeats(diagnostic));
    mistaken.note(&more);
    let mut inside = Vec::new();
    let steps = take_steps(&mut root);
    let files = read_strings(root.as_mapping().and_then(|root| Some(&root.get("include")?.value)));
    let files = if files.is_empty() { Some(Vec::new()) } else { included(&files, &mut more) };
    let complete = files.is_some();
    let files = files.unwrap_or_default();
    mistaken.note(&more);
    if has_errors(&more) {
        files.iter().for_each(|file| mistaken.note_names(file.root()));
    }
    let bases = merge(&mut root, files, &mut more);
    let mut playbook = read_playbook(&root, steps, source, directory, &mut inside);
    note_bases(&mut playbook, &bases);
    playbook.limits = limits.over(playbook.limits);
    more.extend(inside.into_iter().filter(|diagnostic| !mistaken.repeats(diagnostic)));
    if let Some(cut) = cut {
        // The rest of the file is missing, and with it whatever seems to be missing here.
        more.retain(|one| {
            !one.is(rule::MISSING_KEY) && one.primary.as_ref().is_some_and(|at| at.span.end <= cut.start)
        });
        found.extend(more);
        return (None, found);
    }
    found.extend(more);
    if !complete {
        return (None, found);
    }
    if has_errors(&found)
        && let Some(root) = tree::parse_within(source, text, &limits).root
    {
        // The steps of the other tree are gone.
        mistaken.note_names(&root);
    }
    (Some(Playbook { mistaken, ..playbook }), found)
}

fn no_mapping(root: &Node) -> Diagnostic {
    Diagnostic::new(rule::WRONG_TYPE, root.span, format!("a playbook is a mapping, not {}", root.kind()))
        .label(format!("this is {}", root.kind()))
        .help("begin the file with `playbook: NAME`, without a dash, and go on with `steps:` in the first column")
}

/// Takes the steps out of the tree, so that each can go when it has been read: all of them and the playbook beside
/// them would take half as much memory again.
fn take_steps(root: &mut Node) -> Vec<Entry> {
    let Data::Mapping(fields) = &mut root.data else { return Vec::new() };
    let steps = fields.entries.iter_mut().find(|entry| &*entry.key.text == "steps");
    match steps.map(|entry| &mut entry.value.data) {
        Some(Data::Mapping(steps)) => std::mem::take(&mut steps.entries),
        _ => Vec::new(),
    }
}

fn read_playbook(
    root: &Node,
    steps: Vec<Entry>,
    source: SourceId,
    directory: &Path,
    found: &mut Vec<Diagnostic>,
) -> Playbook {
    let nothing = Mapping::default();
    let fields = Fields::of(root).unwrap_or(Fields(&nothing));
    let mut playbook = Playbook {
        source,
        directory: directory.to_owned(),
        id: fields.text("playbook").unwrap_or_else(|| Text::synthetic("", Span { source, ..Span::default() })),
        title: fields.text("name"),
        prose: Prose { section: fields.text("section"), description: fields.text("description"), ..Prose::default() },
        inputs: Vec::new(),
        matrix: fields.0.get("matrix").and_then(|entry| read_matrix(entry, found)),
        vars: read_bindings(fields.get("vars"), found),
        simulate: read_bindings(fields.get("simulate"), found),
        providers: Vec::new(),
        defaults: Defaults::default(),
        listed: fields.word("order") == Some("listed"),
        steps: Vec::new(),
        finally: Vec::new(),
        outputs: read_bindings(fields.get("outputs"), found),
        limits: read_limits(fields.get("limits")),
        mistaken: Mistaken::default(),
    };
    playbook.inputs = each(fields.get("inputs"), |name, node| read_input(name, node, found));
    playbook
        .inputs
        .extend(playbook.matrix.iter().flat_map(|matrix| matrix.new_inputs(&playbook.inputs)).collect::<Vec<_>>());
    playbook.providers = each(fields.get("auth"), |name, node| {
        read_provider(name, node, found).unwrap_or_else(|| unread_provider(name))
    });
    if let Some(node) = fields.get("defaults") {
        playbook.defaults = read_defaults(node, found);
    }
    playbook.steps = steps.into_iter().map(|step| read_step(&step.key, &step.value, found)).collect();
    playbook.finally = each(fields.get("finally"), |id, node| read_step(id, node, found));
    playbook
}

/// The fields of a mapping, by name.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Mapping);

impl<'a> Fields<'a> {
    pub(super) fn of(node: &'a Node) -> Option<Self> {
        node.as_mapping().map(Fields)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Node> {
        self.0.get(name).map(|entry| &entry.value)
    }

    /// A scalar's text.
    pub(super) fn text(&self, name: &str) -> Option<Text> {
        let scalar = self.get(name)?.as_scalar()?;
        (!scalar.value.is_null()).then(|| scalar.text.clone())
    }

    pub(super) fn word(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_str()
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.as_scalar()?.value.as_bool()
    }

    /// A length of time; [`super::conform`] has refused what is neither a duration nor a template.
    pub(super) fn length(&self, name: &str, found: &mut Vec<Diagnostic>) -> Option<Length> {
        let template = self.template(name, found)?;
        match template.as_literal() {
            Some(written) => parse_duration(written).map(Length::Written).ok(),
            None => Some(Length::Open(template)),
        }
    }

    /// A size; [`super::conform`] has refused what is none.
    pub(super) fn size(&self, name: &str) -> Option<usize> {
        parse_size(&self.text(name)?.text).ok()
    }

    /// A count; [`super::conform`] has refused what is none.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        self.get(name)?.as_scalar()?.value.as_i64()?.try_into().ok()
    }

    pub(super) fn template(&self, name: &str, found: &mut Vec<Diagnostic>) -> Option<Template> {
        read_template(self.get(name)?, found)
    }

    pub(super) fn expression(&self, name: &str, found: &mut Vec<Diagnostic>) -> Option<Expr> {
        read_expression(self.get(name)?, found)
    }
}

/// What `read` makes of each entry of a mapping, in a list that is no longer than that.
pub(super) fn each<T>(node: Option<&Node>, mut read: impl FnMut(&Text, &Node) -> T) -> Vec<T> {
    let Some(mapping) = node.and_then(Node::as_mapping) else { return Vec::new() };
    mapping.iter().map(|entry| read(&entry.key, &entry.value)).collect()
}

pub(super) fn read_template(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Template> {
    let scalar = node.as_scalar().filter(|_| !node.is_null())?;
    Template::parse(&scalar.text).map_err(|diagnostics| found.extend(diagnostics)).ok()
}

pub(super) fn read_expression(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Expr> {
    let scalar = node.as_scalar().filter(|_| !node.is_null())?;
    Expr::parse(&scalar.text).map_err(|diagnostic| found.push(diagnostic)).ok()
}

pub(super) fn read_bindings(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Binding> {
    each(node, |name, node| {
        found.extend(template_as_key(name, "write the name itself; expressions stand in values only"));
        Binding { name: name.clone(), value: JsonTemplate::read(node, found) }
    })
}

pub(super) fn read_headers(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<(Text, Template)> {
    let headers = each(node, |name, node| Some((name.clone(), read_template(node, found)?)));
    headers.into_iter().flatten().collect()
}

fn read_input(name: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Input {
    let nothing = Mapping::default();
    let fields = Fields::of(node).unwrap_or(Fields(&nothing));
    let default = fields.get("default").map(|node| JsonTemplate::read(node, found));
    let kind = match fields.word("type") {
        Some("int") => InputKind::Int,
        Some("number") => InputKind::Number,
        Some("bool") => InputKind::Bool,
        Some("url") => InputKind::Url,
        Some("file") => InputKind::File,
        Some("json") => InputKind::Json,
        Some("string") => InputKind::String,
        _ => default.as_ref().map_or(InputKind::String, InputKind::of_default),
    };
    let from = read_strings(fields.get("from")).iter().filter_map(|text| read_input_source(text, found)).collect();
    Input {
        name: name.clone(),
        kind,
        from,
        default,
        secret: fields.flag("secret").unwrap_or(false),
        optional: fields.flag("optional").unwrap_or(false),
        description: fields.text("description"),
        base: PathBuf::new(),
    }
}

fn read_input_source(text: &Text, found: &mut Vec<Diagnostic>) -> Option<InputSource> {
    let is_open = text.text.contains("{{") && (text.text.starts_with("env:") || text.text.starts_with("file:"));
    let place = match is_open {
        true => Template::parse(text).map_err(|diagnostics| found.extend(diagnostics)).ok().map(InputPlace::Open),
        false => {
            let bad = |(message, help): (String, String)| {
                found.push(Diagnostic::new(rule::BAD_SOURCE, text.span, message).help(help));
            };
            InputPlace::read(&text.text).map_err(bad).ok()
        }
    };
    Some(InputSource { span: text.span, place: place? })
}

fn read_provider(name: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Option<Provider> {
    let fields = Fields::of(node)?;
    let hosts = match fields.get("hosts") {
        Some(node) => match node.as_sequence() {
            Some(items) => items.iter().filter_map(|item| read_template(item, found)).collect(),
            None => read_template(node, found).into_iter().collect(),
        },
        None => Vec::new(),
    };
    let kind = if let Some(node) = fields.get("oauth2") {
        ProviderKind::OAuth2(Box::new(read_oauth2(Fields::of(node)?, node, found)?))
    } else if let Some(basic) = fields.get("basic") {
        let basic = Fields::of(basic)?;
        let (username, password) = (basic.template("username", found), basic.template("password", found));
        ProviderKind::Basic { username: username?, password: password? }
    } else if let Some(header) = fields.get("header") {
        let header = Fields::of(header)?;
        ProviderKind::Header { name: header.text("name")?, value: header.template("value", found)? }
    } else {
        ProviderKind::Bearer(fields.template("bearer", found)?)
    };
    Some(Provider { name: name.clone(), kind, hosts })
}

/// Stands for a provider that could not be read, so that its name is known.
fn unread_provider(name: &Text) -> Provider {
    let kind = ProviderKind::Bearer(Template::literal(&Text::synthetic("unread", name.span)));
    Provider { name: name.clone(), kind, hosts: Vec::new() }
}

fn read_oauth2(fields: Fields<'_>, node: &Node, found: &mut Vec<Diagnostic>) -> Option<OAuth2> {
    let grant = match fields.word("grant")? {
        "password" => Grant::Password,
        "client_credentials" => Grant::ClientCredentials,
        "refresh_token" => Grant::RefreshToken,
        _ => return None,
    };
    let wanted: &[&str] = match grant {
        Grant::Password => &["username", "password"],
        Grant::ClientCredentials => &["client_id"],
        Grant::RefreshToken => &["refresh_token"],
    };
    for name in wanted.iter().filter(|name| fields.get(name).is_none()) {
        let message = format!("the grant `{}` needs `{name}`", grant.as_str());
        let place = fields.get("grant").map_or(node.span, |node| node.span);
        found.push(Diagnostic::new(rule::MISSING_KEY, place, message).help(format!("add `{name}:` beside `grant`")));
    }
    Some(OAuth2 {
        token_url: fields.template("token_url", found)?,
        grant,
        client_id: fields.template("client_id", found),
        client_secret: fields.template("client_secret", found),
        client_in_form: fields.word("client_auth") == Some("form"),
        username: fields.template("username", found),
        password: fields.template("password", found),
        refresh_token: fields.template("refresh_token", found),
        scope: fields.template("scope", found),
    })
}

fn read_defaults(node: &Node, found: &mut Vec<Diagnostic>) -> Defaults {
    let Some(fields) = Fields::of(node) else { return Defaults::default() };
    Defaults {
        base_url: fields.template("base_url", found),
        auth: fields.text("auth"),
        timeout: fields.length("timeout", found),
        retry: fields.get("retry").map(|node| read_retry(node, found)),
        headers: read_headers(fields.get("headers"), found),
        connection: read_connection(fields, found),
        cookies: fields.flag("cookies"),
        redirects: fields.count("redirects"),
        keep: fields.size("keep"),
        read_paths: read_strings(fields.get("read_paths")),
        volatile: read_paths_of(fields.get("volatile"), found),
        unordered: read_paths_of(fields.get("unordered"), found),
        redact: read_paths_of(fields.get("redact"), found),
    }
}

/// JSONPaths by the globs they go with.
fn read_paths_of(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<(Text, Vec<PathTemplate>)> {
    each(node, |glob, node| (glob.clone(), read_paths(Some(node), found)))
}
