//! Secrets that stand in the playbook itself: by the name they are under, and by their looks.
//!
//! What `simulate` binds belongs to a simulator, and is nobody's secret.

use super::super::rules::{credentials, each_step};
use super::each_judged;
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::Template;
use crate::playbook::{Body, JsonData, JsonTemplate, Playbook, ProviderKind, Request};
use crate::secret::{self, looks_secret};
use crate::source::{Span, Text};
use crate::value::Value;

/// Names of fields that hold secrets.
const SECRET: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "api_key",
    "apikey",
    "access_key",
    "secret_key",
    "private_key",
    "client_secret",
    "access_token",
    "refresh_token",
    "auth_token",
    "id_token",
];

/// Ends of names of fields that hold secrets.
const ENDS: &[&str] = &["_password", "_secret", "_api_key", "_secret_key", "_private_key", "_access_token"];

pub(super) fn check_secrets(playbook: &Playbook, found: &mut Vec<Diagnostic>) {
    for provider in &playbook.providers {
        let written = credentials(provider).into_iter().filter(|template| is_long(template.as_literal()));
        found.extend(
            written.map(|template| plain(template.span(), format!("a credential of `{}`", provider.name.text))),
        );
        if let ProviderKind::OAuth2(oauth2) = &provider.kind {
            check_looks(&oauth2.token_url, "`token_url`", found);
        }
    }
    for input in &playbook.inputs {
        let Some(default) = &input.default else { continue };
        let whole = format!("the secret default of `{}`", input.name.text);
        let is_written = is_text(default) && (input.secret || is_secret(&input.name.text));
        if is_written {
            found.push(plain(default.span, whole));
        } else {
            check_value(default, &format!("the default of `{}`", input.name.text), found);
        }
    }
    for var in &playbook.vars {
        check_named(&var.name, &var.value, found);
    }
    let defaults = &playbook.defaults;
    defaults.base_url.iter().for_each(|url| check_looks(url, "`base_url`", found));
    defaults.connection.proxy.iter().for_each(|url| check_looks(url, "`proxy`", found));
    check_headers(&defaults.headers, found);
    for (step, _) in each_step(playbook) {
        each_judged(step, &mut |request| check_request(request, found));
    }
}

fn check_request(request: &Request, found: &mut Vec<Diagnostic>) {
    check_looks(&request.url, "the URL", found);
    request.query.iter().for_each(|query| check_named(&query.name, &query.value, found));
    check_headers(&request.headers, found);
    check_body(&request.body, found);
}

fn check_body(body: &Body, found: &mut Vec<Diagnostic>) {
    match body {
        Body::Json(json) => check_value(json, "the body", found),
        Body::Form(fields) => fields.iter().for_each(|field| check_named(&field.name, &field.value, found)),
        Body::Text(text) => check_looks(text, "the body", found),
        Body::Multipart(parts) => parts.iter().for_each(|part| check_body(&part.content, found)),
        Body::None | Body::File(_) | Body::Arrow { .. } => {}
    }
}

fn check_headers(headers: &[(Text, Template)], found: &mut Vec<Diagnostic>) {
    for (name, value) in headers {
        let field = format!("the header field `{}`", name.text);
        match value.as_literal() {
            Some(literal) if secret::is_credential(&name.text) => {
                let mut secrets = secret::credentials(&name.text, literal).into_iter();
                if secrets.any(|secret| secret.len() >= secret::SHORTEST) {
                    found.push(plain(value.span(), format!("the secret in {field}")));
                }
            }
            _ => check_looks(value, &field, found),
        }
    }
}

fn check_named(name: &Text, value: &JsonTemplate, found: &mut Vec<Diagnostic>) {
    if is_text(value) && is_secret(&name.text) {
        found.push(plain(value.span, format!("the secret `{}`", name.text)));
    } else {
        check_value(value, &format!("`{}`", name.text), found);
    }
}

fn check_value(value: &JsonTemplate, what: &str, found: &mut Vec<Diagnostic>) {
    match &value.data {
        JsonData::Value(constant) => check_constant(constant, value.span, what, found),
        JsonData::Template(template) => check_looks(template, what, found),
        JsonData::List(items) => items.iter().for_each(|item| check_value(item, what, found)),
        JsonData::Map(members) => {
            for (name, member) in members {
                if is_text(member) && is_secret(name) {
                    found.push(plain(member.span, format!("the secret `{name}`")));
                } else {
                    check_value(member, &format!("`{name}`"), found);
                }
            }
        }
    }
}

fn check_constant(value: &Value, span: Span, what: &str, found: &mut Vec<Diagnostic>) {
    match value {
        Value::String(text) if looks_secret(text) => found.push(plain(span, format!("the secret in {what}"))),
        Value::Array(items) => items.iter().for_each(|item| check_constant(item, span, what, found)),
        Value::Object(members) => {
            for (name, member) in members.iter() {
                if is_secret(name) && is_long(member.as_str()) {
                    found.push(plain(span, format!("the secret `{name}`")));
                } else {
                    check_constant(member, span, &format!("`{name}`"), found);
                }
            }
        }
        _ => {}
    }
}

fn check_looks(template: &Template, what: &str, found: &mut Vec<Diagnostic>) {
    if looks_secret(template.text()) {
        found.push(plain(template.span(), format!("the secret in {what}")));
    }
}

fn plain(span: Span, what: String) -> Diagnostic {
    Diagnostic::new(rule::PLAIN_CREDENTIAL, span, format!("{what} is written where everyone can read it"))
        .help("take it from an input: `inputs: { password: { from: env:PASSWORD, secret: true } }`, say")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase().replace('-', "_");
    SECRET.contains(&&*name) || ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a value is a text that is written out, and long enough to be a secret.
fn is_text(value: &JsonTemplate) -> bool {
    matches!(&value.data, JsonData::Value(value) if is_long(value.as_str()))
}

fn is_long(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.len() >= secret::SHORTEST)
}
