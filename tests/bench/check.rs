//! From a playbook to a checked one: names, rules, the graph.

use std::path::Path;

use callsheet::check::{Callees, check};
use callsheet::playbook::read;
use callsheet::session::DiskLoader;
use callsheet::source::SourceId;
use criterion::{BatchSize, Criterion, Throughput};

use crate::samples::{STEPS, playbook_text};

pub fn bench(criterion: &mut Criterion) {
    let (playbook, _) = read(SourceId::default(), &playbook_text(STEPS), Path::new(""));
    let playbook = playbook.expect("the generated playbook can be read");
    let mut group = criterion.benchmark_group("check");
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("chain", |bencher| {
        bencher.iter_batched(
            || playbook.clone(),
            |playbook| check(playbook, &DiskLoader, Callees::new()),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}
