//! What is said of several playbooks: a line or a block for each, the summary, the outputs.

use indexmap::IndexMap;

use crate::cli::exit::Exit;
use crate::cli::paint::{Tone, paint};
use crate::cli::problem::left_behind;
use crate::cli::running::Ended;
use crate::cli::summary::{OutputFormat, findings, plain, steps, totals};
use crate::cli::text::{clean, pad, width};
use crate::cli::time::duration;
use crate::cli::units::Unit;
use crate::diagnostic::Palette;
use crate::record::{Record, Standing, Tally};
use crate::value::Value;

/// What stands before every line of a block but its first.
const INDENT: &str = "    ";
/// Names take no more columns than this for the sake of those below each other.
const WIDEST_NAME: usize = 48;

/// A playbook as the summary tells it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// Its number among those of the call.
    pub(super) index: usize,
    pub(super) standing: Standing,
    steps: usize,
    /// The run's folder.
    folder: Option<String>,
}

impl Told {
    pub(super) fn new(index: usize, ended: &Ended) -> Self {
        let standing = match (ended.exit, &ended.record) {
            (Exit::Interrupted, _) => Standing::Interrupted,
            (Exit::Failed, _) => Standing::Failed,
            (Exit::Passed, Some(record)) => Standing::of(record),
            _ => Standing::Errored,
        };
        let steps = ended.record.as_ref().map_or(0, |record| record.counts().total());
        let folder = ended.folder.as_ref().map(|folder| folder.display().to_string());
        Told { index, standing, steps, folder }
    }

    pub(super) fn not_run(index: usize) -> Self {
        Told { index, standing: Standing::NotRun, steps: 0, folder: None }
    }
}

/// What the playbooks and their cells are called: by their files.
#[derive(Clone, Debug)]
pub(super) struct Names {
    names: Vec<String>,
    /// Whether some are cells of a matrix.
    pub(super) has_cells: bool,
    /// The columns of a name in a row.
    width: usize,
}

impl Names {
    pub(super) fn of(units: &[Unit<'_>]) -> Self {
        let names: Vec<String> = units.iter().map(Unit::name).collect();
        let widths = names.iter().map(|name| width(&clean(name))).filter(|width| *width <= WIDEST_NAME);
        Names { width: widths.max().unwrap_or(0), names, has_cells: units.iter().any(Unit::is_cell) }
    }

    pub(super) fn get(&self, index: usize) -> &str {
        &self.names[index]
    }
}

/// How things are said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'a> {
    pub(super) names: &'a Names,
    pub(super) palette: Palette,
    /// Whether only what did not pass is told.
    pub(super) quiet: bool,
}

/// All that is said when a playbook has ended: a line if it passed, everything about what did not.
pub(super) fn block(told: &Told, ended: &Ended, lines: &str, manner: Manner<'_>) -> String {
    let Manner { names, palette, quiet } = manner;
    let passed = told.standing.is_passed();
    let more = match &ended.record {
        Some(record) if passed => left_behind(&record.left_behind(), palette),
        Some(record) => findings(record, palette),
        None => String::new(),
    };
    let between = if lines.is_empty() || more.is_empty() { "" } else { "\n" };
    let mut below = format!("{lines}{}{between}{more}", ended.told);
    if let Some(folder) = told.folder.as_ref().filter(|_| !passed) {
        below += &format!("{} {}\n", paint(palette, Tone::Faint, "files:"), clean(folder));
    }
    if quiet && below.is_empty() {
        return String::new();
    }
    head(told, ended.record.as_ref(), names, palette) + &indented(&below)
}

/// `flaky    drift.yaml  5 steps in 4.6 s, upload_model on attempt 2`
fn head(told: &Told, record: Option<&Record>, names: &Names, palette: Palette) -> String {
    let Some(record) = record else { return row(told, names, "", palette) };
    let counts = record.counts();
    let counted = if counts.passed == counts.total() { steps(counts.total()) } else { totals(counts) };
    let mut text = format!("{counted} in {}", duration(record.duration()));
    for step in record.flaky().filter(|_| told.standing == Standing::Flaky) {
        let attempts = step.report.as_ref().map_or(0, |report| report.attempts);
        text += &format!(", {} on attempt {attempts}", clean(step.step.as_str()));
    }
    row(told, names, &text, palette)
}

fn row(told: &Told, names: &Names, text: &str, palette: Palette) -> String {
    let word = paint(palette, tone(told.standing), &pad(told.standing.as_str(), 7));
    let name = pad(&clean(names.get(told.index)), names.width);
    format!("{}\n", format!("{word}  {name}  {text}").trim_end())
}

fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Passed => Tone::Good,
        Standing::Flaky => Tone::Doubtful,
        Standing::Failed | Standing::Errored | Standing::Interrupted => Tone::Bad,
        Standing::NotRun => Tone::Faint,
    }
}

fn indented(text: &str) -> String {
    let line = |line: &str| if line.is_empty() { "\n".to_owned() } else { format!("{INDENT}{line}\n") };
    text.lines().map(line).collect()
}

/// The end: how many ended how after so many milliseconds, those that did not pass, and the folder of all runs.
pub(super) fn summary(told: &[Told], manner: Manner<'_>, milliseconds: u64, runs: &str) -> String {
    let Manner { names, palette, quiet } = manner;
    let mut tally = Tally { has_cells: names.has_cells, ..Tally::default() };
    told.iter().for_each(|one| tally.add(one.standing, one.steps));
    let row = |one: &&Told| row(one, names, one.folder.as_deref().unwrap_or_default(), palette);
    let bad = || told.iter().filter(|one| !one.standing.is_passed());
    if quiet {
        // Of what did not pass everything was said when it ended.
        return bad().filter(|one| one.standing == Standing::NotRun).map(|one| row(&one)).collect();
    }
    let rows: String = bad().map(|one| row(&one)).collect();
    let title = paint(palette, tone(tally.worst()), "callsheet:");
    let mut text = format!("\n{title} {tally}; {} in {}\n{rows}", steps(tally.steps), duration(milliseconds));
    text += &format!("{} {}\n", paint(palette, Tone::Faint, "files:"), clean(runs));
    let run = bad().find_map(|one| one.folder.as_ref()?.rsplit(['/', '\\']).next());
    if let Some(run) = run {
        let next = paint(palette, Tone::Faint, "next: ");
        text += &format!("{next} callsheet show -v {}  (every request and answer)\n", clean(run));
    }
    text
}

/// The outputs of every playbook that has some, for stdout: by playbook.
pub(super) fn outputs<'a>(
    of: impl Iterator<Item = (&'a str, &'a IndexMap<String, Value>)>,
    format: OutputFormat,
) -> String {
    match format {
        OutputFormat::Json => {
            let text = serde_json::to_string_pretty(&of.collect::<IndexMap<_, _>>()).expect("values are JSON");
            format!("{text}\n")
        }
        OutputFormat::Lines => {
            let line = |(name, value): (&String, &Value)| format!("{name}: {}\n", plain(value));
            let some = of.filter(|(_, outputs)| !outputs.is_empty());
            let group = |(playbook, outputs): (&str, &IndexMap<String, Value>)| {
                format!("{}:\n{}", clean(playbook), indented(&outputs.iter().map(line).collect::<String>()))
            };
            some.map(group).collect()
        }
    }
}
