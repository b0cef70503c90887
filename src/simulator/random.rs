//! Seeded randomness for ids and names: the same seed gives the same sequence.
//!
//! It is not fit for secrets; the simulator has none worth guarding.

/// A SplitMix64 generator.
#[derive(Debug, Clone)]
pub(super) struct Random {
    state: u64,
}

/// The letters of Kubernetes' generated names.
const POD_LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

impl Random {
    /// A generator for a seed.
    pub(super) fn seeded(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The next 64 bits.
    pub(super) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A number below `limit`, which is not zero.
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.next_u64() % limit
    }

    /// A version 4 UUID.
    pub(super) fn uuid(&mut self) -> String {
        let high = (self.next_u64() & !0xF000) | 0x4000;
        let low = (self.next_u64() & !(0b11 << 62)) | (0b10 << 62);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    /// A word of `length` letters as they end the names of pods.
    pub(super) fn pod_suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(POD_LETTERS[self.below(POD_LETTERS.len() as u64) as usize])).collect()
    }
}
