//! The values that expressions see: what steps have published, the answer in hand, the files read so far.

use std::collections::HashMap;
use std::sync::Arc;

use crate::check::STEP_FIELDS;
use crate::event::Outcome;
use crate::expression::FileNeed;
use crate::json_schema::JsonSchema;
use crate::value::{Object, Value};
use crate::wire::is_success;

/// What the finished steps have left for others.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// The captures of passed steps.
    pub captures: HashMap<Arc<str>, Value>,
    /// Why a capture has no value: "step `a` failed".
    pub missing: HashMap<Arc<str>, String>,
    /// What else is known of each finished step.
    pub steps: HashMap<Arc<str>, StepValues>,
    /// `run` in `finally`.
    pub run: Option<Value>,
}

/// What is known of a finished step.
#[derive(Clone, Debug)]
pub struct StepValues {
    /// How it ended.
    pub outcome: Outcome,
    /// Why its captures have no value, where it did not pass.
    pub reason: Option<String>,
    /// The last answer; the body is there only where the plan says that it is read later.
    pub answer: Option<AnswerValues>,
    /// How long it took, in seconds.
    pub duration: f64,
    /// How often its request was sent.
    pub attempts: u32,
    /// For `ensure`: whether this run created it.
    pub created: Option<bool>,
    /// Its captures.
    pub captures: HashMap<Arc<str>, Value>,
    /// One record for each item that passed, in their order, where it has a `foreach`.
    pub records: Option<Value>,
}

/// An item of a `foreach`, as the step that is done for it sees it.
#[derive(Clone, Debug, Default)]
pub struct Item {
    /// What it is called.
    pub key: Arc<str>,
    /// Its place, from zero.
    pub index: usize,
    /// How many there are.
    pub count: usize,
    /// What the lists have for it, by their names.
    pub values: Vec<(Arc<str>, Value)>,
}

impl Item {
    /// The value of a name that only an item has: `key`, `loop`, the names of its lists.
    pub fn get(&self, name: &str) -> Option<Value> {
        match name {
            "key" => Some(Value::from(&*self.key)),
            "loop" => Some(self.position()),
            name => self.values.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone()),
        }
    }

    /// `loop`, with the members that it has in Jinja.
    fn position(&self) -> Value {
        let members = [
            ("index", Value::from(self.index as u64 + 1)),
            ("index0", Value::from(self.index as u64)),
            ("first", Value::Bool(self.index == 0)),
            ("last", Value::Bool(self.index + 1 == self.count)),
            ("length", Value::from(self.count as u64)),
        ];
        Value::object(members.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    }
}

/// An answer as expressions see it.
#[derive(Clone, Debug)]
pub struct AnswerValues {
    /// The status code.
    pub status: u16,
    /// The header fields by lower-case name; a field that occurs more than once is joined by `, ` (RFC 9110, 5.3).
    pub headers: Value,
    /// The body: JSON, or text, or `null` where it is empty.
    pub body: Value,
    /// Why the body is no JSON: text was sent, or what was announced as JSON is not.
    pub not_json: Option<String>,
    /// Seconds from sending to the last byte.
    pub duration: f64,
    /// The attempt that brought it, from one.
    pub attempt: u32,
    /// The body's file, length and SHA-256, where it was saved.
    pub saved: Option<Value>,
    /// What is left of a body that is not there as a whole.
    pub part: Option<Arc<Part>>,
    /// Where it is no answer but the end of a program, whose standard output is the body: the rest of that.
    pub program: Option<Arc<ProgramEnd>>,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramEnd {
    /// Its exit code.
    pub exit_code: i32,
    /// What it has written to its standard error.
    pub stderr: String,
}

/// A body of which only what the playbook uses was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its whole length in bytes.
    pub bytes: u64,
    /// How it begins.
    pub beginning: String,
    /// How many events there were, where it is a stream of them.
    pub events: Option<u64>,
    /// Why it was not read to its end.
    pub unread: Option<Unread>,
}

/// Why a body was not read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// It exceeds a limit; in words.
    TooLarge(String),
    /// It could not be written to its file; in words.
    NotSaved(String),
}

impl AnswerValues {
    /// Whether it is a 2xx answer, or the program's exit code is 0.
    pub fn is_success(&self) -> bool {
        match &self.program {
            Some(program) => program.exit_code == 0,
            None => is_success(self.status),
        }
    }

    /// The value of one of the names that describe an answer.
    pub fn get(&self, name: &str) -> Option<Value> {
        if let Some(program) = &self.program {
            return match name {
                "exit_code" => Some(Value::from(i64::from(program.exit_code))),
                "stdout" => Some(self.body.clone()),
                "stderr" => Some(Value::from(program.stderr.as_str())),
                "duration" => Some(Value::float(self.duration)),
                _ => None,
            };
        }
        Some(match name {
            "status" => Value::from(self.status),
            "headers" => self.headers.clone(),
            "body" => self.body.clone(),
            // Of a stream of events; `check` knows that it means nothing elsewhere.
            "event" => return self.body.as_array()?.last().cloned(),
            "duration" => Value::float(self.duration),
            "attempt" | "attempts" => Value::from(self.attempt),
            "saved" => return self.saved.clone(),
            _ => return None,
        })
    }
}

impl StepValues {
    /// The value of `steps.<id>.<field>`.
    pub fn get(&self, field: &str) -> Option<Value> {
        match field {
            "outcome" => Some(Value::from(self.outcome.as_str())),
            "duration" => Some(Value::float(self.duration)),
            "attempts" => Some(Value::from(self.attempts)),
            "created" => self.created.map(Value::from),
            field if STEP_FIELDS.contains(&field) => self.answer.as_ref().and_then(|answer| answer.get(field)),
            capture => self.captures.get(capture).cloned(),
        }
    }

    /// Everything as one object; of a `foreach` its records.
    pub fn whole(&self) -> Value {
        if let Some(records) = &self.records {
            return records.clone();
        }
        let mut members = Object::default();
        for &field in STEP_FIELDS {
            members.extend(self.get(field).map(|value| (Arc::from(field), value)));
        }
        members.extend(self.captures.iter().map(|(name, value)| (Arc::clone(name), value.clone())));
        Value::object(members)
    }
}

/// The contents of files that expressions and expectations asked for.
#[derive(Clone, Debug, Default)]
pub struct Files(pub HashMap<FileNeed, Result<Content, String>>);

/// What was asked for of a file.
#[derive(Clone, Debug)]
pub enum Content {
    /// Its digest, its text, its JSON.
    Value(Value),
    /// The schema in it.
    Schema(JsonSchema),
}

impl Files {
    /// A value of a file; `None` where it has not been read.
    pub fn value(&self, need: &FileNeed) -> Option<Result<Value, String>> {
        match self.0.get(need)? {
            Ok(Content::Value(value)) => Some(Ok(value.clone())),
            Ok(Content::Schema(_)) => None,
            Err(reason) => Some(Err(reason.clone())),
        }
    }

    /// The schema of a file; `None` where it has not been read.
    pub fn schema(&self, need: &FileNeed) -> Option<Result<&JsonSchema, &str>> {
        match self.0.get(need)? {
            Ok(Content::Schema(schema)) => Some(Ok(schema)),
            Ok(Content::Value(_)) => None,
            Err(reason) => Some(Err(reason)),
        }
    }
}
