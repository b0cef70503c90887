//! `callsheet resume` and `run --rerun failed`, with a process that is killed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::{Called, Case, Server, called};

const STEPS: &str = "
  made: { post: /ok/made, capture: { time: $.time } }
  held: { post: /held, json: { made: '{{ time }}' } }
  last: { get: /ok/last, needs: [held] }
";

impl Case {
    fn callsheet(&self, arguments: &[&str]) -> Called {
        let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
        command.args(arguments).current_dir(self.folder()).stdin(Stdio::null());
        called(command.output().expect("the program can be started"))
    }

    /// Runs the playbooks, and kills the process when it has sent a request of that path.
    fn killed_at(&self, path: &str) {
        let mut child = self.command(&["-v"]).spawn().expect("the program can be started");
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let is_sent = |line: &String| line.contains("sending") && line.ends_with(path);
        let sent = lines.map_while(Result::ok).find(is_sent);
        assert!(sent.is_some(), "no request of {path} was sent");
        child.kill().expect("it goes on");
        child.wait().expect("it was killed");
    }
}

#[test]
fn a_killed_run_asks_before_it_does_twice_what_it_must_not() {
    let case = Case::new(Server::new()).playbook("one", STEPS);
    case.killed_at("/held");
    let asked = case.callsheet(&["resume"]);
    assert_eq!(asked.code, Some(3));
    insta::assert_snapshot!(asked.told(), @r"
    error: run `RUN` waits for a decision; nothing was sent

    `held` (POST URL/held): it was sent, and nobody knows whether it was done; it must not be done twice
      help: look whether it was done; `--redo held` does it again, `--assume-done held` goes on without doing it
    ");
    let ended = case.callsheet(&["resume", "--assume-done", "held"]);
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let requests = case.server.paths();
    assert_eq!(requests.iter().filter(|path| *path != "/held").collect::<Vec<_>>(), ["/ok/made", "/ok/last"]);
    let nothing = case.callsheet(&["resume"]);
    assert_eq!(
        (nothing.code, nothing.told().trim_end()),
        (Some(0), "run `RUN`: it passed: there is nothing to go on with")
    );
}

#[test]
fn a_run_that_is_being_gone_on_with_is_refused_to_others() {
    let case = Case::new(Server::new()).playbook("one", STEPS);
    case.killed_at("/held");
    let mut command = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    command.args(["resume", "-v", "--redo", "held"]).current_dir(case.folder());
    let mut first = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program can be started");
    let lines = BufReader::new(first.stderr.take().expect("it is piped")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line.contains("sending")), "it sends again");
    let second = case.callsheet(&["resume", "--redo", "held"]);
    assert_eq!(second.code, Some(3));
    assert!(second.err.contains("is being written by another process"), "{}", second.err);
    first.kill().expect("it goes on");
    first.wait().expect("it was killed");
}

