//! How connections come about: whom to trust, how to identify, through which proxy, to which address. Values only:
//! a playbook or a person gives them, the client acts on them.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use bytes::Bytes;
use url::Url;

/// What is said of connections. Whatever is not said is left to the client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connection {
    /// Whom to trust, and how to identify.
    pub tls: Tls,
    /// Through which proxy requests go.
    pub proxy: Option<Proxy>,
    /// Hosts that are reached without a proxy.
    pub no_proxy: Vec<NoProxy>,
    /// Addresses to connect to in place of those that URLs name; the first that fits counts.
    pub connect_to: Vec<ConnectTo>,
    /// Whether no certificate of ours is shown, whatever else is said.
    pub anonymous: bool,
}

impl Connection {
    /// These settings with others laid over them: what those say wins, and what can be joined is.
    pub fn overlaid(&self, over: &Connection) -> Connection {
        let own = &self.tls;
        let anonymous = self.anonymous || over.anonymous;
        let tls = Tls {
            ca: own.ca.iter().chain(&over.tls.ca).cloned().collect(),
            client_cert: over.tls.client_cert.as_ref().or(own.client_cert.as_ref()).filter(|_| !anonymous).cloned(),
            insecure: own.insecure || over.tls.insecure,
        };
        let no_proxy = if over.no_proxy.is_empty() { &self.no_proxy } else { &over.no_proxy };
        Connection {
            tls,
            proxy: over.proxy.as_ref().or(self.proxy.as_ref()).cloned(),
            no_proxy: no_proxy.clone(),
            connect_to: over.connect_to.iter().chain(&self.connect_to).cloned().collect(),
            anonymous,
        }
    }
}

/// TLS settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Certificates of authorities trusted besides the system's.
    pub ca: Vec<Pem>,
    /// The certificate that identifies us to the server.
    pub client_cert: Option<ClientCertificate>,
    /// Accept any certificate of any host.
    pub insecure: bool,
}

/// A certificate of ours, with its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, then the intermediate ones.
    pub chain: Pem,
    /// The private key (PKCS#8, PKCS#1 or SEC1, not encrypted); it may stand in the same text as the certificate.
    pub key: Pem,
}

/// Text in PEM form, from a file or from memory.
#[derive(Clone, PartialEq, Eq)]
pub enum Pem {
    /// A file, read when the client is first used.
    File(PathBuf),
    /// The text itself.
    Bytes(Bytes),
}

impl fmt::Debug for Pem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => formatter.debug_tuple("File").field(path).finish(),
            // It may be a private key.
            Self::Bytes(bytes) => write!(formatter, "Bytes({} bytes)", bytes.len()),
        }
    }
}

/// The proxy in front of all hosts.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// What the environment says: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, or the system's settings.
    #[default]
    System,
    /// None, whatever the environment says.
    None,
    /// This one; a user and password in the URL are sent to it.
    Url(Url),
}

impl FromStr for Proxy {
    type Err = String;

    /// The URL of a proxy, or `none`. The error is what to write; the text, which may hold a password, is not shown.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        url.map(Self::Url).ok_or_else(|| "write a URL such as `http://proxy.example.com:3128`, or `none`".to_owned())
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => formatter.write_str("System"),
            Self::None => formatter.write_str("None"),
            // The URL may hold a password.
            Self::Url(url) => write!(formatter, "Url({})", url.origin().ascii_serialization()),
        }
    }
}

/// A host that is reached without a proxy, and every host below it; `*` is every host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoProxy(String);

impl NoProxy {
    /// Whether it means the host of that URL.
    pub fn fits(&self, url: &Url) -> bool {
        let Some(host) = url.host_str().map(str::to_ascii_lowercase) else { return false };
        let below = || host.strip_suffix(&self.0).is_some_and(|rest| rest.ends_with('.'));
        self.0 == "*" || host == self.0 || matches!(url.host(), Some(url::Host::Domain(_))) && below()
    }
}

impl FromStr for NoProxy {
    type Err = String;

    /// A name, the end of names (with or without `*` or a dot before it), an IP address, or `*`. The error is what
    /// to write.
    fn from_str(text: &str) -> Result<Self, String> {
        let host = text.trim();
        let host = host.strip_prefix("*.").or(host.strip_prefix('.')).unwrap_or(host);
        if host == "*" {
            return Ok(NoProxy(host.to_owned()));
        }
        parse_host(host).map(|host| NoProxy(host.to_string())).ok_or_else(|| {
            "write a host such as `localhost`, `example.com` (and every host below it) or `10.0.0.7`, or `*`".to_owned()
        })
    }
}

/// An address to connect to in place of the one that a URL names. What the server is told does not change: the name
/// in the TLS handshake, the name its certificate must have, and `Host`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectTo {
    /// The name that URLs have.
    pub from: HostPort,
    /// Where to connect.
    pub to: HostPort,
}

