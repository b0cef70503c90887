//! The YAML front end: the text of a file to a tree of spanned nodes.
//!
//! granit-parser reads the text into events; everything else is decided here: duplicate keys, merge keys, aliases
//! and their limits, the core schema of YAML 1.2, tags, depth, and the traps that quoting sets for people who write
//! expressions in YAML. Every scalar is a [`Text`](crate::source::Text), so that a mistake found later inside an
//! expression is still shown at its byte in the file.
//!
//! Decisions: strict YAML 1.2, but under-indented brackets and quoted texts pass with a warning; where only quotes are
//! missing, they are put in and reading goes on, so that all such mistakes of a file are told at once; behind any
//! other syntax error the tree ends. `yes` and `on` are texts, `014` is 14 and `3.10` is 3.1 with a warning, integers
//! beyond 64 bits become doubles with a warning, infinity and NaN are errors.
//!
//! Never: knowledge of the playbook's fields (except which of them hold expressions, to word a trap), templates,
//! reading files.

mod anchors;
mod balance;
mod build;
mod leaf;
mod limits;
mod lines;
mod mend;
mod node;
mod parse;
mod scalar;
mod schema;
mod syntax;
mod traps;
mod unquoted;

#[cfg(test)]
mod places;
#[cfg(test)]
mod told;

pub(in crate::playbook) use mend::missing_quotes;
pub use node::{Data, Entry, Mapping, Node, Scalar, Style};
pub use parse::{Tree, parse, parse_within};

/// Bytes of a file.
const MAX_BYTES: usize = 256 << 20;
