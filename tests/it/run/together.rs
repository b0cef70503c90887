//! Several runs that share their places for requests in flight.

use std::sync::Arc;

use callsheet::plan::{Inputs, Plan};
use callsheet::runner::{Jobs, TokioClock};
use callsheet::session::{Outcome, Run};

use super::scenario::{Server, json, load, start, virtual_time};

fn plan(steps: &str) -> Plan {
    load(steps).plan(&Inputs::new()).expect("no inputs")
}

/// Runs two plans at the same time, on virtual time, with so many places for both.
fn both(one: &str, other: &str, jobs: usize, server: &Server) -> [Outcome; 2] {
    let (one, other) = (plan(one), plan(other));
    let jobs = Jobs::new(jobs);
    let run = |plan| {
        let run = Run::new(plan).jobs_of(&jobs).transport(Arc::new(server.clone()));
        run.clock(Arc::new(TokioClock::new(start()))).start()
    };
    virtual_time(async {
        let (one, other) = tokio::join!(run(&one), run(&other));
        [one, other].map(|ended| ended.expect("a store in memory does not fail"))
    })
}

const SIX: &str = "
  a: { get: /slow }
  b: { get: /slow }
  c: { get: /slow }
  d: { get: /slow, needs: [a] }
  e: { get: /slow, needs: [b] }
  f: { get: /slow, needs: [c] }
";

#[test]
fn two_runs_have_no_more_in_flight_than_one_may() {
    for (jobs, seconds) in [(1, 12), (2, 6), (3, 4), (4, 3), (6, 2), (20, 2)] {
        let server = Server::new().on("/slow", [json("{}").after(1)]);
        let ended = both(SIX, SIX, jobs, &server);
        assert!(ended.iter().all(Outcome::passed));
        assert_eq!((server.most_in_flight(), server.count("/slow")), (jobs.min(6), 12));
        let last = ended.iter().map(|outcome| outcome.record.duration()).max().expect("two runs");
        // The second half of a run waits for the first, so that it matters who takes a place first.
        assert!((seconds * 1000..=(seconds + 1) * 1000).contains(&last), "{jobs} jobs: {last}");
    }
}

#[test]
fn a_run_that_waits_holds_no_place() {
    let server = Server::new()
        .on("/state", [json(r#"{"done":false}"#), json(r#"{"done":false}"#), json(r#"{"done":true}"#)])
        .on("/slow", [json("{}").after(1)]);
    let polls = "  waits: { get: /state, poll: { until: body.done, every: 10s } }\n  pause: { wait: 5s }";
    let [polled, other] = both(polls, SIX, 1, &server);
    assert!(polled.passed() && other.passed());
    // A poll whose time has come waits for the request that is in flight, and not for those behind it.
    assert!(polled.record.duration() <= 22_000, "{}", polled.record.duration());
    assert_eq!((other.record.duration(), server.most_in_flight()), (6_000, 1));
}

#[test]
fn runs_take_turns() {
    let server = Server::new().on("/slow", [json("{}").after(1)]).on("/other", [json("{}").after(1)]);
    let other = SIX.replace("/slow", "/other");
    both(SIX, &other, 1, &server);
    let lines = server.lines();
    let longest = lines.chunk_by(|one, next| one == next).map(<[String]>::len).max();
    assert!(longest <= Some(2), "{lines:?}");
}
