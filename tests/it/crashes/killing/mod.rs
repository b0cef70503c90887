//! The real program, killed at an event of its journal and gone on with: does the run come to its end, and was nothing
//! done twice?
//!
//! [`survive`](case::survive) is one such case. The program waits at its hidden fault point (`CALLSHEET_FAULT`, see
//! `src/cli/fault_point.rs`) and is killed there, so that no test waits for a time. The simulator that it meets is its
//! own, and remembers what it has answered.

mod asking;
pub mod case;
mod platform;
pub mod program;
