//! The end of a run: what did not pass and why, what is left to be done, and the totals.

use super::exchange::of_step;
use super::paint::{Tone, paint};
use super::problem::{left_behind, problems};
use super::text::{clean, pad, width};
use super::time::duration;
use crate::diagnostic::Palette;
use crate::event::{Outcome, Simulator};
use crate::record::{CleanupRecord, Counts, Record, StepRecord};
use crate::value::Value;

/// What the summary may say beyond the record.
#[derive(Clone, Copy, Debug)]
pub struct SummaryOptions<'a> {
    /// Whether in colours.
    pub palette: Palette,
    /// The run's folder, where it has one.
    pub files: Option<&'a str>,
    /// The run's transcript, where it was written.
    pub transcript: Option<&'a str>,
}

/// The form of a run's outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// `name: value`, a line each; text without quotes.
    Lines,
    /// One JSON object.
    Json,
}

/// More skipped steps than this are only counted: they follow from what failed.
const SKIPPED_SHOWN: usize = 10;

/// The end of a run, for stderr.
pub fn summary(record: &Record, options: SummaryOptions<'_>) -> String {
    let (findings, end) = (findings(record, options.palette), end(record, options));
    if findings.is_empty() { end } else { format!("{findings}\n{end}") }
}

/// What did not just pass, and what is left to be done.
pub(super) fn findings(record: &Record, palette: Palette) -> String {
    let mut parts = vec![noteworthy(record, palette), cleanups(record, palette)];
    if let Some(finished) = &record.finished {
        parts.push(problems(&finished.failures, "", palette));
    }
    parts.push(unknown(record));
    parts.push(left_behind(&record.left_behind(), palette));
    parts.retain(|part| !part.is_empty());
    parts.join("\n")
}

/// The run's outputs, for stdout.
pub fn outputs(record: &Record, format: OutputFormat) -> String {
    let Some(finished) = &record.finished else { return String::new() };
    match format {
        OutputFormat::Json => {
            let text = serde_json::to_string_pretty(&finished.outputs).expect("values are JSON");
            format!("{text}\n")
        }
        OutputFormat::Lines => {
            let line = |(name, value): (&String, &Value)| format!("{name}: {}\n", plain(value));
            finished.outputs.iter().map(line).collect()
        }
    }
}

/// `1 step`, `9 steps`
pub(super) fn steps(count: usize) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}

/// `9 steps: 9 passed (1 flaky)`
pub(super) fn totals(counts: Counts) -> String {
    let steps = steps(counts.total());
    let flaky = if counts.flaky > 0 { format!(" ({} flaky)", counts.flaky) } else { String::new() };
    let tolerated = if counts.tolerated > 0 { format!(" ({} tolerated)", counts.tolerated) } else { String::new() };
    let shares = [
        (counts.passed, format!("passed{flaky}")),
        (counts.failed, "failed".to_owned()),
        (counts.errored, "errored".to_owned()),
        (counts.skipped, "skipped".to_owned()),
        (counts.running, "not finished".to_owned()),
        (counts.waiting, "not run".to_owned()),
    ];
    let shares = shares.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let shares = shares.collect::<Vec<_>>().join(", ");
    if shares.is_empty() { steps } else { format!("{steps}: {shares}{tolerated}") }
}

/// A value for a person: text as it is, unless it would break the line.
pub(super) fn plain(value: &Value) -> String {
    match value.as_str() {
        Some(text) if !text.contains(char::is_control) => clean(text),
        _ => clean(&value.to_string()),
    }
}

