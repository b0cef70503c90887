//! JUnit XML, as Jenkins' xUnit plugin and its kin read it: a test case a step, flaky ones marked.
//!
//! A suite is a run; where there are several, each says its file. A step that failed is a `failure`, one that could not
//! be found out an `error`, one that was not run `skipped`; one that passed on a later attempt has a `flakyFailure` for
//! each attempt before. A cleanup that did not pass is a case of its own. What is tolerated (`continue_on_error`) is
//! skipped, with what went wrong as the message: a dashboard must not turn red for it.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};

use super::batch::{Batch, file, outcome};
use crate::event::{Decision, Failure, Outcome};
use crate::record::{Record, Standing, StepRecord, Try};

/// The report as XML.
pub fn junit(record: &Record) -> String {
    xml([suite(record)], record.duration())
}

/// The report of several runs as XML: a suite for each playbook.
pub fn junit_of(batch: &Batch<'_>) -> String {
    let runs = batch.runs.iter().map(|ran| {
        let mut suite = suite(ran.record);
        suite.add_property(("file", file(ran.record)));
        if let Some(outcome) = ran.other_outcome() {
            let mut case = TestCase::new("run", around(outcome, ran.standing, &ran.trouble));
            case.set_classname(suite.name.as_str());
            suite.add_test_case(case);
        }
        suite
    });
    let absent = batch.absent.iter().map(|absent| {
        let status = match outcome(absent.standing) {
            Outcome::Skipped => skipped(&format!("not run: {}", absent.reason)),
            outcome => around(outcome, absent.standing, &absent.reason),
        };
        let mut case = TestCase::new("run", status);
        case.set_classname(&absent.file);
        let mut suite = TestSuite::new(&absent.file);
        suite.add_property(("file", &*absent.file));
        suite.add_test_case(case);
        suite
    });
    xml(runs.chain(absent), batch.duration)
}