impl ConnectTo {
    /// What a host and an address say. The error is what is wrong, and what to write.
    pub fn new(from: &str, to: &str) -> Result<Self, (String, &'static str)> {
        const HOST: &str = "write `HOST` or `HOST:PORT`, such as `api.example.com` or `127.0.0.1:8443`";
        let parse = |text: &str| HostPort::parse(text).ok_or_else(|| (format!("`{text}` is no host"), HOST));
        let (from, to) = (parse(from)?, parse(to)?);
        if !matches!(from.host, url::Host::Domain(_)) {
            let message = format!("`{}` is an address, and only a name is connected to elsewhere", from.host);
            return Err((message, "write the new address in the URL itself"));
        }
        Ok(ConnectTo { from, to })
    }

    /// Whether it means the host and port of that URL.
    pub fn fits(&self, url: &Url) -> bool {
        let port = url.port_or_known_default();
        url.host_str() == Some(&*self.from.host.to_string()) && self.from.port.is_none_or(|wanted| port == Some(wanted))
    }
}

impl FromStr for ConnectTo {
    type Err = String;

    /// `HOST[:PORT]=HOST[:PORT]`. The error is what is wrong, and what to write.
    fn from_str(text: &str) -> Result<Self, String> {
        let (from, to) = text.split_once('=').ok_or("write HOST[:PORT]=HOST[:PORT]")?;
        ConnectTo::new(from, to).map_err(|(message, help)| format!("{message}: {help}"))
    }
}

/// A host, and perhaps a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// The host.
    pub host: url::Host<String>,
    /// The port.
    pub port: Option<u16>,
}

impl HostPort {
    /// `HOST` or `HOST:PORT`; an IPv6 address stands in brackets.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok().filter(|port| *port > 0)?)),
            _ => (text, None),
        };
        Some(HostPort { host: parse_host(host)?, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(formatter, "{}:{port}", self.host),
            None => write!(formatter, "{}", self.host),
        }
    }
}

/// A host as it stands in a URL.
fn parse_host(text: &str) -> Option<url::Host<String>> {
    url::Host::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("a URL")
    }

    #[test]
    fn a_host_without_a_proxy_stands_for_those_below_it() {
        let fits = |pattern: &str, host: &str| {
            let pattern: NoProxy = pattern.parse().expect("a host");
            pattern.fits(&url(&format!("http://{host}/")))
        };
        assert!(fits("Example.com", "example.com") && fits("example.com", "api.example.com"));
        assert!(fits(".example.com", "api.example.com") && fits("*.example.com", "api.example.com"));
        assert!(fits("10.0.0.7", "10.0.0.7:8080") && fits("[::1]", "[::1]:80") && fits("*", "example.org"));
        assert!(!fits("example.com", "badexample.com") && !fits("0.0.7", "10.0.0.7"));
        assert!("10.0.0.0/8".parse::<NoProxy>().is_err());
    }

    #[test]
    fn an_address_to_connect_to_fits_by_name_and_port() {
        let fits = |text: &str, at: &str| text.parse::<ConnectTo>().expect("both sides").fits(&url(at));
        assert!(fits("API.example.com=127.0.0.1", "https://api.example.com/v1"));
        assert!(fits("api.example.com:443=[::1]:8443", "https://api.example.com/v1"));
        assert!(!fits("api.example.com:443=[::1]:8443", "http://api.example.com/v1"));
        assert!(!fits("example.com=[::1]:8443", "http://api.example.com/v1"));
    }

    #[test]
    fn what_cannot_be_connected_to_is_told_with_what_to_write() {
        for text in ["api.example.com", "a b=c", "a=b:0", "a=b:http", "127.0.0.1=10.0.0.7", "=x"] {
            let problem = text.parse::<ConnectTo>().expect_err(text);
            assert!(problem.contains("write "), "{text}: {problem}");
        }
    }

    #[test]
    fn what_is_laid_over_wins_and_authorities_are_joined() {
        let file = |name: &str| Pem::File(name.into());
        let proxy = |text: &str| text.parse::<Proxy>().expect("a proxy");
        let connection = |name: &str| Connection {
            tls: Tls { ca: vec![file(name)], ..Tls::default() },
            proxy: Some(proxy(&format!("http://{name}"))),
            connect_to: vec![format!("api={name}").parse().expect("both sides")],
            ..Connection::default()
        };
        let whole = connection("below").overlaid(&connection("above"));
        assert_eq!(whole.tls.ca, [file("below"), file("above")]);
        assert_eq!(whole.proxy, Some(proxy("http://above")));
        assert_eq!(whole.connect_to[0].to.to_string(), "above");
        assert_eq!(connection("below").overlaid(&Connection::default()), connection("below"));
    }

    #[test]
    fn a_key_and_a_password_are_not_shown() {
        assert_eq!(format!("{:?}", Pem::Bytes(Bytes::from_static(b"s3cret"))), "Bytes(6 bytes)");
        let proxy = Proxy::Url(url("http://user:s3cret@proxy.example.com:3128"));
        assert_eq!(format!("{proxy:?}"), "Url(http://proxy.example.com:3128)");
        assert!(!"user:s3cret@proxy".parse::<Proxy>().expect_err("no URL").contains("s3cret"));
    }
}
