//! Ctrl-C, the deadline, and a journal that cannot be written: how a run stops before its steps are done.

use super::failure;
use super::machine::{End, Machine, Owner};
use super::scheduler::{Command, Scheduler, Stop, Waiter};
use super::sending::NOT_AGAIN;
use crate::event::{Event, Failure, FailureKind};

impl Scheduler<'_> {
    /// Why nothing of that step is begun any more.
    pub(super) fn stop_reason(&self, index: usize) -> Option<String> {
        if self.is_spared(index) {
            return None;
        }
        let failed = || self.around(index).find_map(|index| self.frame_of(index).failed.as_ref());
        let Some(stop) = &self.stop else {
            return failed().map(|failed| format!("not started, because `{failed}` did not pass"));
        };
        Some(match stop {
            Stop::Interrupted => "not started, because the run was interrupted".to_owned(),
            Stop::Deadline => "not started, because the deadline has passed".to_owned(),
            Stop::StoreLost => "not started, because the journal cannot be written".to_owned(),
            Stop::Full => "not started, because the run keeps as much as it may".to_owned(),
            Stop::Asking => "not started, because the run has stopped to ask".to_owned(),
        })
    }

    /// A step, and the steps that it is called from.
    pub(super) fn around(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(index), |index| self.frame_of(*index).owner)
    }

    /// Whether a step belongs to a `finally`, of the run or of a playbook that is called: it runs also when the run stops,
    /// unless someone insists.
    fn is_spared(&self, index: usize) -> bool {
        self.interrupts < 2 && self.stop != Some(Stop::Asking) && self.around(index).any(|index| self.is_finally(index))
    }

    /// Whether a step that has begun sends nothing more: the run was interrupted, or its deadline has passed.
    pub(super) fn is_cut(&self, index: usize) -> bool {
        self.stop.is_some() && (!self.closing.begun || self.interrupts > 1) && !self.is_spared(index)
    }

    /// Ends a request early: the run is being stopped.
    pub(super) fn stop_failure(&self) -> Failure {
        match self.stop {
            _ if self.closing.expired => self.expiry_failure(),
            Some(Stop::Deadline) => failure::unplaced(FailureKind::Deadline, "the run's deadline passed"),
            Some(Stop::Asking) => failure::unplaced(FailureKind::Undecided, "the run has stopped to ask"),
            Some(Stop::StoreLost) => failure::unplaced(FailureKind::File, "the journal cannot be written"),
            Some(Stop::Full) => failure::unplaced(FailureKind::File, "the run keeps as much as it may"),
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
    pub(super) fn drop_in_flight(&mut self, all: bool) {
        let drops = |id| match self.machines.get(id).map(|machine| &machine.owner) {
            Some(Owner::Step { step, .. }) => all || !self.is_spared(*step),
            _ => all,
        };
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
        waits.retain(|step| !self.is_spared(*step));
        waits.sort_unstable();
        self.timers.retain(|_, waiter| !matches!(waiter, Waiter::Wait(step) if waits.contains(step)));
        for step in waits {
            self.end_step(step, End::errored(self.stop_failure()));
        }
        let waits = |machine: &Machine| {
            machine.is_idle() && !matches!(machine.owner, Owner::Step { step, .. } if self.is_spared(step))
        };
        let mut idle: Vec<_> = self.machines.iter().filter(|(_, machine)| waits(machine)).map(|(id, _)| *id).collect();
        idle.sort_unstable();
        for machine in idle {
            self.maybe_left_behind(machine, NOT_AGAIN);
            let end = self.stopped_before_sending(machine).unwrap_or_else(|| End::errored(self.stop_failure()));
            self.end_machine(machine, end);
        }
    }
}
