//! All integration tests: one binary, a module for each subject.

#[cfg(all(feature = "cli", feature = "simulator"))]
mod batch;
mod check;
#[cfg(feature = "cli")]
mod command_line;
mod connections;
mod inputs;
mod journal;
mod jsonpath;
#[cfg(feature = "simulator")]
mod on_the_simulator;
mod run;
mod schema;
mod selection;
#[cfg(feature = "simulator")]
mod simulator;
mod structure;
mod workflows;
mod yaml;
