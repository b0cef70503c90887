//! `callsheet plan --refresh`: what a run would create, keep, update and send, found out by reading only.

use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::args::{OutputFormat, PlanArgs};
use super::exit::Exit;
use super::network;
use super::paint::{Tone, paint};
use super::problem::problems;
use super::signals;
use super::summary::plain;
use super::terminal::{Terminal, say, tell};
use super::text::{clean, pad, width};
use crate::diagnostic::Palette;
use crate::event::{Foreseen, Outcome};
use crate::plan::Plan;
use crate::record::{Record, StepRecord};
use crate::runner::{CleanupWhen, Options};
use crate::session::Run;

/// The version of the shape of `--format json`.
const FORMAT: u32 = 1;

/// Names take no more columns than this for the sake of those below each other.
const WIDEST_NAME: usize = 40;

/// What would become of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Create,
    Keep,
    Update,
    Send,
    /// It only reads, and was done.
    Read,
    /// Nothing can be said of it yet.
    Later,
    Skip,
    /// It could not be found out.
    Bad(Outcome),
}

/// How many steps would do what.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    create: usize,
    keep: usize,
    update: usize,
    send: usize,
    later: usize,
    bad: usize,
}

/// Reads what is there, for each plan in turn, and says what a run would do.
pub(super) fn refresh(runtime: &Runtime, plans: &[Plan], args: &PlanArgs, terminal: Terminal) -> Exit {
    let mut records = Vec::new();
    for plan in plans {
        if records.last().is_some_and(Record::is_interrupted) {
            break;
        }
        let options = Options { refresh: true, keep_going: true, cleanup: CleanupWhen::Never, ..Options::default() };
        let read = runtime.block_on(async {
            let run = Run::new(plan).options(options).transport(network::client(&args.network));
            run.signals(signals::interrupts()).start().await
        });
        match read {
            Ok(outcome) => records.push(outcome.record),
            Err(error) => {
                tell(&format!("error: {error}\n"));
                return Exit::Errored;
            }
        }
    }
    let said = match args.format {
        OutputFormat::Human => say(&show(&records, terminal.out)),
        OutputFormat::Json => say(&as_json(&records)),
    };
    records.iter().for_each(|record| tell(&told(record, terminal.err)));
    records.iter().map(Exit::of).fold(said, Exit::max)
}

/// What could not be found out.
fn told(record: &Record, palette: Palette) -> String {
    let step = |step: &StepRecord| {
        let word = paint(palette, Tone::Bad, step.outcome().map_or("unfinished", Outcome::as_str));
        format!("\n{word}  {}\n{}", clean(step.step.as_str()), problems(step.failures(), "  ", palette))
    };
    record.bad().map(step).collect()
}

impl Action {
    fn of(step: &StepRecord) -> Action {
        let report = step.report.as_ref();
        match (report.and_then(|report| report.foreseen), report.and_then(|report| report.created), step.outcome()) {
            (Some(Foreseen::Create), ..) => Action::Create,
            (Some(Foreseen::Update), ..) => Action::Update,
            (Some(Foreseen::Send), ..) => Action::Send,
            (Some(Foreseen::Later), ..) => Action::Later,
            (None, _, Some(outcome)) if outcome.is_bad() => Action::Bad(outcome),
            (None, _, Some(Outcome::Skipped) | None) => Action::Skip,
            (None, Some(false), _) => Action::Keep,
            (None, ..) => Action::Read,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Action::Create => "create",
            Action::Keep => "keep",
            Action::Update => "update",
            Action::Send => "send",
            Action::Read => "read",
            Action::Later => "later",
            Action::Skip => "skip",
            Action::Bad(outcome) => outcome.as_str(),
        }
    }

    fn tone(self) -> Tone {
        match self {
            Action::Create | Action::Update | Action::Send => Tone::Doubtful,
            Action::Keep => Tone::Good,
            Action::Read | Action::Later | Action::Skip => Tone::Faint,
            Action::Bad(_) => Tone::Bad,
        }
    }
}

impl Counts {
    fn of(record: &Record) -> Counts {
        let mut counts = Counts::default();
        for action in actions(record).map(|(_, action)| action) {
            *match action {
                Action::Create => &mut counts.create,
                Action::Keep => &mut counts.keep,
                Action::Update => &mut counts.update,
                Action::Send => &mut counts.send,
                Action::Later => &mut counts.later,
                Action::Bad(_) => &mut counts.bad,
                Action::Read | Action::Skip => continue,
            } += 1;
        }
        counts
    }

