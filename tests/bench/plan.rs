//! From a checked playbook to a plan.

use callsheet::plan::Inputs;
use criterion::{Criterion, Throughput};

use crate::samples::{STEPS, playbook, playbook_text};

pub fn bench(criterion: &mut Criterion) {
    let playbook = playbook(&playbook_text(STEPS));
    let inputs = Inputs::new();
    let mut group = criterion.benchmark_group("plan");
    group.throughput(Throughput::Elements(STEPS as u64));
    group.bench_function("chain", |bencher| bencher.iter(|| playbook.plan(&inputs)));
    group.finish();
}
