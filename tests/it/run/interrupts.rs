//! Ctrl-C and the deadline.

use std::time::Duration;

use callsheet::event::Event;
use callsheet::plan::Inputs;
use callsheet::runner::{Options, Signal};

use super::scenario::{Ran, Server, json, run_with};

const STEPS: &str = "
  made: { post: /made, capture: { id: $.id }, cleanup: { delete: '/made/{{ id }}' } }
  slow: { post: /slow, needs: [made] }
  waits: { get: /state, needs: [made], poll: { until: body.done, every: 1m } }
  later: { get: /later, needs: [slow] }
";

fn server() -> Server {
    Server::new()
        .on("/made", [json(r#"{"id":1}"#)])
        .on("/slow", [json("{}").after(20)])
        .on("/state", [json(r#"{"done":false}"#)])
        .on("/made/1", [json("null").after(5)])
}

/// Interrupts whenever something of that kind happens.
fn interrupted(at: impl Fn(&Event) -> usize) -> (Ran, Server) {
    let server = server();
    let ran = run_with(STEPS, &server, Options::default(), Inputs::new(), |envelope, signals| {
        for _ in 0..at(&envelope.event) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    (ran, server)
}

fn polled(event: &Event) -> bool {
    matches!(event, Event::Decided { decision: callsheet::event::Decision::PollAgain { .. }, .. })
}

#[test]
fn the_first_lets_what_is_in_flight_finish_cuts_waits_and_cleans_up() {
    let (ran, server) = interrupted(|event| usize::from(polled(event)));
    assert_eq!(ran.outcomes(), ["made passed", "slow passed", "waits errored", "later skipped"]);
    assert_eq!(ran.said("waits"), "the run was interrupted");
    assert_eq!((server.count("/made/1"), server.count("/later")), (1, 0));
    assert!(ran.record().is_interrupted() && !ran.outcome.passed() && ran.left_behind().is_empty());
    assert_eq!(ran.record().duration(), 25_000);
}

#[test]
fn the_second_drops_what_is_in_flight_as_unknown_and_cleans_up() {
    let (ran, server) = interrupted(|event| 2 * usize::from(polled(event)));
    assert_eq!(ran.outcomes(), ["made passed", "slow errored", "waits errored", "later skipped"]);
    assert_eq!(server.count("/made/1"), 1);
    let left = ran.left_behind();
    assert!(left.len() == 1 && left[0].starts_with("slow: "), "{left:?}");
    assert_eq!(ran.record().duration(), 5_000);
}

#[test]
fn the_third_leaves_at_once_and_names_what_is_not_cleaned_up() {
    let (ran, server) = interrupted(|event| 3 * usize::from(polled(event)));
    assert!(server.count("/made/1") <= 1);
    assert!(ran.left_behind().iter().any(|left| left.starts_with("made: ")), "{:?}", ran.left_behind());
    assert_eq!(ran.record().duration(), 0);
}

#[test]
fn the_deadline_drops_what_is_in_flight_and_cleans_up() {
    let server = server();
    let options = Options { deadline: Some(Duration::from_secs(10)), ..Options::default() };
    let ran = run_with(STEPS, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes(), ["made passed", "slow errored", "waits errored", "later skipped"]);
    assert_eq!(ran.said("slow"), "the run's deadline passed");
    assert_eq!((server.count("/made/1"), ran.record().duration()), (1, 15_000));
    assert_eq!(ran.record().outcome(), Some(callsheet::event::Outcome::Errored));
}

#[test]
fn nothing_new_is_sent_for_a_step_that_had_begun() {
    let steps = "
  thing:
    ensure:
      find: { get: /things, capture: { id: '$[0].id' } }
      create: { post: /things/new, capture: { id: $.id } }
";
    let server = Server::new().on("/things", [json("[]").after(5)]).on("/things/new", [json(r#"{"id":1}"#)]);
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |envelope, signals| {
        if matches!(envelope.event, Event::Sending(_)) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    assert_eq!((server.lines(), ran.outcomes()), (vec!["GET /things".to_owned()], vec!["thing errored".to_owned()]));
}

#[test]
fn the_end_is_the_end_and_every_step_ends_once() {
    for times in 1..=4 {
        let (ran, _) = interrupted(|event| times * usize::from(polled(event)));
        let events = ran.events();
        assert!(matches!(events.last().map(|last| &last.event), Some(Event::RunFinished(_))), "{times} interrupts");
        let ended = events.iter().filter_map(|envelope| match &envelope.event {
            Event::StepFinished(report) => Some(report.step.to_string()),
            _ => None,
        });
        let mut ended: Vec<String> = ended.collect();
        ended.sort();
        let before = ended.len();
        ended.dedup();
        assert_eq!(ended.len(), before, "{times} interrupts: a step ended twice");
        assert!(times > 2 || ended.len() == 4, "{times} interrupts: {ended:?}");
    }
}

#[test]
fn an_interrupted_run_is_not_green_in_junit() {
    let server = Server::new().on("/a", [json("{}").after(1)]).on("/b", [json("{}")]);
    let steps = "  a: { get: /a }\n  b: { get: /b, needs: [a] }\n";
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |envelope, signals| {
        if matches!(envelope.event, Event::Sending(_)) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    let xml = callsheet::report::junit(ran.record());
    assert!(xml.contains(r#"<error message="the run was interrupted" type="interrupted"/>"#), "{xml}");
    assert!(xml.contains(r#"errors="1""#), "{xml}");
}

#[test]
fn what_was_never_sent_when_the_run_stops_is_skipped() {
    let server = Server::new().on("/a", [json("{}").after(5)]);
    let steps = "  a: { foreach: { i: [1, 2, 3] }, post: /a }\n";
    let options = Options { jobs: 1, deadline: Some(std::time::Duration::from_secs(1)), ..Options::default() };
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    assert_eq!(ran.outcomes()[1..], ["a[1] errored", "a[2] skipped", "a[3] skipped"]);
    assert_eq!(ran.said("a[2]"), "not started, because the deadline has passed");
}

#[test]
fn a_token_that_nobody_waits_for_any_more_is_dropped_and_that_is_kept() {
    let steps = "auth:
  key: { oauth2: { token_url: 'http://api.example.com/token', grant: client_credentials, client_id: c, client_secret: secret-1 } }
defaults: { base_url: 'http://api.example.com', auth: key }
steps:
  a: { get: /a }
";
    let server = Server::new().on("/token", [json("{}").after(5)]);
    let ran = run_with(steps, &server, Options::default(), Inputs::new(), |envelope, signals| {
        if matches!(envelope.event, Event::Sending(_)) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    assert_eq!((ran.outcomes(), ran.record().duration()), (vec!["a skipped".to_owned()], 0));
    let error = ran.record().tokens[0].exchange.error().expect("it got no answer");
    assert_eq!(error.message, "dropped at the end of the run, since nobody waits for it");
}
