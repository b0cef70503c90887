//! The structure of the sources: which module may import which, and habits that every file keeps.

mod edges;
mod habits;
mod rust_file;
