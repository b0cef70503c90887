//! A simulated platform for a test, and runs of the shipped playbooks on it.
//!
//! Server and runner share one runtime whose time stands still and jumps to the next timer, so that a deployment that
//! takes minutes takes none.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use callsheet::event::Outcome as Word;
use callsheet::id::Address;
use callsheet::plan::Inputs;
use callsheet::session::{DiskLoader, Outcome, Playbook, Run};
use callsheet::simulator::{Options, Serving, Simulator, ready_line};
use callsheet::value::Value;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::{folder, loaded};

/// A platform on a port of its own.
pub struct Platform {
    simulator: Simulator,
    serving: Serving,
}

/// A call that the platform has executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Executed {
    /// What is behind `/v1/api/`, or the whole path.
    pub call: String,
    pub status: Option<u64>,
}

impl Platform {
    pub async fn start(options: Options) -> Self {
        let simulator = Simulator::new(options);
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let serving = simulator.clone().serve(listener).await.expect("the listener knows its address");
        Platform { simulator, serving }
    }

    /// Runs a shipped playbook, with these inputs besides those that its `simulate` binds.
    pub async fn run(&self, workflow: &str, vars: &[(&str, &str)]) -> Ended {
        let playbook = loaded(&folder().join(format!("{workflow}.yaml")));
        self.run_playbook(&playbook, vars).await
    }

    /// Runs a playbook, with these inputs besides those that its `simulate` binds.
    pub async fn run_playbook(&self, playbook: &Playbook, vars: &[(&str, &str)]) -> Ended {
        let ready = ready_line(&self.serving)["simulator"].to_string();
        let simulator = Value::read(ready.as_bytes()).expect("the ready line is JSON");
        let inputs = Inputs::new().simulator(simulator).loader(Arc::new(DiskLoader)).working_directory(folder());
        let inputs = vars.iter().fold(inputs, |inputs, (name, value)| inputs.var(*name, *value));
        let plan = playbook.plan(&inputs).unwrap_or_else(|problems| panic!("{problems}"));
        Ended(Run::new(&plan).start().await.expect("a run in memory cannot fail by itself"))
    }

    /// Everything that was executed, but for tokens, from the given number on.
    pub async fn executed(&self, from: usize) -> Vec<Executed> {
        let request = Request::get("/_simulator/log").body(Body::empty()).expect("the request is valid");
        let answer = self.simulator.router().oneshot(request).await.expect("a router always answers");
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.expect("an answer in memory can be read");
        let log: Vec<serde_json::Value> = serde_json::from_slice(&bytes).expect("the log is an array");
        let calls = log.iter().filter(|entry| entry["executed"] == true && entry["grant"].is_null());
        let executed = calls.map(|entry| {
            let path = entry["path"].as_str().unwrap_or_default();
            let call = path.strip_prefix("/v1/api/").unwrap_or(path).to_owned();
            Executed { call, status: entry["status"].as_u64() }
        });
        executed.skip(from).collect()
    }

    /// The names of the executed calls that change something.
    pub async fn writes(&self, from: usize) -> Vec<String> {
        const READS: &[&str] = &["list", "query", "get"];
        let last = |call: &str| call.rsplit('/').next().unwrap_or_default().to_owned();
        let executed = self.executed(from).await.into_iter().map(|executed| executed.call);
        executed.filter(|call| !READS.iter().any(|read| last(call).starts_with(read))).collect()
    }
}

/// A run that has ended.
pub struct Ended(pub Outcome);

impl Ended {
    #[track_caller]
    pub fn passed(self) -> Self {
        assert!(self.0.passed(), "{:#?}", self.messages());
        self
    }

    /// The word for the whole run.
    pub fn word(&self) -> &'static str {
        self.0.record.outcome().map_or("unfinished", Word::as_str)
    }

    /// Each step that did not pass, with its word and what went wrong.
    pub fn messages(&self) -> Vec<String> {
        let steps = self.0.record.steps().filter(|step| !step.outcome().is_some_and(Word::is_passed));
        let told = steps.map(|step| {
            let failures: Vec<&str> = step.failures().iter().map(|failure| &*failure.message).collect();
            let word = step.outcome().map_or("unfinished", Word::as_str);
            format!("{} {word}: {}{}", step.step, failures.join("; "), step.reason().unwrap_or_default())
        });
        told.collect()
    }

    /// The steps that found something missing and created it.
    pub fn created(&self) -> Vec<String> {
        let reports = self.0.record.steps().filter_map(|step| step.report.as_ref());
        reports.filter(|report| report.created == Some(true)).map(|report| report.step.to_string()).collect()
    }

    #[track_caller]
    pub fn output(&self, name: &str) -> &Value {
        self.0.outputs.get(name).unwrap_or_else(|| panic!("there is no output `{name}`"))
    }

    /// What a step captured.
    #[track_caller]
    pub fn capture(&self, step: &str, name: &str) -> &Value {
        let step = self.0.record.step(&Address::step(step)).unwrap_or_else(|| panic!("there is no step `{step}`"));
        step.capture(name).unwrap_or_else(|| panic!("`{name}` was not captured"))
    }
}
