//! Runs as JSON, from their records: `show --format json` and `--report json=FILE`.
//!
//! The shape is stable: members are added, never changed, and a change of meaning raises [`VERSION`]. Times and
//! durations are milliseconds, times since the run's start. What is not there is `null` or an empty list. The
//! sources are left out, bodies that are files of the run are named.
//!
//! | member | what |
//! |---|---|
//! | `version` | 1 |
//! | `run`, `playbook`, `title`, `program`, `started`, `seed` | as the run began |
//! | `inputs`, `secret_inputs` | values, and the names of those that are not told |
//! | `outcome` | `passed`, `flaky`, `failed`, `errored`; `null` where the run did not reach its end |
//! | `interrupted`, `duration`, `counts` | how it went |
//! | `steps[]` | `step`, `title`, `summary`, `after`, `finally`, `state` (`waiting`, `running`, `ended`), `outcome`, `reason`, `tolerated`, `created`, `started`, `ended`, `attempts`, `polls`, `captures`, `failures[]`, `tries[]` |
//! | `cleanups[]` | `step`, `outcome`, `armed`, `started`, `ended`, `failures[]`, `tries[]` |
//! | `tokens[]` | `provider`, `step`, `try` |
//! | `tries[]`, `try` | `call`, `role`, `attempt`, `poll`, `effect`, `sent`, `ended`, `elapsed`, `request`, `answer`, `error`, `unknown`, `decision` |
//! | `left_behind[]`, `outputs`, `failures[]` | as the run ended |
//!
//! A report of several playbooks is an object of `version`, `duration`, `counts` (`total`, `passed`, `flaky`, `failed`,
//! `errored`, `interrupted`, `not_run`, `steps`), `runs[]`, each as above with its `file`, its `standing`
//! (`passed`, `flaky`, `failed`, `errored`, `interrupted`) and the `trouble` that its record does not know, such as an
//! unreadable snapshot (otherwise `null`), and `absent[]` (`file`, `outcome`, `standing`, `reason`): the playbooks that
//! were not run, or whose run could not be kept.
//!
//! `request`, `answer`, `error`, `decision`, `failures[]` and `left_behind[]` are as in the journal.

use serde_json::{Value, json};

use super::batch::{Batch, file, outcome};
use crate::record::{CleanupRecord, Record, StepRecord, StepState, TokenFetch, Try, TryResult};

/// The version of the shape.
pub const VERSION: u32 = 1;

/// The record as JSON, indented.
pub fn json(record: &Record) -> String {
    format!("{:#}\n", run(record))
}

/// Several records as JSON, indented.
pub fn json_of(batch: &Batch<'_>) -> String {
    let tally = batch.tally();
    let runs = batch.runs.iter().map(|ran| {
        let mut run = run(ran.record);
        run["file"] = file(ran.record).into();
        run["standing"] = ran.standing.as_str().into();
        run["trouble"] = (!ran.trouble.is_empty()).then_some(&*ran.trouble).into();
        run
    });
    let absent = batch.absent.iter().map(|absent| {
        json!({
            "file": absent.file, "outcome": outcome(absent.standing), "standing": absent.standing.as_str(),
            "reason": absent.reason,
        })
    });
    let value = json!({
        "version": VERSION,
        "duration": batch.duration,
        "counts": {
            "total": tally.total(), "passed": tally.passed, "flaky": tally.flaky, "failed": tally.failed,
            "errored": tally.errored, "interrupted": tally.interrupted, "not_run": tally.not_run,
            "steps": tally.steps,
        },
        "runs": runs.collect::<Vec<_>>(),
        "absent": absent.collect::<Vec<_>>(),
    });
    format!("{value:#}\n")
}

