//! All integration tests: one binary, a module for each subject.

#[cfg(feature = "simulator")]
mod simulator;
