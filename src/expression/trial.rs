//! For tests only: a scope made of JSON, and expressions as text.

use std::collections::HashMap;

use super::{EvalError, Expr, Facts, FileNeed, Lookup, Scope, Template};
use crate::diagnostic::Diagnostic;
use crate::source::{Offsets, Span, Text};
use crate::value::Value;

/// A scope whose names are the members of a JSON object; `steps` holds the steps, a string instead of a step is the
/// reason why it has no value.
pub(super) struct Trial {
    pub names: Value,
    pub facts: Facts,
    pub files: HashMap<FileNeed, Result<Value, String>>,
}

impl Trial {
    pub fn of(json: &str) -> Trial {
        let started = "2026-11-23T12:00:00Z".parse().expect("a time");
        let facts = Facts { seed: 7, started, site: "infer".into() };
        Trial { names: read(json), facts, files: HashMap::new() }
    }

    #[track_caller]
    pub fn evaluate(&self, expression: &str) -> Result<Value, EvalError> {
        parse(expression).evaluate(self)
    }

    #[track_caller]
    pub fn fails(&self, expression: &str) -> EvalError {
        match self.evaluate(expression) {
            Ok(value) => panic!("`{expression}` is {value}"),
            Err(error) => error,
        }
    }

    #[track_caller]
    pub fn render(&self, template: &str) -> Result<Value, EvalError> {
        Template::parse(&text(template)).expect("a template").render(self)
    }
}

impl Scope for Trial {
    fn name(&self, name: &str) -> Lookup {
        found(self.names.get(name))
    }

    fn step(&self, id: &str, field: Option<&str>) -> Lookup {
        match (self.names.get("steps").and_then(|steps| steps.get(id)), field) {
            (Some(Value::String(reason)), _) => Lookup::Unavailable(reason.to_string()),
            (Some(step), Some(field)) => found(step.get(field)),
            (step, _) => found(step),
        }
    }

    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn file(&self, need: &FileNeed) -> Option<Result<Value, String>> {
        self.files.get(need).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.names.as_object().expect("an object").keys().map(|name| name.to_string()).collect()
    }
}

fn found(value: Option<&Value>) -> Lookup {
    value.cloned().map_or(Lookup::Undefined, Lookup::Found)
}

#[track_caller]
pub(super) fn read(json: &str) -> Value {
    Value::read(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Text that stands in a file from byte 100 on.
pub(super) fn text(text: &str) -> Text {
    let span = Span { start: 100, end: 100 + text.len() as u32, ..Span::default() };
    Text { text: text.into(), span, offsets: Offsets::Direct(100) }
}

#[track_caller]
pub(super) fn parse(expression: &str) -> Expr {
    Expr::parse(&text(expression)).unwrap_or_else(|diagnostic| panic!("`{expression}`: {diagnostic:?}"))
}

/// The diagnostic of a wrong expression, and the text it underlines.
#[track_caller]
pub(super) fn wrong(expression: &str) -> (Diagnostic, String) {
    match Expr::parse(&text(expression)) {
        Ok(_) => panic!("`{expression}` is an expression"),
        Err(diagnostic) => {
            let span = diagnostic.primary.as_ref().expect("a place").span;
            let underlined = expression.get(span.start as usize - 100..span.end as usize - 100);
            (diagnostic.clone(), underlined.expect("a place in the text").to_owned())
        }
    }
}

/// Asserts a table of expressions and their values as JSON, `!` and a part of the message for an error.
#[track_caller]
pub(super) fn table(scope: &Trial, rows: &[(&str, &str)]) {
    let mut failures = String::new();
    for (expression, expected) in rows {
        let parsed = Expr::parse(&text(expression));
        let actual = match parsed {
            Err(diagnostic) => format!("?{} {:?}", diagnostic.message, diagnostic.help),
            Ok(expression) => match expression.evaluate(scope) {
                Ok(value) => value.to_string(),
                Err(error) => format!("!{} {}", error.message, error.help.unwrap_or_default()),
            },
        };
        let matches = match expected.strip_prefix('!') {
            Some(part) => actual.starts_with('!') && actual.contains(part),
            None => actual == *expected,
        };
        if !matches {
            failures.push_str(&format!("`{expression}`\n  is        {actual}\n  and not   {expected}\n"));
        }
    }
    assert!(failures.is_empty(), "\n{failures}");
}
