//! A program to run, with every default laid under it; and which programs a plan runs at all.

use std::collections::HashSet;
use std::time::Duration;

use super::call::{Call, RetryPolicy};
use super::lengths::Lengths;
use super::{Plan, Work};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, rule};
use crate::event::Effect;
use crate::playbook;

/// How long a program may take where nothing is said.
const TIMEOUT: Duration = Duration::from_secs(600);

/// A program ready to be run.
#[derive(Clone, Debug)]
pub struct Exec {
    /// The program as written.
    pub written: playbook::Exec,
    /// How its end is judged, as of the answer to a request; it is run once.
    pub call: Call,
}

impl Exec {
    pub(super) fn new(written: &playbook::Exec, lengths: &Lengths<'_>) -> Self {
        let judged = &written.judged;
        let retry = RetryPolicy {
            attempts: 1,
            delay: Duration::ZERO,
            backoff: 1.0,
            max_delay: Duration::ZERO,
            jitter: 0.0,
            on: Vec::new(),
            unsafe_: false,
        };
        let call = Call {
            request: judged.clone(),
            provider: None,
            effect: judged.effect.unwrap_or(Effect::Once),
            retry,
            poll: None,
            redirects: 0,
            timeout: lengths.first([judged.timeout.as_ref()], TIMEOUT),
            keep: None,
            wanted: std::sync::Arc::default(),
            volatile: Vec::new(),
            unordered: Vec::new(),
            redact: Vec::new(),
        };
        Exec { written: written.clone(), call }
    }

    /// The program and its arguments as written.
    pub fn summary(&self) -> String {
        let words = std::iter::once(&self.written.program).chain(&self.written.args);
        let words: Vec<&str> = words.map(|word| word.text()).collect();
        format!("{} {}", playbook::EXEC, words.join(" "))
    }
}

impl Plan {
    /// A diagnostic for each step that runs a program, also in the playbooks that steps call: for a run that may not
    /// run any.
    pub fn programs(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        // A playbook that is called twice is told once.
        let mut told = HashSet::new();
        for step in self.steps.iter().chain(&self.finally).filter(|step| step.left_out.is_none()) {
            match &step.work {
                Work::Exec(exec) => found.push(refusal(&step.id, &exec.written)),
                Work::Call(invocation) if told.insert(invocation.callee.playbook.source) => {
                    called(&invocation.callee, &mut found);
                    let deeper = invocation.callee.called();
                    let new = deeper.filter(|callee| told.insert(callee.playbook.source));
                    new.for_each(|callee| called(callee, &mut found));
                }
                _ => {}
            }
        }
        found
    }
}

/// The programs of a playbook that is called.
fn called(callee: &Checked, found: &mut Vec<Diagnostic>) {
    for step in callee.playbook.steps.iter().chain(&callee.playbook.finally) {
        if let playbook::Work::Exec(exec) = &step.work {
            found.push(refusal(&step.id.text, exec));
        }
    }
}

/// What to do about a program that is not allowed.
pub const ALLOW_EXEC: &str = "look at what it does, then say `--allow-exec`";

fn refusal(step: &str, exec: &playbook::Exec) -> Diagnostic {
    let message = format!("step `{step}` runs the program `{}`, which is not allowed", exec.program.text());
    Diagnostic::new(rule::EXEC_NOT_ALLOWED, exec.program.span(), message).help(ALLOW_EXEC)
}
