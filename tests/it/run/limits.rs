//! Limits that are set, and what is said where one is exceeded.

use std::path::Path;
use std::sync::Arc;

use callsheet::event::{self, Failure};
use callsheet::id::RunId;
use callsheet::journal::{self, FileStore};
use callsheet::limits::{Limit, Limits};
use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::runner::{CleanupWhen, Past, TokioClock};
use callsheet::session::{Outcome, Resumption, Run, Session, Stopped};

use super::scenario::{Server, json, load, run, start, virtual_time};

fn problems(text: &str, limits: Limits) -> String {
    let parsed = Session::new().limits(limits).parse("p.yaml", text, Path::new(""));
    parsed.map(|_| String::new()).unwrap_or_else(|problems| problems.to_string())
}

#[test]
fn a_file_of_too_many_values_or_levels_is_refused_where_they_begin() {
    let text = "playbook: p\nsteps:\n  a: { set: { x: [[1, 2, 3], 4] } }\n";
    assert_eq!(problems(text, Limits::default().with(Limit::YamlNodes, 17)), "");
    insta::assert_snapshot!(problems(text, Limits::default().with(Limit::YamlNodes, 14)), @r"
    error[E0141]: the file has more than 14 values
     --> p.yaml:3:27
      |
    3 |   a: { set: { x: [[1, 2, 3], 4] } }
      |                           ^ nothing is read from here on
      |
      = help: keep data in files of its own, which requests send with `file:` and expressions read with `read_json`
      = help: raise it with `--limit yaml_nodes=…`
    ");
    insta::assert_snapshot!(problems(text, Limits::default().with(Limit::YamlDepth, 4)), @r"
    error[E0140]: lists and mappings are nested more than 4 levels deep
     --> p.yaml:3:18
      |
    3 |   a: { set: { x: [[1, 2, 3], 4] } }
      |                  ^ this one is a level too deep
      |
      = help: flatten the structure, or read it from a file of its own
      = help: raise it with `--limit yaml_depth=…`
    ");
    let deeper = format!("playbook: p\nsteps:\n  a: {{ set: {{ x: {}{} }} }}\n", "[".repeat(300), "]".repeat(300));
    assert!(problems(&deeper, Limits::default()).contains("nested more than 128 levels deep"));
    assert_eq!(problems(&deeper, Limits::default().with(Limit::YamlDepth, 400)), "");
}

#[test]
fn copies_by_aliases_count_as_values_too() {
    let text = "playbook: p\nvars: { a: &a [1, 2, 3], b: [*a, *a, *a, *a] }\nsteps: { s: { set: { x: 1 } } }\n";
    assert!(problems(text, Limits::default().with(Limit::YamlNodes, 30)).contains("`--limit yaml_nodes=…`"));
}

#[test]
fn limits_that_are_none_are_told_with_what_to_write() {
    let text = "playbook: p
limits: { foreach_item: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
steps: { s: { set: { x: 1 } } }
";
    insta::assert_snapshot!(problems(text, Limits::default()), @r"
    error[E0201]: unknown key `foreach_item` in the limits
     --> p.yaml:2:11
      |
    2 | limits: { foreach_item: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
      |           ^^^^^^^^^^^^
      |
      = help: did you mean `foreach_items`?
    help: write this instead
      |
    2 | limits: { foreach_items: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
      |                       +

    error[E0213]: `journal_size` takes a size, not `3 kib`
     --> p.yaml:2:42
      |
    2 | limits: { foreach_item: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
      |                                          ^^^^^
      |
      = help: write one such as `1GiB`, which is what it is if not said

    error[E0213]: `template_fuel` cannot be 0
     --> p.yaml:2:64
      |
    2 | limits: { foreach_item: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
      |                                                                ^
      |
      = help: write one from `1` to `1000000000000`; it is `20000000` if not said

    error[E0213]: `answer_memory` takes a size, not `many`
     --> p.yaml:2:82
      |
    2 | limits: { foreach_item: 5, journal_size: 3 kib, template_fuel: 0, answer_memory: many }
      |                                                                                  ^^^^
      |
      = help: write one such as `256MiB`, which is what it is if not said
    ");
}

#[test]
fn a_foreach_may_have_as_many_items_as_the_playbook_says_and_the_caller_wins() {
    let steps = "  a: { foreach: { n: '{{ range(6) }}' }, set: { x: '{{ n }}' } }\nlimits: { foreach_items: 5 }\n";
    let ran = run(steps, &Server::new());
    assert_eq!(ran.word(), "errored");
    assert_eq!(ran.said("a"), "`foreach` has more than 5 items: `foreach_items` is 5");
    let text = format!("playbook: p\nsteps:\n{steps}");
    let session = Session::new().limits(Limits::default().with(Limit::ForeachItems, 6));
    let playbook = session.parse("p.yaml", &text, Path::new("")).expect("a playbook");
    assert_eq!(playbook.checked().playbook.limits.get(Limit::ForeachItems), 6);
}

#[test]
fn an_expression_that_does_too_much_says_which_limit_it_was() {
    let fuel = run(
        "  a: { set: { x: \"{{ range(100) | map('string') | join }}\" } }\nlimits: { template_fuel: 50 }\n",
        &Server::new(),
    );
    assert_eq!(fuel.said("a"), "the expression does too much work: `template_fuel` is 50");
    let memory = run("  a: { set: { x: \"{{ 'x' * 5000 }}\" } }\nlimits: { template_memory: 1KiB }\n", &Server::new());
    assert_eq!(memory.said("a"), "the expression makes too much text: `template_memory` is 1KiB");
    let foreign = run(
        "  a: { set: { x: \"{{ 'x' | indent(5000, true) }}\" } }\nlimits: { template_memory: 1KiB }\n",
        &Server::new(),
    );
    assert_eq!(foreign.said("a"), "`indent`: it does too much work or makes too much text: `template_memory` is 1KiB");
}

/// Of a document with many members each of which looks through all of them.
#[test]
fn a_quadratic_path_ends_in_a_failure_wherever_it_stands() {
    let items: Vec<String> = (0..300).map(|n| format!("{{\"a\":{n}}}")).collect();
    let body = format!("[{}]", items.join(","));
    let path = "$[?count($..a) == @.a]";
    let said = |rest: &str| {
        let server = Server::new().on("/many", [json(&body)]);
        let ran = run(&format!("  a: {{ get: /many, {rest} }}\nlimits: {{ jsonpath_fuel: 20000 }}\n"), &server);
        assert!(!ran.outcome.passed(), "{rest}");
        ran.said("a")
    };
    let expected = format!("`{path}` looks at more than 20000 values of the document: `jsonpath_fuel` is 20000");
    for rest in [
        format!("capture: {{ x: '{path}' }}"),
        format!("expect: {{ body: {{ '{path}': [] }} }}"),
        format!("expect: [\"body | jsonpath('{path}', all=true) == []\"]"),
    ] {
        let said = said(&rest);
        assert!(said.ends_with(&expected), "{rest}: {said}");
    }
    let enough = Server::new().on("/many", [json(&body)]);
    let ran = run(&format!("  a: {{ get: /many, capture: {{ x: {{ json: '{path}', all: true }} }} }}\n"), &enough);
    assert_eq!(ran.word(), "passed");
}

#[test]
fn a_secret_that_takes_too_long_to_find_is_not_kept_with_the_rest() {
    let items: Vec<String> = (0..300).map(|n| format!("{{\"a\":{n},\"s\":\"hunter-{n:04}\"}}")).collect();
    let server = Server::new().on("/many", [json(&format!("[{}]", items.join(",")))]);
    let steps = "  a: { get: /many, capture: { x: { json: '$[?count($..a) == @.a].s', secret: true } } }\nlimits: { jsonpath_fuel: 20000 }\n";
    let ran = run(steps, &server);
    assert_eq!(ran.word(), "failed");
    let kept = format!("{:?}", ran.outcome.record);
    assert!(!kept.contains("hunter"), "{kept}");
}

/// Twenty answers of nearly 8 KiB, one after the other.
fn twenty(limit: &str) -> (Server, String) {
    let body = format!("{{\"text\":\"{}\"}}", "x".repeat(8000));
    let steps: String = (1..20).map(|n| format!("  s{n}: {{ get: /big, needs: [s{}] }}\n", n - 1)).collect();
    let steps =
        format!("  s0: {{ post: /make, cleanup: {{ post: /undo }} }}\n{steps}limits: {{ journal_size: {limit} }}\n");
    let server = Server::new().on("/make", [json("{}")]).on("/undo", [json("{}")]);
    (server.on("/big", vec![json(&body); 20]), steps)
}

fn run_in(
    store: FileStore,
    steps: &str,
    server: &Server,
    past: Option<(Past, Record)>,
    cleanup: CleanupWhen,
) -> Outcome {
    let plan = load(steps).plan(&Inputs::new()).expect("a plan");
    virtual_time(async {
        let run = Run::new(&plan).name(RunId("full".to_owned())).store(store).transport(Arc::new(server.clone()));
        let run = run.clock(Arc::new(TokioClock::new(start()))).cleanup(cleanup);
        match past {
            Some(past) => run.resume(past),
            None => run,
        }
        .start()
        .await
        .expect("the store works")
    })
}

/// The limit leaves room for fourteen of them or so.
#[test]
fn a_run_that_keeps_too_much_stops_cleans_up_and_says_so() {
    let (server, steps) = twenty("128KiB");
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::create(folder.path(), &RunId("full".to_owned())).expect("a store");
    let place = store.folder().to_owned();
    let outcome = run_in(store, &steps, &server, None, CleanupWhen::Always);
    assert_eq!(outcome.record.outcome(), Some(event::Outcome::Errored));
    let failures = &outcome.record.finished.as_ref().expect("it ended").failures;
    let say = |failure: &Failure| format!("{}\n{}", failure.message, failure.help.clone().unwrap_or_default());
    insta::assert_snapshot!(failures.iter().map(say).collect::<Vec<_>>().join("\n"), @r"
    stopped early: the run keeps nearly as much as `journal_size` allows, 128KiB
    keep less of each answer with `keep:`, or raise it with `limits: { journal_size: … }` in the playbook, or with `--limit journal_size=…`
    ");
    assert_eq!(server.count("/undo"), 1);
    assert!((12..16).contains(&server.count("/big")), "{}", server.count("/big"));
    let kept = journal::read(&place).expect("a journal");
    assert_eq!(Record::fold(kept).outcome(), Some(event::Outcome::Errored));
    assert!(std::fs::metadata(place.join("journal.jsonl")).expect("a journal").len() <= 128 << 10);
}

#[test]
fn a_run_that_kept_too_much_goes_on_where_the_limit_is_raised_and_not_where_it_is_not() {
    let (server, steps) = twenty("128KiB");
    let folder = tempfile::tempdir().expect("a folder");
    let store = FileStore::create(folder.path(), &RunId("full".to_owned())).expect("a store");
    let place = store.folder().to_owned();
    run_in(store, &steps, &server, None, CleanupWhen::Never);
    let sent = server.count("/big");
    let again = |steps: &str| {
        let (store, events) = FileStore::reopen(&place).expect("a run");
        let stopped = Stopped::new(events, |_| None).expect("a run that has begun");
        let plan = load(steps).plan(&Inputs::new()).expect("a plan");
        let how = Resumption { redo: vec![], assume_done: vec![], values: vec![], cleanup_only: false, now: start() };
        let past = stopped.prepare(&plan, &how).unwrap_or_else(|why| panic!("{why:?}"));
        run_in(store, steps, &server, Some(past), CleanupWhen::Always).record.outcome()
    };
    assert_eq!(again(&steps), Some(event::Outcome::Errored));
    assert_eq!((server.count("/big"), server.count("/undo")), (sent, 1), "nothing but the cleanup was sent");
    assert_eq!(again(&twenty("1GiB").1), Some(event::Outcome::Passed));
    assert_eq!(server.count("/make"), 2, "what was cleaned up is made again");
}
