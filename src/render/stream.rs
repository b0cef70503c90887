//! Where a stream of events ends, for whoever reads it while the run goes on: `until` with everything in it that the
//! stream does not bring, as it was when the request was sent.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::view::View;
use crate::expression::{EvalError, EvalErrorKind, Expr, Facts, FileNeed, Lookup, Scope, Target};
use crate::limits::Limits;
use crate::playbook::Stream;
use crate::value::Value;

/// Where a stream of events ends, if not by itself.
#[derive(Clone)]
pub struct Streaming {
    /// After so many events.
    pub most: u64,
    until: Option<Until>,
}

#[derive(Clone)]
struct Until {
    expr: Expr,
    names: HashMap<Arc<str>, Lookup>,
    /// By id and field.
    steps: HashMap<(Arc<str>, Option<Arc<str>>), Lookup>,
    facts: Facts,
    limits: Limits,
}

/// What of a stream is there.
pub(crate) struct Taken<'a> {
    /// The status of its answer.
    pub(crate) status: u16,
    /// The header fields.
    pub(crate) headers: &'a Value,
    /// The last event.
    pub(crate) event: &'a Value,
    /// All events so far, where they are asked for.
    pub(crate) body: Option<Value>,
}

impl Streaming {
    /// Takes along what `until` needs; a file that is needed first is the error.
    pub(super) fn of(stream: &Stream, view: &View<'_>) -> Result<Self, EvalError> {
        let until = stream.until.as_ref().map(|expr| Until::of(expr, view)).transpose()?;
        Ok(Streaming { most: stream.most(), until })
    }

    /// Whether anybody looks at an event while it comes.
    pub(crate) fn sees_events(&self) -> bool {
        self.until.is_some()
    }

    /// Whether all events so far are asked for at each.
    pub(crate) fn sees_body(&self) -> bool {
        self.until.as_ref().is_some_and(|until| until.mentions("body"))
    }

    /// Whether the stream is left with that event: `until` holds, or cannot be evaluated, which its judge will tell.
    pub(crate) fn ends_with(&self, taken: &Taken<'_>) -> bool {
        let Some(until) = &self.until else { return false };
        match until.expr.holds(&Scene { until, taken }) {
            Ok(holds) => holds,
            Err(error) => error.kind != EvalErrorKind::Undefined,
        }
    }
}

impl Until {
    fn of(expr: &Expr, view: &View<'_>) -> Result<Self, EvalError> {
        let mut until = Until {
            expr: expr.clone(),
            names: HashMap::new(),
            steps: HashMap::new(),
            facts: view.facts().clone(),
            limits: view.limits(),
        };
        for reference in expr.references() {
            let lookup = match &reference.target {
                Target::Name(name) => until.names.entry(Arc::clone(name)).or_insert_with(|| view.name(name)),
                Target::Step { id, field } => until
                    .steps
                    .entry((Arc::clone(id), field.clone()))
                    .or_insert_with(|| view.step(id, field.as_deref())),
                // `check` has refused it.
                Target::Steps => continue,
            };
            if let Lookup::Failed(error) = lookup
                && matches!(error.kind, EvalErrorKind::NeedsFile(_))
            {
                return Err((**error).clone());
            }
        }
        Ok(until)
    }

    fn mentions(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }
}

/// What is evaluated may be secret.
impl fmt::Debug for Streaming {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Streaming").field("most", &self.most).finish_non_exhaustive()
    }
}

struct Scene<'a> {
    until: &'a Until,
    taken: &'a Taken<'a>,
}

impl Scope for Scene<'_> {
    fn name(&self, name: &str) -> Lookup {
        let value = match name {
            "event" => Some(self.taken.event.clone()),
            "body" => self.taken.body.clone(),
            "status" => Some(Value::from(self.taken.status)),
            "headers" => Some(self.taken.headers.clone()),
            _ => return self.until.names.get(name).cloned().unwrap_or(Lookup::Undefined),
        };
        value.map_or(Lookup::Undefined, Lookup::Found)
    }

    fn step(&self, id: &str, field: Option<&str>) -> Lookup {
        let known = self.until.steps.get(&(Arc::from(id), field.map(Arc::from)));
        known.cloned().unwrap_or(Lookup::Undefined)
    }

    fn facts(&self) -> &Facts {
        &self.until.facts
    }

    /// `check` has refused expressions that read files themselves.
    fn file(&self, _: &FileNeed) -> Option<Result<Value, String>> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn limits(&self) -> Limits {
        self.until.limits
    }
}
