//! A refresh: what a run would do, told without doing any of it.

use callsheet::event::Foreseen;
use callsheet::plan::Inputs;
use callsheet::runner::Options;

use super::scenario::{Ran, Server, json, run_with, status};

const BOOTSTRAP: &str = "inputs: { teams: { type: json, default: [red, blue] } }
steps:
  workspace:
    foreach: { team: teams }
    ensure:
      find: { get: /workspaces, capture: { workspace_id: '$[?@.name == {{ team }}].id' } }
      create: { post: /workspaces, json: { name: '{{ team }}' }, capture: { workspace_id: $.id } }
    cleanup: { delete: '/workspaces/{{ workspace_id }}' }
  model:
    foreach: { w: '{{ steps.workspace }}', name: [fraud, churn] }
    ensure:
      find: { get: '/models/{{ w.workspace_id }}', capture: { model: '$[?@.name == {{ name }}].id' } }
      create: { post: '/models/{{ w.workspace_id }}', json: { name: '{{ name }}' }, capture: { model: $.id } }
  settings: { put: /settings, json: { models: '{{ model }}' } }
  look: { get: /look, needs: [settings] }
  other: { get: /other }
  pause: { wait: 1h }
finally:
  logs: { get: /logs }
";

fn refresh(server: &Server) -> Ran {
    let options = Options { refresh: true, keep_going: true, ..Options::default() };
    run_with(BOOTSTRAP, server, options, Inputs::new(), |_, _| {})
}

/// `step what` of everything that would be done or is there.
fn foreseen(ran: &Ran) -> Vec<String> {
    let reports = ran.record().steps().filter(|step| !step.is_composite()).filter_map(|step| step.report.as_ref());
    let word = |report: &callsheet::event::StepReport| match (report.foreseen, report.created) {
        (Some(foreseen), _) => foreseen.as_str().to_owned(),
        (None, Some(false)) => "is there".to_owned(),
        (None, _) => report.outcome.as_str().to_owned(),
    };
    reports.map(|report| format!("{} {}", report.step, word(report))).collect()
}

#[test]
fn before_anything_is_there_everything_would_be_created_and_nothing_is_sent_that_changes() {
    let server = Server::new().on("/workspaces", [json("[]")]).on("/other", [json("{}")]);
    let ran = refresh(&server);
    assert_eq!(
        foreseen(&ran),
        [
            "workspace[red] would create",
            "workspace[blue] would create",
            "other passed",
            "pause passed",
            "model[red,fraud] would create",
            "model[red,churn] would create",
            "model[blue,fraud] would create",
            "model[blue,churn] would create",
            "settings would send",
            "look known later",
        ]
    );
    assert_eq!(server.lines(), ["GET /other", "GET /workspaces", "GET /workspaces"]);
    assert!(ran.record().cleanups.is_empty() && ran.record().left_behind().is_empty());
}

