//! Whole runs: a playbook, a server, what happened.

mod aliases;
#[cfg(feature = "arrow")]
mod arrow;
#[cfg(feature = "simulator")]
mod auth;
mod calling;
mod captures;
mod cleaning;
mod closing;
mod cookies;
#[cfg(feature = "simulator")]
mod deploying;
mod effects;
mod failures;
mod foreach;
mod handing;
mod interrupts;
mod large;
mod limits;
mod locking;
mod losing;
mod nested;
mod normal_form;
mod polling;
#[cfg(unix)]
mod programs;
mod redirects;
mod refreshing;
mod reopening;
mod resuming;
pub mod scenario;
#[cfg(feature = "json-schema")]
mod schemas;
mod secrets;
mod selecting;
mod together;
mod values;
