//! Which steps of a run are chosen, and what they bring with them.

use callsheet::event::{Envelope, Event, LeftOut};
use callsheet::journal::MemoryStore;
use callsheet::plan::{Inputs, Pattern, Plan, Selected, Selection};

use callsheet::session::Stopped;

use super::scenario::{Server, json, load, virtual_time};

/// A chain of three, something beside it, and a step that only looks at how the chain ended.
const STEPS: &str = "  token: { get: /token, capture: { token: $.t } }
  make: { post: '/make/{{ token }}', tags: [slow, write], capture: { id: $.id }, cleanup: { delete: '/make/{{ id }}' } }
  use: { get: '/use/{{ id }}', tags: [slow] }
  aside: { get: /aside, tags: fast }
  after: { get: /after, needs: [aside] }
  look: { get: /look, when: steps.make.outcome == 'passed' }
";

fn patterns(text: &str) -> Vec<Pattern> {
    text.split(',').filter(|text| !text.is_empty()).map(|text| text.parse().expect("a pattern")).collect()
}

fn selected(only: &str, from: &str, skip: &str) -> (Selected, Vec<String>, Vec<String>) {
    let server = ["/token", "/make/x", "/use/7", "/aside", "/after", "/look", "/make/7"]
        .iter()
        .fold(Server::new(), |server, path| server.on(path, [json(r#"{"t": "x", "id": 7}"#)]));
    let playbook = load(STEPS);
    let mut plan: Plan = playbook.plan(&Inputs::new()).expect("no inputs");
    let selection = Selection { only: patterns(only), from: patterns(from), skip: patterns(skip) };
    let chosen = plan.select(&selection);
    let outcome = run(&plan, &server);
    assert!(outcome.passed());
    let reasons = outcome
        .record
        .steps()
        .filter_map(|step| step.reason().map(|reason| format!("{}: {reason}", step.step.as_str())));
    (chosen, server.lines(), reasons.collect())
}

fn run(plan: &Plan, server: &Server) -> callsheet::session::Outcome {
    run_with(plan, server, &MemoryStore::new())
}

fn run_with(plan: &Plan, server: &Server, store: &MemoryStore) -> callsheet::session::Outcome {
    virtual_time(async {
        let clock = callsheet::runner::TokioClock::new(super::scenario::start());
        let run = callsheet::session::Run::new(plan).clock(std::sync::Arc::new(clock)).jobs(1).store(store.clone());
        run.transport(std::sync::Arc::new(server.clone())).start().await.expect("a store in memory does not fail")
    })
}

fn needed(selected: &Selected) -> Vec<&str> {
    selected.needed.iter().map(AsRef::as_ref).collect()
}

#[test]
fn a_chosen_step_brings_what_it_needs_and_nothing_else() {
    let (chosen, lines, reasons) = selected("use", "", "");
    assert_eq!(lines, ["GET /token", "POST /make/x", "GET /use/7", "DELETE /make/7"]);
    assert_eq!((chosen.named, needed(&chosen)), (1, vec!["token", "make"]));
    assert_eq!(reasons, ["aside: it is not selected", "after: it is not selected", "look: it is not selected"]);
}

#[test]
fn a_value_that_may_be_absent_brings_nothing() {
    let (chosen, lines, reasons) = selected("look", "", "");
    assert!(lines.is_empty() && chosen.needed.is_empty());
    assert!(reasons.iter().any(|reason| reason.starts_with("look: `when` is false")), "{reasons:?}");
}

#[test]
fn from_a_step_on_everything_behind_it_runs_with_what_that_needs() {
    let (chosen, lines, _) = selected("", "make", "");
    assert_eq!(lines, ["GET /token", "POST /make/x", "GET /use/7", "DELETE /make/7"]);
    assert_eq!((chosen.named, needed(&chosen)), (2, vec!["token"]));
    assert_eq!(selected("", "aside", "").1, ["GET /aside", "GET /after"]);
}

#[test]
fn tags_and_globs_choose_as_ids_do() {
    assert_eq!(selected("tag:fast", "", "").1, ["GET /aside"]);
    assert_eq!(selected("a*", "", "").1, ["GET /aside", "GET /after"]);
    assert_eq!(selected("tag:s?ow,after", "", "").1.len(), 6);
}

#[test]
fn a_skipped_step_takes_those_with_it_that_need_its_values() {
    let (chosen, lines, reasons) = selected("", "", "make");
    assert_eq!(lines, ["GET /token", "GET /aside", "GET /after"]);
    assert_eq!(chosen.named, 5);
    assert!(reasons.contains(&"make: `--skip` names it".to_owned()), "{reasons:?}");
    assert!(reasons.contains(&"use: needs `id` of step `make`, which was skipped".to_owned()), "{reasons:?}");
}

#[test]
fn a_pattern_that_fits_nothing_is_handed_back() {
    let (chosen, lines, _) = selected("aside,depoly,tag:nope", "", "");
    assert_eq!(lines, ["GET /aside"]);
    assert_eq!(chosen.unmatched, patterns("depoly,tag:nope"));
}

/// What a plan leaves out that goes on with a run of these events.
fn left_out(events: Vec<Envelope>) -> Vec<(String, LeftOut)> {
    let mut plan = load(STEPS).plan(&Inputs::new()).expect("no inputs");
    Stopped::new(events, |_| None).expect("a run").leave_out(&mut plan);
    plan.steps.iter().filter_map(|step| Some((step.id.to_string(), step.left_out?))).collect()
}

#[test]
fn what_was_left_out_stays_so_whatever_words_told_of_it() {
    let mut plan = load(STEPS).plan(&Inputs::new()).expect("no inputs");
    plan.select(&Selection { only: patterns("aside,after"), from: Vec::new(), skip: patterns("after") });
    let store = MemoryStore::new();
    run_with(&plan, &Server::new().on("/aside", [json("{}")]), &store);
    let expected = ["token", "make", "use", "look"].map(|step| (step.to_owned(), LeftOut::NotSelected));
    let is_expected = |found: Vec<(String, LeftOut)>| {
        let (skipped, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(step, _)| step == "after");
        assert_eq!((skipped, others.len()), (vec![("after".to_owned(), LeftOut::Skipped)], expected.len()));
        assert!(expected.iter().all(|one| others.contains(one)), "{others:?}");
    };
    let mut reworded = store.events();
    let mut old = store.events();
    for envelope in &mut reworded {
        if let Event::StepFinished(report) = &mut envelope.event {
            report.reason = report.reason.take().map(|_| "nobody wanted it".to_owned());
        }
    }
    is_expected(left_out(reworded));
    is_expected(left_out(store.events()[..1].to_vec()));
    if let Event::RunStarted(started) = &mut old[0].event {
        started.steps.iter_mut().for_each(|step| step.left_out = None);
    }
    is_expected(left_out(old));
}
