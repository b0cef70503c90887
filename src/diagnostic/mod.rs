//! What is wrong in a person's file: a value with the rule that is broken, a place, what was found and what to write
//! instead.
//!
//! Diagnostics are collected, never thrown: a check returns all of them. The renderers ([`human`], [`json`],
//! [`github`], [`sarif()`]) turn them into text; nothing else in the program formats one.

mod github;
mod human;
mod json;
mod mend;
pub mod rule;
mod sarif;
mod suggest;

use crate::source::Span;

pub use github::github;
pub use human::{Palette, human};
pub use json::json;
pub use mend::mend;
pub use rule::Rule;
pub use sarif::sarif;
pub use suggest::{closest, did_you_mean};

/// How bad it is: an error keeps the playbook from running, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The playbook does not run.
    Error,
    /// It runs, but probably not as meant.
    Warning,
    /// It runs as meant, and there is something to know about it.
    Hint,
}

impl Severity {
    /// As it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Hint => "hint",
        }
    }
}

/// A place with a few words about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What to say there; may be empty.
    pub text: String,
}

/// Whether a replacement may be made without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// It says what was meant: quotes that were missing, a slip in a word of ours.
    Certain,
    /// It is probably meant; a person decides.
    Likely,
}

impl Applicability {
    /// As it is written in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Applicability::Certain => "certain",
            Applicability::Likely => "likely",
        }
    }
}

/// A replacement that would mend the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What to replace; empty for an insertion.
    pub span: Span,
    /// What to write there.
    pub replacement: String,
    /// Whether it may be written without asking.
    pub applicability: Applicability,
}

/// One mistake in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule that is broken.
    pub rule: &'static Rule,
    /// What is wrong: lower case, no final period, literals in backticks.
    pub message: String,
    /// The place, where there is one (a wrong `--var` has none).
    pub primary: Option<Label>,
    /// Other places involved ("first defined here").
    pub secondary: Vec<Label>,
    /// What to write instead, a sentence a line.
    pub help: Vec<String>,
    /// A replacement, where one is known.
    pub fix: Option<Fix>,
}

impl Diagnostic {
    /// A broken rule at a place.
    pub fn new(rule: &'static Rule, span: Span, message: impl Into<String>) -> Self {
        let primary = Some(Label { span, text: String::new() });
        Diagnostic { primary, ..Self::unplaced(rule, message) }
    }

    /// A broken rule that stands in no file.
    pub fn unplaced(rule: &'static Rule, message: impl Into<String>) -> Self {
        Diagnostic { rule, message: message.into(), primary: None, secondary: Vec::new(), help: Vec::new(), fix: None }
    }

    /// How bad it is, as its rule says.
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }

    /// Whether it is of this rule.
    pub fn is(&self, rule: &Rule) -> bool {
        self.rule == rule
    }

    /// Says something at the primary place.
    pub fn label(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = &mut self.primary {
            label.text = text.into();
        }
        self
    }

    /// Points at another place.
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Adds a line of advice.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// Offers a replacement that says what was meant, so that it may be made without asking.
    pub fn fix(self, span: Span, replacement: impl Into<String>) -> Self {
        self.replace(span, replacement.into(), Applicability::Certain)
    }

    /// Offers a replacement that may be meant, and that a person decides about.
    pub fn suggest(self, span: Span, replacement: impl Into<String>) -> Self {
        self.replace(span, replacement.into(), Applicability::Likely)
    }

    fn replace(mut self, span: Span, replacement: String, applicability: Applicability) -> Self {
        self.fix = Some(Fix { span, replacement, applicability });
        self
    }
}

/// Whether any of them keeps the playbook from running.
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
}
