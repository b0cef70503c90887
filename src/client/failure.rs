//! Says what went wrong: walks the causes of a library's error to a kind and one line for a person.
//!
//! The kinds that promise "surely not executed" come only from errors of making the connection, which end before the
//! request is given to it. Everything else is `Reset` at best. Never decides by text, and never shows reqwest's own,
//! which holds the whole URL.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::deadline::in_words;
use super::target::Target;
use crate::wire::{TransportError, TransportErrorKind};

/// An error with that message.
pub(super) fn fault(kind: TransportErrorKind, message: impl Into<String>) -> TransportError {
    TransportError { kind, message: message.into() }
}

/// The error of a request whose answer's head did not come.
pub(super) fn of_sending(target: &Target, error: &reqwest::Error, connect_timeout: Duration) -> TransportError {
    if error.is_connect() {
        return of_connecting(target, error, connect_timeout);
    }
    // reqwest checks the URL once more before it sends.
    if error.is_builder() {
        let message = format!("the URL cannot be sent; nothing was sent to {target}");
        return fault(TransportErrorKind::Invalid, message);
    }
    let causes = causes(error);
    if find::<hyper::Error>(&causes).any(hyper::Error::is_parse) {
        let message = format!("{target} does not answer with HTTP: {}", in_plain_words(&causes));
        return fault(TransportErrorKind::Protocol, message);
    }
    let closed = find::<hyper::Error>(&causes).any(|error| error.is_incomplete_message() || error.is_canceled())
        || find::<io::Error>(&causes).any(|error| is_closing(error.kind()));
    let message = if closed && find::<rustls::Error>(&causes).next().is_none() {
        format!("{target} closed the connection before answering")
    } else {
        format!("the connection to {target} broke before an answer came: {}", in_plain_words(&causes))
    };
    fault(TransportErrorKind::Reset, message)
}

/// The error of a connection that did not come to be. Nothing of the request was written.
fn of_connecting(target: &Target, error: &reqwest::Error, connect_timeout: Duration) -> TransportError {
    let causes = causes(error);
    let route = target.route();
    if error.is_dns() {
        let message = format!("cannot find the address of {route}: {}", in_plain_words(&causes));
        return fault(TransportErrorKind::Resolve, message);
    }
    if error.is_timeout() || find::<io::Error>(&causes).any(|error| error.kind() == io::ErrorKind::TimedOut) {
        let message = format!("cannot connect to {route} within {}", in_words(connect_timeout));
        return fault(TransportErrorKind::ConnectTimeout, message);
    }
    if let Some(error) = find::<rustls::Error>(&causes).next() {
        return fault(TransportErrorKind::Tls, format!("{route}: {}", tls_in_words(error)));
    }
    // Once connected, a secure connection can break only in the handshake.
    if target.secure && find::<io::Error>(&causes).any(|error| is_closing(error.kind())) {
        let message = format!("{route}: the connection was closed during the TLS handshake");
        return fault(TransportErrorKind::Tls, message);
    }
    let message = format!("cannot connect to {route}: {}", in_plain_words(&causes));
    fault(TransportErrorKind::Refused, message)
}

/// The error of an answer whose head came and whose body did not.
pub(super) fn of_reading(target: &Target, error: &reqwest::Error) -> TransportError {
    use io::ErrorKind::{InvalidData, InvalidInput};
    let causes = causes(error);
    let damaged = find::<hyper::Error>(&causes).any(hyper::Error::is_parse)
        || find::<io::Error>(&causes).any(|error| matches!(error.kind(), InvalidData | InvalidInput));
    let incomplete = find::<hyper::Error>(&causes).any(hyper::Error::is_incomplete_message)
        || find::<io::Error>(&causes).any(|error| is_closing(error.kind()));
    if incomplete {
        return of_ending_early(target);
    }
    let cause = in_plain_words(&causes);
    if damaged {
        return fault(TransportErrorKind::Protocol, format!("the answer from {target} is damaged: {cause}"));
    }
    fault(TransportErrorKind::Truncated, format!("the answer from {target} broke off: {cause}"))
}

/// The error of an answer that is shorter than it said.
pub(super) fn of_ending_early(target: &Target) -> TransportError {
    fault(TransportErrorKind::Truncated, format!("the answer from {target} broke off: it ended too early"))
}