/// A line for each step that did not just pass; failures below it.
fn noteworthy(record: &Record, palette: Palette) -> String {
    // What is made of others is told by those.
    let told =
        |step: &&StepRecord| step.outcome().is_some_and(|outcome| outcome != Outcome::Passed) && !step.is_composite();
    let steps: Vec<&StepRecord> = record.steps().filter(told).collect();
    let widest = steps.iter().map(|step| width(&clean(step.step.as_str()))).filter(|width| *width <= 40).max();
    let mut text = String::new();
    let mut skipped = 0;
    for step in steps {
        let outcome = step.outcome().expect("only steps that have ended are kept");
        skipped += usize::from(outcome == Outcome::Skipped);
        if outcome == Outcome::Skipped && skipped > SKIPPED_SHOWN {
            continue;
        }
        let word = paint(palette, outcome.into(), &pad(outcome.as_str(), 7));
        let said = match (outcome, step.reason()) {
            (Outcome::Skipped, reason) => clean(reason.unwrap_or_default()),
            _ if step.tolerated() => format!("{} (tolerated)", of_step(step)),
            _ => of_step(step),
        };
        let name = pad(&clean(step.step.as_str()), widest.unwrap_or(0));
        text += &format!("{}\n", format!("{word}  {name}  {said}").trim_end());
        text += &problems(step.failures(), "         ", palette);
    }
    if skipped > SKIPPED_SHOWN {
        text += &format!("and {} more skipped\n", skipped - SKIPPED_SHOWN);
    }
    text
}

fn cleanups(record: &Record, palette: Palette) -> String {
    let bad = |cleanup: &&CleanupRecord| cleanup.outcome.is_some_and(Outcome::is_bad);
    let mut text = String::new();
    for cleanup in record.cleanups.iter().filter(bad) {
        let outcome = cleanup.outcome.map_or("", Outcome::as_str);
        let title = format!("cleaning up after {} {outcome}", clean(cleanup.step.as_str()));
        text += &format!("{}\n", paint(palette, Tone::Bad, &title));
        text += &problems(&cleanup.failures, "         ", palette);
    }
    text
}

/// Requests in flight when the process died. A run that reached its end has said what came of them.
pub(super) fn unknown(record: &Record) -> String {
    if !record.is_unfinished() {
        return String::new();
    }
    let line = |unknown: crate::record::Unknown<'_>| {
        let (step, exchange) = (clean(unknown.step.as_str()), clean(&unknown.exchange.request_line()));
        format!("  {step}  {exchange} ({})\n", unknown.exchange.effect.as_str())
    };
    let lines: String = record.unknown().map(line).collect();
    if lines.is_empty() { lines } else { format!("sent, with an effect nobody knows:\n{lines}") }
}

/// Totals, files, and what to do next.
fn end(record: &Record, options: SummaryOptions<'_>) -> String {
    let palette = options.palette;
    let (tone, how) = match record.outcome() {
        None => (Tone::Bad, ", the run did not reach its end".to_owned()),
        Some(outcome) if record.is_interrupted() => (outcome.into(), ", interrupted".to_owned()),
        // Every step passed; a cleanup, an output or the snapshot did not.
        Some(outcome) if outcome.is_bad() && record.bad().next().is_none() => {
            (outcome.into(), format!(", {}", outcome.as_str()))
        }
        Some(outcome) => (outcome.into(), String::new()),
    };
    let took = duration(record.duration());
    let totals = totals(record.counts());
    let mut text = format!("{} {totals} in {took}{how}\n", paint(palette, tone, "callsheet:"));
    if let Some(transcript) = options.transcript {
        text += &format!("{} {}\n", paint(palette, Tone::Faint, "transcript:"), clean(transcript));
    }
    if let Some(files) = options.files {
        text += &format!("{} {}\n", paint(palette, Tone::Faint, "files:"), clean(files));
        if !record.outcome().is_some_and(Outcome::is_passed) {
            let command = format!("callsheet show -v {}", clean(record.run_id()));
            text += &format!("{} {command}  (every request and answer)\n", paint(palette, Tone::Faint, "next: "));
            if can_be_gone_on_with(record) {
                text += &format!("       callsheet resume {}  (goes on where it stopped)\n", clean(record.run_id()));
            }
        }
    }
    text
}

