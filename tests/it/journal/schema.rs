//! `schemas/journal.schema.json`: what a line of a journal is, made from the types that read it, and held against
//! lines as runs write them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use boon::{Compiler, SchemaIndex, Schemas};
use callsheet::event::{Envelope, Event, FORMAT};
use callsheet::plan::Inputs;
use callsheet::runner::{Options, Signal};
use callsheet::wire::TransportErrorKind;
use serde_json::{Value, json as value};
use tokio::sync::mpsc::UnboundedSender;

use super::traced;
use crate::run::scenario::{Ran, Server, json, nothing, run, run_with, status};

/// Set to have the file written instead of compared.
const UPDATE: &str = "CALLSHEET_UPDATE";

fn schema() -> Value {
    let mut schema = traced::schema::<Envelope>("Envelope");
    let formats: Vec<u32> = (1..=FORMAT).collect();
    let envelope = &mut schema["$defs"]["Envelope"];
    envelope["properties"]["crc"] = value!({ "type": "string", "pattern": "^[0-9a-f]{8}$" });
    envelope["required"].as_array_mut().expect("a list").push("crc".into());
    schema["$defs"]["RunStarted"]["properties"]["format"] = value!({ "enum": formats });
    let mut whole = value!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a Callsheet journal",
        "description": "What the events mean is told in journal.md.",
    });
    let members = schema.as_object_mut().expect("an object");
    whole.as_object_mut().expect("an object").append(members);
    whole
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name)
}

#[test]
fn the_schema_of_a_line_is_what_the_events_are() {
    let made = serde_json::to_string_pretty(&schema()).expect("it is JSON") + "\n";
    let path = path("journal.schema.json");
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &made).expect("the schema can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let line = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "schemas/journal.schema.json is not what the events are, from line {} on; renew it with `{UPDATE}=1 cargo test \
         journal`, and tell in schemas/journal.md what is new",
        line.unwrap_or_else(|| made.lines().count().min(kept.lines().count())) + 1
    );
}

#[test]
fn every_event_is_explained() {
    let page = std::fs::read_to_string(path("journal.md")).expect("the page can be read");
    let schema = schema();
    let variants = schema["$defs"]["Event"]["oneOf"].as_array().expect("a list of kinds");
    let objects = variants.iter().filter_map(|one| one["properties"].as_object()?.keys().next());
    let words = variants.iter().filter_map(|one| one["enum"].as_array()).flatten().filter_map(Value::as_str);
    let names: Vec<&str> = objects.map(String::as_str).chain(words).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(page.contains(&format!("| `{name}` |")), "schemas/journal.md does not explain `{name}`");
    }
}

struct Validator(Schemas, SchemaIndex);

impl Validator {
    fn new() -> Self {
        let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
        compiler.add_resource("journal.json", schema()).expect("the schema is a resource");
        let index = compiler.compile("journal.json", &mut schemas).expect("the schema is a schema");
        Validator(schemas, index)
    }

    fn accepts(&self, line: &Value) -> Result<(), String> {
        self.0.validate(line, self.1).map_err(|error| format!("{error:#}"))
    }
}

/// The lines of journals of all formats.
fn lines() -> Vec<Value> {
    let fixtures = (1..=FORMAT).map(|format| format!("tests/fixtures/journal/format-{format}.jsonl"));
    let text: String = fixtures
        .map(|path| std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("a saved journal"))
        .collect();
    text.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
}

#[test]
fn the_schema_accepts_every_saved_journal() {
    let validator = Validator::new();
    for line in lines() {
        validator.accepts(&line).unwrap_or_else(|error| panic!("{line}\n{error}"));
    }
}

/// The lines of a run, as they are written.
fn written(ran: &Ran) -> Vec<Value> {
    let line = |envelope: &Envelope| {
        let mut line = serde_json::to_value(envelope).expect("an event is JSON");
        line["crc"] = "0123abcd".into();
        line
    };
    ran.events().iter().map(line).collect()
}

