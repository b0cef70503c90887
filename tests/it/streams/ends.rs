//! How a stream ends: where it was to, too early, too late, or not as one.

use std::sync::Arc;

use callsheet::plan::Inputs;
use callsheet::runner::Options;
use tokio::sync::Notify;

use super::{Peer, run, run_with, text};
use crate::run::scenario::Ran;

/// Counts up for as long as somebody listens.
async fn count(mut peer: Peer) {
    peer.stream().await;
    let mut number = 0;
    while peer.send(&format!("id: {number}\ndata: {{\"n\": {number}}}\n\n")).await {
        number += 1;
        tokio::task::yield_now().await;
    }
}

fn failure(ran: &Ran) -> (String, Option<String>) {
    let step = ran.record().steps().next().expect("a step");
    let [failure] = step.failures() else { panic!("{:#?}", step.failures()) };
    (failure.message.clone(), failure.help.clone())
}

#[test]
fn an_endless_stream_is_left_where_until_holds() {
    let left = Arc::new(Notify::new());
    let told = Arc::clone(&left);
    let steps = "  a: { get: /a, stream: { until: event.data.n == 3 } }\n  b: { get: /left, needs: [a] }\n";
    let ran = run(steps, move |mut peer| {
        let told = Arc::clone(&told);
        async move {
            if peer.line.starts_with("get /left ") {
                // Answers only when the other connection was dropped.
                told.notified().await;
                return peer.answer(200, "", "").await;
            }
            count(peer).await;
            told.notify_one();
        }
    });
    assert_eq!(text(&ran.passed()).matches("\"n\"").count(), 4);
}

#[test]
fn it_is_left_behind_as_many_events_as_are_wanted() {
    let ran = run("  a: { get: /a, stream: { max: 3 }, expect: ['body | length == 3'] }\n", count).passed();
    assert_eq!(text(&ran).matches("\"n\"").count(), 3);
    // One that ends before has no more.
    let short = |mut peer: Peer| async move { peer.events("data: x\n\n").await };
    run("  a: { get: /a, stream: { max: 3 } }\n", short).passed();
}