/// Whether what the run has made is still there and no other run goes on with it: a simulator of its own has ended with
/// it.
pub(super) fn can_be_gone_on_with(record: &Record) -> bool {
    record.handed_over.is_none()
        && record.started.as_ref().is_some_and(|started| started.simulator != Some(Simulator::Embedded))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    fn told(events: Vec<crate::event::Envelope>) -> String {
        let files = Some(".callsheet/runs/20261124-065523-k3f9");
        summary(&Record::fold(events), SummaryOptions { palette: Palette::Plain, files, transcript: None })
    }

    #[test]
    fn a_run_that_passed_is_told_in_its_totals() {
        insta::assert_snapshot!(told(saved::passed()), @r"
        flaky    upload_model  POST /v1/api/models/upload_and_convert → 200 on attempt 2 in 1.3 s

        callsheet: 5 steps: 5 passed (1 flaky) in 4.6 s
        files: .callsheet/runs/20261124-065523-k3f9
        ");
    }

    #[test]
    fn a_run_that_failed_is_told_with_every_failure_and_what_is_left() {
        insta::assert_snapshot!(told(saved::failed()), @r#"
        flaky    upload_model  POST /v1/api/models/upload_and_convert → 200 on attempt 2 in 1.3 s
        failed   running       POST /v1/api/status/get_deployment → 200 after 2 polls in 1.0 s
                 `fail_when` holds: body.status == "Error"
                   body.status  "Error"
                   at demo.yaml:71:18
                   help: the answer is in `callsheet show -v`
                 `body.replicas == 2` is false
                   at demo.yaml:74:9
        skipped  infer         needs `running`, which failed

        cleaning up after deploy errored
                 no answer from localhost:8080 in 30 s
                   at demo.yaml:60:7

        possibly left behind:
          deploy  POST http://localhost:8080/v1/api/pipelines/deploy
            its cleanup errored

        callsheet: 5 steps: 3 passed (1 flaky), 1 failed, 1 skipped in 32.5 s, interrupted
        files: .callsheet/runs/20261124-065523-k3f9
        next:  callsheet show -v 20261124-065523-k3f9  (every request and answer)
               callsheet resume 20261124-065523-k3f9  (goes on where it stopped)
        "#);
    }

    #[test]
    fn a_run_that_was_killed_names_what_nobody_knows() {
        insta::assert_snapshot!(told(saved::killed()), @r"
        sent, with an effect nobody knows:
          upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert (once)

        possibly left behind:
          upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert
            it was sent and the run stopped before its answer was kept

        callsheet: 5 steps: 1 passed, 1 not finished, 3 not run in 86 ms, the run did not reach its end
        files: .callsheet/runs/20261124-065523-k3f9
        next:  callsheet show -v 20261124-065523-k3f9  (every request and answer)
               callsheet resume 20261124-065523-k3f9  (goes on where it stopped)
        ");
    }

    #[test]
    fn outputs_are_lines_for_people_and_json_for_programs() {
        let record = Record::fold(saved::passed());
        insta::assert_snapshot!(outputs(&record, OutputFormat::Lines), @r"
        fraud_probability: 0.0014974177
        label: not fraud
        ");
        insta::assert_snapshot!(outputs(&record, OutputFormat::Json), @r#"
        {
          "fraud_probability": 0.0014974177,
          "label": "not fraud"
        }
        "#);
        assert_eq!(outputs(&Record::fold(saved::killed()), OutputFormat::Json), "");
    }

    #[test]
    fn text_that_would_break_its_line_is_quoted() {
        assert_eq!(plain(&"a\nb".into()), r#""a\nb""#);
        assert_eq!(plain(&"a b".into()), "a b");
    }

    #[test]
    fn many_skipped_steps_are_counted_and_not_listed() {
        let names: Vec<String> = (0..40).map(|n| format!("s{n}")).collect();
        let steps: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "GET /")).collect();
        let mut script = crate::record::script::Script::run("demo", &steps);
        for name in &names {
            script.end(name, Outcome::Skipped);
        }
        let text = told(script.events);
        assert!(text.lines().count() < 17 && text.contains("and 30 more skipped"), "{text}");
    }
}