fn run(record: &Record) -> Value {
    let started = record.started.as_ref();
    let finished = record.finished.as_ref();
    let counts = record.counts();
    json!({
        "version": VERSION,
        "run": record.run_id(),
        "playbook": started.map(|started| &started.playbook),
        "title": started.and_then(|started| started.title.as_ref()),
        "program": started.map(|started| &started.program),
        "started": started.map(|started| started.started),
        "seed": started.map(|started| started.seed),
        "inputs": started.map(|started| &started.inputs),
        "secret_inputs": started.map(|started| &started.secret_inputs),
        "outcome": record.outcome(),
        "interrupted": record.is_interrupted(),
        "duration": record.duration(),
        "counts": {
            "total": counts.total(), "passed": counts.passed, "flaky": counts.flaky, "failed": counts.failed,
            "errored": counts.errored, "tolerated": counts.tolerated, "skipped": counts.skipped,
            "running": counts.running, "waiting": counts.waiting,
        },
        "steps": record.steps().map(step).collect::<Vec<_>>(),
        "cleanups": record.cleanups.iter().map(cleanup).collect::<Vec<_>>(),
        "tokens": record.tokens.iter().map(token).collect::<Vec<_>>(),
        "left_behind": record.left_behind(),
        "outputs": finished.map(|finished| &finished.outputs),
        "failures": finished.map_or(&[][..], |finished| &finished.failures),
    })
}

fn step(step: &StepRecord) -> Value {
    let planned = step.planned.as_ref();
    let report = step.report.as_ref();
    let state = match step.state() {
        StepState::Waiting => "waiting",
        StepState::Running => "running",
        StepState::Ended(_) => "ended",
    };
    json!({
        "step": step.step,
        "title": planned.and_then(|planned| planned.title.as_ref()),
        "summary": planned.map(|planned| &planned.summary),
        "after": planned.map_or(&[][..], |planned| &planned.after),
        "finally": step.finally(),
        "state": state,
        "outcome": step.outcome(),
        "reason": step.reason(),
        "tolerated": step.tolerated(),
        "created": report.and_then(|report| report.created),
        "started": step.started,
        "ended": step.ended,
        "attempts": report.map(|report| report.attempts),
        "polls": report.map(|report| report.polls),
        "captures": step.captures(),
        "failures": step.failures(),
        "tries": step.tries.iter().map(exchange).collect::<Vec<_>>(),
    })
}

fn cleanup(cleanup: &CleanupRecord) -> Value {
    json!({
        "step": cleanup.step,
        "outcome": cleanup.outcome,
        "armed": cleanup.armed,
        "started": cleanup.started,
        "ended": cleanup.ended,
        "failures": cleanup.failures,
        "tries": cleanup.tries.iter().map(exchange).collect::<Vec<_>>(),
    })
}

fn token(token: &TokenFetch) -> Value {
    json!({ "provider": token.provider, "step": token.step, "try": exchange(&token.exchange) })
}

