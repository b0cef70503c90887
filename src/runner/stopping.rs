//! Ctrl-C, the deadline, and a journal that cannot be written: how a run stops before its steps are done.

use super::failure;
use super::machine::{End, Owner};
use super::scheduler::{Command, Scheduler, Stop, Waiter};
use super::sending::NOT_AGAIN;
use crate::event::{Event, Failure, FailureKind};

impl Scheduler<'_> {
    /// Why nothing of that step is begun any more.
    pub(super) fn stop_reason(&self, index: usize) -> Option<String> {
        let around = || std::iter::successors(Some(index), |index| self.frame_of(*index).owner);
        if self.interrupts < 2 && around().any(|index| self.is_finally(index)) {
            return None;
        }
        let failed = || around().find_map(|index| self.frame_of(index).failed.as_ref());
        let Some(stop) = &self.stop else {
            return failed().map(|failed| format!("not started, because `{failed}` did not pass"));
        };
        Some(match stop {
            Stop::Interrupted => "not started, because the run was interrupted".to_owned(),
            Stop::Deadline => "not started, because the deadline has passed".to_owned(),
            Stop::StoreLost => "not started, because the journal cannot be written".to_owned(),
        })
    }

    /// Whether steps that have begun send nothing more: the run was interrupted, or its deadline has passed.
    pub(super) fn is_cut(&self) -> bool {
        matches!(self.stop, Some(Stop::Interrupted | Stop::Deadline | Stop::StoreLost))
            && (!self.closing.begun || self.interrupts > 1)
    }

    /// Ends a request early: the run is being stopped.
    pub(super) fn stop_failure(&self) -> Failure {
        match self.stop {
            Some(Stop::Deadline) => failure::unplaced(FailureKind::Deadline, "the run's deadline passed"),
            Some(Stop::StoreLost) => failure::unplaced(FailureKind::File, "the journal cannot be written"),
            _ => failure::unplaced(FailureKind::Interrupted, "the run was interrupted"),
        }
    }

    /// Someone asked to stop: first wait for what is in flight, then drop it, then leave.
    pub(super) fn interrupt(&mut self) {
        self.interrupts += 1;
        self.journal(Event::Interrupted { times: self.interrupts });
        match self.interrupts {
            1 => {
                if !self.closing.begun {
                    self.stop = Some(Stop::Interrupted);
                    self.cut_waits();
                }
            }
            2 => {
                self.stop = Some(Stop::Interrupted);
                self.cut_waits();
                self.drop_in_flight(false);
            }
            _ => {
                self.drop_in_flight(true);
                self.leave();
            }
        }
    }

    /// The deadline has passed: nothing new, and nothing in flight is waited for.
    pub(super) fn deadline(&mut self) {
        if self.closing.begun {
            return;
        }
        self.journal(Event::DeadlinePassed);
        self.stop = Some(Stop::Deadline);
        self.cut_waits();
        self.drop_in_flight(false);
    }

    /// Drops requests on the wire; those of cleanups, and tokens, only where `all` says so.
    fn drop_in_flight(&mut self, all: bool) {
        let drops = |id| all || matches!(self.machines.get(id).map(|machine| &machine.owner), Some(Owner::Step { .. }));
        let mut calls: Vec<_> = self.in_flight.iter().filter(|(_, id)| drops(id)).map(|(call, _)| *call).collect();
        calls.sort_unstable();
        for call in calls {
            self.commands.push(Command::Abort(call));
            self.dropped(call);
        }
    }

    /// Ends what only waits: for a timer, a token, a file or its turn.
    pub(super) fn cut_waits(&mut self) {
        let mut waits: Vec<usize> = self
            .timers
            .values()
            .filter_map(|waiter| match waiter {
                Waiter::Wait(step) => Some(*step),
                _ => None,
            })
            .collect();
        waits.sort_unstable();
        self.timers.retain(|_, waiter| !matches!(waiter, Waiter::Wait(_)));
        for step in waits {
            self.end_step(step, End::errored(self.stop_failure()));
        }
        let mut idle: Vec<_> =
            self.machines.iter().filter(|(_, machine)| machine.is_idle()).map(|(id, _)| *id).collect();
        idle.sort_unstable();
        for machine in idle {
            self.maybe_left_behind(machine, NOT_AGAIN);
            self.end_machine(machine, End::errored(self.stop_failure()));
        }
    }
}
