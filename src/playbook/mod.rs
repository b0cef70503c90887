//! The playbook's language: from the text of a file to what it says.
//!
//! [`tree`] is the front end: YAML text to a tree whose every byte knows its place in the file.

pub mod tree;
