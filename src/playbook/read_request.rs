//! From the tree to a [`Request`]: method, body, policies, captures, expectations.

use std::sync::Arc;

use super::conform::is_status;
use super::cookie::Cookie;
use super::fields::METHODS;
use super::json_template::JsonTemplate;
use super::model::{
    Body, Capture, CaptureFrom, Expect, Length, Part, Poll, Request, Retry, RetryOn, Several, StatusRange,
};
use super::path_template::PathTemplate;
use super::pattern::Pattern;
use super::read::{Fields, each, read_bindings, read_expression, read_headers, read_template};
use super::stream::Stream;
use super::tree::Node;
use crate::diagnostic::{Diagnostic, rule};
use crate::event::Effect;
use crate::expression::{Expr, Template};
use crate::source::Text;

const EVERY: std::time::Duration = std::time::Duration::from_secs(2);
const POLL_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(600);

/// Reads a request. What is wrong with its method or its URL has been told; the rest is read for its own mistakes.
pub(super) fn read_request(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Arc<Request>> {
    let fields = Fields::of(node)?;
    let entry = fields.0.iter().find(|entry| METHODS.contains(&&*entry.key.text));
    let url = entry.and_then(|entry| read_template(&entry.value, found));
    Some(Arc::new(Request {
        span: entry.map_or(node.span, |entry| entry.key.span),
        method: entry.and_then(|entry| method(&entry.key.text)).unwrap_or("POST"),
        url: url.unwrap_or_else(|| Template::literal(&Text::synthetic(UNREAD_URL, node.span))),
        query: read_bindings(fields.get("query"), found),
        headers: read_headers(fields.get("headers"), found),
        body: read_body(fields, found),
        auth: fields.text("auth"),
        timeout: fields.length("timeout", found),
        retry: fields.get("retry").map(|node| read_retry(node, found)),
        poll: fields.get("poll").and_then(|node| read_poll(node, found)),
        stream: fields.get("stream").and_then(|node| Stream::read(node, found)),
        redirects: fields.count("redirects"),
        effect: read_effect(fields),
        captures: read_captures(fields.get("capture"), found),
        expect: fields.get("expect").map(|node| read_expect(node, found)).unwrap_or_default(),
        save: fields.template("save", found),
        keep: fields.size("keep"),
        volatile: read_paths(fields.get("volatile"), found),
        unordered: read_paths(fields.get("unordered"), found),
        redact: read_paths(fields.get("redact"), found),
    }))
}

pub(super) fn read_effect(fields: Fields<'_>) -> Option<Effect> {
    match fields.word("effect")? {
        "read" => Some(Effect::Read),
        "idempotent" => Some(Effect::Idempotent),
        "once" => Some(Effect::Once),
        _ => None,
    }
}

/// Stands for a URL that could not be read; nothing is wrong with it.
const UNREAD_URL: &str = "http://unread";

fn method(key: &str) -> Option<&'static str> {
    Some(match key {
        "get" => "GET",
        "post" => "POST",
        "put" => "PUT",
        "patch" => "PATCH",
        "delete" => "DELETE",
        "head" => "HEAD",
        "options" => "OPTIONS",
        _ => return None,
    })
}

/// The texts of a list of scalars, or of one.
pub(super) fn read_strings(node: Option<&Node>) -> Vec<Text> {
    let Some(node) = node else { return Vec::new() };
    let nodes = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    let scalars = nodes.iter().filter(|node| !node.is_null()).filter_map(Node::as_scalar);
    scalars.map(|scalar| scalar.text.clone()).collect()
}

