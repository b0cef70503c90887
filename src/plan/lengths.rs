//! Lengths of time, read with the inputs' values.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::bind::{NamedValues, evaluation};
use crate::diagnostic::{Diagnostic, rule};
use crate::expression::{EvalErrorKind, Template, parse_duration};
use crate::playbook::{Length, Playbook};
use crate::secret::Redactor;
use crate::source::Span;
use crate::value::Value;

/// A length that an input without a value would give: only a preview has it.
pub const UNKNOWN_LENGTH: Duration = Duration::MAX;

/// Reads lengths of time, and keeps what is wrong with them.
pub(super) struct Lengths<'a> {
    playbook: &'a Playbook,
    values: &'a HashMap<Arc<str>, Value>,
    secrets: &'a Redactor,
    may_miss: bool,
    /// By place, since one of `defaults` is read for every request.
    wrong: RefCell<Vec<(Span, Diagnostic)>>,
}

impl<'a> Lengths<'a> {
    /// `may_miss` is whether inputs may be without a value, for a preview.
    pub(super) fn new(
        playbook: &'a Playbook,
        values: &'a HashMap<Arc<str>, Value>,
        secrets: &'a Redactor,
        may_miss: bool,
    ) -> Self {
        Lengths { playbook, values, secrets, may_miss, wrong: RefCell::default() }
    }

    /// One length. What it is where it cannot be read does not matter: no plan is made then.
    pub(super) fn read(&self, length: &Length) -> Duration {
        match length {
            Length::Written(duration) => *duration,
            Length::Open(template) => self.evaluate(template).unwrap_or_else(|diagnostic| {
                let mut wrong = self.wrong.borrow_mut();
                if !wrong.iter().any(|(span, _)| *span == template.span()) {
                    wrong.push((template.span(), *diagnostic));
                }
                Duration::ZERO
            }),
        }
    }

    /// The first that is there.
    pub(super) fn first<const N: usize>(&self, lengths: [Option<&Length>; N], otherwise: Duration) -> Duration {
        lengths.into_iter().flatten().next().map_or(otherwise, |length| self.read(length))
    }

    /// Everything that was wrong.
    pub(super) fn finish(self) -> Result<(), Vec<Diagnostic>> {
        let wrong: Vec<Diagnostic> = self.wrong.into_inner().into_iter().map(|(_, diagnostic)| diagnostic).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    fn evaluate(&self, template: &Template) -> Result<Duration, Box<Diagnostic>> {
        let scope = NamedValues::of(self.playbook, self.values);
        let text = match template.render_text(&scope) {
            Err(error) if self.may_miss && error.kind == EvalErrorKind::Unavailable => return Ok(UNKNOWN_LENGTH),
            text => text.map_err(evaluation)?,
        };
        parse_duration(&text).map_err(|problem| {
            let problem =
                if self.secrets.finds(&text) { "this is no duration such as `30s`".to_owned() } else { problem };
            let (problem, help) = problem.split_once(": write ").unwrap_or((&problem, "a duration such as `30s`"));
            let message = format!("`{}`: {problem}", template.text());
            Box::new(Diagnostic::new(rule::BAD_DURATION, template.span(), message).help(format!("write {help}")))
        })
    }
}