#[test]
fn what_failed_is_run_again_in_a_new_run() {
    let case =
        Case::new(Server::new()).playbook("one", "  made: { post: /ok/made }\n  flaky: { get: /flaky, needs: [made] }");
    assert_eq!(case.run(&[]).code, Some(4));
    let again = case.run(&["--rerun", "failed"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(case.server.paths(), ["/ok/made", "/flaky", "/flaky"]);
    let runs = std::fs::read_dir(case.folder().join(".callsheet/runs")).expect("a folder of runs").count();
    assert_eq!(runs, 2);
    let passed = case.run(&["--rerun", "failed"]);
    assert_eq!((passed.code, case.server.paths().len()), (Some(0), 3));
    assert!(passed.err.contains("the last run of one.yaml passed: nothing is run again"), "{}", passed.err);
}

#[test]
fn a_playbook_without_a_run_cannot_be_run_again() {
    let case = Case::new(Server::new()).playbook("one", "  made: { post: /ok/made }");
    let refused = case.run(&["--rerun", "failed"]);
    assert_eq!((refused.code, case.server.paths().len()), (Some(3), 0));
    assert!(refused.err.starts_with("error: `one.yaml` has no run in `.callsheet`"), "{}", refused.err);
}

#[test]
fn several_playbooks_are_run_again_side_by_side() {
    let case = Case::new(Server::new())
        .playbook("one", "  a: { get: /ok/a }")
        .playbook("two", "  b: { post: /ok/b }\n  c: { get: /flaky, needs: [b] }");
    assert_eq!(case.run(&["--keep-going"]).code, Some(4));
    let again = case.run(&["--rerun", "failed"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    let mut paths = case.server.paths();
    paths.sort_unstable();
    assert_eq!(paths, ["/flaky", "/flaky", "/ok/a", "/ok/b"]);
}

/// The runs of a playbook, the newest last.
fn runs_of(case: &Case, playbook: &str) -> Vec<String> {
    let listed = case.callsheet(&["runs", "--playbook", playbook, "--format", "json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).expect("it is JSON");
    let runs = listed.as_array().expect("a list").iter().rev();
    runs.map(|run| run["run"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn a_run_that_was_gone_on_with_meanwhile_is_run_again_as_it_is_then() {
    let case = Case::new(Server::new())
        .playbook("one", "  a: { get: /flaky/a }\n  b: { get: /held, needs: [a] }")
        .playbook("two", "  c: { get: /flaky/c }\n  once: { post: /ok/once, needs: [c] }");
    assert_eq!(case.run(&["--keep-going"]).code, Some(4));
    let [run] = &runs_of(&case, "two")[..] else { panic!("one run") };
    let mut command = case.command(&["--rerun", "failed", "--jobs", "1"]);
    let again = command.spawn().expect("the program can be started");
    while !case.server.paths().contains(&"/held".to_owned()) {
        std::thread::yield_now();
    }
    let resumed = case.callsheet(&["resume", run]);
    assert_eq!(resumed.code, Some(0), "{}", resumed.err);
    case.server.release(1);
    let again = called(again.wait_with_output().expect("it ends"));
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(case.server.paths().iter().filter(|path| *path == "/ok/once").count(), 1, "{}", again.err);
}

#[test]
fn a_run_that_was_run_again_is_gone_on_with_only_as_the_new_one() {
    let steps = "  made: { post: /ok/made, cleanup: { delete: /ok/undo } }\n  \
                 kept: { get: /ok/kept, needs: [made], save: kept.json }\n  flaky: { get: /flaky, needs: [kept] }";
    let case = Case::new(Server::new()).playbook("one", steps);
    assert_eq!(case.run(&["--keep"]).code, Some(4));
    let again = case.run(&["--rerun", "failed"]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    let runs = runs_of(&case, "one");
    let (old, new) = (&runs[0], &runs[1]);
    for refused in [&["resume", old][..], &["resume", old, "--cleanup-only"]] {
        let refused = case.callsheet(refused);
        assert_eq!(refused.code, Some(2), "{}", refused.err);
        insta::allow_duplicates!(insta::assert_snapshot!(refused.told(), @r"
        error: run `RUN` cannot be gone on with like this; nothing was sent

        run `RUN` has begun with what it has done, and owes its cleanups
          help: `callsheet resume RUN` goes on with that one
        "));
        assert!(refused.err.contains(&format!("`callsheet resume {new}`")), "{}", refused.err);
    }
    assert_eq!(case.server.paths(), ["/ok/made", "/ok/kept", "/flaky", "/flaky", "/ok/undo"]);
    let listed = case.callsheet(&["runs"]).out;
    assert!(!listed.contains("left behind") && listed.contains(&format!("{new} goes on with it")), "{listed}");
    assert!(case.callsheet(&["show", old]).out.contains(&format!("run {new} goes on with what it has done")));
    let saved = |run: &str| std::fs::read(case.folder().join(".callsheet/runs").join(run).join("saved/kept.json"));
    assert_eq!(saved(new).expect("the new run has what it names"), saved(old).expect("it was saved"));
    let pruned = case.callsheet(&["prune", "--keep", "1"]);
    assert_eq!((pruned.code, runs_of(&case, "one").len()), (Some(0), 1), "{}", pruned.out);
}
