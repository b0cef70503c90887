//! How many at once, in which order, over how many connections, and what stops.

use super::{Case, Server};

#[test]
fn no_more_requests_are_in_flight_than_jobs_over_all_playbooks() {
    let server = Server::waiting_for(3);
    let case = ["a", "b", "c", "d", "e", "f"].iter().fold(Case::new(server), |case, name| {
        case.playbook(name, "  one: { get: /together/1 }\n  two: { get: /together/2 }")
    });
    let called = case.run(&["--jobs", "3"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert_eq!((case.server.most_in_flight(), case.server.paths().len()), (3, 12));
}

#[test]
fn one_job_runs_the_playbooks_one_after_another_in_the_order_given() {
    let case = ["c", "a", "b"].iter().fold(Case::new(Server::new()), |case, name| {
        case.playbook(name, &format!("  one: {{ get: /ok/{name}/1 }}\n  two: {{ get: /ok/{name}/2, needs: [one] }}"))
    });
    let called = case.run(&["-j", "1"]);
    assert_eq!(called.code, Some(0), "{}", called.err);
    assert_eq!(case.server.paths(), ["/ok/c/1", "/ok/c/2", "/ok/a/1", "/ok/a/2", "/ok/b/1", "/ok/b/2"]);
    assert_eq!(case.server.most_in_flight(), 1);
}

#[test]
fn playbooks_use_each_others_connections() {
    let case = (0..60).fold(Case::new(Server::new()), |case, number| {
        case.playbook(&format!("p{number}"), "  one: { get: /ok }\n  two: { get: /ok, needs: [one] }")
    });
    let called = case.run(&["-j", "4"]);
    assert_eq!((called.code, case.server.paths().len()), (Some(0), 120), "{}", called.err);
    let connections = case.server.connections();
    assert!(connections <= 12, "{connections} connections for 4 requests at once");
}

#[test]
fn nothing_is_sent_unless_every_playbook_is_sound() {
    let case = Case::new(Server::new())
        .playbook("good", "  one: { get: /ok }")
        .playbook("bad", "  one: { gte: /ok }")
        .playbook("worse", "  one: { get: '/ok/{{ x }}', pol: 1 }");
    let called = case.run(&[]);
    assert_eq!((called.code, case.server.paths().len()), (Some(2), 0), "{}", called.err);
    let place = |file: &str| called.err.find(file).unwrap_or_else(|| panic!("{file} is not in {}", called.err));
    assert!(place("bad.yaml:4") < place("worse.yaml:4"), "{}", called.err);
    assert!(called.err.contains("unknown key `pol`") && called.err.contains("`x` is not defined"), "{}", called.err);
    assert!(!case.folder().join(".callsheet").exists(), "a run was begun");
}

#[test]
fn a_playbook_that_is_named_twice_is_refused() {
    let case = Case::new(Server::new()).playbook("a", "  one: { get: /ok }").playbook("b", "  one: { get: /ok }");
    for (extra, said) in
        [("a.yaml", "`a.yaml` is named twice\n"), ("./a.yaml", "named twice, the first time as `./a.yaml`\n")]
    {
        let called = case.run(&[extra]);
        assert_eq!((called.code, case.server.paths().len()), (Some(1), 0), "{}", called.err);
        assert!(called.err.contains(said) && called.err.contains("\nhelp: name each once"), "{}", called.err);
    }
}

#[test]
fn a_playbook_that_does_not_pass_keeps_others_from_beginning() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let case = names.iter().fold(Case::new(Server::new()), |case, name| {
        case.playbook(name, &format!("  one: {{ get: /{}/{name} }}", if *name == "b" { "bad" } else { "ok" }))
    });
    let called = case.run(&["-j", "1"]);
    assert_eq!((called.code, case.server.paths()), (Some(4), vec!["/ok/a".to_owned(), "/bad/b".to_owned()]));
    assert_eq!(called.err.matches("\nnot run  ").count(), 6, "{}", called.err);

    // With more at a time, each has either been run or is named.
    let called = case.run(&["-j", "3"]);
    let not_run = called.err.matches("\nnot run  ").count();
    assert_eq!((called.code, case.server.paths().len() - 2 + not_run), (Some(4), 8), "{}", called.err);

    let called = case.run(&["-j", "3", "--keep-going"]);
    assert_eq!(called.code, Some(4));
    assert!(called.err.contains("callsheet: 8 playbooks: 7 passed, 1 failed; 8 steps in "), "{}", called.err);
}

#[test]
fn each_playbook_is_held_against_its_own_snapshot() {
    let case = Case::new(Server::new()).playbook("a", "  one: { get: /ok/a }").playbook("b", "  one: { get: /ok/b }");
    let written = case.run(&["--update-snapshots"]);
    assert_eq!(written.code, Some(0), "{}", written.err);
    assert_eq!(written.err.matches("    snapshot: ").count(), 2, "{}", written.err);
    let snapshot = case.folder().join("snapshots/b.snap");
    let text = std::fs::read_to_string(&snapshot).expect("a snapshot was written");
    std::fs::write(snapshot, text.replace("/ok/b", "/ok/x")).expect("the snapshot can be written");
    // The server counts, so that the second answer differs in `a` too.
    let held = case.run(&["--snapshot", "--keep-going"]);
    assert_eq!(held.code, Some(4), "{}", held.err);
    assert!(held.err.contains("2 playbooks: 2 failed") && held.err.contains("    one · exchanges[0]."), "{}", held.err);
}

#[test]
#[cfg(feature = "simulator")]
fn the_shipped_playbooks_pass_together_each_on_a_simulator_of_its_own() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let workflows = concat!(env!("CARGO_MANIFEST_DIR"), "/workflows");
    let files = std::fs::read_dir(workflows).expect("the folder is there").filter_map(|entry| {
        let path = entry.ok()?.path();
        (path.extension()? == "yaml").then(|| path.display().to_string())
    });
    let files: Vec<String> = files.collect();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_callsheet"))
        .args(["run", "--simulate"])
        .args(&files)
        .current_dir(folder.path())
        .output()
        .expect("the program can be started");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains(&format!("{} playbooks: {} passed", files.len(), files.len())), "{said}");
}

#[cfg(feature = "json-schema")]
#[test]
fn what_one_playbook_may_hold_against_a_schema_several_may_too() {
    let step = "  one: { get: /deep, expect: { schema: deep.json } }";
    let case = Case::new(Server::new()).playbook("a", step).playbook("b", step);
    let schema = r##"{"$defs":{"n":{"properties":{"a":{"$ref":"#/$defs/n"}}}},"$ref":"#/$defs/n"}"##;
    std::fs::write(case.folder().join("deep.json"), schema).expect("a file can be written");
    let called = case.run(&[]);
    assert_eq!(called.code, Some(0), "{}", called.err);
}
