//! Fuzzing: a seeded mutator, and for each reader of foreign text a target that says what must hold for any input.
//!
//! `tests/it/fuzzing.rs` runs every target for a second or two, `tests/fuzz/main.rs` for as long as one likes. A
//! [`Target`] is a function of bytes that panics where something is wrong; what it returns is a fingerprint of what
//! happened, and an input with a new one is mutated further, which stands in for measured coverage. What was found
//! lies in `cases/<target>/` and is tried before anything else.

pub mod campaign;
pub mod mutator;
pub mod shape;
pub mod targets;

/// One reader under test.
pub struct Target {
    /// Its name on the command line, and that of its folder below `cases`.
    pub name: &'static str,
    /// Inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Words of the language that it reads.
    pub words: &'static [&'static str],
    /// Reads an input, checks what must hold, and tells what happened.
    pub run: fn(&[u8]) -> shape::Shape,
    /// How many inputs a short run tries: about a second of a debug build.
    pub short: u64,
}
