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
    /// In `until` of a `stream`: the events so far, but not yet the whole answer.
    Stream,
    /// In `capture` and `expect`: the answer and the step's own captures.
    Answer,
    /// In `capture` and `expect` of an `exec`: how the program ended, and the step's own captures.
    Program,
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

/// Names that describe an answer that is on its way as a stream of events.
pub(super) const STREAM_NAMES: &[&str] = &["event", "body", "status", "headers"];

/// Names that describe a program that has ended.
const PROGRAM_NAMES: &[&str] = &["exit_code", "stdout", "stderr", "duration"];

impl Place {
    /// Whether a reserved name means something here. `finally` is whether the step belongs to `finally`.
    pub fn knows(self, name: &str, finally: bool) -> bool {
        match name {
            "run" => finally && !matches!(self, Place::Path | Place::Early | Place::Simulate),
            "simulator" => self == Place::Simulate,
            "created" => self == Place::Cleanup,
            name if self == Place::Program => PROGRAM_NAMES.contains(&name),
            name if self == Place::Stream => STREAM_NAMES.contains(&name),
            name => self.sees_answer() && ANSWER_NAMES.contains(&name),
        }
    }

    /// Whether the answer is there.
    pub fn sees_answer(self) -> bool {
        matches!(self, Place::Judging | Place::Answer)
    }

    /// Whether the step's own captures are there.
    pub fn sees_own(self) -> bool {
        matches!(self, Place::Answer | Place::Program | Place::Own | Place::Cleanup)
    }

    /// Whether values of steps may be used at all.
    pub fn sees_steps(self) -> bool {
        !matches!(self, Place::Path | Place::Early | Place::Simulate)
    }

    /// The place of a reference that makes the path of a file, wherever it stands.
    pub fn of_path(self) -> Place {
        if self.sees_steps() { Place::Path } else { self }
    }

    /// Whether a name describes an answer, or a program that has ended.
    pub fn is_answer_name(name: &str) -> bool {
        [ANSWER_NAMES, PROGRAM_NAMES, STREAM_NAMES].iter().any(|names| names.contains(&name))
    }

    /// Where a reserved name would mean something, for a remedy.
    pub fn home_of(name: &str) -> &'static str {
        match name {
            "run" => "it is known in the steps of `finally`",
            "simulator" => "it is known in `simulate`",
            "loop" | "key" => "it is known inside a `foreach`",
            "created" => "it is known in a cleanup, and elsewhere as `steps.<id>.created`",
            "outcome" => "write `steps.<id>.outcome`",
            "exit_code" | "stdout" | "stderr" => {
                "it describes a program: use it in `capture` or `expect` beside `exec`, or write `steps.<id>.` before it"
            }
            "event" => "it is the last event of a stream: use it in `until` under `stream`, and `body[-1]` elsewhere",
            "steps" => "write `steps.<id>.<field>`",
            _ => "it describes an answer: use it in `capture`, `expect` or `poll`, or write `steps.<id>.` before it",
        }
    }
}
