//! SHA-256 digests of files and bodies, in hexadecimal.

use ring::digest::{Context, SHA256};

/// A digest of bytes that arrive in pieces.
pub(super) struct Sha256(Context);

impl Sha256 {
    /// The digest of nothing yet.
    pub(super) fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    /// Takes in the next piece.
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The digest of all pieces.
    pub(super) fn finish_hex(self) -> String {
        self.0.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The digest of bytes at hand.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(bytes);
    digest.finish_hex()
}
