//! Runs that are gone on with and run again: what is asked, refused and done.

use std::fs;
use std::process::{Output, Stdio};
use std::time::Duration;

use super::{Scene, secret};

impl Scene {
    /// A run that was killed while nobody could know whether a step was done.
    fn killed(&mut self) {
        let inputs = self.inputs("ask");
        let mut arguments = vec!["run", "leaks.yaml", "--allow-exec", "--keep-going"];
        arguments.extend(inputs.iter().map(String::as_str));
        let mut command = self.command(&arguments);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program can be started");
        if self.server.held.recv_timeout(Duration::from_secs(60)).is_err() {
            panic!("the request that waits was not sent: {:?}", child.wait_with_output());
        }
        child.kill().expect("it goes on");
        let output = child.wait_with_output().expect("it was killed");
        self.heard(&["run", "killed"], &output);
    }

    fn resume(&mut self, more: &[&str]) -> Output {
        let inputs = self.inputs("ask");
        let mut arguments = vec!["resume", "--allow-exec", "--keep-going", "--verbose"];
        arguments.extend(inputs.iter().map(String::as_str));
        arguments.extend(more);
        self.call(&arguments)
    }
}

/// How it ended, and what it said.
#[track_caller]
fn ends(output: &Output, code: i32, said: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{told}");
    assert!(told.contains(said), "{told}");
}

#[test]
fn no_secret_comes_out_of_a_run_that_is_gone_on_with() {
    let mut scene = Scene::new();
    scene.killed();
    ends(&scene.resume(&[]), 3, "waits for a decision");
    ends(&scene.resume(&["--assume-done", "asks"]), 2, "add `--var k=…`");
    ends(&scene.resume(&["--redo", "asks", "--var", &format!("k={}", secret::ASSUMED)]), 2, "has no input `k`");
    ends(&scene.resume(&["--var", "ending=pass"]), 2, "the input `ending` was");
    ends(&scene.run("ask", &["--rerun", "failed"]), 3, "waits for a decision");
    let done = ["--assume-done", "asks", "--var", &format!("k={}", secret::ASSUMED), "--report", "json=report.json"];
    ends(&scene.resume(&done), 0, "passed");
    let seen = scene.server.seen.lock().expect("no holder panics").clone();
    assert!(seen.contains("assumed-M1"), "what it captures was handed on");
    scene.view_all();
    scene.assert_nothing_came_out();
}

#[test]
fn no_secret_comes_out_of_a_run_that_is_run_again() {
    let mut scene = Scene::new();
    ends(&scene.run("fail", &[]), 4, "failed");
    ends(&scene.run("pass", &["--rerun", "failed"]), 2, "the input `ending` was");
    ends(
        &scene.run("fail", &["--rerun", "failed", "--verbose", "--report", "junit=junit.xml"]),
        3,
        "it must not be done twice",
    );
    assert_eq!(scene.runs().len(), 2);
    scene.view_all();
    scene.assert_nothing_came_out();
}

#[test]
fn the_value_of_an_input_that_has_become_secret_is_not_told() {
    let mut scene = Scene::new();
    scene.killed();
    let playbook = scene.folder.path().join("leaks.yaml");
    let text = fs::read_to_string(&playbook).expect("a playbook");
    let mended = text.replace("open: { default: was-open-once }", "open: { secret: true }");
    assert_ne!(text, mended);
    fs::write(&playbook, mended).expect("it can be written");
    let refused = scene.resume(&["--var", &format!("open={}", secret::MENDED)]);
    ends(&refused, 2, "the input `open` is secret, and has another value now than when the run began");
    assert!(!String::from_utf8_lossy(&refused.stderr).contains("was-open-once"));
    scene.assert_nothing_came_out();
}
