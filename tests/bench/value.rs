//! JSON text to a value and back.

use std::hint::black_box;

use callsheet::value::Value;
use criterion::{Criterion, Throughput};

use crate::samples::json_text;

pub fn bench(criterion: &mut Criterion) {
    let text = json_text(1 << 20);
    let value = Value::read(text.as_bytes()).expect("the generated document is JSON");
    let mut group = criterion.benchmark_group("value");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("read", |bencher| bencher.iter(|| Value::read(black_box(text.as_bytes()))));
    group.bench_function("write", |bencher| bencher.iter(|| black_box(&value).to_string()));
    group.finish();
}
