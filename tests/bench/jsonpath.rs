//! Paths: reading one, and asking it about a document.

use std::hint::black_box;

use callsheet::jsonpath::Path;
use callsheet::value::Value;
use criterion::Criterion;

use crate::samples::json_text;

pub fn bench(criterion: &mut Criterion) {
    let document = Value::read(json_text(1 << 20).as_bytes()).expect("the generated document is JSON");
    let mut group = criterion.benchmark_group("jsonpath");
    for (name, text) in [
        ("member", "$[1000].owner.mail"),
        ("filter", "$[?@.name == 'object number 4000'].id"),
        ("search", "$[?search(@.owner.mail, 'ada4[0-9]+@')].id"),
        ("descend", "$..mail"),
    ] {
        group.bench_function(format!("parse {name}"), |bencher| bencher.iter(|| Path::parse(black_box(text))));
        let path = Path::parse(text).expect("the paths above are valid");
        group.bench_function(format!("select {name}"), |bencher| {
            bencher.iter(|| path.select(black_box(&document)).len());
        });
    }
    group.finish();
}
