//! The parts of the program, measured one by one: `cargo bench --bench micro`.
//!
//! A file for each subject. What they work on is made in [`samples`], the same every time. Only the library's public
//! interface is measured; the whole program is measured by `whole.py` beside this file.

mod check;
mod journal;
mod jsonpath;
mod parse;
mod plan;
mod projection;
mod redaction;
mod render;
mod samples;
mod value;

use criterion::{criterion_group, criterion_main};

criterion_group!(
    subjects,
    parse::bench,
    check::bench,
    plan::bench,
    render::bench,
    jsonpath::bench,
    value::bench,
    projection::bench,
    redaction::bench,
    journal::bench,
);
criterion_main!(subjects);
