//! How much a run may keep: where its folder is nearly full, nothing new is sent, and what is owed is still cleaned up.

use super::failure;
use super::frames::ROOT;
use super::scheduler::{Scheduler, Stop};
use crate::event::{Failure, FailureKind, Store};
use crate::limits::{Limit, Limits};

/// Of the limit, an eighth is left for the end of the run: answers in flight, `finally`, cleanups.
const RESERVED: u64 = 8;

/// Watches what a store has kept.
#[derive(Debug)]
pub(super) struct Filling {
    /// Beyond so many bytes the run ends; nothing once that has been told.
    most: Option<u64>,
}

impl Filling {
    pub(super) fn of(limits: &Limits) -> Self {
        let limit = limits.get(Limit::JournalSize);
        Filling { most: Some(limit - limit / RESERVED) }
    }

    /// Whether the store has just become too full.
    pub(super) fn is_over(&mut self, store: &dyn Store) -> bool {
        self.most.take_if(|most| store.size() > *most).is_some()
    }
}

impl Scheduler<'_> {
    /// The run keeps nearly as much as it may: nothing new, and what is in flight is waited for.
    pub(super) fn full(&mut self) {
        if self.closing.begun || self.stop.is_some() {
            return;
        }
        self.stop = Some(Stop::Full);
        self.cut_waits();
    }

    /// Why a run that became too large did not pass.
    pub(super) fn full_failure(&self) -> Option<Failure> {
        (self.stop == Some(Stop::Full)).then(|| {
            let limit = Limit::JournalSize;
            let most = limit.show(self.frames[ROOT].plan.playbook().limits.get(limit));
            let message = format!("stopped early: the run keeps nearly as much as `{}` allows, {most}", limit.name());
            let failure = failure::unplaced(FailureKind::File, message);
            let help = format!("keep less of each answer with `keep:`, or {}", limit.remedy());
            Failure { help: Some(help), ..failure }
        })
    }
}
