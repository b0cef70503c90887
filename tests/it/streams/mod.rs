//! Server-sent events: an answer that is taken one event at a time, over the loopback.

mod ends;
mod kept;
mod server;

use std::future::Future;
use std::sync::Arc;

use callsheet::client::{Client, Options as ClientOptions};
use callsheet::event::{BodyRecord, Foreseen};
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::runner::{Options, TokioClock};
use callsheet::session::Run;

use crate::run::scenario::{Ran, load, outputs, start, virtual_time};
use server::{Peer, Server};

/// What a language model answers, as its servers stream it.
const TOKENS: &str = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n\
                      data: {\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\n\n\
                      data: {\"choices\":[{\"delta\":{}, \"finish_reason\": \"stop\"}]}\n\n\
                      data: [DONE]\n\n";

/// Runs a playbook against a server that does what the script says.
#[track_caller]
fn run<S>(steps: &str, script: impl Fn(Peer) -> S + Send + Sync + 'static) -> Ran
where
    S: Future<Output = ()> + Send + 'static,
{
    run_with(steps, Options::default(), Inputs::new(), script).0
}

/// The same with options and inputs; also the heads of the requests.
#[track_caller]
fn run_with<S>(
    steps: &str,
    options: Options,
    inputs: Inputs,
    script: impl Fn(Peer) -> S + Send + Sync + 'static,
) -> (Ran, Vec<String>)
where
    S: Future<Output = ()> + Send + 'static,
{
    virtual_time(async {
        let server = Server::start(script).await;
        let steps = if steps.contains("steps:") { steps.to_owned() } else { format!("steps:\n{steps}") };
        let playbook = load(&format!("{steps}\ndefaults: {{ base_url: \"{}\" }}\n", server.url));
        let plan = playbook.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        let store = MemoryStore::new();
        let outcome = Run::new(&plan)
            .options(options)
            .store(store.clone())
            .transport(Arc::new(Client::new(ClientOptions::default())))
            .clock(Arc::new(TokioClock::new(start())))
            .start()
            .await
            .expect("a store in memory does not fail");
        (Ran { outcome, store }, server.heads())
    })
}

/// What was kept of the first step's answer.
#[track_caller]
fn body(ran: &Ran) -> BodyRecord {
    let step = ran.record().steps().next().expect("a step");
    step.tries.last().and_then(|exchange| exchange.answer()).expect("an answer").body.clone()
}

/// The text of a body that was kept as such.
#[track_caller]
fn text(ran: &Ran) -> String {
    match body(ran) {
        BodyRecord::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_events_are_a_list_to_captures_and_expectations() {
    let steps = "steps:
  chat:
    post: /v1/chat
    json: { stream: true }
    stream: { until: 'event.data == \"[DONE]\"' }
    capture:
      words: { json: '$[*].data.choices[0].delta.content', all: true }
      reason: '$[?@.data.choices[0].finish_reason].data.choices[0].finish_reason'
      count: { expr: 'body | length' }
    expect:
      - status == 200
      - body[0].event == \"message\"
      - 'body[-1] == { \"event\": \"message\", \"data\": \"[DONE]\" }'
outputs: { text: '{{ words | join }}', reason: '{{ reason }}', count: '{{ count }}', last: '{{ steps.chat.body[-1].data }}' }
";
    let ran = run(steps, |mut peer| async move { peer.events(TOKENS).await }).passed();
    assert_eq!(outputs(&ran), r#"{"text":"Hello","reason":"stop","count":4,"last":"[DONE]"}"#);
}

#[test]
fn an_event_has_what_was_sent_of_it_and_its_data_is_json_where_it_is_an_object_or_a_list() {
    let stream = ": hello\r\n\r\nevent: log\r\nid: 7\r\nretry: 3000\r\ndata: one\r\ndata: two\r\n\r\n\
                  data: {\"n\": 1.50,\r\ndata:  \"m\": null}\r\n\r\ndata: [1]\r\n\r\ndata: 17\r\n\r\ndata: true\r\n\r\n\
                  data: {oops\r\n\r\ndata: {}},{\"event\": {}\r\n\r\ndata\r\n\r\ndata: lost";
    let ran =
        run("  a: { get: /a, stream: true }\n", move |mut peer| async move { peer.events(stream).await }).passed();
    let expected = concat!(
        r#"[{"event":"log","data":"one\ntwo","id":"7","retry":3000},"#,
        "{\"event\":\"message\",\"data\":{\"n\": 1.50,\n \"m\": null}},",
        r#"{"event":"message","data":[1]},{"event":"message","data":"17"},{"event":"message","data":"true"},"#,
        r#"{"event":"message","data":"{oops"},{"event":"message","data":"{}},{\"event\": {}"},"#,
        r#"{"event":"message","data":""}]"#
    );
    assert_eq!(text(&ran), expected);
}

#[test]
fn it_does_not_matter_where_the_pieces_are_cut() {
    let stream = "\u{feff}event: a\r\ndata: é\r\n\r\n: ping\n\nid: 1\rdata: {\"x\": \"ü\"}\r\rdata: b\n\n";
    let whole = run("  a: { get: /a, stream: true }\n", move |mut peer| async move { peer.events(stream).await });
    let whole = text(&whole.passed());
    assert_eq!(
        whole,
        r#"[{"event":"a","data":"é"},{"event":"message","data":{"x": "ü"},"id":"1"},{"event":"message","data":"b"}]"#
    );
    for length in 1..6 {
        let ran = run("  a: { get: /a, stream: true }\n", move |mut peer| async move {
            peer.stream().await;
            for piece in stream.chars().collect::<Vec<_>>().chunks(length) {
                peer.send(&piece.iter().collect::<String>()).await;
                tokio::task::yield_now().await;
            }
            peer.end().await;
        });
        assert_eq!(text(&ran.passed()), whole, "{length}");
    }
}

#[test]
fn a_stream_without_events_is_an_empty_list() {
    let steps = "  a: { get: /a, stream: true, expect: ['body | length == 0'] }\n";
    let ran = run(steps, |mut peer| async move { peer.events(": nothing\n\n").await }).passed();
    assert_eq!(text(&ran), "[]");
}

#[test]
fn it_is_asked_for_as_a_stream_unless_the_request_says_otherwise() {
    let steps = "  a: { get: /a, stream: true }\n  b: { get: /b, stream: true, headers: { accept: '*/*' }, needs: [a] }
  c: { get: /c, stream: false, needs: [b], expect: ['body == \"data: x\"'] }\n";
    let (ran, heads) = run_with(steps, Options::default(), Inputs::new(), |mut peer| async move {
        match peer.line.starts_with("get /c") {
            true => peer.answer(200, "text/event-stream", "data: x").await,
            false => peer.events("data: x\n\n").await,
        }
    });
    ran.passed();
    let accepts: Vec<&str> =
        heads.iter().flat_map(|head| head.lines()).filter(|line| line.starts_with("accept:")).collect();
    assert_eq!(accepts[..2], ["accept: text/event-stream", "accept: */*"]);
    assert!(!heads[2].contains("event-stream"));
}

#[test]
fn what_ends_it_may_use_inputs_variables_and_what_other_steps_have_brought() {
    let steps = "inputs: { word: { default: done }, names: { type: json, default: [stop, end] } }
vars: { state: '{{ word }}-{{ job }}' }
steps:
  job: { get: /job, capture: { job: $.id }, expect: { status: 200 } }
  watch:
    get: '/jobs/{{ job }}'
    stream: { until: 'event.event in names or event.data.state == state and steps.job.body.id == job and status == 200' }
    capture: { count: { expr: 'body | length' } }
outputs: { count: '{{ count }}' }
";
    let ran = run(steps, |mut peer| async move {
        match peer.line.starts_with("get /jobs/j7 ") {
            true => {
                let states = ["queued", "done", "done-j7", "later"];
                let events: String = states.map(|state| format!("data: {{\"state\": \"{state}\"}}\n\n")).concat();
                peer.events(&events).await;
            }
            false => peer.answer(200, "application/json", "{\"id\": \"j7\"}").await,
        }
    });
    assert_eq!(outputs(&ran.passed()), r#"{"count":3}"#);
}

#[test]
fn what_ends_it_may_be_made_of_a_file() {
    let steps = "inputs: { file: { type: file, default: Cargo.toml } }
vars: { sha: '{{ file | file_sha256 }}' }
steps:
  a: { get: /a, stream: { until: event.data == sha }, expect: ['body | length == 2'] }
";
    let text = std::fs::read("Cargo.toml").expect("it is there");
    let digest = ring::digest::digest(&ring::digest::SHA256, &text);
    let sha: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let events = format!("data: 00\n\ndata: {sha}\n\ndata: 11\n\n");
    run(steps, move |mut peer| {
        let events = events.clone();
        async move { peer.events(&events).await }
    })
    .passed();
}

#[test]
fn other_steps_go_on_while_events_come() {
    let (go, gone) = tokio::sync::watch::channel(false);
    let go = Arc::new(go);
    let steps =
        "  watch: { get: /events, stream: { until: 'event.data == \"started\"' } }\n  start: { post: /start }\n";
    let ran = run(steps, move |mut peer| {
        let (go, mut gone) = (Arc::clone(&go), gone.clone());
        async move {
            if peer.line.starts_with("post /start ") {
                go.send(true).expect("somebody waits");
                return peer.answer(200, "", "").await;
            }
            peer.stream().await;
            peer.send("data: waiting\n\n").await;
            gone.wait_for(|gone| *gone).await.expect("the step comes");
            peer.send("data: started\n\n").await;
            while peer.send(": still here\n\n").await {}
        }
    });
    assert_eq!(ran.passed().outcomes(), ["watch passed", "start passed"]);
}

#[test]
fn a_refresh_opens_no_stream() {
    let steps = "  a: { get: /a, stream: true, capture: { last: '$[-1].data' } }\n  b: { get: '/b/{{ last }}' }\n";
    let options = Options { refresh: true, ..Options::default() };
    let (ran, heads) = run_with(steps, options, Inputs::new(), |mut peer| async move { peer.events("").await });
    let foreseen = ran.record().steps().filter_map(|step| step.report.as_ref()?.foreseen).map(Foreseen::as_str);
    assert_eq!((heads.len(), foreseen.collect::<Vec<_>>()), (0, vec!["known later"; 2]));
}
