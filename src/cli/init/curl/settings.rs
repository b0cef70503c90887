//! How the request gets there: `defaults` of the playbook that is made, and what its step says of time and retries.

use super::command::Command;
use super::inputs::Inputs;
use super::secrecy::{is_secret_segment, is_secret_text};
use super::yaml::Yaml;

/// The keys of `defaults` but for `base_url` and `auth`.
pub(super) fn defaults(command: &Command, inputs: &mut Inputs, left_out: &mut Vec<String>) -> Vec<(String, Yaml)> {
    let mut made = Vec::new();
    let tls = tls(command, inputs, left_out);
    if !tls.is_empty() {
        made.push(("tls".to_owned(), Yaml::Line(tls)));
    }
    match &command.proxy {
        Some(proxy) if proxy.is_empty() => made.push(("proxy".to_owned(), Yaml::text("none"))),
        Some(proxy) if proxy.starts_with("socks") => left_out.push("-x (a SOCKS proxy)".to_owned()),
        Some(proxy) => made.push(("proxy".to_owned(), Yaml::Text(self::proxy(proxy, command, inputs)))),
        None if command.proxy_user.is_some() => left_out.push("--proxy-user (without a proxy)".to_owned()),
        None => {}
    }
    if !command.no_proxy.is_empty() {
        let hosts = command.no_proxy.iter().map(|host| Yaml::Text(inputs.template(host))).collect();
        made.push(("no_proxy".to_owned(), Yaml::List(hosts)));
    }
    if !command.connect_to.is_empty() {
        let pair = |(host, to): &(String, String)| (inputs.shown(host), Yaml::text(inputs.shown(to)));
        made.push(("connect_to".to_owned(), Yaml::Line(command.connect_to.iter().map(pair).collect())));
    }
    if command.keeps_cookies {
        made.push(("cookies".to_owned(), Yaml::word("true")));
    }
    made
}

fn tls(command: &Command, inputs: &mut Inputs, left_out: &mut Vec<String>) -> Vec<(String, Yaml)> {
    let mut made = Vec::new();
    if let Some(path) = &command.authority {
        made.push(("ca".to_owned(), Yaml::Text(inputs.file("ca_file", path))));
    }
    if let Some(path) = &command.certificate {
        let password = path.rsplit_once(':').filter(|(path, rest)| path.len() > 1 && !rest.contains(['/', '\\']));
        if password.is_some() {
            left_out.push("the password of --cert".to_owned());
        }
        let path = password.map_or(&**path, |(path, _)| path);
        made.push(("client_cert".to_owned(), Yaml::Text(inputs.file("client_cert_file", path))));
    }
    match (&command.certificate_key, &command.certificate) {
        (Some(path), Some(_)) => made.push(("client_key".to_owned(), Yaml::Text(inputs.file("client_key_file", path)))),
        (Some(_), None) => left_out.push("--key (without a --cert)".to_owned()),
        _ => {}
    }
    if command.insecure {
        made.push(("insecure".to_owned(), Yaml::word("true")));
    }
    made
}

fn proxy(proxy: &str, command: &Command, inputs: &mut Inputs) -> String {
    let (scheme, rest) = proxy.split_once("://").unwrap_or(("http", proxy));
    let (of_url, host) = match rest.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, rest),
    };
    let host = inputs.template(host);
    match command.proxy_user.as_deref().or(of_url) {
        Some(user) => {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let name = if is_secret_text(name) { inputs.secret("proxy_user", name) } else { inputs.template(name) };
            let (name, password) = (name, inputs.secret("proxy_password", password));
            format!("{scheme}://{name}:{password}@{host}")
        }
        None => format!("{scheme}://{host}"),
    }
}

/// The most redirects that are followed, and how often a request is repeated at most.
const MOST_REDIRECTS: u32 = 20;
const MOST_RETRIES: u32 = 99;

/// The keys of the step that say how long, how often and how far.
pub(super) fn of_step(
    command: &Command,
    inputs: &Inputs,
    path: &str,
    left_out: &mut Vec<String>,
) -> Vec<(String, Yaml)> {
    let mut made = Vec::new();
    if let Some(time) = &command.max_time {
        made.push(("timeout".to_owned(), Yaml::text(time.as_str())));
    }
    if let Some(retries) = command.retries.filter(|retries| *retries > 0) {
        if retries > MOST_RETRIES {
            left_out.push(format!("--retry {retries} (there are at most {MOST_RETRIES})"));
        }
        let mut retry = vec![("attempts".to_owned(), Yaml::word((retries.min(MOST_RETRIES) + 1).to_string()))];
        retry.extend(command.retry_delay.as_ref().map(|delay| ("delay".to_owned(), Yaml::text(delay.as_str()))));
        made.push(("retry".to_owned(), Yaml::Line(retry)));
    }
    if command.follows {
        let most = command.max_redirects.unwrap_or(MOST_REDIRECTS);
        if most > MOST_REDIRECTS {
            left_out.push(format!("--max-redirs {most} (there are at most {MOST_REDIRECTS})"));
        }
        let most = most.min(MOST_REDIRECTS);
        made.push(("redirects".to_owned(), Yaml::word(most.to_string())));
    }
    let of_url = command.remote_name.then(|| path.split('?').next().unwrap_or_default());
    if let Some(output) = command.output.as_deref().or(of_url) {
        let name = super::body::file_name(output);
        let is_plain = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter));
        if is_plain && !name.is_empty() && !name.starts_with('.') && !is_secret_segment(&name) {
            made.push(("save".to_owned(), Yaml::text(name)));
        } else {
            let named = if is_secret_segment(&name) { String::new() } else { format!(" `{}`", inputs.shown(output)) };
            left_out.push(format!("the file{named} for the answer"));
        }
    }
    made
}
