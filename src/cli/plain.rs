//! A line per noteworthy event: for logs, pipes, and above the live block.
//!
//! Columns: the time since the run's start, what happened, the step, and the request. Failures follow at once,
//! indented. The quiet form has nothing but failures and what may be left behind.

use super::exchange::{of_step, short, without_bodies};
use super::paint::{Tone, paint};
use super::problem::{left_behind, problems};
use super::summary::steps;
use super::text::{clean, pad, pad_left, width};
use super::time::{clock, duration};
use crate::diagnostic::Palette;
use crate::event::{CallId, Decision, Envelope, Event, Extent, Failure, Outcome, Resumed, RunStarted, StepReport};
use crate::id::Address;
use crate::record::{Record, StepRecord, Try};
use crate::runner::CLEANUP;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Nothing but failures (`-q`).
    Quiet,
    /// A line per step, and what is unusual.
    Normal,
    /// Also every request (`-v`).
    Verbose,
}

/// Writes the lines. It remembers what it needs to explain an event, but no bodies.
#[derive(Debug)]
pub struct Plain {
    verbosity: Verbosity,
    palette: Palette,
    record: Record,
    /// The columns of a step's address.
    step_width: usize,
}

/// The columns before the text of a line, the step's own not counted.
const INDENT: &str = "                  ";

impl Plain {
    /// For a new run.
    pub fn new(verbosity: Verbosity, palette: Palette) -> Self {
        Plain { verbosity, palette, record: Record::default(), step_width: 0 }
    }

    /// What is to be said about the next event: nothing, or whole lines.
    pub fn lines(&mut self, envelope: &Envelope) -> String {
        let previous = self.last_seen(&envelope.event);
        self.record.take(without_bodies(envelope));
        let planned = match &envelope.event {
            Event::RunStarted(started) => &started.steps[..],
            Event::Resumed(resumed) => &resumed.steps,
            Event::Expanded { steps, .. } => steps,
            _ => &[],
        };
        let widths = planned.iter().map(|planned| width(&clean(planned.step.as_str())));
        self.step_width = widths.filter(|width| *width <= 24).fold(self.step_width, usize::max);
        let told =
            if self.verbosity == Verbosity::Quiet { self.quiet(envelope) } else { self.noteworthy(envelope, previous) };
        if let Event::StepFinished(report) = &envelope.event {
            self.record.forget_tries(&report.step);
        }
        told
    }

    /// The run as far as it has been told, without bodies and without the tries of steps that have ended.
    pub(super) fn record(&self) -> &Record {
        &self.record
    }

    fn quiet(&self, envelope: &Envelope) -> String {
        match &envelope.event {
            Event::StepFinished(report) if report.outcome.is_bad() => self.step_end(envelope.at, report),
            Event::CleanupFinished { step, outcome, failures, .. } if outcome.is_bad() => {
                self.cleanup_end(envelope.at, step, *outcome, failures)
            }
            Event::RunFinished(finished) => {
                problems(&finished.failures, "", self.palette) + &left_behind(&finished.left_behind, self.palette)
            }
            _ => String::new(),
        }
    }

    fn noteworthy(&self, envelope: &Envelope, previous: Option<String>) -> String {
        let at = envelope.at;
        match &envelope.event {
            Event::RunStarted(started) => heading(started, self.palette),
            Event::Resumed(resumed) => self.heading_again(resumed),
            Event::StepFinished(report) => self.step_end(at, report),
            Event::Decided { call, decision } => self.decided(at, *call, decision, previous),
            Event::Sending(sending) if self.verbosity == Verbosity::Verbose => {
                let sent = format!("{} {}", sending.request.method, sending.request.url);
                self.line(at, ("sending", Tone::Faint), &sending.step, &clean(&sent))
            }
            Event::Answered { call, .. } | Event::Unanswered { call, .. } if self.verbosity == Verbosity::Verbose => {
                self.of_call(at, ("answer", Tone::Faint), *call, short)
            }
            // Its own step has told of it.
            Event::CleanupFinished { by_steps: true, .. } => String::new(),
            Event::CleanupFinished { step, outcome, failures, .. } => self.cleanup_end(at, step, *outcome, failures),
            Event::Interrupted { times } if self.record.closing.is_some() => {
                self.notice(at, "stop", interrupted_at_the_end(*times))
            }
            Event::Interrupted { times } => self.notice(at, "stop", interrupted(*times)),
            Event::DeadlinePassed => self.notice(at, "deadline", "the run's time is over: nothing new is started"),
            _ => String::new(),
        }
    }

