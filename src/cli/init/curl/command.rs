//! What a curl command says, option by option, before it is made into a playbook.

use super::options::{Given, Means};
use super::words::{Refusal, mark, refusal};

/// What follows `-d` and its kin.
#[derive(Debug)]
pub(super) struct Data {
    pub(super) content: Content,
    /// Of `--data-urlencode name=…`.
    pub(super) name: Option<String>,
    /// Whether curl encodes it.
    pub(super) is_encoded: bool,
}

/// Words of the command, or the path of a file.
#[derive(Debug)]
pub(super) enum Content {
    Text(String),
    File(String),
}

/// What follows `-F`.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) content: Content,
    /// Whether a file is sent as a file, with its name, or only its text.
    pub(super) as_file: bool,
    pub(super) filename: Option<String>,
    pub(super) media_type: Option<String>,
}

/// A command.
#[derive(Debug, Default)]
pub(super) struct Command {
    pub(super) method: Option<String>,
    pub(super) urls: Vec<String>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) data: Vec<Data>,
    pub(super) parts: Vec<Part>,
    pub(super) upload: Option<String>,
    pub(super) user: Option<String>,
    pub(super) bearer: Option<String>,
    pub(super) cookies: Vec<String>,
    pub(super) keeps_cookies: bool,
    pub(super) is_json: bool,
    pub(super) data_in_query: bool,
    pub(super) is_head: bool,
    pub(super) insecure: bool,
    pub(super) follows: bool,
    pub(super) max_redirects: Option<u32>,
    pub(super) globs: bool,
    pub(super) proxy: Option<String>,
    pub(super) proxy_user: Option<String>,
    pub(super) no_proxy: Vec<String>,
    pub(super) certificate: Option<String>,
    pub(super) certificate_key: Option<String>,
    pub(super) authority: Option<String>,
    pub(super) connect_to: Vec<(String, String)>,
    pub(super) max_time: Option<String>,
    pub(super) retries: Option<u32>,
    pub(super) retry_delay: Option<String>,
    pub(super) output: Option<String>,
    pub(super) remote_name: bool,
    /// Options that change only what curl prints or how it goes about it.
    pub(super) without_effect: Vec<String>,
    /// Options that have no counterpart.
    pub(super) unknown: Vec<String>,
}

/// Puts the options together.
pub(super) fn command(given: Vec<Given>) -> Result<Command, Refusal> {
    let mut command = Command { globs: true, ..Command::default() };
    for one in given {
        command.take(one)?;
    }
    if command.urls.is_empty() {
        return Err(refusal("the command has no URL", "copy the whole command, from `curl` to its last line"));
    }
    Ok(command)
}

impl Command {
    fn take(&mut self, given: Given) -> Result<(), Refusal> {
        let Given { written, means, value } = given;
        match means {
            None => self.unknown.push(written),
            Some(Means::Nothing) => self.without_effect.push(written),
            Some(Means::Next) => {
                let help = "take the requests over one by one, each into a file of its own";
                return Err(refusal(format!("`{written}` begins another request"), help));
            }
            Some(Means::Url) => self.urls.push(value),
            Some(Means::Method) => self.method = Some(value),
            Some(Means::Header) => self.header(&value, &written),
            Some(Means::Data) => self.data(file_or_text(value), None, false),
            Some(Means::DataRaw) => self.data(Content::Text(value), None, false),
            Some(Means::DataBinary) => self.data(file_or_text(value), None, false),
            Some(Means::Json) => {
                self.is_json = true;
                self.data(file_or_text(value), None, false);
            }
            Some(Means::DataUrlencode) => self.data_urlencode(&value),
            Some(Means::Form) => self.parts.push(part(&value)?),
            Some(Means::FormString) => self.parts.push(text_part(&value)?),
            Some(means) => return self.setting(means, written, value),
        }
        Ok(())
    }

    /// Everything that is not the request's words.
    fn setting(&mut self, means: Means, written: String, value: String) -> Result<(), Refusal> {
        match means {
            Means::User => self.user = Some(value),
            Means::Bearer => self.bearer = Some(value),
            Means::Cookie if value.contains('=') || value.chars().any(|letter| mark(letter).is_some()) => {
                self.cookies.push(value)
            }
            Means::CookieJar => self.keeps_cookies = true,
            Means::Get => self.data_in_query = true,
            Means::Head => self.is_head = true,
            Means::Insecure => self.insecure = true,
            Means::Location => self.follows = true,
            Means::MaxRedirects => self.max_redirects = Some(number(&value, &written)?),
            Means::Agent => self.headers.push(("User-Agent".to_owned(), value)),
            Means::Referer => self.headers.push(("Referer".to_owned(), value)),
            Means::Range => self.headers.push(("Range".to_owned(), format!("bytes={value}"))),
            Means::Proxy => self.proxy = Some(value),
            Means::ProxyUser => self.proxy_user = Some(value),
            Means::NoProxy => self.no_proxy.extend(value.split(',').map(|host| host.trim().to_owned())),
            Means::Cert => self.certificate = Some(value),
            Means::CertKey => self.certificate_key = Some(value),
            Means::Authority => self.authority = Some(value),
            Means::ConnectTo | Means::Resolve => match connection(means, &value) {
                Some(pair) => self.connect_to.push(pair),
                None => self.unknown.push(written),
            },
            Means::MaxTime => self.max_time = Some(seconds(&value, &written)?),
            Means::Retry => self.retries = Some(number(&value, &written)?),
            Means::RetryDelay => self.retry_delay = Some(seconds(&value, &written)?),
            Means::Output if value == "-" || value == "/dev/null" => self.without_effect.push(written),
            Means::Output => self.output = Some(value),
            Means::RemoteName => self.remote_name = true,
            Means::Upload => self.upload = Some(value),
            Means::NoGlob => self.globs = false,
            _ => self.unknown.push(written),
        }
        Ok(())
    }