/// The innermost cause in plain words.
pub(super) fn root_in_words(error: &(dyn Error + 'static)) -> String {
    in_plain_words(&causes(error))
}

/// An I/O error in plain words, without the operating system's number.
pub(super) fn io_in_words(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    let words = match error.kind() {
        Kind::ConnectionRefused => "connection refused",
        Kind::ConnectionReset => "connection reset",
        Kind::ConnectionAborted => "connection aborted",
        Kind::BrokenPipe => "connection closed",
        Kind::HostUnreachable => "the host cannot be reached",
        Kind::NetworkUnreachable => "the network cannot be reached",
        Kind::NotFound => "no such file or directory",
        Kind::PermissionDenied => "permission denied",
        _ => {
            let text = error.to_string();
            let text = text.strip_prefix("failed to lookup address information: ").unwrap_or(&text);
            return text.split(" (os error ").next().unwrap_or_default().to_owned();
        }
    };
    words.to_owned()
}

fn tls_in_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(cause) => {
            format!("the certificate is not trusted: {}", certificate_in_words(cause))
        }
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        rustls::Error::AlertReceived(alert) => {
            format!("the server refused the TLS handshake: {}", alert_in_words(*alert))
        }
        other => format!("the TLS handshake failed: {other}"),
    }
}

fn certificate_in_words(error: &rustls::CertificateError) -> String {
    use rustls::CertificateError as Error;
    match error {
        Error::UnknownIssuer => {
            "no authority that is known has signed it; if its authority is yours, write its file as \
                                 `tls: { ca: FILE }` or `--ca FILE`"
                .to_owned()
        }
        Error::Expired => "it has expired".to_owned(),
        Error::NotValidYet => "it is not valid yet".to_owned(),
        Error::Revoked => "it was revoked".to_owned(),
        Error::BadEncoding => "it is damaged".to_owned(),
        Error::BadSignature => "its signature is wrong".to_owned(),
        Error::NotValidForName => "it is for another host".to_owned(),
        Error::InvalidPurpose => "it is not for servers".to_owned(),
        // The verifier has no kind of its own for it.
        Error::Other(cause) if format!("{cause:?}").contains("CaUsedAsEndEntity") => {
            "it is that of an authority, which signs others; the server needs one of its own, signed by that".to_owned()
        }
        other => other.to_string(),
    }
}

fn alert_in_words(alert: rustls::AlertDescription) -> String {
    use rustls::AlertDescription as Alert;
    let words = match alert {
        Alert::CertificateRequired => {
            "it asks for a certificate of ours; write `tls: { client_cert: FILE }` or `--client-cert FILE`"
        }
        Alert::UnknownCA => "it does not know the authority that has signed our certificate; see `client_cert`",
        Alert::BadCertificate | Alert::UnsupportedCertificate | Alert::CertificateUnknown | Alert::AccessDenied => {
            "it does not accept our certificate; see `client_cert`"
        }
        Alert::CertificateExpired => "our certificate has expired; see `client_cert`",
        Alert::CertificateRevoked => "our certificate was revoked; see `client_cert`",
        Alert::ProtocolVersion => "it speaks only versions of TLS before 1.2",
        Alert::HandshakeFailure => "nothing that both sides can do was found; perhaps it asks for a `client_cert`",
        Alert::UnrecognisedName => "it does not know the name of the host",
        other => return format!("{other:?}"),
    };
    words.to_owned()
}

/// Whether the other side went away.
fn is_closing(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(kind, BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
}

/// The error and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut found = Vec::new();
    let mut next = Some(error);
    while let Some(current) = next {
        found.push(current);
        // An I/O error passes over the error it wraps and names that one's source as its own.
        next = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => current.source(),
        };
    }
    found
}

fn find<'a, E: Error + 'static>(causes: &'a [&'a (dyn Error + 'static)]) -> impl Iterator<Item = &'a E> {
    causes.iter().filter_map(|cause| cause.downcast_ref::<E>())
}

fn in_plain_words(causes: &[&(dyn Error + 'static)]) -> String {
    // reqwest's text holds the URL; it says nothing that its causes do not.
    let Some(root) = causes.iter().rev().find(|cause| !cause.is::<reqwest::Error>()) else {
        return "the cause is unknown".to_owned();
    };
    let words = match (root.downcast_ref::<io::Error>(), root.downcast_ref::<rustls::Error>()) {
        (Some(error), _) => io_in_words(error),
        (_, Some(error)) => tls_in_words(error),
        _ => root.to_string(),
    };
    words.lines().next().unwrap_or_default().to_owned()
}
