//! Cleanups have a time of their own, and are tried again like any other request.

use std::time::Duration;

use callsheet::event::Outcome;
use callsheet::plan::Inputs;
use callsheet::runner::Options;
use callsheet::wire::TransportErrorKind::Refused;

use super::scenario::{Ran, Server, json, nothing, run, run_with, status};

const HOUR: u64 = 3600;

fn limited(steps: &str, server: &Server, seconds: u64) -> Ran {
    let options = Options { cleanup_timeout: Duration::from_secs(seconds), ..Options::default() };
    run_with(steps, server, options, Inputs::new(), |_, _| {})
}

const THREE: &str = "
  first: { post: /first, capture: { a: $.id }, cleanup: { delete: '/first/{{ a }}' } }
  second: { post: /second, needs: [first], cleanup: [ { delete: /second/x, timeout: 2h }, { delete: /second/y } ] }
  third: { post: /third, needs: [second], cleanup: { delete: /third/x } }
";

#[test]
fn a_cleanup_that_never_answers_ends_with_the_time_for_it() {
    let server = Server::new()
        .on("/first", [json(r#"{"id":1}"#)])
        .on("/second", [json("{}")])
        .on("/third", [json("{}")])
        .on("/third/x", [json("null")])
        .on("/second/x", [json("null").after(HOUR)]);
    let ran = limited(THREE, &server, 60);
    assert_eq!(server.lines()[3..], ["DELETE /third/x", "DELETE /second/x"], "nothing is sent any more");
    assert_eq!((ran.record().duration(), ran.record().outcome()), (60_000, Some(Outcome::Errored)));
    let expected = [
        "second: its cleanup errored: its request may have been executed: cleaning up did not come to its end in 60 s",
        "first: not cleaned up, because the time for cleaning up was over (a = 1)",
    ];
    assert_eq!(ran.left_behind(), expected);
    assert!(ran.record().cleanups[1].tries[0].is_unknown(), "nobody knows whether it was executed");
}

#[test]
fn a_cleanup_that_polls_or_waits_to_be_tried_again_ends_too() {
    for cleanup in [
        "{ get: /undo, poll: { until: body.gone, every: 1h, timeout: 10h } }",
        "{ delete: /undo, retry: { attempts: 9, delay: 1h, max_delay: 1h, on: [503] } }",
    ] {
        let server = Server::new().on("/made", [json("{}")]).on("/undo", [status(503).json("{}")]);
        let server = if cleanup.contains("poll") { server.on("/undo", [json("{}")]) } else { server };
        let ran = limited(&format!("  made: {{ post: /made, cleanup: {cleanup} }}\n"), &server, 60);
        assert_eq!(server.count("/undo"), 1, "{cleanup}");
        assert_eq!(ran.left_behind().len(), 1, "{cleanup}");
    }
}

#[test]
fn the_time_begins_with_the_first_cleanup_and_is_ten_minutes() {
    let server = Server::new()
        .on("/made", [json("{}")])
        .on("/slow", [json("{}").after(2 * HOUR)])
        .on("/undo", [json("null").after(HOUR)]);
    let steps = "
  made: { post: /made, cleanup: { delete: /undo, timeout: 2h } }
  slow: { get: /slow, timeout: 3h, needs: [made] }
";
    let ran = run(steps, &server);
    assert_eq!(ran.record().duration(), (2 * HOUR + 600) * 1000);
    let ran = limited(steps, &server, 2 * HOUR);
    assert_eq!((ran.record().duration(), ran.outcome.passed()), (3 * HOUR * 1000, true));
}

#[test]
fn a_cleanup_is_tried_again_as_its_retry_says() {
    let steps = "
  made: { post: /made, cleanup: { delete: /undo, retry: { attempts: 4, delay: 1s, on: [connect, 503] } } }
";
    let server =
        Server::new().on("/made", [json("{}")]).on("/undo", [status(503), nothing(Refused), status(503), status(204)]);
    let ran = run(steps, &server);
    assert!(ran.outcome.passed() && ran.left_behind().is_empty());
    assert_eq!((server.count("/undo"), ran.record().cleanups[0].tries.len()), (4, 4));
    let server = Server::new().on("/made", [json("{}")]).on("/undo", [status(503)]);
    let ran = run(steps, &server);
    assert_eq!(server.count("/undo"), 4);
    assert_eq!(ran.left_behind(), ["made: its cleanup failed: expected a 2xx status, got 503"]);
}
