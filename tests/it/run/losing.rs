//! A journal that cannot be written any more: nothing new begins, and what was made is undone or named.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use callsheet::event::{Envelope, Event, RunFinished, Saving, Store};
use callsheet::id::RunId;
use callsheet::journal::{FileStore, MemoryStore};
use callsheet::plan::Inputs;
use callsheet::runner::{RunError, TokioClock};
use callsheet::session::{Outcome, Run};
use callsheet::wire::{Answer, BoxFuture, Request, Transport, TransportError};

use super::scenario::{Server, json, load, start, virtual_time};

const STEPS: &str = "
  one: { post: /one, capture: { a: $.id }, cleanup: { delete: '/one/{{ a }}' } }
  two: { post: /two, json: { a: '{{ a }}' }, capture: { b: $.id }, cleanup: { delete: '/two/{{ b }}' } }
  look: { get: /look, needs: [two] }
";

fn server() -> Server {
    let large = format!(r#"{{"id":1,"filler":"{}"}}"#, "x".repeat(20_000));
    Server::new()
        .on("/one", [json(r#"{"id":1}"#)])
        .on("/two", [json(&large)])
        .on("/look", [json(&large)])
        .on("/one/1", [json("null")])
        .on("/two/1", [json("null")])
}

/// Takes so many appends, and so many bodies, and then nothing more.
struct Failing {
    kept: MemoryStore,
    appends: usize,
    bodies: usize,
    failed: Arc<AtomicBool>,
}

impl Failing {
    fn take(&self, left: usize) -> io::Result<usize> {
        left.checked_sub(1).ok_or_else(|| {
            assert!(!self.failed.swap(true, Ordering::SeqCst), "a store that has failed is asked again");
            io::Error::new(io::ErrorKind::StorageFull, "no space left")
        })
    }
}

impl Store for Failing {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        self.appends = self.take(self.appends)?;
        self.kept.append(events)
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.bodies = self.take(self.bodies)?;
        self.kept.put_body(name, bytes)
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        self.kept.save(name)
    }

    fn size(&self) -> u64 {
        self.kept.size()
    }
}

/// Lets nothing but cleanups go once the store has failed.
struct Guarded(Server, Arc<AtomicBool>);

impl Transport for Guarded {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        assert!(
            request.method == "DELETE" || !self.1.load(Ordering::SeqCst),
            "{} {} was sent without its intent",
            request.method,
            request.url
        );
        self.0.send(request)
    }
}

fn run(server: &Server, appends: usize, bodies: usize) -> (Result<Outcome, RunError>, Vec<Envelope>) {
    let playbook = load(STEPS);
    let plan = playbook.plan(&Inputs::new()).expect("no inputs");
    let (kept, failed) = (MemoryStore::new(), Arc::new(AtomicBool::new(false)));
    let store = Failing { kept: kept.clone(), appends, bodies, failed: Arc::clone(&failed) };
    let mut told = Vec::new();
    let result = virtual_time(
        Run::new(&plan)
            .store(store)
            .transport(Arc::new(Guarded(server.clone(), failed)))
            .clock(Arc::new(TokioClock::new(start())))
            .on_event(|envelope| told.push(envelope.clone()))
            .start(),
    );
    (result, told)
}

/// Everything that the server made is undone, or named at the end.
#[track_caller]
fn nothing_is_lost(server: &Server, finished: &RunFinished) {
    for (step, path) in [("one", "/one"), ("two", "/two")] {
        let undone = server.count(&format!("{path}/1")) == 1;
        let named = finished.left_behind.iter().any(|left| left.step.as_str() == step);
        assert_eq!(undone || named, server.count(path) == 1, "{step}: {:?}", server.lines());
        assert!(!(undone && named), "{step} is undone and named");
    }
}

#[test]
fn wherever_the_journal_fails_what_was_made_is_undone() {
    let mut ends = 0;
    for appends in 0.. {
        let server = server();
        let (result, told) = run(&server, appends, usize::MAX);
        let Err(error) = result else { break };
        let Some(finished) = error.finished else {
            assert_eq!((appends, server.lines().len()), (0, 0), "only the first event ends a run at once");
            continue;
        };
        nothing_is_lost(&server, &finished);
        assert!(matches!(told.last().map(|last| &last.event), Some(Event::RunFinished(_))), "the end is told");
        ends += 1;
    }
    assert!(ends > 5, "the journal failed in {ends} places");
}

#[test]
fn a_body_that_cannot_be_kept_ends_the_run_in_the_same_way() {
    for bodies in 0..2 {
        let server = server();
        let error = run(&server, usize::MAX, bodies).0.expect_err("a body is lost");
        assert_eq!(error.to_string(), "cannot keep an answer's body: no space left");
        nothing_is_lost(&server, &error.finished.expect("it cleaned up"));
        assert_eq!(server.count("/look"), bodies, "nothing new begins");
    }
}

/// Asks the file system, whenever something is sent, how much of the journal the machine's death would leave.
struct Watching {
    server: Server,
    durable: bool,
    store: Arc<std::sync::Mutex<FileStore>>,
}

impl Transport for Watching {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        let store = self.store.lock().expect("nobody panics with it");
        let journal = std::fs::read_to_string(store.folder().join("journal.jsonl")).expect("a journal");
        let intent = format!("\"url\":\"{}\"", request.url);
        let at = journal.find(&intent).expect("the intent is written before the request goes out");
        let once = self.durable && request.method == "POST";
        assert_eq!(store.synced() > at as u64, once, "{} {}", request.method, request.url);
        self.server.send(request)
    }
}

struct Shared(Arc<std::sync::Mutex<FileStore>>);

impl Store for Shared {
    fn append(&mut self, events: &[Envelope]) -> io::Result<()> {
        self.0.lock().expect("nobody panics with it").append(events)
    }

    fn put_body(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().expect("nobody panics with it").put_body(name, bytes)
    }

    fn save(&mut self, name: &str) -> Box<dyn Saving> {
        self.0.lock().expect("nobody panics with it").save(name)
    }

    fn size(&self) -> u64 {
        self.0.lock().expect("nobody panics with it").size()
    }
}

#[test]
fn a_durable_intent_is_on_the_disk_before_a_call_that_may_not_be_repeated_goes_out() {
    for durable in [true, false] {
        let home = tempfile::tempdir().expect("a folder");
        let store = FileStore::create(home.path(), &RunId("r".to_owned())).expect("a new run");
        let store = if durable { store.durable().expect("a folder can be synced") } else { store };
        let store = Arc::new(std::sync::Mutex::new(store));
        let playbook = load(STEPS);
        let plan = playbook.plan(&Inputs::new()).expect("no inputs");
        let server = server();
        let transport = Watching { server: server.clone(), durable, store: Arc::clone(&store) };
        let run = Run::new(&plan).store(Shared(store)).transport(Arc::new(transport));
        let outcome = virtual_time(run.clock(Arc::new(TokioClock::new(start()))).start());
        assert!(outcome.expect("space on disk").passed());
        assert_eq!(server.lines().len(), 5);
    }
}
