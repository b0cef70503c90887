//! The time for cleaning up: when it is over, what is under way is dropped, and the rest is named.

use super::failure;
use super::length;
use super::machine::{End, Machine, Owner};
use super::scheduler::{Command, Scheduler, Waiter};
use crate::event::{Failure, FailureKind};

/// Why what was not begun in time is there still.
const TOO_LATE: &str = "not cleaned up, because the time for cleaning up was over";

impl Scheduler<'_> {
    /// From the first cleanup on, so long may all of them take.
    pub(super) fn limit_cleanups(&mut self) {
        if !self.closing.limited {
            self.closing.limited = true;
            self.sleep(self.options.cleanup_timeout, Waiter::Cleanups);
        }
    }

    /// Their time is over. Nothing but cleanups, and tokens for them, is under way by now.
    pub(super) fn cleanups_expired(&mut self) {
        self.closing.expired = true;
        self.closing.kept = Some(TOO_LATE);
        let mut calls: Vec<_> = self.in_flight.keys().copied().collect();
        calls.sort_unstable();
        for call in calls {
            self.commands.push(Command::Abort(call));
            self.dropped(call);
        }
        let is_cleanup = |machine: &Machine| matches!(machine.owner, Owner::Cleanup { .. });
        let mut left: Vec<_> =
            self.machines.iter().filter(|(_, machine)| is_cleanup(machine)).map(|(id, _)| *id).collect();
        left.sort_unstable();
        for id in left {
            self.end_machine(id, End::errored(self.expiry_failure()));
        }
    }

    pub(super) fn expiry_failure(&self) -> Failure {
        let length = length::duration(self.options.cleanup_timeout);
        let mut failure =
            failure::unplaced(FailureKind::Deadline, format!("cleaning up did not come to its end in {length}"));
        failure.help = Some("`--cleanup-timeout` gives it longer".to_owned());
        failure
    }
}
