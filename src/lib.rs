//! Callsheet runs YAML playbooks of HTTP API calls as a parallel graph.

#[cfg(feature = "cli")]
pub mod cli;
pub mod diagnostic;
pub mod event;
pub mod id;
pub mod journal;
pub mod record;
pub mod secret;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod source;
pub mod value;
pub mod wire;
