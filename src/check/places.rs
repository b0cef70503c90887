//! Where in a playbook an expression stands, and so what it may see.

/// The place of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the list of `foreach` of that number, which sees the items of those before it, and in `key`, which sees all.
    Items(usize),
    /// In a request, before it is sent: values of other steps.
    Request,
    /// In `until`, `fail_when`, `absent`, `conflict`: the answer, but not yet the step's own captures.
    Judging,
    /// In `capture` and `expect`: the answer and the step's own captures.
    Answer,
    /// In `set` and `update`: the step's own captures, but no answer.
    Own,
    /// In a cleanup: everything there is by then; it makes nobody wait.
    Cleanup,
    /// A path of a file: inputs only, so that no answer's value becomes a path.
    Path,
    /// In `auth`, `defaults`, `inputs` and lengths of time: inputs only, since they are used before any step has run.
    Early,
    /// In `simulate`: the simulator only.
    Simulate,
    /// In `outputs`: everything that steps have captured.
    Output,
}

/// Names that describe an answer.
const ANSWER_NAMES: &[&str] = &["status", "headers", "body", "duration", "attempt", "attempts", "saved"];

impl Place {
    /// Whether a reserved name means something here. `finally` is whether the step belongs to `finally`.
    pub fn knows(self, name: &str, finally: bool) -> bool {
        match name {
            "run" => finally && !matches!(self, Place::Path | Place::Early | Place::Simulate),
            "simulator" => self == Place::Simulate,
            "created" => self == Place::Cleanup,
            name => self.sees_answer() && ANSWER_NAMES.contains(&name),
        }
    }

    /// Whether the answer is there.
    pub fn sees_answer(self) -> bool {
        matches!(self, Place::Judging | Place::Answer)
    }

    /// Whether the step's own captures are there.
    pub fn sees_own(self) -> bool {
        matches!(self, Place::Answer | Place::Own | Place::Cleanup)
    }

    /// Whether values of steps may be used at all.
    pub fn sees_steps(self) -> bool {
        !matches!(self, Place::Path | Place::Early | Place::Simulate)
    }

    /// The place of a reference that makes the path of a file, wherever it stands.
    pub fn of_path(self) -> Place {
        if self.sees_steps() { Place::Path } else { self }
    }

    /// Whether a name describes an answer.
    pub fn is_answer_name(name: &str) -> bool {
        ANSWER_NAMES.contains(&name)
    }

    /// Where a reserved name would mean something, for a remedy.
    pub fn home_of(name: &str) -> &'static str {
        match name {
            "run" => "it is known in the steps of `finally`",
            "simulator" => "it is known in `simulate`",
            "loop" | "key" => "it is known inside a `foreach`",
            "created" => "it is known in a cleanup, and elsewhere as `steps.<id>.created`",
            "outcome" => "write `steps.<id>.outcome`",
            "steps" => "write `steps.<id>.<field>`",
            _ => "it describes an answer: use it in `capture`, `expect` or `poll`, or write `steps.<id>.` before it",
        }
    }
}
