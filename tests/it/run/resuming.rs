//! Runs that were stopped and are gone on with.

use std::path::Path;
use std::sync::Arc;

use callsheet::event::{Effect, Envelope, Event, Failure, Role, Store};
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::runner::{Options, Signal, TokioClock};
use callsheet::session::{Playbook, Resumption, Run, Session, Stopped, Unresumable};
use callsheet::value::Value;

use super::scenario::{Files, Ran, Server, json, load, nothing, run_playbook, run_with, start, status, virtual_time};
use callsheet::wire::TransportErrorKind;

/// How a test goes on with a run.
#[derive(Clone, Default)]
pub(super) struct How {
    pub(super) redo: Vec<&'static str>,
    pub(super) assume_done: Vec<&'static str>,
    pub(super) values: Vec<(&'static str, Value)>,
    pub(super) cleanup_only: bool,
    pub(super) options: Options,
    pub(super) inputs: Inputs,
}

/// Goes on with the run of these events.
pub(super) fn go_on(
    playbook: &Playbook,
    events: &[Envelope],
    store: &MemoryStore,
    server: &Server,
    how: How,
) -> Result<Ran, Unresumable> {
    let plan = playbook.plan(&how.inputs).unwrap_or_else(|problems| panic!("{problems}"));
    let bodies = store.clone();
    let stopped = Stopped::new(events.to_vec(), move |name| bodies.body(name)).expect("a run that has begun");
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    let how_to = Resumption {
        redo: owned(how.redo),
        assume_done: owned(how.assume_done),
        values: how.values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        cleanup_only: how.cleanup_only,
        now: start(),
    };
    let past = stopped.prepare(&plan, &how_to)?;
    Ok(virtual_time(async {
        let mut store = store.clone();
        if store.events().is_empty() {
            store.append(events).expect("a store in memory does not fail");
        }
        let outcome = Run::new(&plan)
            .options(how.options)
            .resume(past)
            .store(store.clone())
            .transport(Arc::new(server.clone()))
            .clock(Arc::new(TokioClock::new(start())))
            .start()
            .await
            .expect("a store in memory does not fail");
        Ran { outcome, store }
    }))
}

/// Goes on with a run that has ended.
#[track_caller]
pub(super) fn again(playbook: &Playbook, ran: &Ran, server: &Server, how: How) -> Ran {
    go_on(playbook, &ran.events(), &ran.store, server, how).unwrap_or_else(|why| panic!("{why:?}"))
}

#[track_caller]
pub(super) fn asked(playbook: &Playbook, events: &[Envelope], how: How) -> Vec<Failure> {
    match go_on(playbook, events, &MemoryStore::new(), &Server::new(), how) {
        Err(Unresumable::Undecided(failures) | Unresumable::Refused(failures)) => failures,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was gone on with"),
    }
}

/// The events of a run up to the first that is like that, which is among them.
pub(super) fn until(ran: &Ran, is_last: impl Fn(&Event) -> bool) -> Vec<Envelope> {
    let events = ran.events();
    let last = events.iter().position(|envelope| is_last(&envelope.event)).expect("an event like that");
    events[..=last].to_vec()
}

pub(super) fn sending(step: &str) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::Sending(sending) if sending.step.as_str() == step)
}

const CHAIN: &str = "
  made: { post: /made, json: { n: 1 }, capture: { made_id: $.id } }
  used: { post: /used, json: { made: '{{ made_id }}' }, capture: { used_id: $.id } }
  last: { get: '/last/{{ used_id }}' }
";

