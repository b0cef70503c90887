//! From a plan and captured values to a request.

use callsheet::expression::Facts;
use callsheet::plan::Work;
use callsheet::render::{Files, Published, View, request};
use callsheet::value::Value;
use criterion::Criterion;

use crate::samples::plan;

pub fn bench(criterion: &mut Criterion) {
    let plan = plan(2);
    let step = &plan.steps[1];
    let Work::Request(call) = &step.work else { panic!("every generated step is a request") };
    let published =
        Published { captures: [("c0".into(), Value::from("item-7"))].into_iter().collect(), ..Published::default() };
    let files = Files::default();
    let facts = Facts { seed: 7, started: jiff::Timestamp::UNIX_EPOCH, site: step.id.clone() };
    criterion.bench_function("render/request", |bencher| {
        bencher.iter(|| request(call, &View::new(&plan, &published, &files, facts.clone())));
    });
}