#[test]
fn an_end_before_until_holds_is_a_failure_that_says_what_was_seen_last() {
    let ran = run("  a: { get: /a, stream: { until: event.data.state == \"done\" } }\n", |mut peer| async move {
        peer.events("data: {\"state\": \"queued\"}\n\ndata: {\"state\": \"running\"}\n\ndata: {\"state\": \"done\"}")
            .await;
    });
    assert_eq!(ran.outcomes(), ["a failed"]);
    insta::assert_snapshot!(failure(&ran).0, @r#"the stream ended after 2 events, and `until` did not hold: `event.data.state == "done"`; last seen: event.data.state = "running"; last event: {"event":"message","data":{"state":"running"}}"#);

    let ran = run("  a: { get: /a, stream: { until: event.data.state == \"done\" } }\n", |mut peer| async move {
        peer.events("event: log\ndata: hi\n\n").await;
    });
    insta::assert_snapshot!(failure(&ran).0, @r#"the stream ended after 1 event, and `until` did not hold: `event.data.state == "done"`; last seen: `event.data` is a string and has no `state`; last event: {"event":"log","data":"hi"}"#);

    let ran =
        run(
            "  a: { get: /a, stream: { until: event.data == \"x\" } }\n",
            |mut peer| async move { peer.events("").await },
        );
    insta::assert_snapshot!(failure(&ran).0, @r#"the stream ended without an event, and `until` did not hold: `event.data == "x"`"#);
}

#[test]
fn as_many_events_as_there_may_be_before_until_holds_are_a_failure() {
    let ran = run("  a: { get: /a, stream: { until: event.data.n == 5, max: 4 } }\n", count);
    assert_eq!(ran.outcomes(), ["a failed"]);
    let (message, help) = failure(&ran);
    insta::assert_snapshot!(message, @r#"the stream was left after 4 events, and `until` did not hold: `event.data.n == 5`; last seen: event.data.n = 3; last event: {"event":"message","data":{"n":3},"id":"3"}"#);
    insta::assert_snapshot!(help.unwrap_or_default(), @"write a `max` above 4 under `stream` if more events may come before");
    run("  a: { get: /a, stream: { until: event.data.n == 3, max: 4 } }\n", count).passed();
}

#[test]
fn a_stream_that_has_to_end_by_itself_may_have_ten_thousand_events() {
    let of = |count: usize| {
        run("  a: { get: /a, stream: true, expect: ['body | length == 10000'] }\n", move |mut peer| async move {
            peer.events(&"data: x\n\n".repeat(count)).await;
        })
    };
    of(10_000).passed();
    let ran = of(10_001);
    let (message, help) = failure(&ran);
    assert_eq!((ran.outcomes(), &*message), (vec!["a failed".to_owned()], "the stream has more than 10000 events"));
    assert!(help.is_some_and(|help| help.contains("max: N")));
}

#[test]
fn a_slow_stream_is_read_as_long_as_the_attempt_may_take() {
    let drip = |mut peer: Peer| async move {
        peer.stream().await;
        for event in ["data: 1\n\n", ": ping\n\n", "data: 2\n", "\ndata: 3\n\n"] {
            peer.send(event).await;
            peer.pause(10).await;
        }
        while peer.send(": ping\n\n").await {
            peer.pause(10).await;
        }
    };
    let ran = run("  a: { get: /a, timeout: 1m, stream: { until: event.data == \"3\" } }\n", drip).passed();
    assert_eq!(ran.record().duration(), 30_000);
    let ran = run("  a: { get: /a, stream: { until: event.data == \"4\" } }\n", drip);
    assert_eq!(ran.outcomes(), ["a errored"]);
    let said = ran.said("a");
    assert!(said.ends_with("did not end within 30 s, after 1 event"), "{said}");
}

#[test]
fn an_answer_that_is_no_stream_is_told_with_what_came() {
    let ran = run("  a: { get: /a, stream: true }\n", |mut peer| async move {
        peer.answer(200, "application/json", "{\"answer\": \"all at once\"}").await;
    });
    assert_eq!(ran.outcomes(), ["a failed"]);
    let (message, help) = failure(&ran);
    insta::assert_snapshot!(message, @r#"expected a stream of events (`text/event-stream`), got `application/json` with status 200: {"answer":"all at once"}"#);
    assert!(help.is_some_and(|help| help.starts_with("many servers stream only where")));
    let ran = run("  a: { get: /a, stream: true }\n", |mut peer| async move { peer.answer(200, "", "").await });
    insta::assert_snapshot!(ran.said("a"), @"expected a stream of events (`text/event-stream`), got an answer without a media type with status 200");
}

#[test]
fn an_error_before_the_stream_is_an_answer_like_any_other() {
    let refuse = |mut peer: Peer| async move {
        match peer.before {
            0 => peer.answer(503, "application/json", "{\"error\": \"busy\"}").await,
            _ => peer.events("data: x\n\n").await,
        }
    };
    let ran = run("  a: { get: /a, stream: true }\n", refuse);
    assert_eq!(ran.said("a"), r#"expected a 2xx status, got 503: {"error":"busy"}"#);
    let ran = run("  a: { get: /a, stream: true, retry: { attempts: 2 } }\n", refuse);
    assert_eq!(ran.outcomes(), ["a flaky"]);
    // One that is right ends no stream.
    let steps =
        "  a: { get: /a, stream: { until: event.data == \"x\" }, expect: { status: 503, body: { $.error: busy } } }\n";
    run(steps, refuse).passed();
}

#[test]
fn a_stream_that_breaks_off_is_no_answer() {
    let cut = |mut peer: Peer| async move {
        peer.stream().await;
        peer.send("data: 1\n\n").await;
        if peer.before > 0 {
            peer.send("data: 2\n\n").await;
            peer.end().await;
        }
    };
    let ran = run("  a: { post: /a, stream: true }\n", cut);
    assert_eq!(ran.outcomes(), ["a errored"]);
    assert!(ran.said("a").contains(", after 1 event"), "{}", ran.said("a"));
    assert_eq!(ran.left_behind().len(), 1, "nobody knows what a POST has done");
    let ran = run("  a: { get: /a, stream: true, retry: { attempts: 2, on: [reset] } }\n", cut);
    assert_eq!((ran.outcomes(), text(&ran).matches("data").count()), (vec!["a flaky".to_owned()], 2));
}

#[test]
fn what_cannot_be_evaluated_ends_it_and_is_told() {
    let ran = run("  a: { get: /a, stream: { until: event.data.n } }\n", count);
    assert_eq!(ran.outcomes(), ["a failed"]);
    insta::assert_snapshot!(failure(&ran).0, @"a condition is `true` or `false`, and this is a number");
}

#[test]
fn an_event_without_an_end_fills_no_memory() {
    let ran = run("  a: { get: /a, stream: true }\nlimits: { answer_memory: 1MiB }\n", |mut peer| async move {
        peer.stream().await;
        while peer.send(&format!("data: {}\n", "x".repeat(10_000))).await {}
    });
    assert_eq!(ran.outcomes(), ["a errored"]);
    assert_eq!(ran.said("a"), "the answer is too large: one of its events has more than 1 MiB");
}

#[test]
fn all_events_that_until_asks_for_fill_no_memory_either() {
    let steps =
        "  a: { get: /a, keep: 0, stream: { until: 'body[0].data.n == 1' } }\nlimits: { answer_memory: 1MiB }\n";
    let ran = run(steps, count);
    assert_eq!(ran.outcomes(), ["a errored"]);
    let said = "the answer is too large: what `until` asks for, all events so far, takes more than 1 MiB";
    assert_eq!(ran.said("a"), said);
}

#[test]
fn what_a_stream_has_begun_is_cleaned_up() {
    let steps = "  a: { post: /a, stream: { until: event.data == \"x\" }, cleanup: { delete: /a } }\n";
    let (ran, heads) = run_with(steps, Options::default(), Inputs::new(), |mut peer| async move {
        match peer.line.starts_with("post ") {
            true => peer.events("data: y\n\n").await,
            false => peer.answer(200, "", "").await,
        }
    });
    assert_eq!((ran.outcomes(), heads.len()), (vec!["a failed".to_owned()], 2));
}
