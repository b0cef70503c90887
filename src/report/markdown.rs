//! Markdown for a pull request or a job's summary: the totals, what did not pass, every step in a table.

use crate::event::{Failure, Outcome};
use crate::record::{Record, StepRecord, StepState};

/// The report as GitHub-flavoured Markdown.
pub fn markdown(record: &Record) -> String {
    let started = record.started.as_ref();
    let title = started.map_or("callsheet", |started| started.title.as_deref().unwrap_or(&started.playbook));
    let outcome = record.outcome().map_or("unfinished", Outcome::as_str);
    let counts = record.counts();
    let mut text = format!("## {} {}: {outcome}\n\n", sign(record.outcome()), escape(title));
    text += &format!(
        "{} {}: {} passed ({} flaky), {} failed, {} errored, {} skipped in {:.1} s · run `{}`\n",
        counts.total(),
        if counts.total() == 1 { "step" } else { "steps" },
        counts.passed,
        counts.flaky,
        counts.failed,
        counts.errored,
        counts.skipped,
        record.duration() as f64 / 1000.0,
        record.run_id(),
    );
    for step in record.bad() {
        text += &format!("\n### {} `{}`\n\n{}", sign(step.outcome()), step.step, failures(step.failures()));
    }
    for cleanup in record.cleanups.iter().filter(|cleanup| cleanup.outcome.is_some_and(Outcome::is_bad)) {
        let failures = failures(&cleanup.failures);
        text += &format!("\n### {} cleanup of `{}`\n\n{failures}", sign(cleanup.outcome), cleanup.step);
    }
    let of_run = record.finished.as_ref().map_or(&[][..], |finished| &finished.failures);
    if !of_run.is_empty() {
        text += &format!("\n### {} the run\n\n{}", sign(record.outcome()), failures(of_run));
    }
    let left = record.left_behind();
    if !left.is_empty() {
        text += "\n### Possibly left behind\n\n";
        for left in left {
            text += &format!("- `{}` {}: {}\n", left.step, code(&left.request), escape(&left.reason));
        }
    }
    text += "\n| | step | request | time |\n|---|---|---|---|\n";
    text + &record.steps().map(row).collect::<String>()
}

fn row(step: &StepRecord) -> String {
    let request = match step.last_try() {
        Some(exchange) => {
            let status = exchange.status().map_or("no answer".to_owned(), |status| status.to_string());
            format!("{} {status}", code(&exchange.request_line()))
        }
        None => step.reason().map(escape).unwrap_or_default(),
    };
    let time = match step.state() {
        StepState::Ended(Outcome::Skipped) | StepState::Waiting => String::new(),
        _ => step.report.as_ref().map(|report| format!("{} ms", report.elapsed)).unwrap_or_default(),
    };
    format!("| {} | `{}` | {request} | {time} |\n", sign(step.outcome()), step.step)
}

fn failures(failures: &[Failure]) -> String {
    let line = |failure: &Failure| {
        let place = failure.place.as_ref().map(|place| format!(" ({})", code(place))).unwrap_or_default();
        let help = failure.help.as_ref().map(|help| format!("\n  {}", escape(help))).unwrap_or_default();
        format!("- {}{place}{help}\n", escape(&failure.message))
    };
    failures.iter().map(line).collect()
}

fn sign(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Passed) => "✅",
        Some(Outcome::Flaky) => "⚠️",
        Some(Outcome::Failed) => "❌",
        Some(Outcome::Errored) => "💥",
        Some(Outcome::Skipped) => "⏭️",
        None => "❔",
    }
}

/// Text in which no character means anything to Markdown or HTML, on one line.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '\n' | '\r' => escaped.push(' '),
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' => escaped.extend(['\\', character]),
            character => escaped.push(character),
        }
    }
    escaped
}

/// Text as code that may stand in a table.
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", text.replace('|', "\\|").replace(['\n', '\r'], " "))
}
