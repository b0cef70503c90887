//! One run as text, from its record: how it began, every step with its tries, how it ended.

use super::exchange::{decision, long, part};
use super::paint::{Tone, paint};
use super::problem::{left_behind, problems};
use super::summary::{can_be_gone_on_with, plain, totals, unknown};
use super::text::{clean, cut, pad, table};
use super::time::{clock, duration};
use crate::arrow;
use crate::diagnostic::Palette;
use crate::event::{BodyRecord, RunStarted};
use crate::record::{CleanupRecord, Record, StepRecord, StepState, Try};
use crate::wire::Headers;

/// What is shown.
#[derive(Clone, Copy)]
pub struct ShowOptions<'a> {
    /// Whether in colours.
    pub palette: Palette,
    /// Whether with headers and bodies (`-v`), and how to read a body that is a file of the run.
    pub bodies: Option<&'a ReadBody>,
    /// Whether the run is still going on.
    pub busy: bool,
}

/// Reads a body of the run by its name, as [`read_body`](crate::journal::read_body) does.
pub type ReadBody = dyn Fn(&str) -> Option<Vec<u8>>;

/// A whole run.
pub fn show(record: &Record, options: ShowOptions<'_>) -> String {
    let Some(started) = &record.started else {
        return "the journal of this run is empty: it was killed before it began\n".to_owned();
    };
    let palette = options.palette;
    let mut text = heading(record, started, options);
    let mut short = false;
    for step in record.steps() {
        let shown = show_step(step, options);
        // Steps of one line stand together; the others are paragraphs.
        let is_short = shown.lines().count() == 1;
        text += if short && is_short { "" } else { "\n" };
        text += &shown;
        short = is_short;
    }
    if !record.cleanups.is_empty() {
        text += &format!("\n{}\n", paint(palette, Tone::Strong, "cleanup"));
        let mut cleanups: Vec<&CleanupRecord> = record.cleanups.iter().collect();
        cleanups.sort_by_key(|cleanup| cleanup.started.unwrap_or(u64::MAX));
        text += &cleanups.into_iter().map(|cleanup| show_cleanup(cleanup, options)).collect::<String>();
    }
    if !record.tokens.is_empty() {
        text += &format!("\n{}\n", paint(palette, Tone::Strong, "tokens"));
        text += &tries(record.tokens.iter().map(|token| &token.exchange), options, "  ");
    }
    text + &ending(record, options)
}

fn heading(record: &Record, started: &RunStarted, options: ShowOptions<'_>) -> String {
    let (palette, busy) = (options.palette, options.busy);
    let title = match &started.title {
        Some(title) => format!("{title} ({})", started.playbook),
        None => started.playbook.clone(),
    };
    let mut text = format!("{}\n", paint(palette, Tone::Strong, &clean(&title)));
    let took = duration(record.duration());
    let ended = match record.outcome() {
        None if busy => "still going on".to_owned(),
        None => "not finished: it was killed".to_owned(),
        Some(outcome) if record.is_interrupted() => format!("{}, interrupted, after {took}", outcome.as_str()),
        Some(outcome) => format!("{} after {took}", outcome.as_str()),
    };
    let tone = record.outcome().map_or(Tone::Bad, Tone::from);
    let started_at = started.started.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    text += &format!("run      {}\n", clean(&started.run.0));
    text += &format!("started  {started_at} by callsheet {}, seed {}\n", clean(&started.program), started.seed);
    if started.insecure {
        text += &format!("{}\n", paint(palette, Tone::Bad, "insecure: any certificate of any server was accepted"));
    }
    text += &format!("ended    {}\n", paint(palette, tone, &ended));
    text += &format!("result   {}\n", totals(record.counts()));
    if let Some(to) = &record.handed_over {
        text += &format!("next     run {} goes on with what it has done\n", clean(&to.0));
    }
    let inputs = started.inputs.iter().map(|(name, value)| format!("{name} = {}", cut(&plain(value), 80)));
    let secrets = started.secret_inputs.iter().map(|name| format!("{name} = ***"));
    for (index, input) in inputs.chain(secrets).enumerate() {
        text += &format!("{}  {}\n", if index == 0 { "inputs " } else { "       " }, clean(&input));
    }
    text
}

