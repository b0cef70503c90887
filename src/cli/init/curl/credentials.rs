//! Who asks: user and password, tokens and keys of the command, as a provider or a header field. What is secret becomes
//! an input, and its value is forgotten.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::command::Command;
use super::inputs::{Input, Inputs};
use super::secrecy::{is_secret_name, is_secret_text};
use super::url::Url;
use super::words::mark;
use super::yaml::Yaml;

/// A provider of `auth`, where the command has credentials that one can give.
pub(super) fn provider(command: &Command, user_of_url: Option<&str>, inputs: &mut Inputs) -> Option<(String, Yaml)> {
    let header = command.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let (scheme, rest) = header.and_then(|(_, value)| value.split_once(' ')).unwrap_or_default();
    let bearer = command.bearer.as_deref().filter(|_| header.is_none());
    if let Some(token) = bearer.or(scheme.eq_ignore_ascii_case("bearer").then_some(rest)) {
        return Some(("bearer".to_owned(), Yaml::Text(inputs.secret("api_token", token.trim()))));
    }
    let encoded = scheme.eq_ignore_ascii_case("basic").then(|| STANDARD.decode(rest.trim()).ok()).flatten();
    let encoded = encoded.and_then(|bytes| String::from_utf8(bytes).ok());
    let user = command.user.as_deref().or(user_of_url).filter(|_| header.is_none());
    encoded.as_deref().or(user).map(|user| basic(user, inputs))
}

/// Options with which a password is not sent.
const NOT_BASIC: &[&str] = &["--aws-sigv4", "--digest", "--negotiate", "--ntlm", "--ntlm-wb"];

/// Takes away what is beside the credentials that curl would send, and names it.
pub(super) fn keep_one(command: &mut Command, urls: &mut [Url]) -> Vec<&'static str> {
    if command.unknown.iter().any(|option| NOT_BASIC.contains(&&**option)) {
        urls.iter_mut().for_each(|url| url.user = None);
        command.user = None;
        return vec!["user and password (as basic ones they would be given away)"];
    }
    let mut headers = 0;
    command.headers.retain(|(name, _)| {
        headers += usize::from(name.eq_ignore_ascii_case("authorization"));
        headers < 2 || !name.eq_ignore_ascii_case("authorization")
    });
    let (has_header, has_bearer, has_user) = (headers > 0, command.bearer.is_some(), command.user.is_some());
    let of_url = urls[0].user.as_deref();
    let beside = [
        (headers > 1, "a second Authorization"),
        (has_header && has_bearer, "--oauth2-bearer (beside an Authorization)"),
        ((has_header || has_bearer) && has_user, "-u (beside a token)"),
        (of_url.is_some() && (has_header || has_bearer || has_user), "the user of the URL (beside other credentials)"),
        (urls[1..].iter().any(|url| url.user.is_some() && url.user.as_deref() != of_url), "the user of a later URL"),
    ];
    beside.into_iter().filter(|(is_there, _)| *is_there).map(|(_, what)| what).collect()
}

/// `user:password`; a user without a password is the key itself, as some APIs want it.
fn basic(user: &str, inputs: &mut Inputs) -> (String, Yaml) {
    let (name, password) = match user.split_once(':') {
        Some((key, "")) => (inputs.secret("api_key", key), String::new()),
        Some((name, password)) => (username(name, inputs), inputs.secret("password", password)),
        None => (username(user, inputs), inputs.secret("password", "")),
    };
    let entries = [("username", name), ("password", password)];
    ("basic".to_owned(), Yaml::Line(entries.map(|(key, value)| (key.to_owned(), Yaml::Text(value))).to_vec()))
}

fn username(name: &str, inputs: &mut Inputs) -> String {
    if name.chars().any(|letter| mark(letter).is_some()) {
        return inputs.template(name);
    }
    if is_secret_text(name) {
        return inputs.secret("api_key", name);
    }
    let default = Some(inputs.template(name));
    inputs.add("username", Input { default, ..Input::default() })
}

/// Header fields that have long runs of letters and digits and no secrets.
const PLAIN: &[&str] = &["accept", "content-type", "user-agent", "if-match", "if-none-match"];

/// The value of a header field as a template, without its secrets.
pub(super) fn header_value(name: &str, value: &str, inputs: &mut Inputs) -> String {
    let lower = name.to_ascii_lowercase();
    if lower == "cookie" {
        return inputs.secret("cookie", value);
    }
    if lower == "authorization" || lower == "proxy-authorization" {
        return match value.split_once(' ') {
            Some((scheme, rest))
                if !scheme.is_empty() && !rest.contains(' ') && scheme.chars().all(char::is_alphanumeric) =>
            {
                format!("{scheme} {}", inputs.secret("api_token", rest))
            }
            _ => inputs.secret("authorization", value),
        };
    }
    let is_secret = is_secret_name(&lower) || !PLAIN.contains(&&*lower) && is_secret_text(value);
    if is_secret && !value.is_empty() {
        return inputs.secret(&lower, value);
    }
    inputs.template(value)
}

/// Whether a provider has taken the place of this header field.
pub(super) fn is_provided(name: &str, value: &str) -> bool {
    let scheme = value.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let decodes = || {
        value.split_once(' ').is_some_and(|(_, rest)| {
            STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).is_some()
        })
    };
    name.eq_ignore_ascii_case("authorization") && (scheme == "bearer" || scheme == "basic" && decodes())
}
