//! Everything an evaluation can see, as a trait the caller implements.

use std::sync::Arc;

use jiff::Timestamp;

use super::EvalError;
use crate::limits::Limits;
use crate::value::Value;

/// Everything an evaluation can see.
pub trait Scope {
    /// The value of a flat name: an input, a variable, a capture, or one of the reserved names.
    fn name(&self, name: &str) -> Lookup;

    /// A field of a finished step (`steps.<id>.<field>`); without a field the whole step as an object.
    fn step(&self, id: &str, field: Option<&str>) -> Lookup;

    /// What time and randomness are made of.
    fn facts(&self) -> &Facts;

    /// The content of a file that was fetched before this evaluation; `None` makes it
    /// [`EvalErrorKind::NeedsFile`](super::EvalErrorKind::NeedsFile), `Some(Err(..))` says why it cannot be read.
    fn file(&self, need: &FileNeed) -> Option<Result<Value, String>>;

    /// The flat names there are, for "did you mean".
    fn names(&self) -> Vec<String>;

    /// What one evaluation may do at most.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// What a [`Scope`] knows about a name.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Its value.
    Found(Value),
    /// There is no such name.
    Undefined,
    /// The name exists and has no value in this run; the text says why: "step `x` was skipped".
    Unavailable(String),
    /// The name stands for an expression of its own (a variable), and that has no value.
    Failed(Box<EvalError>),
}

/// What time and randomness are made of: the same facts give the same values.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The run's seed.
    pub seed: u64,
    /// The run's start: `now()`.
    pub started: Timestamp,
    /// The address of the step instance, which sets its random values apart.
    pub site: Arc<str>,
}

/// A file's content that an expression needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileNeed {
    /// What of the file.
    pub kind: FileKind,
    /// The path as the expression has it.
    pub path: String,
}

/// What of a file is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileKind {
    /// The SHA-256 digest of its bytes, lower-case hexadecimal.
    Sha256,
    /// Its text.
    Text,
    /// Its JSON.
    Json,
    /// The JSON Schema in it, compiled. No expression asks for that, an expectation does.
    Schema,
}
