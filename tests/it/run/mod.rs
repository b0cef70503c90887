//! Whole runs: a playbook, a server, what happened.

#[cfg(feature = "simulator")]
mod auth;
mod closing;
#[cfg(feature = "simulator")]
mod deploying;
mod effects;
mod failures;
mod interrupts;
#[cfg(feature = "simulator")]
mod on_the_simulator;
mod polling;
mod scenario;
mod secrets;
mod values;
