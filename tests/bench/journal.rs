//! The journal: appending events as a run does, and reading them again.

use callsheet::event::{
    AnswerRecord, BodyRecord, CallId, Effect, Envelope, Event, FORMAT, RequestRecord, Role, RunStarted, Sending, Store,
};
use callsheet::id::{Address, RunId};
use callsheet::journal::{FileStore, read};
use callsheet::wire::Headers;
use criterion::{BatchSize, Criterion, Throughput};

use crate::samples::json_text;

/// The requests of the run that is kept.
const CALLS: u64 = 500;

pub fn bench(criterion: &mut Criterion) {
    let events = events();
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut made = 0;
    let mut store = || {
        made += 1;
        FileStore::create(home.path(), &RunId(format!("20261124-065523-{made:04}"))).expect("a new run")
    };
    let mut group = criterion.benchmark_group("journal");
    group.throughput(Throughput::Elements(events.len() as u64));
    group.bench_function("append", |bencher| {
        // One at a time: no request goes out before its intent is kept.
        let append = |mut store: FileStore| {
            events.chunks(1).for_each(|event| store.append(event).expect("space on disk"));
            store
        };
        bencher.iter_batched(&mut store, append, BatchSize::PerIteration);
    });
    let mut kept = store();
    kept.append(&events).expect("space on disk");
    group.bench_function("read", |bencher| bencher.iter(|| read(kept.folder())));
    group.finish();
}

/// The events of a run: its start, then an intent and an answer of 2 KiB for each request.
fn events() -> Vec<Envelope> {
    let started = RunStarted {
        format: FORMAT,
        program: "0.1.0".to_owned(),
        run: RunId("20261124-065523-k3f9".to_owned()),
        started: jiff::Timestamp::UNIX_EPOCH,
        seed: 7,
        playbook: "chain".to_owned(),
        title: None,
        sources: vec![("chain.yaml".to_owned(), "playbook: chain\n".into())],
        inputs: [].into_iter().collect(),
        secret_inputs: Vec::new(),
        insecure: false,
        simulator: None,
        steps: Vec::new(),
    };
    let calls = (1..=CALLS).flat_map(|call| [sending(CallId(call)), answered(CallId(call))]);
    let events = std::iter::once(Event::RunStarted(Box::new(started))).chain(calls);
    events.zip(0..).map(|(event, n)| Envelope { n, at: n * 3, event }).collect()
}

fn sending(call: CallId) -> Event {
    Event::Sending(Box::new(Sending {
        call,
        step: Address::step(&format!("s{}", call.0)),
        role: Role::Main,
        attempt: 1,
        poll: 0,
        effect: Effect::Once,
        request: RequestRecord {
            method: "POST".to_owned(),
            url: "http://127.0.0.1:8080/echo".to_owned(),
            headers: Headers(vec![("Content-Type".to_owned(), "application/json".to_owned())]),
            body: BodyRecord::Text(format!(r#"{{"number":{}}}"#, call.0)),
            marks: Vec::new(),
        },
    }))
}

fn answered(call: CallId) -> Event {
    let answer = AnswerRecord {
        status: 200,
        headers: Headers(vec![("content-type".to_owned(), "application/json".to_owned())]),
        body: BodyRecord::Text(json_text(2 << 10)),
        stderr: BodyRecord::Empty,
        elapsed: 12,
        marks: Vec::new(),
    };
    Event::Answered { call, answer: Box::new(answer) }
}
