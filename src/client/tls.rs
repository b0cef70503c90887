//! The TLS side: rustls with ring, the system's roots loaded at the first handshake, the user's authorities and
//! certificate. Loading the roots costs more than all the rest of a short run, and runs over plain HTTP need none.

use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::failure::fault;
use super::pem;
use crate::wire::{Tls, TransportError, TransportErrorKind};

/// rustls's configuration for these settings. Reads the files they name.
pub(super) fn config(tls: &Tls) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let mut authorities = Vec::new();
    for pem in &tls.ca {
        authorities.extend(pem::authorities(pem)?);
    }
    let trust = if tls.insecure { Trust::Anybody } else { Trust::Roots { authorities, verifier: OnceLock::new() } };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| invalid("`tls`", &error))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(LazyVerifier { provider, trust }));
    let mut config = match &tls.client_cert {
        Some(written) => {
            let (chain, key) = pem::identity(written)?;
            builder.with_client_auth_cert(chain, key).map_err(|error| pem::mismatch(written, &error))?
        }
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

/// Checks certificates against roots that are loaded when the first one comes.
#[derive(Debug)]
struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    trust: Trust,
}

#[derive(Debug)]
enum Trust {
    Anybody,
    Roots { authorities: Vec<CertificateDer<'static>>, verifier: OnceLock<Result<Verifier, rustls::Error>> },
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Trust::Roots { authorities, verifier } = &self.trust else {
            return Ok(ServerCertVerified::assertion());
        };
        verifier
            .get_or_init(|| Verifier::new_with_extra_roots(authorities.iter().cloned(), Arc::clone(&self.provider)))
            .as_ref()
            .map_err(rustls::Error::clone)?
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        crypto::verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn invalid(option: &str, error: &dyn std::error::Error) -> TransportError {
    let message = format!("{option} cannot be used: {error}; nothing was sent");
    fault(TransportErrorKind::Invalid, message)
}