fn read_body(fields: Fields<'_>, found: &mut Vec<Diagnostic>) -> Body {
    if let Some(node) = fields.get("json") {
        return Body::Json(JsonTemplate::read(node, found));
    }
    if let Some(node) = fields.get("arrow") {
        return read_arrow(node, found);
    }
    if fields.get("form").is_some() {
        return Body::Form(read_bindings(fields.get("form"), found));
    }
    if let Some(items) = fields.get("multipart").and_then(Node::as_sequence) {
        return Body::Multipart(items.iter().filter_map(|item| read_part(item, found)).collect());
    }
    if let Some(text) = fields.template("text", found) {
        return Body::Text(text);
    }
    fields.template("file", found).map_or(Body::None, Body::File)
}

/// The records alone, or with their columns.
fn read_arrow(node: &Node, found: &mut Vec<Diagnostic>) -> Body {
    let Some(fields) = Fields::of(node) else {
        return Body::Arrow { records: JsonTemplate::read(node, found), schema: None };
    };
    let mut read = |name| fields.get(name).map(|node| JsonTemplate::read(node, found));
    let (records, schema) = (read("records"), read("schema"));
    records.map_or(Body::None, |records| Body::Arrow { records, schema })
}

fn read_part(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Part> {
    let fields = Fields::of(node)?;
    Some(Part {
        name: fields.template("name", found)?,
        filename: fields.template("filename", found),
        content_type: fields.template("content_type", found),
        content: read_body(fields, found),
    })
}

pub(super) fn read_retry(node: &Node, found: &mut Vec<Diagnostic>) -> Retry {
    let Some(fields) = Fields::of(node) else { return Retry::default() };
    let number = |name| fields.get(name).and_then(|node| node.as_scalar()?.value.as_f64());
    let on = fields.get("on").map(|node| {
        let words = read_strings(Some(node));
        words.iter().filter_map(|word| read_retry_on(word, found)).collect()
    });
    Retry {
        attempts: number("attempts").map(|attempts| attempts as u32),
        delay: fields.length("delay", found),
        backoff: number("backoff"),
        max_delay: fields.length("max_delay", found),
        jitter: number("jitter"),
        on,
        span: node.span,
        on_span: fields.get("on").map(|node| node.span),
        unsafe_: fields.flag("unsafe"),
    }
}

fn read_retry_on(word: &Text, found: &mut Vec<Diagnostic>) -> Option<RetryOn> {
    match &*word.text {
        "connect" => return Some(RetryOn::Connect),
        "timeout" => return Some(RetryOn::Timeout),
        "reset" => return Some(RetryOn::Reset),
        _ => {}
    }
    let range = status_range(&word.text);
    if range.is_none() {
        let message = format!("`on` cannot hold `{}`", word.text);
        let diagnostic = Diagnostic::new(rule::BAD_WORD, word.span, message)
            .help("write `connect`, `timeout`, `reset`, a status such as `503` or a class such as `5xx`");
        found.push(diagnostic.fix_word(word.span, &word.text, ["connect", "timeout", "reset"]));
    }
    range.map(RetryOn::Status)
}

/// `404` or `5xx`.
fn status_range(text: &str) -> Option<StatusRange> {
    if !is_status(text) {
        return None;
    }
    let digits = |filler: &str| text.replace("xx", filler).parse().ok();
    Some(StatusRange { first: digits("00")?, last: digits("99")? })
}

fn read_statuses(node: Option<&Node>) -> Vec<StatusRange> {
    read_strings(node).iter().filter_map(|text| status_range(&text.text)).collect()
}

fn read_poll(node: &Node, found: &mut Vec<Diagnostic>) -> Option<Poll> {
    let fields = Fields::of(node)?;
    let (until, fail_when) = (fields.expression("until", found), fields.expression("fail_when", found));
    Some(Poll {
        until: until?,
        fail_when,
        not_yet: read_statuses(fields.get("not_yet")),
        every: fields.length("every", found).unwrap_or(Length::Written(EVERY)),
        timeout: fields.length("timeout", found).unwrap_or(Length::Written(POLL_TIMEOUT)),
    })
}

pub(super) fn read_captures(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Capture> {
    each(node, |name, node| read_capture(name, node, found))
}

/// Reads a capture. Where its source cannot be read something stands in for it, so that its name is known.
fn read_capture(name: &Text, node: &Node, found: &mut Vec<Diagnostic>) -> Capture {
    let from = |from: Option<CaptureFrom>| from.unwrap_or_else(|| CaptureFrom::Header(name.clone()));
    let Some(fields) = Fields::of(node) else {
        let from = from(read_path(node, found).map(CaptureFrom::Json));
        return Capture { name: name.clone(), from, default: None, several: Several::Refuse, secret: false };
    };
    let source = if let Some(node) = fields.get("json") {
        read_path(node, found).map(CaptureFrom::Json)
    } else if let Some(header) = fields.text("header") {
        Some(CaptureFrom::Header(header))
    } else if let Some(name) = fields.text("cookie") {
        Cookie::read(&name, found).map(CaptureFrom::Cookie)
    } else if let Some(pattern) = fields.text("regex") {
        Pattern::read(&pattern, found).map(CaptureFrom::Regex)
    } else {
        fields.expression("expr", found).map(CaptureFrom::Expr)
    };
    refuse_several(fields, found);
    let several = match (fields.flag("all"), fields.flag("first")) {
        (Some(true), _) => Several::All,
        (_, Some(true)) => Several::First,
        _ => Several::Refuse,
    };
    let from = from(source);
    Capture {
        name: name.clone(),
        default: fields.get("default").map(|node| JsonTemplate::read(node, found)),
        several,
        secret: fields.flag("secret").unwrap_or_else(|| from.is_secret()),
        from,
    }
}

/// An expression has one value: what `all` and `first` say of it would be ignored.
fn refuse_several(fields: Fields<'_>, found: &mut Vec<Diagnostic>) {
    let several = |key: &str| matches!(key, "all" | "first");
    for entry in fields.0.iter().filter(|entry| fields.get("expr").is_some() && several(&entry.key.text)) {
        let key = &entry.key;
        found.push(
            Diagnostic::new(rule::MISPLACED_KEY, key.span, format!("`{}` does not go with `expr`", key.text))
                .help("an expression has one value: write `expr: list | first`, say, for the first of a list"),
        );
    }
}

/// JSONPaths: a list of them, or one.
pub(super) fn read_paths(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<PathTemplate> {
    let Some(node) = node else { return Vec::new() };
    let nodes = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    nodes.iter().filter_map(|node| read_path(node, found)).collect()
}

fn read_path(node: &Node, found: &mut Vec<Diagnostic>) -> Option<PathTemplate> {
    let scalar = node.as_scalar().filter(|scalar| scalar.value.as_str().is_some())?;
    PathTemplate::parse(&scalar.text).map_err(|diagnostics| found.extend(diagnostics)).ok()
}

pub(super) fn read_expect(node: &Node, found: &mut Vec<Diagnostic>) -> Expect {
    let Some(fields) = Fields::of(node) else { return Expect { that: read_that(node, found), ..Expect::default() } };
    let body = each(fields.get("body"), |path, node| {
        let path = PathTemplate::parse(path).map_err(|diagnostics| found.extend(diagnostics)).ok();
        path.map(|path| (path, JsonTemplate::read(node, found)))
    });
    Expect {
        status: read_statuses(fields.get("status")),
        status_span: fields.get("status").map(|node| node.span),
        headers: read_headers(fields.get("headers"), found),
        body: body.into_iter().flatten().collect(),
        schema: fields.template("schema", found),
        that: fields.get("that").map(|node| read_that(node, found)).unwrap_or_default(),
    }
}

fn read_that(node: &Node, found: &mut Vec<Diagnostic>) -> Vec<Expr> {
    let nodes = node.as_sequence().unwrap_or(std::slice::from_ref(node));
    nodes.iter().filter_map(|node| read_expression(node, found)).collect()
}