#[test]
fn the_schema_accepts_what_runs_write() {
    let server = || {
        Server::new()
            .on("/made", [json(r#"{"id":"a"}"#)])
            .on("/state", [json(r#"{"done":false}"#), json(r#"{"done":true}"#)])
            .on("/item", [status(503), json("[1, 2.5, null]")])
            .on("/undo", [status(204)])
            .on("/bad", [nothing(TransportErrorKind::Reset)])
    };
    let steps = "
  made: { post: /made, json: { a: 1 }, capture: { id: $.id }, cleanup: { delete: /undo } }
  state: { get: /state, needs: [made], poll: { until: body.done, every: 1s }, volatile: [$.done] }
  item: { foreach: { n: [1, 2] }, get: /item, retry: { attempts: 2, on: [503] }, capture: { all: $ } }
  sum: { set: { total: '{{ steps.item | length }}' }, needs: [state] }
";
    let fails = "
  made: { post: /made, cleanup: { post: /bad } }
  bad: { put: /bad, form: { a: b }, needs: [made] }
  never: { get: /state, needs: [bad] }
";
    let interrupt = |envelope: &Envelope, signals: &UnboundedSender<Signal>| {
        if matches!(envelope.event, Event::CleanupArmed { .. }) {
            signals.send(Signal::Interrupt).expect("the run listens");
        }
    };
    let validator = Validator::new();
    let mut runs = vec![run(steps, &server()).passed(), run(fails, &server())];
    runs.push(run_with(steps, &server(), Options::default(), Inputs::new(), interrupt));
    let late = Options { deadline: Some(Duration::from_millis(500)), ..Options::default() };
    runs.push(run_with(steps, &server(), late, Inputs::new(), |_, _| {}));
    let mut kinds = BTreeSet::new();
    for line in runs.iter().flat_map(written) {
        validator.accepts(&line).unwrap_or_else(|error| panic!("{line}\n{error}"));
        let event = &line["event"];
        let named = event.as_object().and_then(|object| object.keys().next()).map(String::as_str);
        kinds.extend(named.or(event.as_str()).map(str::to_owned));
    }
    assert_eq!(kinds.len(), 15, "all but `resumed` and `snapshot_differs`: {kinds:?}");
}

/// What the reader reads the schema accepts, and what it refuses the schema refuses, wherever a line is changed.
#[test]
fn the_schema_and_the_reader_refuse_the_same() {
    let validator = Validator::new();
    let (mut refused, mut accepted) = (0, 0);
    for line in lines() {
        for changed in changes(&line) {
            let mut content = changed.clone();
            content.as_object_mut().expect("an object").shift_remove("crc");
            let reads = serde_json::from_value::<Envelope>(content).is_ok();
            let verdict = validator.accepts(&changed);
            assert_eq!(verdict.is_ok(), reads, "{changed}\n{verdict:?}");
            if reads { accepted += 1 } else { refused += 1 }
        }
        let mut more = line.clone();
        more["more"] = true.into();
        assert!(validator.accepts(&more).is_err(), "{more}");
        let mut unsigned = line;
        unsigned["crc"] = "00".into();
        assert!(validator.accepts(&unsigned).is_err(), "{unsigned}");
    }
    assert!(refused > 500 && accepted > 100, "{refused} refused, {accepted} accepted");
}

/// The line without each of its members, and with something else in the place of each value.
fn changes(line: &Value) -> Vec<Value> {
    let mut changed = Vec::new();
    for place in places(line) {
        let (parent, last) = place.rsplit_once('/').expect("a pointer");
        // The time alone is read from a text, and the format is a number that the schema knows.
        if ["crc", "started", "resumed", "format"].contains(&last) {
            continue;
        }
        for value in [value!(null), value!(true), value!(-1), value!(7), value!("other"), value!([]), value!({})] {
            let mut other = line.clone();
            *other.pointer_mut(&place).expect("it is there") = value;
            changed.push(other);
        }
        let mut without = line.clone();
        if let Some(Value::Object(members)) = without.pointer_mut(parent) {
            members.shift_remove(&last.replace("~1", "/").replace("~0", "~"));
            changed.push(without);
        }
    }
    changed
}

/// A JSON pointer to each value below the root.
fn places(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| (name.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        _ => Vec::new(),
    };
    let below = |(name, child): (String, &Value)| {
        let own = std::iter::once(format!("/{name}"));
        own.chain(places(child).into_iter().map(move |place| format!("/{name}{place}"))).collect::<Vec<_>>()
    };
    children.into_iter().flat_map(below).collect()
}
