//! What a query reads of a document, so that the rest need not be built.
//!
//! Names, positions and wildcards are followed; a filter reads every child as far as its condition looks and the rest
//! of the query goes; descent (`..`) reads everything.

use std::ops::Range;

use super::query::{Logical, Operand, Pattern, Reference, Segment, Selector};
use crate::value::Wanted;

/// Stands for any index or name where a path is asked what it reads: RFC 9535 allows it, and no array has it.
pub const ANY_INDEX: i64 = 9_007_199_254_740_990;

/// Items told one by one at most, of one slice and of all of a path; more are told as every item.
const SLICED: (i64, i64) = (1000, 10_000);

/// Adds what the segments read of a root.
pub(super) fn project(segments: &[Segment], root: &mut Wanted) {
    let mut reading = Reading { from_root: Vec::new(), sliced: 0 };
    reading.add(segments, root);
    // Of references to the root in filters some may hold filters with such references again.
    while let Some(segments) = reading.from_root.pop() {
        reading.add(segments, root);
    }
}

struct Reading<'q> {
    /// What is read from the root besides.
    from_root: Vec<&'q [Segment]>,
    /// Items of slices told one by one so far.
    sliced: i64,
}

impl<'q> Reading<'q> {
    fn add(&mut self, segments: &'q [Segment], wanted: &mut Wanted) {
        let (segment, rest) = match segments.split_first() {
            Some((segment, rest)) if !segment.deep => (segment, rest),
            _ => return wanted.want(),
        };
        for selector in &segment.selectors {
            match selector {
                Selector::Name(name) => self.add(rest, wanted.member(name)),
                Selector::Wildcard | Selector::Index(ANY_INDEX) => self.add(rest, wanted.each()),
                Selector::Index(index) => self.add(rest, wanted.item(*index)),
                Selector::Slice { start, end, step } => match self.positions(*start, *end, *step) {
                    Some(positions) => positions.for_each(|index| self.add(rest, wanted.item(index))),
                    None => self.add(rest, wanted.each()),
                },
                Selector::Filter(condition) => {
                    let child = wanted.each();
                    self.add(rest, child);
                    self.looks_at(condition, child);
                }
            }
        }
    }

    /// The positions of a short slice that counts from one end only.
    fn positions(&mut self, start: Option<i64>, end: Option<i64>, step: i64) -> Option<Range<i64>> {
        if [start, end, Some(step)].contains(&Some(ANY_INDEX)) {
            return None;
        }
        let start = start.unwrap_or(0);
        let range = match end {
            Some(end) if start >= 0 && end >= 0 => start..end,
            None if start < 0 => start..0,
            _ => return None,
        };
        let count = (range.end - range.start).max(0);
        self.sliced += count;
        // Of an array of which a path takes nothing, a message tells all the same how many items there are.
        (step > 0 && (1..=SLICED.0).contains(&count) && self.sliced <= SLICED.1).then_some(range)
    }

    fn looks_at(&mut self, condition: &'q Logical, child: &mut Wanted) {
        match condition {
            Logical::Or(parts) | Logical::And(parts) => parts.iter().for_each(|part| self.looks_at(part, child)),
            Logical::Not(part) => self.looks_at(part, child),
            Logical::Exists(reference) => self.refers(reference, child),
            Logical::Compare(comparison) => {
                self.operand(&comparison.left, child);
                self.operand(&comparison.right, child);
            }
            Logical::Matches(matches) => {
                self.operand(&matches.subject, child);
                if let Pattern::Computed(pattern) = &matches.pattern {
                    self.operand(pattern, child);
                }
            }
        }
    }

    fn operand(&mut self, operand: &'q Operand, child: &mut Wanted) {
        match operand {
            Operand::Literal(_) => {}
            Operand::Singular(reference) | Operand::Count(reference) | Operand::ValueOf(reference) => {
                self.refers(reference, child);
            }
            Operand::Length(inner) => self.operand(inner, child),
        }
    }

    fn refers(&mut self, reference: &'q Reference, child: &mut Wanted) {
        if reference.from_root {
            self.from_root.push(&reference.segments);
        } else {
            self.add(&reference.segments, child);
        }
    }
}