fn show_step(step: &StepRecord, options: ShowOptions<'_>) -> String {
    let (word, tone) = match step.state() {
        StepState::Ended(outcome) => (outcome.as_str(), Tone::from(outcome)),
        StepState::Running => ("running", Tone::Bad),
        StepState::Waiting => ("not run", Tone::Faint),
    };
    let indent = "  ".repeat(step.depth());
    let mut about = Vec::new();
    about.extend(step.planned.as_ref().and_then(|planned| planned.title.as_deref()).map(clean));
    about.extend(step.reason().map(clean));
    if let Some(report) = &step.report {
        about.extend(report.created.map(|created| if created { "created" } else { "found" }.to_owned()));
        about.extend((report.elapsed > 0).then(|| duration(report.elapsed)));
    }
    about.extend(step.tolerated().then(|| "tolerated".to_owned()));
    let name = paint(options.palette, Tone::Strong, &clean(step.step.as_str()));
    let word = paint(options.palette, tone, &pad(word, 7));
    let mut text = format!("{indent}{}\n", format!("{word}  {name}  {}", about.join(", ")).trim_end());
    let indent = format!("{indent}         ");
    text += &tries(step.tries.iter(), options, &indent);
    for (name, value) in step.captures().into_iter().flatten() {
        text += &format!("{indent}{} = {}\n", clean(name), cut(&plain(value), 100));
    }
    text + &problems(step.failures(), &indent, options.palette)
}

fn show_cleanup(cleanup: &CleanupRecord, options: ShowOptions<'_>) -> String {
    let (word, tone) = match cleanup.outcome {
        Some(outcome) => (outcome.as_str(), Tone::from(outcome)),
        None if cleanup.started.is_some() => ("running", Tone::Bad),
        None => ("not run", Tone::Bad),
    };
    let word = paint(options.palette, tone, &pad(word, 7));
    let mut text = format!("{word}  after {}\n", clean(cleanup.step.as_str()));
    text += &tries(cleanup.tries.iter(), options, "         ");
    text + &problems(&cleanup.failures, "         ", options.palette)
}

/// A line for each try: when, its part, the request and its status, how long, what followed.
fn tries<'a>(tries: impl Iterator<Item = &'a Try>, options: ShowOptions<'_>, indent: &str) -> String {
    let row = |exchange: &Try| {
        let elapsed = exchange.elapsed().map(duration).unwrap_or_default();
        [clock(exchange.sent), part(exchange), long(exchange), elapsed, decision(exchange)]
    };
    match options.bodies {
        None => table(&tries.map(row).collect::<Vec<_>>(), indent),
        Some(_) => {
            tries.map(|exchange| table(&[row(exchange)], indent) + &content(exchange, options, indent)).collect()
        }
    }
}

/// Headers and bodies of a request and its answer.
fn content(exchange: &Try, options: ShowOptions<'_>, indent: &str) -> String {
    let mut text = message(">", &exchange.request.headers, &exchange.request.body, options, indent);
    if let Some(answer) = exchange.answer() {
        text += &message("<", &answer.headers, &answer.body, options, indent);
        text += &message("!", &Headers::default(), &answer.stderr, options, indent);
    }
    text
}

fn message(sign: &str, headers: &Headers, body: &BodyRecord, options: ShowOptions<'_>, indent: &str) -> String {
    let sign = paint(options.palette, Tone::Faint, sign);
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let lines = lines.chain(record_lines(headers, body, options).unwrap_or_else(|| body_lines(body, options)));
    lines.map(|line| format!("{indent}  {sign} {}\n", clean(&line))).collect()
}

