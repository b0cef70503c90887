//! A mistake of masking is planted, and the run ends before anything of the secret is written or told.

use std::path::Path;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::*;
use crate::event::Event;
use crate::id::RunId;
use crate::journal::MemoryStore;
use crate::plan::Inputs;
use crate::runner::keeping::BLIND;
use crate::runner::{Jobs, Options, Surroundings, TokioClock, run};
use crate::session::Session;
use crate::wire::{Answer, BodyReader, BoxFuture, Headers, Request, Transport, TransportError};

const PLAYBOOK: &str = "playbook: leaking
inputs: { word: { secret: true } }
defaults: { base_url: 'http://api.example.com' }
steps:
  made: { post: /made, cleanup: { delete: /made } }
  leaks: { get: /leak, query: { word: '{{ word }}' }, needs: [made] }
";

#[derive(Default)]
struct Server(Mutex<Vec<String>>);

struct Whole(Option<Bytes>);

impl BodyReader for Whole {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        let chunk = self.0.take();
        Box::pin(async move { Ok(chunk) })
    }
}

impl Transport for Server {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Answer, TransportError>> {
        self.0.lock().expect("no holder panics").push(format!("{} {}", request.method, request.url.path()));
        Box::pin(async {
            let body = Box::new(Whole(Some("{}".into())));
            Ok(Answer { status: 200, headers: Headers::default(), body })
        })
    }
}

#[test]
fn a_run_in_which_a_secret_would_be_written_stops_cleans_up_and_says_so() {
    let session = Session::new();
    let playbook = session.parse("leaking.yaml", PLAYBOOK, Path::new("")).unwrap_or_else(|found| panic!("{found}"));
    let plan = playbook.plan(&Inputs::new().secret("word", "hunter22")).unwrap_or_else(|found| panic!("{found}"));
    let (server, store) = (Arc::new(Server::default()), MemoryStore::new());
    let mut told = String::new();
    let (_open, signals) = mpsc::unbounded_channel();
    let surroundings = Surroundings {
        transport: server.clone(),
        clock: Arc::new(TokioClock::new(jiff::Timestamp::UNIX_EPOCH)),
        jobs: Jobs::new(2),
        store: &mut store.clone(),
        signals,
        listener: &mut |envelope| told += &format!("{envelope:?}"),
    };
    BLIND.set(true);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let options = Options::default();
    let ended = runtime.expect("a runtime").block_on(run(&plan, RunId("run".to_owned()), &options, surroundings));
    BLIND.set(false);
    let error = ended.expect_err("a run with a leak has no good end");
    let said = error.to_string();
    assert!(said.starts_with("cannot go on: a secret would have been written, in `url`"), "{said}");
    // The request whose intent could not be kept has not gone out; what was made is cleaned up.
    assert_eq!(*server.0.lock().expect("no holder panics"), ["POST /made", "DELETE /made"]);
    let kept = store.events();
    assert!(kept.iter().any(|envelope| matches!(&envelope.event, Event::Sending(_))), "what came before is kept");
    let kept = serde_json::to_string(&kept).expect("events are JSON");
    for text in [&said, &kept, &told, &format!("{:?}", error.finished)] {
        assert!(!text.contains("hunter22"), "{text}");
    }
}

#[test]
fn a_body_with_a_secret_is_not_kept() {
    let mut redactor = Redactor::default();
    redactor.learn("hunter22");
    let mut store = MemoryStore::new();
    let mut guarded = Guarded { store: &mut store, redactor: &redactor };
    let refused = guarded.put_body("1.body", b"a hunter22 b").expect_err("it is refused").to_string();
    assert!(refused.contains("in `a body`") && !refused.contains("hunter22"), "{refused}");
    guarded.put_body("2.body", b"a *** b").expect("nothing is wrong with it");
    assert_eq!(store.body_names(), ["2.body"]);
}