    fn header(&mut self, value: &str, written: &str) {
        match value.split_once(':') {
            Some((name, value)) if !name.trim().is_empty() && !value.trim().is_empty() => {
                self.headers.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            // HTTP/2 writes `:authority` and the like; curl removes a header without a value.
            Some((name, _)) => self.unknown.push(format!("{written} '{}:'", name.trim())),
            None => match value.strip_suffix(';') {
                Some(name) => self.headers.push((name.trim().to_owned(), String::new())),
                None => self.unknown.push(format!("{written} (without a `:`)")),
            },
        }
    }

    fn data(&mut self, content: Content, name: Option<String>, is_encoded: bool) {
        self.data.push(Data { content, name, is_encoded });
    }

    /// `content`, `=content`, `name=content`, `@file`, `name@file`
    fn data_urlencode(&mut self, value: &str) {
        let split = value.find(['=', '@']).map(|at| (&value[..at], &value[at..at + 1], &value[at + 1..]));
        let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        match split {
            Some((name, "@", path)) => self.data(Content::File(path.to_owned()), named(name), true),
            Some((name, _, text)) => self.data(Content::Text(text.to_owned()), named(name), true),
            None => self.data(Content::Text(value.to_owned()), None, true),
        }
    }
}

fn file_or_text(value: String) -> Content {
    match value.strip_prefix('@') {
        Some(path) => Content::File(path.to_owned()),
        None => Content::Text(value),
    }
}

fn text_part(value: &str) -> Result<Part, Refusal> {
    let (name, text) = value.split_once('=').ok_or_else(no_part)?;
    let content = Content::Text(text.to_owned());
    Ok(Part { name: name.to_owned(), content, as_file: false, filename: None, media_type: None })
}

fn no_part() -> Refusal {
    refusal("what follows `-F` is no `name=value`", "write `-F name=value` or `-F name=@file`")
}

/// `name=text`, `name=@file`, `name=<file`, each with `;type=…` and `;filename=…`.
fn part(value: &str) -> Result<Part, Refusal> {
    let mut part = text_part(value)?;
    let Content::Text(text) = &part.content else { return Ok(part) };
    let mut pieces = text.split(';').map(str::to_owned).collect::<Vec<_>>().into_iter();
    let mut content = pieces.next().unwrap_or_default();
    for piece in pieces {
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        match piece.trim().split_once('=') {
            Some(("type", kind)) => part.media_type = Some(unquoted(kind)),
            Some(("filename", name)) => part.filename = Some(unquoted(name)),
            // Of a type, such as `charset=utf-8`; or a semicolon of the text.
            _ => match &mut part.media_type {
                Some(kind) => *kind += &format!("; {}", piece.trim()),
                None => content += &format!(";{piece}"),
            },
        }
    }
    part.as_file = content.starts_with('@');
    part.content = match content.strip_prefix(['@', '<']) {
        Some(path) => Content::File(path.trim_matches('"').to_owned()),
        None => Content::Text(content),
    };
    Ok(part)
}

/// `HOST:PORT:HOST:PORT` of `--connect-to`, `[+]HOST:PORT:ADDRESS` of `--resolve`.
fn connection(means: Means, value: &str) -> Option<(String, String)> {
    let pieces = colon_pieces(value.trim_start_matches('+'));
    let join = |host: &str, port: &str| if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") };
    match (means, &pieces[..]) {
        (Means::ConnectTo, [host, port, to, to_port]) if !(host.is_empty() || to.is_empty() && to_port.is_empty()) => {
            let to = if to.is_empty() { host } else { to };
            let to_port = if to_port.is_empty() { port } else { to_port };
            Some((join(host, port), join(to, to_port)))
        }
        (Means::Resolve, [host, port, to]) if !to.contains(',') => Some((join(host, port), join(to, port))),
        _ => None,
    }
}

/// What colons separate; those within `[…]` do not.
fn colon_pieces(text: &str) -> Vec<&str> {
    let mut inside = false;
    let separates = move |letter: char| {
        inside = letter == '[' || inside && letter != ']';
        letter == ':' && !inside
    };
    text.split(separates).collect()
}

fn number(value: &str, option: &str) -> Result<u32, Refusal> {
    value.parse().map_err(|_| refusal(format!("`{option}` takes a whole number"), "write one, such as 3"))
}

/// Seconds as a length of time.
fn seconds(value: &str, option: &str) -> Result<String, Refusal> {
    let seconds: Option<f64> = value.parse().ok().filter(|seconds: &f64| (0.0..1e9).contains(seconds));
    let seconds = seconds.ok_or_else(|| refusal(format!("`{option}` takes seconds"), "write a number, such as 30"))?;
    if seconds.fract() == 0.0 { Ok(format!("{seconds}s")) } else { Ok(format!("{}ms", (seconds * 1000.0).round())) }
}