    fn heading_again(&self, resumed: &Resumed) -> String {
        let Some(started) = &self.record.started else { return String::new() };
        let title = started.title.as_deref().unwrap_or(&started.playbook);
        let counts = self.record.counts();
        let said = match resumed.extent {
            Extent::Steps => self.done_so_far(counts.total(), resumed),
            Extent::Closing => "it is brought to its end".to_owned(),
            Extent::Cleanups => "what is owed is cleaned up".to_owned(),
        };
        let run = clean(&started.run.0);
        format!("{}: going on with run {run}, {said}\n", paint(self.palette, Tone::Strong, &clean(title)))
    }

    /// What of a run stands, and what is done again though it was done. What has changed in the playbook is found on the
    /// way and not told here.
    fn done_so_far(&self, total: usize, resumed: &Resumed) -> String {
        let undone: Vec<&Address> = self.record.undone().collect();
        let redo: Vec<&str> =
            resumed.redo.iter().map(String::as_str).filter(|redo| !redo.starts_with(CLEANUP)).collect();
        let is_again = |step: &StepRecord| {
            undone.contains(&&step.step) || step.step.lineage().any(|address| redo.contains(&address.as_str()))
        };
        let standing = self.record.steps().filter(|step| !step.is_composite());
        let standing = standing.filter(|step| step.outcome().is_some_and(Outcome::is_passed) && !is_again(step));
        let done = format!("{} of {} are done", standing.count(), steps(total));
        let cleaned = undone.iter().map(|step| format!("`{step}` (cleaned up)"));
        let redone = redo.iter().map(|redo| format!("`{redo}` (`--redo`)"));
        let again: Vec<String> = cleaned.chain(redone).collect();
        let is_planned = |step: &StepRecord| resumed.steps.iter().any(|planned| planned.step == step.step);
        let gone = self.record.steps().filter(|step| step.depth() == 0 && !step.tries.is_empty() && !is_planned(step));
        let gone: Vec<String> = gone.map(|step| format!("`{}`", step.step)).collect();
        let mut said = done;
        for (what, steps) in [("again, with what reads them", again), ("not in the playbook any more", gone)] {
            if !steps.is_empty() {
                said.push_str(&format!("; {what}: {}", clean(&steps.join(", "))));
            }
        }
        said
    }

    fn decided(&self, at: u64, call: CallId, decision: &Decision, previous: Option<String>) -> String {
        match decision {
            Decision::Retry { after, because } => self.of_call(at, ("retry", Tone::Doubtful), call, |exchange| {
                let request = short(exchange);
                let said = exchange.status().is_some_and(|status| because.contains(&status.to_string()))
                    || request.contains(because.as_str());
                let because = if said { String::new() } else { format!(" ({})", clean(because)) };
                format!("{request}{because}, again in {}", duration(*after))
            }),
            Decision::Renew => self.of_call(at, ("renew", Tone::Doubtful), call, |exchange| {
                format!("{}: the token was refused and is renewed", short(exchange))
            }),
            Decision::Redirect { to } if self.verbosity == Verbosity::Verbose => {
                self.of_call(at, ("follow", Tone::Faint), call, |exchange| {
                    format!("{} to {}", short(exchange), clean(to))
                })
            }
            Decision::PollAgain { seen, .. } if previous.as_ref() != Some(seen) => {
                self.of_call(at, ("not yet", Tone::Faint), call, |_| clean(seen))
            }
            _ => String::new(),
        }
    }

    fn of_call(&self, at: u64, word: (&str, Tone), call: CallId, text: impl FnOnce(&Try) -> String) -> String {
        match (self.record.step_of(call), self.record.call(call)) {
            (Some(step), Some(exchange)) => self.line(at, word, step, &text(exchange)),
            _ => String::new(),
        }
    }

