//! From a program that is wanted to a program that runs, and from its end to a verdict.
//!
//! A program goes the way of a request: it waits for a place among `--jobs`, its intent is kept before it starts, and
//! its end is judged, kept and decided on like an answer.

use super::failure;
use super::judge::{Bench, judge_named, mentions};
use super::machine::{End, MachineId, Owner};
use super::scheduler::{Command, Scheduler};
use super::sending::Unready;
use crate::event::{Failure, FailureKind, RequestRecord, Role};
use crate::expression::FileNeed;
use crate::plan::{ALLOW_EXEC, Call, Exec, Work};
use crate::render::{self, AnswerValues, Program};

/// How much of what a program has said a message shows, in characters.
const SHOWN: usize = 200;

impl<'p> Scheduler<'p> {
    /// The program that a queued machine is for.
    pub(super) fn program_of(&self, id: MachineId) -> Option<&'p Exec> {
        match &self.machines[&id].owner {
            Owner::Step { step, role: Role::Main } => match &self.step(*step).work {
                Work::Exec(exec) => Some(exec),
                _ => None,
            },
            _ => None,
        }
    }

    /// Starts a program for which there is a place.
    pub(super) fn start_program(&mut self, id: MachineId, exec: &'p Exec) {
        let Owner::Step { step, .. } = self.machines[&id].owner else { return };
        match render::program(exec, &self.view(step)) {
            Ok((program, record)) => {
                self.learn_derived(&render::derived_in_program(&exec.written, &self.view(step)));
                self.execute(id, exec, program, record);
            }
            Err(error) => match self.unready(id, self.steps[step].frame, error) {
                Unready::Waits => {}
                Unready::Ends(end) => self.end_machine(id, end),
            },
        }
    }

    fn execute(&mut self, id: MachineId, exec: &'p Exec, program: Program, record: RequestRecord) {
        program.env.iter().for_each(|(name, value)| self.learn_field(name, value));
        if self.recalled(id, &record) {
            return;
        }
        if !self.options.allow_exec {
            let message = "programs are not allowed in this run".to_owned();
            let mut failure = failure::at(FailureKind::File, message, exec.written.span, self.words());
            failure.help = Some(ALLOW_EXEC.to_owned());
            return self.end_machine(id, End::errored(failure));
        }
        let call = self.set_out(id, record);
        self.commands.push(Command::Execute { call, program: Box::new(program), timeout: exec.call.timeout });
    }
}

/// The failure of an exit code that will not do: 0 is demanded unless an expectation names it.
pub(super) fn judge_exit(call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Result<Option<Failure>, FileNeed> {
    let said = || last_words(answer, bench);
    let code = answer.program.as_ref().map_or(0, |end| end.exit_code);
    if code != 0 && !mentions(call, "exit_code") {
        let message = format!("expected exit code 0, got {code}{}", said());
        let mut failure = failure::at(FailureKind::Status, message, call.request.span, bench.words());
        failure.help = Some(format!("if {code} is right here, write `expect: [exit_code == {code}]`"));
        return Ok(Some(failure));
    }
    judge_named("exit_code", call, answer, bench, said)
}

/// The last line that the program has written to its standard error, for the end of a message.
fn last_words(answer: &AnswerValues, bench: &Bench<'_>) -> String {
    let written = answer.program.as_ref().map_or("", |end| end.stderr.trim_end());
    // Masked before it is cut: half of a secret could no longer be found.
    let masked = bench.redactor.redact(written);
    match masked.lines().next_back() {
        Some(line) => format!("; its last words: {}", line.chars().take(SHOWN).collect::<String>()),
        None => String::new(),
    }
}
