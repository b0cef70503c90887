//! Markdown for a pull request or a job's summary: the totals, what did not pass, every step in a table.

use super::batch::{Batch, Ran, name, outcome};
use crate::event::{Failure, Outcome};
use crate::record::{Record, Standing, StepRecord, StepState};

/// The report as GitHub-flavoured Markdown.
pub fn markdown(record: &Record) -> String {
    page(record, record.outcome(), "")
}

/// The same, with an outcome that the record may not know, and why.
fn page(record: &Record, outcome: Option<Outcome>, trouble: &str) -> String {
    let started = record.started.as_ref();
    let title = started.map_or("callsheet", |started| started.title.as_deref().unwrap_or(&started.playbook));
    let word = outcome.map_or("unfinished", Outcome::as_str);
    let counts = record.counts();
    let mut text = format!("## {} {}: {word}\n\n", sign(outcome), escape(title));
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
    if !trouble.is_empty() {
        text += &format!("\n### {} around the run\n\n- {}\n", sign(outcome), escape(trouble));
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

/// The report of several runs: all of them in a table, then each.
pub fn markdown_of(batch: &Batch<'_>) -> String {
    let tally = batch.tally();
    let duration = batch.duration as f64 / 1000.0;
    let mut text = format!("# {} {tally}\n\n", standing_sign(tally.worst()));
    text += &format!(
        "{} steps in {duration:.1} s\n\n| | playbook | steps | time | run |\n|---|---|---|---|---|\n",
        tally.steps
    );
    for Ran { record, standing, .. } in &batch.runs {
        text += &format!(
            "| {} | {} | {} | {} ms | `{}` |\n",
            standing_sign(*standing),
            code(&name(record)),
            record.counts().total(),
            record.duration(),
            record.run_id(),
        );
    }
    for absent in &batch.absent {
        let (file, reason) = (code(&absent.file), escape(&absent.reason));
        let word = match absent.standing {
            Standing::NotRun | Standing::Interrupted => format!("{}: ", absent.standing.as_str()),
            _ => String::new(),
        };
        text += &format!("| {} | {file} | | | {word}{reason} |\n", standing_sign(absent.standing));
    }
    batch.runs.iter().fold(text, |text, ran| {
        let outcome = ran.other_outcome().or(ran.record.outcome());
        text + "\n" + &page(ran.record, outcome, &ran.trouble)
    })
}

fn standing_sign(standing: Standing) -> &'static str {
    sign(Some(outcome(standing)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    #[test]
    fn several_runs_stand_in_a_table_and_then_one_after_another() {
        let text = crate::report::batch::sample::with(markdown_of);
        let (table, runs) = text.split_once("\n## ").expect("a title for each run");
        insta::assert_snapshot!(table, @r#"
        # 💥 3 playbooks: 1 passed (1 flaky), 1 interrupted, 1 not run

        10 steps in 33.0 s

        | | playbook | steps | time | run |
        |---|---|---|---|---|
        | ⚠️ | `deploy-and-infer.yaml` | 5 | 4557 ms | `20261124-065523-k3f9` |
        | 💥 | `deploy-and-infer.yaml` | 5 | 32468 ms | `20261124-065523-k3f9` |
        | ⏭️ | `later.yaml` | | | not run: another one did not pass, or the run was interrupted |
        "#);
        let [one, other] = [saved::passed(), saved::failed()].map(|events| markdown(&Record::fold(events)));
        assert_eq!(format!("## {runs}"), format!("{one}\n{other}"));
    }

    #[test]
    fn what_no_record_says_stands_in_the_table_and_at_the_run() {
        let text = crate::report::batch::sample::in_trouble(markdown_of);
        assert!(text.starts_with("# 💥 2 playbooks: 1 errored, 1 interrupted\n"), "{text}");
        assert!(
            text.contains("| 💥 | `b.yaml` | | | interrupted: error: cannot write the journal: no space |"),
            "{text}"
        );
        assert!(
            text.contains(": errored\n") && text.contains("- error: cannot read the snapshot a.snap: denied"),
            "{text}"
        );
    }
}
