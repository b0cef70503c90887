//! curl's options: which there are, which take a value, and what each says about the request.

use super::words::{Refusal, refusal};

/// What an option means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Means {
    Method,
    Header,
    Data,
    DataRaw,
    DataBinary,
    DataUrlencode,
    Json,
    Form,
    FormString,
    User,
    Bearer,
    Cookie,
    CookieJar,
    Get,
    Head,
    Insecure,
    Location,
    MaxRedirects,
    Agent,
    Referer,
    Range,
    Proxy,
    ProxyUser,
    NoProxy,
    Cert,
    CertKey,
    Authority,
    ConnectTo,
    Resolve,
    MaxTime,
    Retry,
    RetryDelay,
    Output,
    RemoteName,
    Upload,
    Url,
    NoGlob,
    /// It changes only what curl prints or how it goes about it.
    Nothing,
    /// It begins another request.
    Next,
}

/// An option of curl.
struct Known {
    short: Option<char>,
    long: &'static str,
    takes_value: bool,
    /// Nothing where it has no counterpart.
    means: Option<Means>,
}

const fn flag(short: Option<char>, long: &'static str, means: Means) -> Known {
    Known { short, long, takes_value: false, means: Some(means) }
}

const fn value(short: Option<char>, long: &'static str, means: Means) -> Known {
    Known { short, long, takes_value: true, means: Some(means) }
}

const KNOWN: &[Known] = &[
    value(Some('X'), "request", Means::Method),
    value(Some('H'), "header", Means::Header),
    value(Some('d'), "data", Means::Data),
    value(None, "data-ascii", Means::Data),
    value(None, "data-raw", Means::DataRaw),
    value(None, "data-binary", Means::DataBinary),
    value(None, "data-urlencode", Means::DataUrlencode),
    value(None, "json", Means::Json),
    value(Some('F'), "form", Means::Form),
    value(None, "form-string", Means::FormString),
    value(Some('u'), "user", Means::User),
    value(None, "oauth2-bearer", Means::Bearer),
    value(Some('b'), "cookie", Means::Cookie),
    value(Some('c'), "cookie-jar", Means::CookieJar),
    flag(Some('G'), "get", Means::Get),
    flag(Some('I'), "head", Means::Head),
    flag(Some('k'), "insecure", Means::Insecure),
    flag(Some('L'), "location", Means::Location),
    value(None, "max-redirs", Means::MaxRedirects),
    value(Some('A'), "user-agent", Means::Agent),
    value(Some('e'), "referer", Means::Referer),
    value(Some('r'), "range", Means::Range),
    value(Some('x'), "proxy", Means::Proxy),
    value(Some('U'), "proxy-user", Means::ProxyUser),
    value(None, "noproxy", Means::NoProxy),
    value(Some('E'), "cert", Means::Cert),
    value(None, "key", Means::CertKey),
    value(None, "cacert", Means::Authority),
    value(None, "connect-to", Means::ConnectTo),
    value(None, "resolve", Means::Resolve),
    value(Some('m'), "max-time", Means::MaxTime),
    value(None, "retry", Means::Retry),
    value(None, "retry-delay", Means::RetryDelay),
    value(Some('o'), "output", Means::Output),
    flag(Some('O'), "remote-name", Means::RemoteName),
    value(Some('T'), "upload-file", Means::Upload),
    value(None, "url", Means::Url),
    flag(Some('g'), "globoff", Means::NoGlob),
    flag(Some(':'), "next", Means::Next),
    flag(Some('s'), "silent", Means::Nothing),
    flag(Some('S'), "show-error", Means::Nothing),
    flag(Some('v'), "verbose", Means::Nothing),
    flag(Some('f'), "fail", Means::Nothing),
    flag(None, "fail-with-body", Means::Nothing),
    flag(None, "fail-early", Means::Nothing),
    flag(Some('i'), "include", Means::Nothing),
    flag(None, "show-headers", Means::Nothing),
    flag(Some('#'), "progress-bar", Means::Nothing),
    flag(None, "no-progress-meter", Means::Nothing),
    flag(Some('N'), "no-buffer", Means::Nothing),
    flag(None, "compressed", Means::Nothing),
    flag(None, "tcp-nodelay", Means::Nothing),
    flag(None, "no-keepalive", Means::Nothing),
    flag(None, "basic", Means::Nothing),
    flag(None, "create-dirs", Means::Nothing),
    flag(Some('q'), "disable", Means::Nothing),
    flag(Some('M'), "manual", Means::Nothing),
    value(Some('w'), "write-out", Means::Nothing),
    value(Some('D'), "dump-header", Means::Nothing),
    value(None, "stderr", Means::Nothing),
    value(None, "trace", Means::Nothing),
    value(None, "trace-ascii", Means::Nothing),
    flag(None, "trace-time", Means::Nothing),
];