#[test]
fn half_way_what_is_there_is_kept_and_the_rest_would_be_created() {
    let server = Server::new()
        .on("/workspaces", [json(r#"[{"name": "red", "id": 1}]"#)])
        .on("/models/1", [json(r#"[{"name": "fraud", "id": 7}]"#)])
        .on("/other", [json("{}")]);
    let ran = refresh(&server);
    let foreseen = foreseen(&ran);
    let count = |word: &str| foreseen.iter().filter(|line| line.ends_with(word)).count();
    assert_eq!((count("is there"), count("would create")), (2, 4), "{foreseen:?}");
    assert!(foreseen.contains(&"model[red,churn] would create".to_owned()));
    assert!(server.lines().iter().all(|line| line.starts_with("GET ")), "{:?}", server.lines());
}

#[test]
fn afterwards_everything_is_kept() {
    let models = r#"[{"name": "fraud", "id": 7}, {"name": "churn", "id": 8}]"#;
    let server = Server::new()
        .on("/workspaces", [json(r#"[{"name": "red", "id": 1}, {"name": "blue", "id": 2}]"#)])
        .on("/models/1", [json(models)])
        .on("/models/2", [json(models)])
        .on("/other", [json("{}")]);
    let foreseen = foreseen(&refresh(&server));
    assert_eq!(foreseen.iter().filter(|line| line.ends_with("is there")).count(), 6, "{foreseen:?}");
    assert_eq!(foreseen.iter().filter(|line| line.ends_with("would create")).count(), 0);
}

#[test]
fn what_differs_would_be_updated_and_a_look_that_fails_is_told() {
    let steps = "  a:
    ensure:
      find: { get: /a, capture: { size: $.size } }
      create: { post: /a, capture: { size: $.size } }
      differs: size != 3
      update: { put: /a }
  b: { ensure: { find: { get: /b, capture: { id: $.id } }, create: { post: /b, capture: { id: $.id } } } }
";
    let server = Server::new().on("/a", [json(r#"{"size": 2}"#)]).on("/b", [status(500)]);
    let options = Options { refresh: true, keep_going: true, ..Options::default() };
    let ran = run_with(steps, &server, options, Inputs::new(), |_, _| {});
    let of = |id: &str| ran.record().steps().find(|step| step.step.as_str() == id).and_then(|step| step.report.clone());
    assert_eq!(of("a").and_then(|report| report.foreseen), Some(Foreseen::Update));
    assert!(ran.said("b").starts_with("expected a 2xx status, got 500"), "{}", ran.said("b"));
    assert_eq!(server.lines(), ["GET /a", "GET /b"]);
}

#[test]
fn a_program_is_not_run() {
    let steps = "  a: { exec: { program: nothing-of-that-name, effect: read } }\n";
    let options = Options { refresh: true, ..Options::default() };
    let ran = run_with(steps, &Server::new(), options, Inputs::new(), |_, _| {});
    assert_eq!(foreseen(&ran), ["a known later"]);
}

#[test]
fn what_depends_on_something_that_is_not_sent_is_known_later() {
    let steps = "
  once: { post: /once, capture: { names: $.names, thing: $.thing } }
  c: { foreach: { i: names }, post: '/c/{{ i }}', capture: { cid: $.id } }
  d: { foreach: { r: '{{ steps.c }}' }, post: '/d/{{ r.cid }}' }
  w: { post: /w, when: cid | length == 0 }
  e: { ensure: { find: { get: '/e/{{ thing }}', capture: { id: $.id } }, create: { post: /e, capture: { id: $.id } } } }
";
    let options = Options { refresh: true, keep_going: true, ..Options::default() };
    let server = Server::new();
    let ran = run_with(&format!("steps:{steps}"), &server, options, Inputs::new(), |_, _| {});
    let mut found = foreseen(&ran);
    found.sort();
    let expected = ["c known later", "d known later", "e known later", "once would send", "w known later"];
    assert_eq!(found, expected);
    assert_eq!(server.lines(), Vec::<String>::new());
}

#[test]
fn what_a_selection_leaves_out_is_no_part_of_it() {
    let steps = "
  top: { get: /top, capture: { tid: $.id } }
  dep: { get: '/dep/{{ tid }}' }
  post: { post: '/dep/{{ tid }}' }
";
    let playbook = super::scenario::load(&format!("steps:{steps}"));
    let mut plan = playbook.plan(&Inputs::new()).expect("no inputs");
    let skip = vec!["top".parse().expect("a pattern")];
    plan.select(&callsheet::plan::Selection { skip, ..Default::default() });
    let outcome = super::scenario::virtual_time(async {
        let run = callsheet::session::Run::new(&plan).options(Options { refresh: true, ..Options::default() });
        let run = run.transport(std::sync::Arc::new(Server::new()));
        let clock = callsheet::runner::TokioClock::new(super::scenario::start());
        run.clock(std::sync::Arc::new(clock)).start().await.expect("a store in memory")
    });
    let reports = outcome.record.steps().filter_map(|step| step.report.as_ref()).collect::<Vec<_>>();
    assert!(reports.len() == 3 && reports.iter().all(|report| report.foreseen.is_none()), "{reports:?}");
}
