//! What a query reads of a document, so that the rest need not be built.
//!
//! Names, positions and wildcards are followed; a filter reads every child as far as its condition looks and the rest
//! of the query goes; descent (`..`) reads everything.

use super::query::{Logical, Operand, Pattern, Reference, Segment, Selector};
use crate::value::Wanted;

/// An index that stands for one that only a run knows: RFC 9535 allows it, and no array has it.
pub const OPEN_INDEX: i64 = 9_007_199_254_740_990;

/// The items of a slice are told one by one up to this many.
const SLICED: i64 = 1000;

/// Adds what the segments read of a root.
pub(super) fn project(segments: &[Segment], root: &mut Wanted) {
    let mut from_root = Vec::new();
    add(segments, root, &mut from_root);
    // Of references to the root in filters some may hold filters with such references again.
    while let Some(segments) = from_root.pop() {
        add(segments, root, &mut from_root);
    }
}

fn add<'q>(segments: &'q [Segment], wanted: &mut Wanted, from_root: &mut Vec<&'q [Segment]>) {
    let (segment, rest) = match segments.split_first() {
        Some((segment, rest)) if !segment.deep => (segment, rest),
        _ => return wanted.want(),
    };
    for selector in &segment.selectors {
        match selector {
            Selector::Name(name) => add(rest, wanted.member(name), from_root),
            Selector::Wildcard | Selector::Index(OPEN_INDEX) => add(rest, wanted.each(), from_root),
            Selector::Index(index) => add(rest, wanted.item(*index), from_root),
            Selector::Slice { start, end, step } => match positions(*start, *end, *step) {
                Some(positions) => positions.for_each(|index| add(rest, wanted.item(index), from_root)),
                None => add(rest, wanted.each(), from_root),
            },
            Selector::Filter(condition) => {
                let child = wanted.each();
                add(rest, child, from_root);
                looks_at(condition, child, from_root);
            }
        }
    }
}

/// The positions of a short slice that counts from one end only.
fn positions(start: Option<i64>, end: Option<i64>, step: i64) -> Option<std::ops::Range<i64>> {
    let start = start.unwrap_or(0);
    let range = match end {
        Some(end) if start >= 0 && end >= 0 => start..end,
        None if start < 0 => start..0,
        _ => return None,
    };
    (step > 0 && range.end - range.start <= SLICED).then_some(range)
}

fn looks_at<'q>(condition: &'q Logical, child: &mut Wanted, from_root: &mut Vec<&'q [Segment]>) {
    match condition {
        Logical::Or(parts) | Logical::And(parts) => {
            parts.iter().for_each(|part| looks_at(part, child, from_root));
        }
        Logical::Not(part) => looks_at(part, child, from_root),
        Logical::Exists(reference) => refers(reference, child, from_root),
        Logical::Compare(comparison) => {
            operand(&comparison.left, child, from_root);
            operand(&comparison.right, child, from_root);
        }
        Logical::Matches(matches) => {
            operand(&matches.subject, child, from_root);
            if let Pattern::Computed(pattern) = &matches.pattern {
                operand(pattern, child, from_root);
            }
        }
    }
}

fn operand<'q>(operand: &'q Operand, child: &mut Wanted, from_root: &mut Vec<&'q [Segment]>) {
    match operand {
        Operand::Literal(_) => {}
        Operand::Singular(reference) | Operand::Count(reference) | Operand::ValueOf(reference) => {
            refers(reference, child, from_root);
        }
        Operand::Length(inner) => self::operand(inner, child, from_root),
    }
}

fn refers<'q>(reference: &'q Reference, child: &mut Wanted, from_root: &mut Vec<&'q [Segment]>) {
    if reference.from_root {
        from_root.push(&reference.segments);
    } else {
        add(&reference.segments, child, from_root);
    }
}