/// What no record says of a run.
fn around(outcome: Outcome, standing: Standing, trouble: &str) -> TestCaseStatus {
    let kind = if outcome == Outcome::Failed { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(standing.as_str()).set_message(trouble);
    status
}

fn xml(suites: impl IntoIterator<Item = TestSuite>, duration: u64) -> String {
    let mut report = Report::new("callsheet");
    report.set_time(Duration::from_millis(duration));
    report.add_test_suites(suites);
    without_root_skipped(&report.to_string().expect("a report of strings can be written"))
}

fn suite(record: &Record) -> TestSuite {
    let name = record.started.as_ref().map_or("callsheet", |started| &started.playbook);
    let mut suite = TestSuite::new(name);
    suite.set_time(Duration::from_millis(record.duration()));
    suite.add_property(("run", record.run_id()));
    for step in record.steps().filter(|step| !step.is_composite()) {
        suite.add_test_case(step_case(name, step));
    }
    for cleanup in record.cleanups.iter().filter(|cleanup| cleanup.outcome.is_some_and(Outcome::is_bad)) {
        let outcome = cleanup.outcome.unwrap_or(Outcome::Errored);
        let mut case = TestCase::new(format!("cleanup of {}", cleanup.step), bad(outcome, &cleanup.failures));
        case.set_classname(name);
        suite.add_test_case(case);
    }
    let failures = record.finished.as_ref().map_or(&[][..], |finished| &finished.failures);
    if !failures.is_empty() {
        let outcome = record.outcome().unwrap_or(Outcome::Errored);
        let mut case = TestCase::new("run", bad(outcome, failures));
        case.set_classname(name);
        suite.add_test_case(case);
    }
    if record.is_interrupted() && !record.is_unfinished() {
        // What was not begun is only skipped, and a suite of skipped cases would be green.
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type("interrupted").set_message("the run was interrupted");
        let mut case = TestCase::new("run", status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    if record.is_unfinished() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        let left = record.left_behind();
        let left =
            left.iter().map(|left| format!("possibly left behind: {} {}: {}", left.step, left.request, left.reason));
        status.set_type("unfinished").set_message("the run did not reach its end");
        status.set_description(left.collect::<Vec<_>>().join("\n"));
        let mut case = TestCase::new("run", status);
        case.set_classname(name);
        suite.add_test_case(case);
    }
    suite
}

/// The schema of Jenkins' xUnit plugin (junit-10.xsd) has no `skipped` on the root; the suite has it.
fn without_root_skipped(xml: &str) -> String {
    let root = xml.find("<testsuites").unwrap_or(0);
    let end = xml[root..].find('>').map_or(xml.len(), |end| root + end);
    let attribute = xml[root..end].find(" skipped=\"").map(|at| root + at);
    let Some(start) = attribute else { return xml.to_owned() };
    let value = start + " skipped=\"".len();
    let close = xml[value..].find('"').map_or(end, |close| value + close + 1);
    format!("{}{}", &xml[..start], &xml[close..])
}

fn step_case(playbook: &str, step: &StepRecord) -> TestCase {
    let status = match step.outcome() {
        Some(Outcome::Passed) => TestCaseStatus::success(),
        Some(Outcome::Flaky) => flaky(step),
        Some(outcome) if outcome.is_bad() && step.tolerated() => {
            skipped(&format!("{} and tolerated: {}", outcome.as_str(), messages(step.failures()).join("; ")))
        }
        Some(outcome) if outcome.is_bad() => bad(outcome, step.failures()),
        None if !step.tries.is_empty() => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_type("unfinished").set_message("sent, and not finished");
            status
        }
        _ => skipped(step.reason().unwrap_or("the run ended before it")),
    };
    let mut case = TestCase::new(step.step.as_str(), status);
    case.set_classname(playbook);
    if let Some(report) = &step.report {
        case.set_time(Duration::from_millis(report.elapsed));
    }
    case
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(reason.to_owned());
    status
}

fn bad(outcome: Outcome, failures: &[Failure]) -> TestCaseStatus {
    let kind = if outcome == Outcome::Failed { NonSuccessKind::Failure } else { NonSuccessKind::Error };
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(outcome.as_str());
    let messages = messages(failures);
    status.set_message(messages.first().cloned().unwrap_or_default());
    status.set_description(messages.join("\n"));
    status
}

/// Each attempt before the one that passed.
fn flaky(step: &StepRecord) -> TestCaseStatus {
    let mut status = TestCaseStatus::success();
    for exchange in &step.tries {
        if let Some(Decision::Retry { because, .. }) = &exchange.decision {
            let kind = if exchange.answer().is_some() { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut rerun = TestRerun::new(kind);
            rerun.set_type("retry").set_message(because.clone()).set_description(attempt(exchange));
            status.add_rerun(rerun);
        }
    }
    status
}

fn attempt(exchange: &Try) -> String {
    let what = match (exchange.status(), exchange.error()) {
        (Some(status), _) => format!("answered {status}"),
        (None, Some(error)) => error.message.clone(),
        (None, None) => "not answered".to_owned(),
    };
    format!("attempt {}: {} {what}", exchange.attempt, exchange.request_line())
}

/// Message, place and help of each failure.
fn messages(failures: &[Failure]) -> Vec<String> {
    let message = |failure: &Failure| {
        let place = failure.place.as_ref().map(|place| format!("\n  at {place}")).unwrap_or_default();
        let help = failure.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
        format!("{}{place}{help}", failure.message)
    };
    failures.iter().map(message).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    #[test]
    fn a_step_is_a_case_and_a_retry_a_flaky_failure() {
        let xml = junit(&Record::fold(saved::passed()));
        assert!(xml.contains(r#"<testsuite name="deploy-and-infer" tests="5""#), "{xml}");
        assert!(xml.contains(r#"<testcase name="running" classname="deploy-and-infer""#), "{xml}");
        assert!(xml.contains("flakyError") && xml.contains(r#"errors="0" failures="0""#), "{xml}");
    }

    #[test]
    fn a_run_that_was_killed_is_no_pass() {
        let xml = junit(&Record::fold(saved::killed()));
        assert!(xml.contains(r#"name="run""#) && xml.contains("did not reach its end"), "{xml}");
        assert!(!xml.contains(r#"errors="0" failures="0""#), "{xml}");
    }

    #[test]
    fn several_playbooks_are_a_suite_each_and_those_not_run_are_skipped() {
        let xml = crate::report::batch::sample::with(junit_of);
        let root = xml.lines().find(|line| line.starts_with("<testsuites")).expect("a root");
        assert!(root.contains(r#"tests="13" "#) && root.contains(r#"time="33.000""#), "{root}");
        assert_eq!((xml.matches("<testsuites ").count(), xml.matches("<testsuite ").count()), (1, 3), "{xml}");
        assert_eq!(xml.matches(r#"<property name="file" value="deploy-and-infer.yaml"/>"#).count(), 2, "{xml}");
        assert!(
            xml.contains(r#"<skipped message="not run: another one did not pass, or the run was interrupted"/>"#),
            "{xml}"
        );
    }

    #[test]
    fn what_no_record_says_is_a_case_of_its_own() {
        let xml = crate::report::batch::sample::in_trouble(junit_of);
        assert!(
            xml.contains(r#"<error message="error: cannot read the snapshot a.snap: denied" type="errored"/>"#),
            "{xml}"
        );
        assert!(
            xml.contains(r#"<error message="error: cannot write the journal: no space" type="interrupted"/>"#),
            "{xml}"
        );
    }

    #[test]
    fn the_root_has_only_what_the_schema_of_jenkins_knows() {
        for events in [saved::passed(), saved::failed(), saved::killed()] {
            let xml = junit(&Record::fold(events));
            let root = xml.lines().find(|line| line.starts_with("<testsuites")).expect("a root");
            let names = root.split(' ').skip(1).filter_map(|part| part.split_once('=')).map(|(name, _)| name);
            assert!(names.clone().count() >= 4);
            assert!(
                names.clone().all(|name| ["name", "time", "tests", "failures", "errors"].contains(&name)),
                "{root}"
            );
        }
    }

    #[test]
    fn what_failed_what_errored_and_what_was_skipped_are_told_apart() {
        let xml = junit(&Record::fold(saved::failed()));
        assert!(xml.contains("<failure") && xml.contains("<skipped"), "{xml}");
        assert!(xml.contains("cleanup of deploy") && xml.contains("<error"), "{xml}");
    }
}
