//! Who asks: user and password, tokens and keys of the command, as a provider or a header field. What is secret becomes
//! an input, and its value is forgotten.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::command::Command;
use super::inputs::{Input, Inputs, is_secret_name};
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
    let default = Some(inputs.template(name));
    inputs.add("username", Input { default, ..Input::default() })
}

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
    if is_secret_name(&lower) && !value.is_empty() {
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