    fn step_end(&self, at: u64, report: &StepReport) -> String {
        let Some(step) = self.record.step(&report.step) else { return String::new() };
        if step.is_composite() && !report.outcome.is_passed() {
            // Those that it is made of have told.
            return String::new();
        }
        let text = match (&report.reason, report.outcome) {
            (Some(reason), Outcome::Skipped) => clean(reason),
            _ if step.tolerated() => format!("{} (tolerated)", of_step(step)),
            _ => of_step(step),
        };
        let word = (report.outcome.as_str(), report.outcome.into());
        self.line(at, word, &report.step, &text) + &problems(&report.failures, INDENT, self.palette)
    }

    fn cleanup_end(&self, at: u64, step: &Address, outcome: Outcome, failures: &[Failure]) -> String {
        let cleanup = self.record.cleanup(step);
        let last = cleanup.and_then(|cleanup| cleanup.tries.last()).map(short).unwrap_or_default();
        let text = if outcome.is_passed() { last } else { format!("{} {last}", outcome.as_str()) };
        self.line(at, ("cleanup", outcome.into()), step, text.trim_end()) + &problems(failures, INDENT, self.palette)
    }

    fn line(&self, at: u64, (word, tone): (&str, Tone), step: &Address, text: &str) -> String {
        let time = paint(self.palette, Tone::Faint, &pad_left(&clock(at), 7));
        let word = paint(self.palette, tone, &pad(word, 7));
        let step = pad(&clean(step.as_str()), self.step_width);
        format!("{}\n", format!("{time}  {word}  {step}  {text}").trim_end())
    }

    fn notice(&self, at: u64, word: &str, text: &str) -> String {
        let time = paint(self.palette, Tone::Faint, &pad_left(&clock(at), 7));
        format!("{time}  {}  {text}\n", paint(self.palette, Tone::Doubtful, &pad(word, 7)))
    }

    /// What the poll before this one saw, so that a state is told once and not every second.
    fn last_seen(&self, event: &Event) -> Option<String> {
        let Event::Decided { call, decision: Decision::PollAgain { .. } } = event else { return None };
        let tries = &self.record.step(self.record.step_of(*call)?)?.tries;
        tries.iter().rev().find_map(|exchange| match &exchange.decision {
            Some(Decision::PollAgain { seen, .. }) => Some(seen.clone()),
            _ => None,
        })
    }
}

fn heading(started: &RunStarted, palette: Palette) -> String {
    let title = started.title.as_deref().unwrap_or(&started.playbook);
    let steps = match started.steps.len() {
        1 => "1 step".to_owned(),
        count => format!("{count} steps"),
    };
    format!("{}: {steps}, run {}\n", paint(palette, Tone::Strong, &clean(title)), clean(&started.run.0))
}

/// What an interrupt does, by its number.
pub(super) fn interrupted(times: u32) -> &'static str {
    match times {
        0 | 1 => "requests in flight finish, then everything is cleaned up; Ctrl-C again drops them",
        2 => "requests in flight are dropped, then everything is cleaned up; Ctrl-C again leaves at once",
        _ => "leaving without cleanup",
    }
}