fn exchange(exchange: &Try) -> Value {
    let (answer, error) = match &exchange.result {
        TryResult::Open => (None, None),
        TryResult::Answer(answer) => (Some(answer), None),
        TryResult::Error { error, .. } => (None, Some(error)),
    };
    json!({
        "call": exchange.call,
        "role": exchange.role,
        "attempt": exchange.attempt,
        "poll": exchange.poll,
        "effect": exchange.effect,
        "sent": exchange.sent,
        "ended": exchange.ended,
        "elapsed": exchange.elapsed(),
        "request": exchange.request,
        "answer": answer,
        "error": error,
        "unknown": exchange.is_unknown(),
        "decision": exchange.decision,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    fn shown() -> Value {
        serde_json::from_str(&json(&Record::fold(saved::killed()))).expect("it is JSON")
    }

    #[test]
    fn the_members_are_those_of_the_table() {
        fn members(value: &Value) -> String {
            value.as_object().expect("an object").keys().map(String::as_str).collect::<Vec<_>>().join(" ")
        }
        let value = shown();
        insta::assert_snapshot!(members(&value), @r"version run playbook title program started seed inputs secret_inputs outcome interrupted duration counts steps cleanups tokens left_behind outputs failures");
        insta::assert_snapshot!(members(&value["steps"][0]), @r"step title summary after finally state outcome reason tolerated created started ended attempts polls captures failures tries");
        insta::assert_snapshot!(members(&value["tokens"][0]["try"]), @r"call role attempt poll effect sent ended elapsed request answer error unknown decision");
        let cleanup: Value = serde_json::from_str(&json(&Record::fold(saved::failed()))).expect("it is JSON");
        insta::assert_snapshot!(members(&cleanup["cleanups"][0]), @r"step outcome armed started ended failures tries");
    }

    #[test]
    fn a_step_without_an_end_has_its_members_too() {
        let mut step = shown()["steps"][1].clone();
        step["tries"][0]["request"] = json!("as in the journal");
        insta::assert_snapshot!(format!("{step:#}"), @r#"
        {
          "step": "upload_model",
          "title": null,
          "summary": "POST /v1/api/models/upload_and_convert",
          "after": [],
          "finally": false,
          "state": "running",
          "outcome": null,
          "reason": null,
          "tolerated": false,
          "created": null,
          "started": 86,
          "ended": null,
          "attempts": null,
          "polls": null,
          "captures": null,
          "failures": [],
          "tries": [
            {
              "call": 4,
              "role": "main",
              "attempt": 1,
              "poll": 0,
              "effect": "once",
              "sent": 86,
              "ended": null,
              "elapsed": null,
              "request": "as in the journal",
              "answer": null,
              "error": null,
              "unknown": true,
              "decision": null
            }
          ]
        }
        "#);
    }

    #[test]
    fn what_no_record_says_is_counted_as_it_was_told() {
        let value = crate::report::batch::sample::in_trouble(json_of);
        let value: Value = serde_json::from_str(&value).expect("it is JSON");
        assert_eq!((&value["counts"]["passed"], &value["counts"]["errored"]), (&json!(0), &json!(1)));
        assert_eq!(value["runs"][0]["standing"], "errored");
        assert_eq!(value["runs"][0]["trouble"], "error: cannot read the snapshot a.snap: denied");
        assert_eq!(
            (&value["counts"]["interrupted"], &value["absent"][0]["standing"]),
            (&json!(1), &json!("interrupted"))
        );
    }

    #[test]
    fn several_runs_are_what_each_of_them_is_alone_with_its_file_and_standing() {
        let value = crate::report::batch::sample::with(json_of);
        let mut value: Value = serde_json::from_str(&value).expect("it is JSON");
        let run = value["runs"][0].as_object_mut().expect("an object");
        let own = ["file", "standing", "trouble"].map(|name| run.remove(name).expect("a member"));
        assert_eq!(own, [json!("deploy-and-infer.yaml"), json!("flaky"), Value::Null]);
        let alone: Value = serde_json::from_str(&json(&Record::fold(saved::passed()))).expect("it is JSON");
        assert_eq!(value["runs"][0], alone);
        value["runs"] = json!(value["runs"].as_array().map(Vec::len));
        insta::assert_snapshot!(format!("{value:#}"), @r#"
        {
          "version": 1,
          "duration": 33000,
          "counts": {
            "total": 3,
            "passed": 1,
            "flaky": 1,
            "failed": 0,
            "errored": 0,
            "interrupted": 1,
            "not_run": 1,
            "steps": 10
          },
          "runs": 2,
          "absent": [
            {
              "file": "later.yaml",
              "outcome": "skipped",
              "standing": "not run",
              "reason": "another one did not pass, or the run was interrupted"
            }
          ]
        }
        "#);
    }

    #[test]
    fn an_empty_record_is_json_too() {
        let value: Value = serde_json::from_str(&json(&Record::default())).expect("it is JSON");
        assert_eq!((&value["version"], &value["outcome"]), (&json!(1), &Value::Null));
    }
}
