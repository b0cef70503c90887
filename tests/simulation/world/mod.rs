//! A whole system in one thread, on virtual time, from one seed.
//!
//! The seed writes a playbook ([`book`]) and chooses a server ([`ledger`]), a network with its troubles ([`network`],
//! [`weather`]), a disk that may die ([`disk`]), what happens to each process of the run ([`process`]), and who goes on with it
//! ([`person`]). The runner in the middle is the real one, with the real line format of the journal. Afterwards the [`oracle`] compares what the server has executed with
//! what the journal says, and with the promises of the design.

mod book;
mod dice;
mod disk;
mod key;
mod ledger;
mod network;
pub mod oracle;
mod person;
pub mod plant;
mod process;
mod step;
mod story;
mod weather;

pub use story::tell;
