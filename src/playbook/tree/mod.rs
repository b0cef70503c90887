//! The YAML front end: the text of a file to a tree of spanned nodes.
//!
//! granit-parser reads the text into events; everything else is decided here: duplicate keys, merge keys, aliases
//! and their limits, the core schema of YAML 1.2, tags, depth, and the traps that quoting sets for people who write
//! expressions in YAML. Every scalar is a [`Text`](crate::source::Text), so that a mistake found later inside an
//! expression is still shown at its byte in the file.
//!
//! Never: knowledge of the playbook's fields (except which of them hold expressions, to word a trap), templates,
//! reading files.

mod anchors;
mod balance;
mod build;
mod lines;
mod mend;
mod node;
mod parse;
mod scalar;
mod schema;
mod syntax;
mod traps;
mod unquoted;

pub use node::{Data, Entry, Mapping, Node, Scalar, Style};
pub use parse::parse;

/// Levels of lists and mappings.
const MAX_DEPTH: usize = 128;
/// Bytes of a file.
const MAX_BYTES: usize = 256 << 20;

#[cfg(test)]
mod viewer {
    #[test]
    fn view() {
        let Ok(path) = std::env::var("VIEW") else { return };
        let text = std::fs::read_to_string(path).unwrap();
        for case in text.split("\n=====\n") {
            let mut sources = crate::source::Sources::default();
            let id = sources.add("p.yaml", case);
            let (root, diagnostics) = super::parse(id, case);
            println!("##### {case:?}\n=> {}", root.map_or("none".into(), |root| root.to_value().to_string()));
            println!("{}", crate::diagnostic::human(&diagnostics, &sources, crate::diagnostic::Palette::Plain));
        }
    }
}
