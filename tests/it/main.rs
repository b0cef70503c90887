//! All integration tests: one binary, a module for each subject.

#[cfg(all(feature = "cli", feature = "simulator"))]
mod batch;
mod check;
#[cfg(feature = "cli")]
mod command_line;
mod connections;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod crashes;
#[cfg(feature = "simulator")]
mod faults;
#[cfg(feature = "cli")]
mod fmt;
mod formatting;
#[path = "../fuzz/mod.rs"]
mod fuzz;
mod fuzzing;
#[cfg(feature = "cli")]
mod graph;
mod include;
#[cfg(feature = "cli")]
mod init;
mod inputs;
mod journal;
mod jsonpath;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod keeping;
#[cfg(feature = "cli")]
mod leaks;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod matrix;
#[cfg(feature = "simulator")]
mod on_the_simulator;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod reference;
mod rules;
mod run;
mod schema;
mod selection;
mod simulation;
#[cfg(feature = "simulator")]
mod simulator;
mod streams;
mod structure;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod teams;
#[cfg(all(feature = "cli", feature = "simulator"))]
mod walkthrough;
mod workflows;
mod yaml;
