//! Callsheet runs YAML playbooks of HTTP API calls as a parallel graph.

#[cfg(feature = "simulator")]
pub mod simulator;
