//! One run as text, from its record: how it began, every step with its tries, how it ended.

use super::exchange::{decision, long, part};
use super::paint::{Tone, paint};
use super::problem::{left_behind, problems};
use super::summary::{plain, totals};
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
    text + &ending(record, palette)
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

fn ending(record: &Record, palette: Palette) -> String {
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
    let left = left_behind(&record.left_behind(), palette);
    if left.is_empty() { text } else { format!("{text}\n{left}") }
}

#[cfg(test)]
mod tests {
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
        ended    flaky after 4.6 s
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

        possibly left behind:
          upload_model  POST http://localhost:8080/v1/api/models/upload_and_convert
            it was sent and the run stopped before its answer was kept
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
}
