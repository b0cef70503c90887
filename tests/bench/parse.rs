//! From text to the tree, and from the tree to a playbook.

use std::hint::black_box;
use std::path::Path;

use callsheet::playbook::{read, tree};
use callsheet::source::SourceId;
use criterion::{Criterion, Throughput};

use crate::samples::{STEPS, playbook_text};

pub fn bench(criterion: &mut Criterion) {
    let text = playbook_text(STEPS);
    let source = SourceId::default();
    let mut group = criterion.benchmark_group("parse");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("tree", |bencher| bencher.iter(|| tree::parse(source, black_box(&text))));
    group.bench_function("playbook", |bencher| bencher.iter(|| read(source, black_box(&text), Path::new(""))));
    group.finish();
}
