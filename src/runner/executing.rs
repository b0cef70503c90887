//! From a program that is wanted to a program that runs, and from its end to a verdict.
//!
//! A program goes the way of a request: it waits for a place among `--jobs`, its intent is kept before it starts, and
//! its end is judged, kept and decided on like an answer.

use super::failure;
use super::judge::Bench;
use super::machine::{End, MachineId, Owner, State};
use super::scheduler::{Command, Scheduler};
use super::sending::{Unready, summary};
use crate::event::{CallId, Event, Failure, FailureKind, RequestRecord, Role, Sending};
use crate::expression::{EvalErrorKind, Expr, FileNeed, Target};
use crate::plan::{ALLOW_EXEC, Call, Exec, Work};
use crate::render::{self, AnswerValues, Program};
use crate::value::Value;

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
            Ok((program, record)) => self.execute(id, step, exec, program, record),
            Err(error) => match self.unready(id, self.steps[step].frame, error) {
                Unready::Waits => {}
                Unready::Ends(end) => self.end_machine(id, end),
            },
        }
    }

    fn execute(&mut self, id: MachineId, step: usize, exec: &'p Exec, program: Program, record: RequestRecord) {
        if !self.options.allow_exec {
            let message = "programs are not allowed in this run".to_owned();
            let mut failure = failure::at(FailureKind::File, message, exec.written.span, self.words());
            failure.help = Some(ALLOW_EXEC.to_owned());
            return self.end_machine(id, End::errored(failure));
        }
        self.next_call += 1;
        let call = CallId(self.next_call);
        let sending = Sending {
            call,
            step: self.address(id),
            role: Role::Main,
            attempt: 1,
            poll: 0,
            effect: exec.call.effect,
            request: record,
        };
        let now = self.now;
        let Some(machine) = self.machines.get_mut(&id) else { return };
        machine.history.begun = now;
        machine.sent = Some(summary(&sending.request));
        machine.sent_at = now;
        machine.state = State::InFlight;
        self.steps[step].sent = true;
        self.in_flight.insert(call, id);
        self.room -= 1;
        self.journal(Event::Sending(Box::new(sending)));
        self.commands.push(Command::Execute { call, program: Box::new(program), timeout: exec.call.timeout });
    }
}

/// Whether anything in `expect` says what the exit code must be.
fn mentions_exit_code(expr: &Expr) -> bool {
    expr.references().iter().any(|reference| matches!(&reference.target, Target::Name(name) if &**name == "exit_code"))
}

/// The failure of an exit code that will not do: 0 is demanded unless an expectation names it.
pub(super) fn judge_exit(call: &Call, answer: &AnswerValues, bench: &Bench<'_>) -> Result<Option<Failure>, FileNeed> {
    let words = bench.words();
    let said = answer.program.as_ref().map(|end| Value::from(end.stderr.trim_end())).unwrap_or_default();
    let said = match said.as_str() {
        None | Some("") => String::new(),
        Some(text) => {
            // Masked before it is cut: half of a secret could no longer be found.
            let masked = bench.redactor.redact(text);
            let line = masked.lines().next_back().unwrap_or_default();
            format!("; its last words: {}", line.chars().take(SHOWN).collect::<String>())
        }
    };
    let named: Vec<&Expr> = call.request.expect.that.iter().filter(|expr| mentions_exit_code(expr)).collect();
    let code = answer.program.as_ref().map_or(0, |end| end.exit_code);
    if named.is_empty() && code != 0 {
        let message = format!("expected exit code 0, got {code}{said}");
        let mut failure = failure::at(FailureKind::Status, message, call.request.span, words);
        failure.help = Some(format!("if {code} is right here, write `expect: [exit_code == {code}]`"));
        return Ok(Some(failure));
    }
    let view = bench.view(answer, bench.own);
    for expr in named {
        match expr.holds(&view) {
            Ok(true) => {}
            Ok(false) => {
                let mut failure = failure::expectation(expr, &view, words);
                failure.kind = FailureKind::Status;
                failure.message.push_str(&said);
                return Ok(Some(failure));
            }
            Err(error) => match error.kind {
                EvalErrorKind::NeedsFile(need) => return Err(need),
                // It mixes the exit code with captures, which are not there yet: it is judged with the rest.
                EvalErrorKind::Unavailable | EvalErrorKind::Undefined => {}
                _ => return Ok(Some(failure::evaluation(error, words))),
            },
        }
    }
    Ok(None)
}
