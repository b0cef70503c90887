//! What is said of several playbooks, and what is written.

use super::{Called, Case, Server};

/// One that passes, one that is flaky, one that fails, one that comes after it.
fn four() -> Case {
    Case::new(Server::new())
        .playbook(
            "plain",
            "  one: { get: /ok }\n  two: { get: /ok, needs: [one] }\noutputs: { answer: 42, text: hello }",
        )
        .playbook("shaky", "  one: { get: /flaky, retry: { attempts: 2, delay: 1ms, on: [503] } }")
        .playbook(
            "broken",
            "  one: { get: /ok, capture: { path: $.path } }\n  two: { get: /bad, needs: [one] }\n  \
             three: { get: /ok, needs: [two] }\noutputs: { path: '{{ path }}' }",
        )
        .playbook("last", "  one: { get: /ok }\noutputs: { last: true }")
}

#[test]
fn a_playbook_that_passed_is_a_line_and_one_that_did_not_is_told_in_full() {
    insta::assert_snapshot!(four().run(&["-j", "1"]).told(), @r#"
    passed   plain.yaml   2 steps in TIME
    flaky    shaky.yaml   1 step in TIME, one on attempt 2
    failed   broken.yaml  3 steps: 1 passed, 1 failed, 1 skipped in TIME
        failed   two    GET /bad → 500
                 expected a 2xx status, got 500: {"path":"/bad","time":1}
                   at broken.yaml:5:10
                   help: if 500 is right here, write `expect: { status: 500 }`
        skipped  three  needs step `two`, which failed
        files: .callsheet/runs/RUN

    callsheet: 4 playbooks: 2 passed (1 flaky), 1 failed, 1 not run; 6 steps in TIME
    failed   broken.yaml  .callsheet/runs/RUN
    not run  last.yaml
    files: .callsheet/runs
    next:  callsheet show -v RUN  (every request and answer)
    "#);
}

#[test]
fn quiet_has_nothing_but_what_did_not_pass() {
    let case = four();
    insta::assert_snapshot!(case.run(&["-j", "1", "-q"]).told(), @r#"
    failed   broken.yaml  3 steps: 1 passed, 1 failed, 1 skipped in TIME
        failed   two    GET /bad → 500
                 expected a 2xx status, got 500: {"path":"/bad","time":1}
                   at broken.yaml:5:10
                   help: if 500 is right here, write `expect: { status: 500 }`
        skipped  three  needs step `two`, which failed
        files: .callsheet/runs/RUN
    not run  last.yaml
    "#);
    let good = Case::new(Server::new()).playbook("a", "  one: { get: /ok }").playbook("b", "  one: { get: /ok }");
    assert_eq!(good.run(&["-q"]).told(), "");
}

#[test]
fn verbose_has_every_line_of_each() {
    let case = Case::new(Server::new()).playbook("a", "  one: { get: /ok }").playbook("b", "  one: { get: /ok }");
    insta::assert_snapshot!(case.run(&["-j", "1", "-v"]).told(), @r"
    passed   a.yaml  1 step in TIME
        a: 1 step, run RUN
           0.0s  sending  one  GET URL/ok
           0.0s  answer   one  GET /ok → 200
           0.0s  passed   one  GET /ok → 200
    passed   b.yaml  1 step in TIME
        b: 1 step, run RUN
           0.0s  sending  one  GET URL/ok
           0.0s  answer   one  GET /ok → 200
           0.0s  passed   one  GET /ok → 200

    callsheet: 2 playbooks: 2 passed; 2 steps in TIME
    files: .callsheet/runs
    ");
}

/// The blocks: lines that begin at the edge, with the indented lines below them.
fn blocks(called: &Called) -> Vec<String> {
    let told = called.told();
    let (blocks, _) = told.split_once("\n\n").expect("a blank line before the summary");
    let mut found: Vec<String> = Vec::new();
    for line in blocks.lines() {
        match found.last_mut() {
            Some(block) if line.starts_with(' ') => *block += &format!("\n{line}"),
            _ => found.push(line.to_owned()),
        }
    }
    found
}

#[test]
fn blocks_are_whole_however_many_playbooks_run_at_once() {
    let case = (0..24).fold(Case::new(Server::waiting_for(8)), |case, number| {
        let name = format!("p{number:02}");
        case.playbook(&name, &format!("  one: {{ get: /together }}\n  two: {{ get: /bad/{name}, needs: [one] }}"))
    });
    let called = case.run(&["-j", "8", "--keep-going"]);
    let mut blocks = blocks(&called);
    assert_eq!(blocks.len(), 24, "{}", called.err);
    blocks.sort();
    for (number, block) in blocks.iter().enumerate() {
        assert_eq!(block.replace(&format!("p{number:02}"), "NAME"), blocks[0].replace("p00", "NAME"));
    }
}

#[test]
fn outputs_are_grouped_by_playbook_in_the_order_given() {
    let case = four();
    let lines = case.run(&["-j", "4", "--keep-going"]);
    assert_eq!(
        lines.out,
        "plain.yaml:\n    answer: 42\n    text: hello\nbroken.yaml:\n    path: /ok\nlast.yaml:\n    last: true\n"
    );
    let called = case.run(&["-j", "4", "--keep-going", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&called.out).expect("one JSON object");
    let expected = serde_json::json!({
        "plain.yaml": { "answer": 42, "text": "hello" }, "shaky.yaml": {},
        "broken.yaml": { "path": "/ok" }, "last.yaml": { "last": true },
    });
    assert_eq!(value, expected);
}

#[test]
fn reports_say_of_a_run_what_was_told_of_it() {
    let case = Case::new(Server::new()).playbook("a", "  one: { get: /ok }").playbook("b", "  one: { get: /ok }");
    std::fs::create_dir_all(case.folder().join("snapshots/a.snap")).expect("a folder where a file should be");
    let called = case.run(&["--snapshot", "--keep-going", "--report", "json=r.json", "--report", "markdown=r.md"]);
    // There is no snapshot of `b`, and that of `a` cannot be read.
    assert_eq!(called.code, Some(4), "{}", called.err);
    assert!(called.err.contains("callsheet: 2 playbooks: 1 failed, 1 errored; "), "{}", called.err);
    let read = |name: &str| std::fs::read_to_string(case.folder().join(name)).expect("a report was written");
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).expect("it is JSON");
    assert_eq!([&json["counts"]["passed"], &json["counts"]["failed"], &json["counts"]["errored"]], [0, 1, 1]);
    assert_eq!(json["runs"][0]["standing"], "errored");
    assert!(
        json["runs"][1]["trouble"].as_str().is_some_and(|trouble| trouble.contains("there is no snapshot")),
        "{json}"
    );
    assert!(read("r.md").starts_with("# ❌ 2 playbooks: 1 failed, 1 errored\n"), "{}", read("r.md"));
}

#[test]
fn reports_hold_every_playbook() {
    let case = four();
    let called =
        case.run(&["-j", "1", "--report", "junit=r.xml", "--report", "json=r.json", "--report", "markdown=r.md"]);
    assert_eq!(called.code, Some(4), "{}", called.err);
    let read = |name: &str| std::fs::read_to_string(case.folder().join(name)).expect("a report was written");
    let xml = read("r.xml");
    assert_eq!((xml.matches("<testsuites ").count(), xml.matches("<testsuite ").count()), (1, 4), "{xml}");
    assert!(xml.contains(r#"<testsuite name="plain" tests="2" skipped="0" errors="0" failures="0""#), "{xml}");
    assert!(xml.contains(r#"<property name="file" value="last.yaml"/>"#) && xml.contains("not run: "), "{xml}");
    let json: serde_json::Value = serde_json::from_str(&read("r.json")).expect("it is JSON");
    let runs: Vec<&str> =
        json["runs"].as_array().expect("an array").iter().filter_map(|run| run["file"].as_str()).collect();
    assert_eq!(runs, ["plain.yaml", "shaky.yaml", "broken.yaml"]);
    assert_eq!((&json["counts"]["passed"], &json["counts"]["not_run"]), (&2.into(), &1.into()));
    let markdown = read("r.md");
    assert!(markdown.starts_with("# ❌ 4 playbooks: 2 passed (1 flaky), 1 failed, 1 not run\n"), "{markdown}");
    assert_eq!(markdown.matches("\n## ").count(), 3, "{markdown}");
}
