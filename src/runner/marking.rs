//! Where in an answer its ids stand, and what of it differs each run or has no order.

use std::collections::HashMap;
use std::sync::Arc;

use super::machine::{Judging, MachineId, Owner};
use super::scheduler::Scheduler;
use crate::event::{Mark, MarkKind};
use crate::expression::Scope as _;
use crate::limits::Limit;
use crate::plan::Call;
use crate::playbook::{CaptureFrom, PathTemplate};
use crate::render::expected_marks;
use crate::value::Value;

impl Scheduler<'_> {
    /// The marks of an answer.
    pub(super) fn answer_marks(
        &self,
        id: MachineId,
        call: &Call,
        judging: &Judging,
        own: &HashMap<Arc<str>, Value>,
    ) -> Vec<Mark> {
        let (Owner::Step { step, .. } | Owner::Cleanup { step, .. }) = self.machines[&id].owner else {
            return Vec::new();
        };
        let frame = self.steps[step].frame;
        let plan = self.frames[frame].plan;
        let ids = call.request.captures.iter().filter(|capture| plan.ids.contains(&capture.name.text));
        let mut wanted: Vec<(&PathTemplate, MarkKind)> = Vec::new();
        for capture in ids {
            if let CaptureFrom::Json(path) = &capture.from {
                wanted.push((path, MarkKind::Id(capture.name.text.to_string())));
            }
        }
        wanted.extend(call.volatile.iter().map(|path| (path, MarkKind::Volatile)));
        wanted.extend(call.unordered.iter().map(|path| (path, MarkKind::Unordered)));
        let says_nothing = wanted.is_empty() && call.request.expect.body.is_empty();
        if says_nothing || judging.values.not_json.is_some() {
            return Vec::new();
        }
        let facts = self.facts_of(id);
        let view = self.view_of(frame, facts);
        let view = view.with_own(own).with_item(self.item_of(step)).with_answer(&judging.values);
        // Of a body that is not kept whole nothing is shown. Its ids are marked all the same, for they stand elsewhere too.
        let in_part = judging.values.part.is_some();
        wanted.retain(|(_, kind)| !in_part || matches!(kind, MarkKind::Id(_)));
        let mut marks = Vec::new();
        for (path, kind) in wanted {
            // A path that has no value here has been told by whoever needed it.
            let Ok(path) = path.resolve(&view) else { continue };
            match path.locate_within(&judging.values.body, view.limits().get(Limit::JsonpathFuel)) {
                Ok(places) => marks.extend(places.into_iter().map(|(at, _)| Mark { at, kind: kind.clone() })),
                // Told by the capture.
                Err(_) if matches!(kind, MarkKind::Id(_)) => {}
                // Where it cannot be said what differs each run, all of it may.
                Err(_) => marks.push(Mark { at: "$".to_owned(), kind: MarkKind::Volatile }),
            }
        }
        if !in_part {
            marks.extend(expected_marks(call, &view, &judging.values.body));
        }
        marks
    }
}
