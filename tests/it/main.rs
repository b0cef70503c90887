//! All integration tests: one binary, a module for each subject.

mod jsonpath;
mod yaml;
#[cfg(feature = "simulator")]
mod simulator;
