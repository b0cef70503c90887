//! What `defaults` says of connections: TLS, proxies, other addresses.

use super::read::{Fields, each, read_template};
use super::tree::Node;
use crate::diagnostic::Diagnostic;
use crate::expression::Template;
use crate::source::Text;

/// How connections come about.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// Files with certificates of authorities trusted besides the system's.
    pub ca: Vec<Template>,
    /// The file with the certificate that identifies us.
    pub client_cert: Option<Template>,
    /// The file with its key, where that is another one.
    pub client_key: Option<Template>,
    /// Whether any certificate of any server is accepted.
    pub insecure: bool,
    /// The proxy's URL, or `none`.
    pub proxy: Option<Template>,
    /// Hosts that are reached without a proxy.
    pub no_proxy: Vec<Template>,
    /// Hosts, and what to connect to in their place.
    pub connect_to: Vec<(Text, Template)>,
}

impl Connection {
    /// The paths of files.
    pub fn files(&self) -> impl Iterator<Item = &Template> {
        self.ca.iter().chain(&self.client_cert).chain(&self.client_key)
    }

    /// Everything else that may hold expressions.
    pub fn addresses(&self) -> impl Iterator<Item = &Template> {
        self.proxy.iter().chain(&self.no_proxy).chain(self.connect_to.iter().map(|(_, to)| to))
    }
}

pub(super) fn read_connection(defaults: Fields<'_>, found: &mut Vec<Diagnostic>) -> Connection {
    let tls = defaults.get("tls").and_then(Fields::of);
    let connect_to = each(defaults.get("connect_to"), |from, to| Some((from.clone(), read_template(to, found)?)));
    Connection {
        ca: read_templates(tls.and_then(|tls| tls.get("ca")), found),
        client_cert: tls.and_then(|tls| tls.template("client_cert", found)),
        client_key: tls.and_then(|tls| tls.template("client_key", found)),
        insecure: tls.and_then(|tls| tls.flag("insecure")).unwrap_or(false),
        proxy: defaults.template("proxy", found),
        no_proxy: read_templates(defaults.get("no_proxy"), found),
        connect_to: connect_to.into_iter().flatten().collect(),
    }
}

/// A list of templates, or one.
fn read_templates(node: Option<&Node>, found: &mut Vec<Diagnostic>) -> Vec<Template> {
    let nodes = node.map(|node| node.as_sequence().unwrap_or(std::slice::from_ref(node)));
    nodes.into_iter().flatten().filter_map(|node| read_template(node, found)).collect()
}