/// The records of a body in Arrow's IPC format.
fn record_lines(headers: &Headers, body: &BodyRecord, options: ShowOptions<'_>) -> Option<Vec<String>> {
    headers.get("content-type").filter(|media| arrow::is_arrow(media))?;
    let bytes = body.bytes(&|name| options.bodies.and_then(|read| read(name)))?;
    let records = arrow::all_records(bytes.into()).ok()?;
    Some(pretty(&records.to_string()).lines().map(str::to_owned).collect())
}

fn body_lines(body: &BodyRecord, options: ShowOptions<'_>) -> Vec<String> {
    let lines = |text: &str| pretty(text).lines().map(str::to_owned).collect();
    match body {
        BodyRecord::Empty => Vec::new(),
        BodyRecord::Text(text) => lines(text),
        BodyRecord::Base64(text) => {
            vec![format!("({} bytes that are no text)", text.trim_end_matches('=').len() * 3 / 4)]
        }
        BodyRecord::File { path } => vec![format!("(the file {path})")],
        BodyRecord::Unread { bytes } => vec![format!("(not read to its end; {bytes} bytes were)")],
        BodyRecord::Saved { path, bytes, sha256 } => {
            vec![format!("({bytes} bytes, saved as saved/{path}; SHA-256 {sha256})")]
        }
        BodyRecord::Projected { bytes, sha256 } => vec![format!("({bytes} bytes, not kept; SHA-256 {sha256})")],
        BodyRecord::Stored { name, bytes } => match options.bodies.and_then(|read| read(name)).map(String::from_utf8) {
            Some(Ok(text)) => lines(&text),
            Some(Err(_)) => vec![format!("({bytes} bytes that are no text: bodies/{name})")],
            None => vec![format!("({bytes} bytes: bodies/{name} cannot be read)")],
        },
        BodyRecord::Multipart(parts) => {
            let part = |part: &crate::event::PartRecord| {
                let file = part.filename.as_ref().map(|name| format!(", file name {name}")).unwrap_or_default();
                let media = part.content_type.as_ref().map(|media| format!(", {media}")).unwrap_or_default();
                let head = format!("(part {}{file}{media})", part.name);
                std::iter::once(head).chain(body_lines(&part.body, options)).collect::<Vec<_>>()
            };
            parts.iter().flat_map(part).collect()
        }
    }
}

/// JSON is indented; anything else stays as it is.
fn pretty(text: &str) -> String {
    match crate::value::Value::read(text.as_bytes()) {
        Ok(value) => serde_json::to_string_pretty(&value).expect("a value is JSON"),
        Err(_) => text.to_owned(),
    }
}

fn ending(record: &Record, options: ShowOptions<'_>) -> String {
    let palette = options.palette;
    let mut text = String::new();
    if let Some(finished) = &record.finished {
        let outputs = finished.outputs.iter().map(|(name, value)| format!("  {} = {}\n", clean(name), plain(value)));
        let outputs: String = outputs.collect();
        if !outputs.is_empty() {
            text += &format!("\n{}\n{outputs}", paint(palette, Tone::Strong, "outputs"));
        }
        if !finished.failures.is_empty() {
            text += &format!("\n{}", problems(&finished.failures, "", palette));
        }
    }
    let mut parts = Vec::new();
    // What is in flight and what is to be cleaned up later is no news of a run that goes on.
    if !options.busy {
        parts.extend([unknown(record), left_behind(&record.left_behind(), palette), gone_on_with(record, palette)]);
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter().fold(text, |text, part| format!("{text}\n{part}"))
}

/// What there is to do about a run that was stopped before its end.
fn gone_on_with(record: &Record, palette: Palette) -> String {
    if !record.is_unfinished() || !can_be_gone_on_with(record) {
        return String::new();
    }
    let run = clean(record.run_id());
    let next = paint(palette, Tone::Faint, "next: ");
    let owed = record.cleanups.iter().any(CleanupRecord::is_owed);
    let only = format!("       callsheet resume --cleanup-only {run}  (only cleans up what is owed)\n");
    format!("{next} callsheet resume {run}  (goes on where it stopped)\n{}", if owed { only } else { String::new() })
}

#[cfg(test)]
mod tests;
