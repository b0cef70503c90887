//! The keys that say where requests go: of `defaults`, how connections come about and cookies; there and at
//! a request, redirects.

use super::{optional, table};
use crate::playbook::shape::{Field, Key, Shape, Table};

/// TLS settings.
pub(super) static TLS: Table = table(
    "tls",
    "a `tls`",
    "Whom to trust, and how to identify. Paths are relative to the playbook and may use inputs.",
    &[
        optional(
            "ca",
            Shape::OneOrMany(&Shape::Template),
            "PEM files with certificate authorities that are trusted besides the system's.",
            &["certs/ca.pem"],
        ),
        optional(
            "client_cert",
            Shape::Template,
            "The PEM file with the certificate that identifies us to servers.",
            &["certs/own.pem"],
        ),
        optional(
            "client_key",
            Shape::Template,
            "The PEM file with its key; the file of `client_cert` if not said.",
            &["certs/own.key"],
        ),
        optional(
            "insecure",
            Shape::Boolean,
            "Whether any certificate of any server is accepted: for tests only.",
            &["true"],
        ),
    ],
);

pub(super) const PROXY: Field = optional(
    "proxy",
    Shape::Template,
    "The proxy's URL, or `none`; what the environment says if not said.",
    &["http://proxy.example.com:3128", "none"],
);

pub(super) const NO_PROXY: Field = optional(
    "no_proxy",
    Shape::OneOrMany(&Shape::Template),
    "Hosts, and the hosts below them, that are reached without a proxy; `*` is every host.",
    &["internal.example.com"],
);

pub(super) const CONNECT_TO: Field = optional(
    "connect_to",
    Shape::Map(Key::Any, &Shape::Template),
    "For a `HOST` or `HOST:PORT` of URLs, the `HOST` or `HOST:PORT` to connect to instead. The server is still told \
     the first one, and its certificate must be for it.",
    &[r#"{ api.example.com: "127.0.0.1:8443" }"#],
);

pub(super) const COOKIES: Field = optional(
    "cookies",
    Shape::Boolean,
    "Whether the cookies that answers set go along with later requests (RFC 6265); only under `order: listed` if not said.",
    &["true"],
);

pub(super) const REDIRECTS: Field = optional(
    "redirects",
    Shape::UpTo(20),
    "How many redirects are followed, at most 20; none if not said. The last answer counts.",
    &["3"],
);
