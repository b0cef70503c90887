//! The wanted part of a large JSON document, built while its text arrives in pieces of 64 KiB.

use std::hint::black_box;

use callsheet::jsonpath::Path;
use callsheet::value::{Closed, Limits, Projector, Value, Wanted};
use criterion::{Criterion, Throughput};

use crate::samples::json_text;

fn project(wanted: &Closed, text: &str) -> Value {
    let mut projector = Projector::new(wanted, Limits::default());
    for piece in text.as_bytes().chunks(64 * 1024) {
        projector.feed(piece).expect("the generated document is JSON");
    }
    projector.finish().expect("the generated document is JSON")
}

pub fn bench(criterion: &mut Criterion) {
    let text = json_text(8 << 20);
    let wanted = |paths: &[&str]| {
        let mut wanted = Wanted::default();
        for path in paths {
            Path::parse(path).expect("a path").add_to(&mut wanted);
        }
        wanted.closed()
    };
    let mut group = criterion.benchmark_group("projection");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.sample_size(20);
    for (name, paths) in [
        ("of nothing", &[][..]),
        ("of one item", &["$[1000].name"]),
        ("of a filter", &["$[?@.id == 'item-7'].owner.mail"]),
        ("of everything", &["$"]),
    ] {
        let wanted = wanted(paths);
        group.bench_function(name, |bencher| bencher.iter(|| project(black_box(&wanted), black_box(&text))));
    }
    group.finish();
}
