//! Certificates and keys from PEM text (RFC 7468), and what is wrong with text that holds none.

use std::borrow::Cow;

use rustls::RootCertStore;
use rustls::pki_types::pem::{self, PemObject, SectionKind};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::failure::{self, fault};
use crate::wire::{ClientCertificate, Pem, TransportError, TransportErrorKind};

/// The certificates of authorities.
pub(super) fn authorities(pem: &Pem) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let source = Source { pem, option: "ca" };
    let found = source.certificates()?;
    for (index, certificate) in found.iter().enumerate() {
        // Otherwise the first handshake would tell, and not of which file.
        if RootCertStore::empty().add(certificate.clone()).is_err() {
            return Err(source.unusable(&format!("its certificate number {} is damaged", index + 1)));
        }
    }
    Ok(found)
}

/// The chain and the key by which we identify ourselves.
pub(super) fn identity(
    written: &ClientCertificate,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TransportError> {
    let chain = Source { pem: &written.chain, option: "client_cert" }.certificates()?;
    Ok((chain, Source { pem: &written.key, option: "client_key" }.private_key()?))
}

/// The error of a chain and a key that do not go together.
pub(super) fn mismatch(written: &ClientCertificate, error: &rustls::Error) -> TransportError {
    let cause = match error {
        rustls::Error::InconsistentKeys(_) => "the key (`client_key`) belongs to another certificate".to_owned(),
        other => format!("certificate and key do not work: {other}"),
    };
    Source { pem: &written.chain, option: "client_cert" }.unusable(&cause)
}

/// A text and the option that it was given for.
struct Source<'a> {
    pem: &'a Pem,
    option: &'static str,
}

impl Source<'_> {
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TransportError> {
        let text = self.read()?;
        let sections = self.sections(&text)?;
        let has_key = sections.iter().any(|(kind, _)| !matches!(kind, SectionKind::Certificate));
        let found: Vec<CertificateDer<'static>> = sections
            .into_iter()
            .filter(|(kind, _)| matches!(kind, SectionKind::Certificate))
            .map(|(_, bytes)| CertificateDer::from(bytes))
            .collect();
        match found.is_empty() {
            false => Ok(found),
            true if has_key => Err(self.unusable("it holds something else than a certificate, such as a key")),
            true => Err(self.unusable(&nothing(&text, "certificate", "CERTIFICATE"))),
        }
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, TransportError> {
        let text = self.read()?;
        if memchr::memmem::find(&text, b"ENCRYPTED").is_some() {
            let how = "write it out with `openssl pkey -in KEY -out PLAIN_KEY`";
            return Err(self.unusable(&format!("the key is encrypted; {how}")));
        }
        self.sections(&text)?;
        PrivateKeyDer::from_pem_slice(&text).map_err(|_| self.unusable(&nothing(&text, "private key", "PRIVATE KEY")))
    }

    /// The blocks that are known, in order.
    fn sections(&self, text: &[u8]) -> Result<Vec<(SectionKind, Vec<u8>)>, TransportError> {
        let found: Result<Vec<_>, pem::Error> = <(SectionKind, Vec<u8>)>::pem_slice_iter(text).collect();
        // What is not as it should be may be a key, so it is not shown.
        found.map_err(|error| {
            self.unusable(match error {
                pem::Error::MissingSectionEnd { .. } => "a block of it has no `-----END` line",
                pem::Error::IllegalSectionStart { .. } => "a `-----BEGIN` line of it is broken",
                pem::Error::Base64Decode(_) => "a block of it is not base64",
                _ => "it is not PEM",
            })
        })
    }

    fn read(&self) -> Result<Cow<'_, [u8]>, TransportError> {
        let path = match self.pem {
            Pem::Bytes(bytes) => return Ok(Cow::Borrowed(bytes)),
            Pem::File(path) => path,
        };
        std::fs::read(path).map(Cow::Owned).map_err(|error| {
            let cause = failure::io_in_words(&error);
            let message = format!("cannot read `{}` for `{}`: {cause}; nothing was sent", path.display(), self.option);
            fault(TransportErrorKind::File, message)
        })
    }

    fn unusable(&self, cause: &str) -> TransportError {
        let name = match self.pem {
            Pem::Bytes(_) => "the text given".to_owned(),
            Pem::File(path) => format!("`{}`", path.display()),
        };
        let message = format!("{name} cannot be used as `{}`: {cause}; nothing was sent", self.option);
        fault(TransportErrorKind::Invalid, message)
    }
}

/// Why there is no such block.
fn nothing(text: &[u8], what: &str, label: &str) -> String {
    // An ASN.1 sequence with a length of more than 127 bytes.
    if text.starts_with(&[0x30, 0x82]) || text.starts_with(&[0x30, 0x81]) {
        return "it is DER and not PEM; turn it into PEM with `openssl`, option `-inform der`".to_owned();
    }
    format!("it holds no {what}, which would begin with `-----BEGIN {label}-----`")
}
