//! Runs as `show` shows them.

use super::*;
use crate::event::Envelope;
use crate::record::saved;

fn shown(events: Vec<Envelope>) -> String {
    show(&Record::fold(events), ShowOptions { palette: Palette::Plain, bodies: None, busy: false })
}

#[test]
fn a_run_is_shown_with_every_try() {
    insta::assert_snapshot!(shown(saved::passed()), @r#"
    Deploy a model and infer (deploy-and-infer)
    run      20261124-065523-k3f9
    started  2026-11-24 06:55:23 UTC by callsheet 0.1.0, seed 7
    ended    passed after 4.6 s
    result   5 steps: 5 passed (1 flaky)
    inputs   api_url = http://localhost:8080
             password = ***

    passed   workspace  created, 86 ms
             0.0s  find    POST http://localhost:8080/v1/api/workspaces/list → 200    20 ms  absent
             0.0s  create  POST http://localhost:8080/v1/api/workspaces/create → 200  31 ms
             workspace_id = 5

    flaky    upload_model  1.3 s
             0.0s             POST http://localhost:8080/v1/api/models/upload_and_convert → localhost:8080 refused to connect  3 ms    connect: again in 500 ms
             0.5s  attempt 2  POST http://localhost:8080/v1/api/models/upload_and_convert → 200  812 ms

    passed   deploy  48 ms
             1.4s  POST http://localhost:8080/v1/api/pipelines/deploy → 200  48 ms
             deployment_id = 9

    passed   running  3.0 s
             1.4s  poll 1  POST http://localhost:8080/v1/api/status/get_deployment → 200  10 ms  "Starting": again in 1.0 s
             2.4s  poll 2  POST http://localhost:8080/v1/api/status/get_deployment → 200  10 ms  "Starting": again in 1.0 s
             3.4s  poll 3  POST http://localhost:8080/v1/api/status/get_deployment → 200  10 ms  "LoadBalancing": again in 1.0 s
             4.4s  poll 4  POST http://localhost:8080/v1/api/status/get_deployment → 200  12 ms

    passed   infer  41 ms
             4.4s  POST http://localhost:8080/v1/api/pipelines/infer/demo/demo → 200  41 ms
             fraud = 0.0014974177

    cleanup
    passed   after deploy
             4.5s  POST http://localhost:8080/v1/api/pipelines/undeploy → 200  25 ms

    tokens
      0.0s  token of mlops  POST http://localhost:8080/auth/token → 200  35 ms

    outputs
      fraud_probability = 0.0014974177
      label = not fraud
    "#);
}

#[test]
fn a_failed_run_is_shown_with_its_failures_and_what_is_left() {
    insta::assert_snapshot!(shown(saved::failed()), @r#"
    Deploy a model and infer (deploy-and-infer)
    run      20261124-065523-k3f9
    started  2026-11-24 06:55:23 UTC by callsheet 0.1.0, seed 7
    ended    failed, interrupted, after 32.5 s
    result   5 steps: 3 passed (1 flaky), 1 failed, 1 skipped
    inputs   api_url = http://localhost:8080
             password = ***

    passed   workspace  created, 86 ms
             0.0s  find    POST http://localhost:8080/v1/api/workspaces/list → 200    20 ms  absent
             0.0s  create  POST http://localhost:8080/v1/api/workspaces/create → 200  31 ms
             workspace_id = 5

    flaky    upload_model  1.3 s
             0.0s             POST http://localhost:8080/v1/api/models/upload_and_convert → localhost:8080 refused to connect  3 ms    connect: again in 500 ms
             0.5s  attempt 2  POST http://localhost:8080/v1/api/models/upload_and_convert → 200  812 ms

    passed   deploy  48 ms
             1.4s  POST http://localhost:8080/v1/api/pipelines/deploy → 200  48 ms
             deployment_id = 9

    failed   running  1.0 s
             1.4s  poll 1  POST http://localhost:8080/v1/api/status/get_deployment → 200  10 ms  "Starting": again in 1.0 s
             2.4s  poll 2  POST http://localhost:8080/v1/api/status/get_deployment → 200  9 ms   failed
             `fail_when` holds: body.status == "Error"
               body.status  "Error"
               at demo.yaml:71:18
               help: the answer is in `callsheet show -v`
             `body.replicas == 2` is false
               at demo.yaml:74:9

    skipped  infer  needs `running`, which failed

    cleanup
    errored  after deploy
             2.4s  POST http://localhost:8080/v1/api/pipelines/undeploy → no answer from localhost:8080 in 30 s; it may have been executed  30.0 s  errored
             no answer from localhost:8080 in 30 s
               at demo.yaml:60:7

    tokens
      0.0s  token of mlops  POST http://localhost:8080/auth/token → 200  35 ms

    possibly left behind:
      deploy  POST http://localhost:8080/v1/api/pipelines/deploy
        its cleanup errored
    "#);
}

#[test]
fn a_killed_run_is_shown_with_headers_and_bodies() {
    let record = Record::fold(saved::killed());
    let read = |_: &str| None;
    let options = ShowOptions { palette: Palette::Plain, bodies: Some(&read), busy: false };
    insta::assert_snapshot!(show(&record, options), @r#"
    Deploy a model and infer (deploy-and-infer)
    run      20261124-065523-k3f9
    started  2026-11-24 06:55:23 UTC by callsheet 0.1.0, seed 7
    ended    not finished: it was killed
    result   5 steps: 1 passed, 1 not finished, 3 not run
    inputs   api_url = http://localhost:8080
             password = ***

    passed   workspace  created, 86 ms
             0.0s  find  POST http://localhost:8080/v1/api/workspaces/list → 200  20 ms  absent
               > Authorization: Bearer ***
               > {
               >   "name": "fraud"
               > }
               < content-type: application/json
               < {
               <   "workspaces": []
               < }
             0.0s  create  POST http://localhost:8080/v1/api/workspaces/create → 200  31 ms
               > Authorization: Bearer ***
               > {
               >   "name": "fraud"
               > }
               < content-type: application/json
               < {
               <   "workspace_id": 5
               < }
             workspace_id = 5

    running  upload_model
             0.0s  POST http://localhost:8080/v1/api/models/upload_and_convert → no answer yet
               > Authorization: Bearer ***
               > {
               >   "name": "fraud"
               > }

    not run  deploy
    not run  running
    not run  infer

    tokens
      0.0s  token of mlops  POST http://localhost:8080/auth/token → 200  35 ms
        > Authorization: Bearer ***
        > {
        >   "name": "fraud"
        > }
        < content-type: application/json
        < {
        <   "access_token": "***"
        < }

    sent, with an effect nobody knows:
      upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert (once)

    possibly left behind:
      upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert
        it was sent and the run stopped before its answer was kept

    next:  callsheet resume 20261124-065523-k3f9  (goes on where it stopped)
    "#);
}

#[test]
fn a_body_is_shown_for_what_it_is() {
    let read = |name: &str| (name == "1.json").then(|| b"{\"a\":1}".to_vec());
    let options = ShowOptions { palette: Palette::Plain, bodies: Some(&read), busy: false };
    let stored = |name: &str| BodyRecord::Stored { name: name.to_owned(), bytes: 7 };
    assert_eq!(body_lines(&stored("1.json"), options), ["{", "  \"a\": 1", "}"]);
    assert_eq!(body_lines(&stored("2.json"), options), ["(7 bytes: bodies/2.json cannot be read)"]);
    assert_eq!(body_lines(&BodyRecord::Base64("AAECAw==".to_owned()), options), ["(4 bytes that are no text)"]);
}

#[test]
fn an_empty_journal_is_said_to_be_empty() {
    assert!(shown(Vec::new()).starts_with("the journal of this run is empty"));
}

#[test]
fn of_a_run_that_was_stopped_before_its_cleanups_it_is_said_what_is_owed() {
    let mut events = saved::failed();
    let closing = events.iter().position(|one| matches!(one.event, crate::event::Event::Closing { .. }));
    events.truncate(closing.expect("it cleaned up"));
    let text = shown(events.clone());
    let (_, end) = text.split_once("\ncleanup\n").expect("a cleanup is owed");
    insta::assert_snapshot!(end, @r"
    not run  after deploy

    tokens
      0.0s  token of mlops  POST http://localhost:8080/auth/token → 200  35 ms

    possibly left behind:
      deploy  POST http://localhost:8080/v1/api/pipelines/deploy
        its cleanup did not run to its end

    next:  callsheet resume 20261124-065523-k3f9  (goes on where it stopped)
           callsheet resume --cleanup-only 20261124-065523-k3f9  (only cleans up what is owed)
    ");
    let options = ShowOptions { palette: Palette::Plain, bodies: None, busy: true };
    let text = show(&Record::fold(events), options);
    assert!(!text.contains("left behind") && !text.contains("resume"), "it goes on: {text}");
}