/// Options without a counterpart that take a value, which must not be read as a URL.
const WITH_VALUE: &[(Option<char>, &str)] = &[
    (Some('C'), "continue-at"),
    (Some('K'), "config"),
    (Some('Q'), "quote"),
    (Some('P'), "ftp-port"),
    (Some('t'), "telnet-option"),
    (Some('y'), "speed-time"),
    (Some('Y'), "speed-limit"),
    (Some('z'), "time-cond"),
    (None, "abstract-unix-socket"),
    (None, "alt-svc"),
    (None, "aws-sigv4"),
    (None, "capath"),
    (None, "cert-type"),
    (None, "ciphers"),
    (None, "connect-timeout"),
    (None, "create-file-mode"),
    (None, "crlfile"),
    (None, "curves"),
    (None, "delegation"),
    (None, "dns-interface"),
    (None, "dns-ipv4-addr"),
    (None, "dns-ipv6-addr"),
    (None, "dns-servers"),
    (None, "doh-url"),
    (None, "ech"),
    (None, "egd-file"),
    (None, "engine"),
    (None, "etag-compare"),
    (None, "etag-save"),
    (None, "expect100-timeout"),
    (None, "ftp-account"),
    (None, "ftp-alternative-to-user"),
    (None, "ftp-method"),
    (None, "ftp-ssl-ccc-mode"),
    (None, "happy-eyeballs-timeout-ms"),
    (None, "haproxy-clientip"),
    (None, "hostpubmd5"),
    (None, "hostpubsha256"),
    (None, "hsts"),
    (None, "interface"),
    (None, "ip-tos"),
    (None, "ipfs-gateway"),
    (None, "keepalive-cnt"),
    (None, "keepalive-time"),
    (None, "key-type"),
    (None, "knownhosts"),
    (None, "krb"),
    (None, "libcurl"),
    (None, "limit-rate"),
    (None, "local-port"),
    (None, "login-options"),
    (None, "mail-auth"),
    (None, "mail-from"),
    (None, "mail-rcpt"),
    (None, "max-filesize"),
    (None, "netrc-file"),
    (None, "output-dir"),
    (None, "parallel-max"),
    (None, "pass"),
    (None, "pinnedpubkey"),
    (None, "preproxy"),
    (None, "proto"),
    (None, "proto-default"),
    (None, "proto-redir"),
    (None, "proxy-cacert"),
    (None, "proxy-capath"),
    (None, "proxy-cert"),
    (None, "proxy-cert-type"),
    (None, "proxy-ciphers"),
    (None, "proxy-crlfile"),
    (None, "proxy-header"),
    (None, "proxy-key"),
    (None, "proxy-key-type"),
    (None, "proxy-pass"),
    (None, "proxy-pinnedpubkey"),
    (None, "proxy-service-name"),
    (None, "proxy-tls13-ciphers"),
    (None, "proxy-tlsauthtype"),
    (None, "proxy-tlspassword"),
    (None, "proxy-tlsuser"),
    (None, "proxy1.0"),
    (None, "pubkey"),
    (None, "random-file"),
    (None, "rate"),
    (None, "request-target"),
    (None, "retry-max-time"),
    (None, "sasl-authzid"),
    (None, "service-name"),
    (None, "sigalgs"),
    (None, "socks4"),
    (None, "socks4a"),
    (None, "socks5"),
    (None, "socks5-gssapi-service"),
    (None, "socks5-hostname"),
    (None, "tftp-blksize"),
    (None, "tls-max"),
    (None, "tls13-ciphers"),
    (None, "tlsauthtype"),
    (None, "tlspassword"),
    (None, "tlsuser"),
    (None, "trace-config"),
    (None, "unix-socket"),
    (None, "upload-flags"),
    (None, "url-query"),
    (None, "variable"),
    (None, "vlan-priority"),
];

/// An option of the command, as it is written there, with its value.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) written: String,
    pub(super) means: Option<Means>,
    pub(super) value: String,
}

/// The words of a command behind `curl` as options; a word alone is a URL.
pub(super) fn read(words: &[String]) -> Result<Vec<Given>, Refusal> {
    let mut given = Vec::new();
    let mut words = words.iter();
    let mut only_urls = false;
    while let Some(word) = words.next() {
        if only_urls || !word.starts_with('-') || word == "-" {
            given.push(Given { written: "a URL".to_owned(), means: Some(Means::Url), value: word.clone() });
        } else if word == "--" {
            only_urls = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (means, takes_value) = long_option(long);
            let value = if takes_value { needed(words.next(), word)? } else { String::new() };
            // curl has no `--option=value`; whoever writes it means one, and it may be a password.
            let written = word.split('=').next().unwrap_or_default().to_owned();
            given.push(Given { written, means, value });
        } else {
            short_options(&word[1..], &mut words, &mut given)?;
        }
    }
    Ok(given)
}

/// Several short options in one word; what stands behind one that takes a value is its value.
fn short_options<'w>(
    letters: &str,
    words: &mut impl Iterator<Item = &'w String>,
    given: &mut Vec<Given>,
) -> Result<(), Refusal> {
    for (at, letter) in letters.char_indices() {
        let written = format!("-{letter}");
        let (means, takes_value) = short_option(letter);
        if takes_value {
            let rest = &letters[at + letter.len_utf8()..];
            let value = if rest.is_empty() { needed(words.next(), &written)? } else { rest.to_owned() };
            given.push(Given { written, means, value });
            return Ok(());
        }
        given.push(Given { written, means, value: String::new() });
    }
    Ok(())
}

fn long_option(name: &str) -> (Option<Means>, bool) {
    if let Some(known) = KNOWN.iter().find(|known| known.long == name) {
        return (known.means, known.takes_value);
    }
    (None, WITH_VALUE.iter().any(|(_, long)| *long == name))
}

fn short_option(letter: char) -> (Option<Means>, bool) {
    if let Some(known) = KNOWN.iter().find(|known| known.short == Some(letter)) {
        return (known.means, known.takes_value);
    }
    (None, WITH_VALUE.iter().any(|(short, _)| *short == Some(letter)))
}

fn needed(value: Option<&String>, option: &str) -> Result<String, Refusal> {
    let missing = || refusal(format!("`{option}` lacks its value"), "copy the whole command");
    value.cloned().ok_or_else(missing)
}