    fn plus(self, other: Counts) -> Counts {
        Counts {
            create: self.create + other.create,
            keep: self.keep + other.keep,
            update: self.update + other.update,
            send: self.send + other.send,
            later: self.later + other.later,
            bad: self.bad + other.bad,
        }
    }
}

/// `would create 3, would keep 2, would send 1 without looking first`
impl std::fmt::Display for Counts {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "would create {}, would keep {}", self.create, self.keep)?;
        if self.update > 0 {
            write!(formatter, ", would update {}", self.update)?;
        }
        if self.send > 0 {
            write!(formatter, ", would send {} without looking first", self.send)?;
        }
        if self.later > 0 {
            write!(formatter, ", cannot say of {} yet", self.later)?;
        }
        if self.bad > 0 {
            write!(formatter, "; {} could not be found out", self.bad)?;
        }
        Ok(())
    }
}

/// Every step that does something itself, with what would become of it.
fn actions(record: &Record) -> impl Iterator<Item = (&StepRecord, Action)> {
    // The steps of `finally` are not begun, and are part of every run.
    let steps = record.steps().filter(|step| !step.is_composite() && !step.finally());
    steps.map(|step| (step, Action::of(step)))
}

fn show(records: &[Record], palette: Palette) -> String {
    let mut text = String::new();
    for record in records {
        let started = record.started.as_ref();
        let title = started.map_or("", |started| started.title.as_deref().unwrap_or(&started.playbook));
        text += &format!("{}\n", paint(palette, Tone::Strong, &clean(title)));
        text += &rows(record, palette);
        text += &format!("{}\n", paint(palette, Tone::Strong, &Counts::of(record).to_string()));
        if records.len() > 1 {
            text.push('\n');
        }
    }
    if records.len() > 1 {
        let all = records.iter().map(Counts::of).fold(Counts::default(), Counts::plus);
        text += &format!("{}\n", paint(palette, Tone::Strong, &format!("all {}: {all}", records.len())));
    }
    text
}

fn rows(record: &Record, palette: Palette) -> String {
    let widths = actions(record).map(|(step, _)| width(&clean(step.step.as_str())));
    let widest = widths.filter(|width| *width <= WIDEST_NAME).max().unwrap_or(0);
    let row = |(step, action): (&StepRecord, Action)| {
        let word = paint(palette, action.tone(), &pad(action.word(), 7));
        let name = pad(&clean(step.step.as_str()), widest);
        format!("{}\n", format!("  {word}  {name}  {}", detail(step, action)).trim_end())
    };
    actions(record).map(row).collect()
}

/// What there is to say of a step: the values of what is there, else what would be sent.
fn detail(step: &StepRecord, action: Action) -> String {
    let summary = || step.planned.as_ref().map(|planned| clean(&planned.summary)).unwrap_or_default();
    match action {
        Action::Keep | Action::Read => {
            let captures = step.captures().into_iter().flatten();
            captures.map(|(name, value)| format!("{name} = {}", plain(value))).collect::<Vec<_>>().join(", ")
        }
        Action::Skip => step.reason().map(clean).unwrap_or_else(|| "not reached".to_owned()),
        Action::Bad(_) => String::new(),
        Action::Later => "needs what is not there yet".to_owned(),
        Action::Create | Action::Update | Action::Send => summary().trim_start_matches("ensure · ").to_owned(),
    }
}

/// `{"format": 1, "refresh": [{"playbook", "create", "keep", "update", "send", "later", "bad", "steps": [{"step",
/// "action", "captures"}]}]}`
fn as_json(records: &[Record]) -> String {
    let step = |(step, action): (&StepRecord, Action)| json!({ "step": step.step, "action": action.word(), "captures": step.captures() });
    let one = |record: &Record| -> Value {
        let counts = Counts::of(record);
        json!({
            "playbook": record.started.as_ref().map(|started| &started.playbook),
            "create": counts.create,
            "keep": counts.keep,
            "update": counts.update,
            "send": counts.send,
            "later": counts.later,
            "bad": counts.bad,
            "steps": actions(record).map(step).collect::<Vec<_>>(),
        })
    };
    let value = json!({ "format": FORMAT, "refresh": records.iter().map(one).collect::<Vec<_>>() });
    format!("{}\n", serde_json::to_string_pretty(&value).expect("it is JSON already"))
}
