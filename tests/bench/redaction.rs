//! Masking secrets: what every event goes through.

use std::hint::black_box;

use callsheet::secret::Redactor;
use callsheet::value::Value;
use criterion::{Criterion, Throughput};

use crate::samples::{json_text, secrets};

pub fn bench(criterion: &mut Criterion) {
    let secrets = secrets();
    let redactor = learned(&secrets);
    let clean = json_text(64 << 10);
    let found = clean.replace("object number 77", &secrets[3]).replace("object number 99", &secrets[11]);
    let value = Value::read(clean.as_bytes()).expect("the generated document is JSON");
    let mut group = criterion.benchmark_group("redaction");
    group.bench_function("learn 12 secrets", |bencher| bencher.iter(|| learned(black_box(&secrets))));
    group.throughput(Throughput::Bytes(clean.len() as u64));
    group.bench_function("text without secrets", |bencher| bencher.iter(|| redactor.redact(black_box(&clean))));
    group.bench_function("text with secrets", |bencher| bencher.iter(|| redactor.redact(black_box(&found))));
    group.bench_function("value", |bencher| bencher.iter(|| redactor.redact_value(black_box(&value))));
    group.finish();
}

fn learned(secrets: &[String]) -> Redactor {
    let mut redactor = Redactor::default();
    secrets.iter().for_each(|secret| redactor.learn(secret));
    redactor
}