/// The same while the run is cleaning up already.
fn interrupted_at_the_end(times: u32) -> &'static str {
    match times {
        0 | 1 => "cleaning up goes on; Ctrl-C twice more leaves at once",
        2 => "cleaning up goes on; Ctrl-C again leaves at once",
        _ => interrupted(times),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::saved;

    fn told(events: &[Envelope], verbosity: Verbosity) -> String {
        let mut plain = Plain::new(verbosity, Palette::Plain);
        events.iter().map(|event| plain.lines(event)).collect()
    }

    #[test]
    fn a_run_is_told_in_a_line_a_step_and_what_is_unusual() {
        insta::assert_snapshot!(told(&saved::passed(), Verbosity::Normal), @r#"
        Deploy a model and infer: 5 steps, run 20261124-065523-k3f9
           0.0s  passed   workspace     POST /v1/api/workspaces/create → 200, created
           0.0s  retry    upload_model  POST /v1/api/models/upload_and_convert → localhost:8080 refused to connect, again in 500 ms
           1.4s  flaky    upload_model  POST /v1/api/models/upload_and_convert → 200 on attempt 2 in 1.3 s
           1.4s  passed   deploy        POST /v1/api/pipelines/deploy → 200
           1.4s  not yet  running       "Starting"
           3.4s  not yet  running       "LoadBalancing"
           4.4s  passed   running       POST /v1/api/status/get_deployment → 200 after 4 polls in 3.0 s
           4.5s  passed   infer         POST /v1/api/pipelines/infer/demo/demo → 200
           4.5s  cleanup  deploy        POST /v1/api/pipelines/undeploy → 200
        "#);
    }

    #[test]
    fn failures_follow_at_once() {
        insta::assert_snapshot!(told(&saved::failed(), Verbosity::Normal), @r#"
        Deploy a model and infer: 5 steps, run 20261124-065523-k3f9
           0.0s  passed   workspace     POST /v1/api/workspaces/create → 200, created
           0.0s  retry    upload_model  POST /v1/api/models/upload_and_convert → localhost:8080 refused to connect, again in 500 ms
           1.4s  flaky    upload_model  POST /v1/api/models/upload_and_convert → 200 on attempt 2 in 1.3 s
           1.4s  passed   deploy        POST /v1/api/pipelines/deploy → 200
           1.4s  not yet  running       "Starting"
           2.4s  failed   running       POST /v1/api/status/get_deployment → 200 after 2 polls in 1.0 s
                          `fail_when` holds: body.status == "Error"
                            body.status  "Error"
                            at demo.yaml:71:18
                            help: the answer is in `callsheet show -v`
                          `body.replicas == 2` is false
                            at demo.yaml:74:9
           2.4s  skipped  infer         needs `running`, which failed
           2.4s  stop     cleaning up goes on; Ctrl-C twice more leaves at once
          32.4s  cleanup  deploy        errored POST /v1/api/pipelines/undeploy → no answer from localhost:8080 in 30 s; it may have been executed
                          no answer from localhost:8080 in 30 s
                            at demo.yaml:60:7
        "#);
    }

    #[test]
    fn quiet_has_nothing_but_failures() {
        assert_eq!(told(&saved::passed(), Verbosity::Quiet), "");
        insta::assert_snapshot!(told(&saved::failed(), Verbosity::Quiet), @r#"
           2.4s  failed   running       POST /v1/api/status/get_deployment → 200 after 2 polls in 1.0 s
                          `fail_when` holds: body.status == "Error"
                            body.status  "Error"
                            at demo.yaml:71:18
                            help: the answer is in `callsheet show -v`
                          `body.replicas == 2` is false
                            at demo.yaml:74:9
          32.4s  cleanup  deploy        errored POST /v1/api/pipelines/undeploy → no answer from localhost:8080 in 30 s; it may have been executed
                          no answer from localhost:8080 in 30 s
                            at demo.yaml:60:7
        possibly left behind:
          deploy  POST http://localhost:8080/v1/api/pipelines/deploy
            its cleanup errored
        "#);
    }

    #[test]
    fn verbose_has_every_request() {
        let killed = saved::killed();
        insta::assert_snapshot!(told(&killed, Verbosity::Verbose), @r"
        Deploy a model and infer: 5 steps, run 20261124-065523-k3f9
           0.0s  sending  workspace     POST http://localhost:8080/auth/token
           0.0s  answer   workspace     POST /auth/token → 200
           0.0s  sending  workspace     POST http://localhost:8080/v1/api/workspaces/list
           0.0s  answer   workspace     POST /v1/api/workspaces/list → 200
           0.0s  sending  workspace     POST http://localhost:8080/v1/api/workspaces/create
           0.0s  answer   workspace     POST /v1/api/workspaces/create → 200
           0.0s  passed   workspace     POST /v1/api/workspaces/create → 200, created
           0.0s  sending  upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert
        ");
    }

    #[test]
    fn colours_come_only_from_the_palette() {
        let mut plain = Plain::new(Verbosity::Normal, Palette::Colour);
        let coloured: String = saved::failed().iter().map(|event| plain.lines(event)).collect();
        assert!(coloured.contains("\x1b[1;31mfailed \x1b[0m"), "{coloured}");
        assert!(!told(&saved::failed(), Verbosity::Verbose).contains('\x1b'));
    }
}
