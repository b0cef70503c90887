//! Callsheet runs YAML playbooks of HTTP API calls as a parallel graph.

pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod diagnostic;
pub mod event;
pub mod expression;
pub mod graph;
pub mod id;
pub mod journal;
pub mod jsonpath;
pub mod plan;
pub mod playbook;
pub mod record;
pub mod render;
pub mod secret;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod source;
pub mod value;
pub mod wire;
