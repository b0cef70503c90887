//! Faults over a real socket: what our own client and runner make of each kind, and what the platform has executed.

use std::path::Path;
use std::time::Duration;

use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::session::{Run, Session};
use callsheet::simulator::{Options, Simulator, ready_line};
use callsheet::value::Value;

/// A call that changes something and may be sent once only.
const CREATE: &str =
    "  create: { post: /v1/api/workspaces/create, json: { workspace_name: a }, capture: { id: $.workspace_id } }\n";
/// A call that reads.
const LIST: &str =
    "  list: { post: /v1/api/workspaces/list, json: {}, effect: read, capture: { all: $.workspaces } }\n";

/// A run against a simulator on a socket.
struct Ran {
    record: Record,
    log: Vec<serde_json::Value>,
}

impl Ran {
    /// The word for a step and what each of its requests got: a status, or what went wrong.
    fn step(&self, id: &str) -> String {
        let step = self.record.steps().find(|step| step.step.as_str() == id).expect("a step of that id");
        let tries = step.tries.iter().map(|one| match (one.status(), one.error()) {
            (Some(status), _) => status.to_string(),
            (_, Some(error)) => format!("{:?}", error.kind),
            _ => "nothing".to_owned(),
        });
        let tries: Vec<String> = tries.collect();
        format!("{}: {}", step.outcome().map_or("unfinished", |outcome| outcome.as_str()), tries.join(" "))
    }

    /// For each request of a call that arrived: whether it was executed.
    fn executed(&self, call: &str) -> Vec<bool> {
        let of = self.log.iter().filter(|entry| entry["path"].as_str().is_some_and(|path| path.ends_with(call)));
        of.map(|entry| entry["executed"] == true).collect()
    }
}

/// Runs steps in real time while the plan's faults strike.
#[track_caller]
fn run(faults: &str, steps: &str) -> Ran {
    let faults = Session::new().parse_faults("faults.yaml", faults).unwrap_or_else(|problems| panic!("{problems}"));
    let retry = "retry: { attempts: 20, delay: 20ms, backoff: 1, on: [connect, timeout, reset, 429, 503] }";
    let text = format!(
        "playbook: test\ninclude: shared/platform.yaml\ndefaults: {{ timeout: 500ms, {retry} }}\nsteps:\n{steps}"
    );
    let playbook = Session::new().parse("test.yaml", &text, Path::new("workflows"));
    let playbook = playbook.unwrap_or_else(|problems| panic!("{problems}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let simulator = Simulator::new(Options { start: jiff::Timestamp::now(), faults, ..Options::default() });
        let serving = simulator.serve(listener).await.expect("a bound listener can be served");
        let ready = Value::of(&ready_line(&serving));
        let inputs = Inputs::new().simulator(ready.get("simulator").cloned().expect("the values of `simulator`"));
        let plan = playbook.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        let outcome = Run::new(&plan).start().await.expect("a store in memory does not fail");
        let log = log(&serving.url()).await;
        serving.stop().await;
        Ran { record: outcome.record, log }
    })
}

async fn log(url: &str) -> Vec<serde_json::Value> {
    let log = fetched(&format!("{url}/_simulator/log")).await;
    serde_json::from_slice(&log).expect("the log is JSON")
}

/// One GET by our own client.
async fn fetched(url: &str) -> Vec<u8> {
    use callsheet::client::{self, Client};
    use callsheet::wire::{Body, Headers, Request, Transport};
    let request = Request {
        connection: std::sync::Arc::default(),
        method: "GET".to_owned(),
        url: url::Url::parse(url).expect("a URL"),
        headers: Headers::default(),
        body: Body::Empty,
        timeout: Duration::from_secs(10),
    };
    let client = Client::new(client::Options::default());
    let mut answer = client.send(request).await.expect("an answer");
    let mut whole = Vec::new();
    while let Some(chunk) = answer.body.chunk().await.expect("a whole answer") {
        whole.extend_from_slice(&chunk);
    }
    whole
}

/// What the first request of a call gets, and what becomes of its step: of one that is sent once only, and of one that
/// reads.
#[track_caller]
fn struck(fault: &str, create: (&str, &[bool]), list: (&str, &[bool])) {
    for (steps, id, call, (told, executed)) in
        [(CREATE, "create", "workspaces/create", create), (LIST, "list", "workspaces/list", list)]
    {
        let ran = run(&format!("faults: [{{ path: '/v1/**', times: 1, {fault} }}]"), steps);
        assert_eq!(ran.step(id), told, "{fault}");
        assert_eq!(ran.executed(call), executed, "{fault}: {id}");
        let unknown = id == "create" && (told.starts_with("errored") || told.ends_with("504"));
        assert_eq!(ran.record.left_behind().len(), usize::from(unknown), "{fault}: {id}");
    }
}

#[test]
fn a_lost_connection_leaves_it_unknown_whether_a_call_was_executed_and_it_is_not_sent_again() {
    struck("reset: before", ("errored: Reset", &[false]), ("flaky: Reset 200", &[false, true]));
    struck("reset: after", ("errored: Reset", &[true]), ("flaky: Reset 200", &[true, true]));
}

#[test]
fn an_answer_that_breaks_off_is_not_asked_for_again_where_the_call_changes_something() {
    struck("truncate: half", ("errored: Truncated", &[true]), ("flaky: Truncated 200", &[true, true]));
    struck("truncate: 0", ("errored: Truncated", &[true]), ("flaky: Truncated 200", &[true, true]));
}

#[test]
fn an_answer_that_does_not_come_in_time_is_unknown() {
    struck("latency: 1h", ("errored: Timeout", &[true]), ("flaky: Timeout 200", &[true, true]));
    struck("drip: 1h", ("errored: Timeout", &[true]), ("flaky: Timeout 200", &[true, true]));
}

#[test]
fn a_status_is_an_answer_and_only_429_lets_a_call_that_changes_something_be_sent_again() {
    struck("status: 503", ("failed: 503", &[false]), ("flaky: 503 200", &[false, true]));
    struck("status: 429, retry_after: 0s", ("flaky: 429 200", &[false, true]), ("flaky: 429 200", &[false, true]));
    struck("status: 504, execute: true", ("failed: 504", &[true]), ("failed: 504", &[true]));
}

#[test]
fn a_malformed_answer_is_one_and_fails_what_is_read_from_it() {
    struck("malformed: true", ("failed: 200", &[true]), ("failed: 200", &[true]));
}

#[test]
fn an_expired_token_is_renewed_and_the_request_sent_again() {
    struck("expire_token: true", ("passed: 401 200", &[true, true]), ("passed: 401 200", &[true, true]));
}

#[test]
fn a_refused_connection_is_tried_again_whatever_the_call_does() {
    let steps = format!("{LIST}{}", CREATE.replace("json:", "needs: [list], json:"));
    let ran = run("faults: [{ path: '/v1/**', times: 1, refuse: 100ms }]", &steps);
    assert_eq!(ran.step("list"), "passed: 200");
    let create = ran.step("create");
    assert!(create.starts_with("flaky: Refused ") && create.ends_with(" 200"), "{create}");
    assert_eq!(ran.executed("workspaces/create"), [true], "what was refused has not arrived");
}