fn chain() -> Server {
    Server::new().on("/made", [json(r#"{"id":1}"#)]).on("/used", [json(r#"{"id":2}"#)]).on("/last/2", [json("{}")])
}

#[test]
fn a_finished_step_is_not_repeated() {
    let (server, playbook) = (chain(), load(CHAIN));
    let first = run_with(CHAIN, &server, Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&first, |event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "made"));
    let server = chain();
    let ran =
        go_on(&playbook, &events, &MemoryStore::new(), &server, How::default()).expect("nothing is unknown").passed();
    assert_eq!(server.lines(), ["POST /used", "GET /last/2"]);
    assert_eq!(server.seen()[0].body, r#"{"made":1}"#);
    assert_eq!(ran.outcomes(), ["made passed", "used passed", "last passed"]);
    assert_eq!(ran.transcript(), first.transcript());
}

#[test]
fn a_call_whose_outcome_is_unknown_is_asked_about_and_nothing_is_sent() {
    let first = run_with(CHAIN, &chain(), Options::default(), Inputs::new(), |_, _| {});
    let events = until(&first, sending("used"));
    let questions = asked(&load(CHAIN), &events, How::default());
    let told: Vec<String> =
        questions.iter().map(|one| format!("{}\n{}", one.message, one.help.as_deref().unwrap_or_default())).collect();
    insta::assert_snapshot!(told.join("\n\n"), @r"
    `used` (POST http://api.example.com/used): it was sent, and nobody knows whether it was done; it must not be done twice
    look whether it was done; `--redo used` does it again, `--assume-done used --var used_id=…` goes on without doing it
    ");
    let server = chain();
    let how = How { redo: vec!["used"], ..How::default() };
    let ran = go_on(&load(CHAIN), &events, &MemoryStore::new(), &server, how).expect("it was decided").passed();
    assert_eq!(server.lines(), ["POST /used", "GET /last/2"]);
    assert_eq!(ran.left_behind(), ["used: it may have been executed before it was done again"]);

    let server = chain();
    let how = How { assume_done: vec!["used"], values: vec![("used_id", Value::from(2u32))], ..How::default() };
    let ran = go_on(&load(CHAIN), &events, &MemoryStore::new(), &server, how).expect("it was decided").passed();
    assert_eq!(server.lines(), ["GET /last/2"]);
    assert!(ran.left_behind().is_empty());
}

#[test]
fn what_counts_as_done_needs_the_values_that_it_captures() {
    let first = run_with(CHAIN, &chain(), Options::default(), Inputs::new(), |_, _| {});
    let events = until(&first, sending("used"));
    let message =
        |how: How| asked(&load(CHAIN), &events, how).iter().map(|one| one.message.clone()).collect::<Vec<_>>();
    assert_eq!(
        message(How { assume_done: vec!["used"], ..How::default() }),
        ["`used` counts as done, and what it captures is not known"]
    );
    assert_eq!(message(How { redo: vec!["usd"], ..How::default() })[0], "`--redo usd`: no step of this run");
    assert_eq!(
        message(How { redo: vec!["used"], values: vec![("nix", Value::Null)], ..How::default() }),
        ["`nix` is neither an input nor a capture of a step that counts as done"]
    );
}

#[test]
fn an_answer_that_was_kept_is_judged_and_its_request_not_sent_again() {
    let first = run_with(CHAIN, &chain(), Options::default(), Inputs::new(), |_, _| {});
    let events = until(&first, |event| matches!(event, Event::Answered { call, .. } if call.0 == 2));
    let server = chain();
    let ran =
        go_on(&load(CHAIN), &events, &MemoryStore::new(), &server, How::default()).expect("all is known").passed();
    assert_eq!(server.lines(), ["GET /last/2"]);
    assert_eq!(ran.transcript(), first.transcript());
}

#[test]
fn a_step_that_was_mended_is_judged_by_the_answer_it_has_got() {
    let wrong = CHAIN.replace("used_id: $.id", "used_id: $.uid");
    let first = run_with(&wrong, &chain(), Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(first.outcomes(), ["made passed", "used failed", "last skipped"]);
    let server = chain();
    let ran = again(&load(CHAIN), &first, &server, How::default()).passed();
    assert_eq!(server.lines(), ["GET /last/2"]);
    assert_eq!(ran.outcomes(), ["made passed", "used passed", "last passed"]);
}

#[test]
fn a_request_that_was_done_and_has_changed_is_asked_about() {
    let first = run_with(CHAIN, &chain().on("/x", [json("{}")]), Options::default(), Inputs::new(), |_, _| {});
    let events = until(&first, |event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "used"));
    let server = chain();
    let changed = load(&CHAIN.replace("n: 1", "n: 2"));
    let ran = go_on(&changed, &events, &MemoryStore::new(), &server, How::default()).expect("it is seen on the way");
    assert!(server.lines().is_empty() && !ran.outcome.passed(), "{:?}", server.lines());
    let said = ran.said("made");
    assert_eq!(said, "`made`: it was answered, and its request has changed since; it must not be done twice",);
    // What reads it is done again with it, since someone has said so.
    let server = chain();
    let ran = again(&changed, &ran, &server, How { redo: vec!["made"], ..How::default() }).passed();
    assert_eq!(server.lines(), ["POST /made", "POST /used", "GET /last/2"]);
    assert_eq!(ran.outcomes(), ["made passed", "used passed", "last passed"]);
}

#[test]
fn what_was_cleaned_up_is_done_again_with_what_reads_it() {
    let steps = "
  apart: { post: /apart }
  made: { post: /made, capture: { made_id: $.id }, cleanup: { delete: '/made/{{ made_id }}' } }
  used: { post: /used, json: { made: '{{ made_id }}' }, capture: { used_id: $.id } }
  last: { get: '/last/{{ used_id }}' }
";
    let server = || {
        Server::new()
            .on("/apart", [json("{}")])
            .on("/made", [json(r#"{"id":1}"#)])
            .on("/made/1", [status(204)])
            .on("/used", [json(r#"{"id":2}"#)])
    };
    let first = run_with(steps, &server().on("/last/2", [status(500)]), Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(first.outcomes()[3], "last failed");
    let server = server().on("/last/2", [json("{}")]);
    let ran = again(&load(steps), &first, &server, How::default()).passed();
    assert_eq!(server.lines(), ["POST /made", "POST /used", "GET /last/2", "DELETE /made/1"]);
    // It has no cleanup of its own, and was made twice.
    assert_eq!(ran.left_behind(), ["used: it was done again before what it had made was cleaned up (used_id = 2)"]);
}

#[test]
fn a_run_that_was_stopped_while_it_cleaned_up_only_ends() {
    let steps = "
  a: { post: /a, capture: { a_id: $.id }, cleanup: { delete: '/a/{{ a_id }}' } }
  b: { post: /b, json: { a: '{{ a_id }}' }, capture: { b_id: $.id }, cleanup: { delete: '/b/{{ b_id }}' } }
";
    let server = || {
        Server::new()
            .on("/a", [json(r#"{"id":1}"#)])
            .on("/b", [json(r#"{"id":2}"#)])
            .on("/a/1", [status(204)])
            .on("/b/2", [status(204)])
    };
    let first = run_with(steps, &server(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&first, |event| matches!(event, Event::CleanupFinished { .. }));
    let second = server();
    let ran =
        go_on(&load(steps), &events, &MemoryStore::new(), &second, How::default()).expect("all is known").passed();
    assert_eq!(second.lines(), ["DELETE /a/1"]);
    assert_eq!(ran.transcript(), first.transcript());
}

#[test]
fn an_interrupt_ends_with_the_process_that_was_asked() {
    let steps = "
  a: { post: /a, capture: { id: $.id }, cleanup: { delete: '/a/{{ id }}' } }
  b: { get: /b, needs: [a] }
  c: { get: /c, needs: [b] }
";
    let server = || Server::new().on("/a", [json(r#"{"id":1}"#)]).on("/b", [json("{}")]).on("/a/1", [status(204)]);
    let first = run_with(steps, &server(), Options::default(), Inputs::new(), |envelope, signals| {
        if sending("b")(&envelope.event) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    });
    assert!(first.record().is_interrupted());
    let events = until(&first, |event| matches!(event, Event::CleanupStarted { .. }));
    assert!(events.iter().any(|envelope| matches!(envelope.event, Event::Closing { .. })));
    let second = server();
    let ran = go_on(&load(steps), &events, &MemoryStore::new(), &second, How::default()).expect("all is known");
    assert_eq!(second.lines(), ["DELETE /a/1"]);
    let told = ran.record().finished.as_ref().expect("it ended").interrupted;
    assert_eq!((ran.record().is_interrupted(), told), (false, false));
    assert_eq!(ran.outcomes(), ["a passed", "b passed", "c skipped"]);
    let third = server().on("/c", [json("{}")]);
    let ran = again(&load(steps), &ran, &third, How::default()).passed();
    assert_eq!(
        third.lines(),
        ["POST /a", "GET /b", "GET /c", "DELETE /a/1"],
        "it was stopped early: {:?}",
        ran.outcomes()
    );
}

#[test]
fn only_what_is_owed_is_cleaned_up_where_nothing_else_is_wanted() {
    let steps = "
  a: { post: /a, capture: { a_id: $.id }, cleanup: { delete: '/a/{{ a_id }}' } }
  b: { get: '/b/{{ a_id }}' }
  c: { get: /c, needs: [b] }
";
    let server = || Server::new().on("/a", [json(r#"{"id":1}"#)]).on("/a/1", [status(204)]).on("/b/1", [status(500)]);
    let options = Options { cleanup: callsheet::runner::CleanupWhen::Never, ..Options::default() };
    let first = run_with(steps, &server(), options, Inputs::new(), |_, _| {});
    assert_eq!(first.left_behind().len(), 1);
    let second = server();
    let ran = again(&load(steps), &first, &second, How { cleanup_only: true, ..How::default() });
    assert_eq!(second.lines(), ["DELETE /a/1"]);
    assert!(ran.left_behind().is_empty(), "{:?}", ran.left_behind());
    assert_eq!(ran.outcomes(), ["a passed", "b failed", "c skipped"]);
    let nothing =
        go_on(&load(steps), &ran.events(), &ran.store, &Server::new(), How { cleanup_only: true, ..How::default() });
    assert_eq!(nothing.err(), Some(Unresumable::Done("nothing is left to be cleaned up".to_owned())));
}

#[test]
fn who_names_a_step_of_a_run_that_passed_is_refused() {
    let first = run_with(CHAIN, &chain(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let messages = |how: How| -> Vec<String> {
        asked(&load(CHAIN), &first.events(), how).into_iter().map(|failure| failure.message).collect()
    };
    let passed = "it passed: there is nothing to go on with";
    assert_eq!(messages(How { redo: vec!["used"], ..How::default() }), [format!("`--redo used`: {passed}")]);
    let assumed = How { assume_done: vec!["used"], ..How::default() };
    assert_eq!(messages(assumed), [format!("`--assume-done used`: {passed}")]);
    let unknown = How { redo: vec!["usde"], ..How::default() };
    assert_eq!(messages(unknown), ["`--redo usde`: no step of this run"]);
    let cleanup = How { redo: vec!["used"], cleanup_only: true, ..How::default() };
    assert_eq!(messages(cleanup), ["`--redo used`: with `--cleanup-only` no step is done"]);
}

#[test]
fn what_a_delete_does_not_find_any_more_was_removed_by_the_one_without_an_answer() {
    let steps = "
  a: { post: /a, capture: { a_id: $.id }, cleanup: { delete: '/a/{{ a_id }}' } }
";
    let made = || Server::new().on("/a", [json(r#"{"id":1}"#)]).on("/a/1", [json("{}")]);
    let first = run_with(steps, &made(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let gone = |code| Server::new().on("/a/1", [status(code)]);
    let cut_off = until(&first, |event| matches!(event, Event::Sending(sending) if sending.role == Role::Cleanup(0)));
    for code in [404, 410] {
        let server = gone(code);
        let ran =
            go_on(&load(steps), &cut_off, &MemoryStore::new(), &server, How::default()).expect("it may be sent twice");
        assert_eq!(server.lines(), ["DELETE /a/1"]);
        assert_eq!(ran.passed().left_behind(), [""; 0]);
    }
    // One that was not sent before has removed nothing.
    let unsent = until(&first, |event| matches!(event, Event::CleanupStarted { .. }));
    let ran =
        go_on(&load(steps), &unsent, &MemoryStore::new(), &gone(404), How::default()).expect("nothing is unknown");
    let help = ran.record().cleanups[0].failures[0].help.clone().unwrap_or_default();
    assert!(help.contains("`callsheet resume --assume-done cleanup:a`"), "{help}");
    assert_eq!(ran.left_behind().len(), 1);
}

#[test]
fn an_unknown_cleanup_is_asked_about_by_its_own_name() {
    let steps = "
  a: { post: /a, capture: { a_id: $.id }, cleanup: { post: /undo, json: { id: '{{ a_id }}' } } }
";
    let server = || Server::new().on("/a", [json(r#"{"id":1}"#)]).on("/undo", [json("{}")]);
    let first = run_with(steps, &server(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&first, |event| matches!(event, Event::Sending(sending) if sending.call.0 == 2));
    let questions = asked(&load(steps), &events, How::default());
    assert!(questions[0].message.starts_with("`cleanup:a` (POST http://api.example.com/undo)"), "{questions:?}");
    for (how, count) in [
        (How { redo: vec!["cleanup:a"], ..How::default() }, 1),
        (How { assume_done: vec!["cleanup:a"], ..How::default() }, 0),
    ] {
        let server = server();
        let ran = go_on(&load(steps), &events, &MemoryStore::new(), &server, how).expect("it was decided").passed();
        assert_eq!((server.count("/undo"), server.count("/a")), (count, 0));
        assert!(ran.left_behind().is_empty());
    }
}

#[test]
fn a_secret_that_was_not_kept_is_fetched_again_where_that_is_harmless() {
    let steps = "
  key: { get: /key, capture: { word: { json: $.key, secret: true } } }
  made: { post: /made, json: { key: '{{ word }}' } }
  last: { post: /last, json: { key: '{{ word }}' }, needs: [made] }
";
    let server = || {
        Server::new().on("/key", [json(r#"{"key":"sesame-open"}"#)]).on("/made", [json("{}")]).on("/last", [json("{}")])
    };
    let first = run_with(steps, &server(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&first, |event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "made"));
    let second = server();
    go_on(&load(steps), &events, &MemoryStore::new(), &second, How::default()).expect("all is known").passed();
    assert_eq!(second.lines(), ["GET /key", "POST /last"]);
    assert_eq!(second.seen()[1].body, r#"{"key":"sesame-open"}"#);
    // Where fetching it might do something twice, someone has to say so.
    let once = load(&steps.replace("get: /key", "post: /key"));
    let first = run_playbook(&once, server(), Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&first, |event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "made"));
    let second = server();
    let ran = go_on(&once, &events, &MemoryStore::new(), &second, How::default()).expect("it is seen on the way");
    assert!(second.lines().is_empty());
    let failures = &ran.record().finished.as_ref().expect("it has ended").failures;
    assert!(failures[0].message.contains("`word` is a secret"), "{failures:?}");
    let second = server();
    let how = How { assume_done: vec!["key"], values: vec![("word", Value::from("sesame-open"))], ..How::default() };
    let ran = again(&once, &ran, &second, how).passed();
    assert_eq!(second.lines(), ["POST /last"]);
    assert!(!format!("{:?}", ran.events()).contains("sesame-open"));
}

#[test]
fn inputs_keep_their_values_and_others_are_refused() {
    let text = "
inputs: { name: { default: a }, more: { default: '{{ name }}-x' } }
steps:
  made: { post: '/{{ name }}' }
  last: { get: /last }
";
    let playbook = load(text);
    let server = || Server::new().on("/b", [json("{}")]).on("/last", [json("{}")]);
    let first = run_playbook(&playbook, server(), Options::default(), Inputs::new().var("name", "b"), |_, _| {});
    let events = until(&first, |event| matches!(event, Event::StepFinished(report) if report.step.as_str() == "made"));
    let how = How { inputs: Inputs::new().var("name", "c"), ..How::default() };
    let refused = asked(&playbook, &events, how);
    assert_eq!(refused[0].message, r#"the input `name` was "b" when the run began, and is "c" now"#);
    let recorded = Inputs::new().recorded("name", "b").recorded("more", "b-x");
    let second = server();
    let how = How { inputs: recorded, ..How::default() };
    go_on(&playbook, &events, &MemoryStore::new(), &second, how).expect("nothing has changed").passed();
    assert_eq!(second.lines(), ["GET /last"]);
}

#[test]
fn what_ensure_has_created_is_found_again_and_still_cleaned_up() {
    let steps = "
  made:
    ensure:
      find: { get: /find, capture: { made_id: $.id } }
      create: { post: /made, capture: { made_id: $.id } }
    cleanup: { delete: '/made/{{ made_id }}' }
  last: { get: '/last/{{ made_id }}' }
";
    let server = |found: &str| {
        Server::new()
            .on("/find", [json(found)])
            .on("/made", [json(r#"{"id":7}"#)])
            .on("/last/7", [json("{}")])
            .on("/made/7", [status(204)])
    };
    let first = run_with(steps, &server("{}"), Options::default(), Inputs::new(), |_, _| {}).passed();
    // The answer of `create` came, and what was made is known to be ours.
    let events = until(&first, |event| matches!(event, Event::CleanupArmed { .. }));
    let second = server(r#"{"id":7}"#);
    let ran =
        go_on(&load(steps), &events, &MemoryStore::new(), &second, How::default()).expect("all is known").passed();
    assert_eq!(second.lines(), ["GET /find", "GET /last/7", "DELETE /made/7"]);
    assert!(ran.left_behind().is_empty(), "{:?}", ran.left_behind());
}

/// Everything at once: items, a playbook that is called, looking first, polls, `finally`, cleanups.
const WHOLE: &str = "
playbook: whole
defaults: { base_url: 'http://api.example.com' }
steps:
  space: { post: /space, capture: { space_id: $.id }, cleanup: { post: /unspace, json: { id: '{{ space_id }}' } } }
  part:
    foreach: { m: [a, b] }
    post: '/part/{{ m }}'
    json: { space: '{{ space_id }}' }
    capture: { part_id: $.id }
    cleanup: { delete: '/part/{{ m }}/{{ part_id }}' }
  called:
    foreach: { p: '{{ steps.part }}' }
    call: part.yaml
    with: { part: '{{ p.part_id }}' }
  ready: { get: /ready, needs: [called], poll: { until: body.ok, every: 1s } }
  end: { put: /end, json: { all: '{{ result }}' }, needs: [ready] }
finally:
  logs: { post: /logs, json: { outcome: '{{ run.outcome }}' } }
outputs: { result: '{{ result }}' }
";

const PART: &str = "
playbook: part
inputs: { part: { type: int } }
defaults: { base_url: 'http://api.example.com' }
steps:
  look: { get: /look }
  deploy: { post: /deploy, json: { part: '{{ part }}' }, needs: [look], capture: { deploy_id: $.id }, cleanup: { post: /undeploy, json: { id: '{{ deploy_id }}' } } }
outputs: { result: '{{ deploy_id }}' }
";

fn whole() -> (Playbook, Server) {
    let session = Session::with_loader(Files::new([("part.yaml", PART)]));
    let playbook = session.parse("whole.yaml", WHOLE, Path::new("")).unwrap_or_else(|problems| panic!("{problems}"));
    let server = Server::new()
        .on("/space", [json(r#"{"id":1}"#)])
        .on("/part/a", [json(r#"{"id":10}"#)])
        .on("/part/b", [json(r#"{"id":11}"#)])
        .on("/look", [json("{}")])
        .on("/deploy", [json(r#"{"id":20}"#)])
        .on("/ready", [json(r#"{"ok":false}"#), json(r#"{"ok":true}"#)])
        .on("/end", [json("{}")])
        .on("/logs", [json("{}")])
        .on("/undeploy", [json("{}")])
        .on("/part/a/10", [status(204)])
        .on("/part/b/11", [status(204)])
        .on("/unspace", [json("{}")]);
    (playbook, server)
}

/// How often each request that must not be done twice has been sent.
fn sent_once(events: &[Envelope]) -> Vec<String> {
    let sendings = events.iter().filter_map(|envelope| match &envelope.event {
        Event::Sending(sending) if sending.effect == Effect::Once => Some(sending),
        _ => None,
    });
    sendings.map(|sending| format!("{} {:?} {}", sending.step, sending.role, sending.request.url)).collect()
}

#[test]
fn a_run_that_is_stopped_anywhere_does_nothing_twice_without_a_word() {
    let (playbook, server) = whole();
    let first = run_playbook(&playbook, server, Options::default(), Inputs::new(), |_, _| {}).passed();
    let (all, expected) = (first.events(), first.transcript());
    let (mut asked, mut went_on) = (0, 0);
    for cut in 1..all.len() - 1 {
        let events = &all[..cut];
        let resumed = |how: How| {
            let store = MemoryStore::new();
            let (playbook, server) = whole();
            go_on(&playbook, events, &store, &server, how).map(|ran| (ran, server))
        };
        let unanswered = || {
            let record = Record::fold(events.to_vec());
            record.unknown().filter(|unknown| unknown.exchange.effect == Effect::Once).count()
        };
        let (ran, _) = match resumed(How::default()) {
            Ok(ran) => {
                assert_eq!(unanswered(), 0, "event {cut}: something is unknown and was not asked about");
                went_on += 1;
                ran
            }
            Err(Unresumable::Undecided(questions)) => {
                assert_eq!(unanswered(), questions.len(), "event {cut}: {questions:?}");
                asked += 1;
                let name = |one: &Failure| one.message.split('`').nth(1).unwrap_or_default().to_owned();
                let redo = questions.iter().map(|one| &*name(one).leak()).collect();
                resumed(How { redo, ..How::default() }).unwrap_or_else(|why| panic!("event {cut}: {why:?}"))
            }
            Err(other) => panic!("event {cut}: {other:?}"),
        };
        assert!(ran.outcome.passed(), "event {cut}: {:#?} {:?}", ran.messages(), ran.record().finished);
        let sent = sent_once(&ran.events());
        let distinct: std::collections::BTreeSet<&String> = sent.iter().collect();
        let twice = sent.len() - distinct.len();
        assert!(twice <= unanswered(), "event {cut}: {sent:#?}");
        assert_eq!(ran.transcript(), expected, "event {cut}");
    }
    assert!(asked > 5 && went_on > 50, "{asked} asked, {went_on} went on");
}

#[test]
fn a_time_out_leaves_a_question_and_a_refusal_none() {
    let server = |kind| Server::new().on("/made", [nothing(kind)]);
    let steps = "
  made: { post: /made }
";
    let first = run_with(steps, &server(TransportErrorKind::Timeout), Options::default(), Inputs::new(), |_, _| {});
    assert_eq!(asked(&load(steps), &first.events(), How::default()).len(), 1);
    let first = run_with(steps, &server(TransportErrorKind::Refused), Options::default(), Inputs::new(), |_, _| {});
    let second = Server::new().on("/made", [json("{}")]);
    again(&load(steps), &first, &second, How::default()).passed();
    assert_eq!(second.count("/made"), 1);
}

#[test]
fn a_step_that_is_skipped_again_lets_nothing_be_done_twice() {
    let steps = "
  gate: { when: 1 == 2, get: /gate }
  made: { post: /made, needs: [gate] }
  lent: { post: /lent, cleanup: { delete: /lent } }
  state: { get: /state, needs: [made, lent] }
";
    let server = Server::new().on("/made", [json("{}")]).on("/lent", [json("{}")]).on("/state", [status(500)]);
    let mut ran = run_with(steps, &server, Options::default(), Inputs::new(), |_, _| {});
    for _ in 0..3 {
        ran = again(&load(steps), &ran, &server, How::default());
    }
    assert_eq!((server.count("/made"), server.count("/state")), (1, 4));
}

#[test]
fn what_was_made_anew_and_not_yet_owed_a_cleanup_is_not_made_once_more() {
    let steps = "
  made: { post: /made, capture: { made_id: $.id }, cleanup: { delete: '/made/{{ made_id }}' } }
  state: { get: /state, needs: [made] }
";
    let server = || Server::new().on("/made", [json(r#"{"id":1}"#)]).on("/made/1", [json("{}")]);
    let failing = server().on("/state", [status(500)]);
    let first = run_with(steps, &failing, Options::default(), Inputs::new(), |_, _| {});
    let second = again(&load(steps), &first, &failing, How::default());
    let events = second.events();
    let resumed = events.iter().position(|one| matches!(one.event, Event::Resumed(_))).expect("it was gone on with");
    let answered = |one: &Envelope| matches!(&one.event, Event::Answered { .. });
    let last = resumed + events[resumed..].iter().position(answered).expect("an answer");
    let server = server().on("/state", [json("{}")]);
    let ran = go_on(&load(steps), &events[..=last], &MemoryStore::new(), &server, How::default());
    ran.expect("its answer is there").passed();
    assert_eq!((server.count("/made"), server.count("/made/1")), (0, 1));
}

#[test]
fn a_stream_that_was_answered_is_judged_by_what_was_kept_of_it() {
    let server = Server::new().on("/a", [status(200).events("data: x\n\nevent: end\ndata: {\"n\": 2}\n\n")]);
    let playbook =
        load("  a: { post: /a, stream: { until: event.event == \"end\" }, capture: { n: '$[-1].data.n' } }\n");
    let ran = run_playbook(&playbook, server, Options::default(), Inputs::new(), |_, _| {}).passed();
    let events = until(&ran, |event| matches!(event, Event::Answered { .. }));
    // The other server has no answer to anything.
    let again = go_on(&playbook, &events, &MemoryStore::new(), &Server::new(), How::default());
    let again = again.unwrap_or_else(|why| panic!("{why:?}")).passed();
    assert_eq!(again.record().steps().next().and_then(|step| step.capture("n")), Some(&Value::from(2_u64)));
}
