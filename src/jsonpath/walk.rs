//! The walker: the nodes a query selects, in the order of the RFC, one after the other.
//!
//! Depth first over the segments, which is the RFC's order since every segment concatenates the results of its
//! nodes; so there are no lists in between and a test for existence ends at the first node. Where a node stands is
//! followed by a [`Trail`]: `()` costs nothing, [`Mark`] remembers. Descent keeps its own stack and does not recurse.

use std::cell::RefCell;
use std::ops::ControlFlow;

use super::filter::{self, Scope};
use super::query::{Segment, Selector};
use crate::value::{Object, Value};

/// What is known of the way to a node.
pub(super) trait Trail<'a>: Copy {
    fn member(self, name: &'a str) -> Self;
    fn item(self, index: usize) -> Self;
}

impl Trail<'_> for () {
    fn member(self, _: &str) {}
    fn item(self, _: usize) {}
}

/// A step of a normalized path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// All steps taken, each with the number of the one before.
pub(super) type Steps<'a> = RefCell<Vec<(usize, Step<'a>)>>;

/// A place in [`Steps`]; 0 is the root.
#[derive(Clone, Copy)]
pub(super) struct Mark<'a, 's> {
    steps: &'s Steps<'a>,
    at: usize,
}

impl<'a, 's> Mark<'a, 's> {
    pub(super) fn root(steps: &'s Steps<'a>) -> Self {
        Mark { steps, at: 0 }
    }

    fn push(self, step: Step<'a>) -> Self {
        let mut steps = self.steps.borrow_mut();
        steps.push((self.at, step));
        Mark { at: steps.len(), ..self }
    }

    /// The steps from the root.
    pub(super) fn path(self) -> Vec<Step<'a>> {
        let steps = self.steps.borrow();
        let mut path = Vec::new();
        let mut at = self.at;
        while at > 0 {
            let (before, step) = steps[at - 1];
            path.push(step);
            at = before;
        }
        path.reverse();
        path
    }
}

impl<'a> Trail<'a> for Mark<'a, '_> {
    fn member(self, name: &'a str) -> Self {
        self.push(Step::Name(name))
    }

    fn item(self, index: usize) -> Self {
        self.push(Step::Index(index))
    }
}

/// What is done with a node; `Break` ends the walk.
pub(super) type Visit<'f, 'a, T> = dyn FnMut(&'a Value, T) -> ControlFlow<()> + 'f;

/// Visits every node the segments select from `node`.
pub(super) fn walk<'a, T: Trail<'a>>(
    segments: &[Segment],
    scope: &Scope<'a>,
    node: &'a Value,
    trail: T,
    visit: &mut Visit<'_, 'a, T>,
) -> ControlFlow<()> {
    scope.fuel.burn(1)?;
    let Some((segment, rest)) = segments.split_first() else {
        return visit(node, trail);
    };
    let mut next = |child: &'a Value, trail: T| walk(rest, scope, child, trail, &mut *visit);
    if segment.deep {
        descend(segment, scope, node, trail, &mut next)
    } else {
        select(segment, scope, node, trail, &mut next)
    }
}

/// The node a singular query selects.
pub(super) fn single<'a>(segments: &[Segment], root: &'a Value) -> Option<&'a Value> {
    segments.iter().try_fold(root, |node, segment| match (segment.selectors.first()?, node) {
        (Selector::Name(name), Value::Object(members)) => members.get(name.as_ref()),
        (Selector::Index(index), Value::Array(items)) => items.get(position(*index, items.len())?),
        _ => None,
    })
}

/// The children one segment selects of one node, without the descendants.
fn select<'a, T: Trail<'a>>(
    segment: &Segment,
    scope: &Scope<'a>,
    node: &'a Value,
    trail: T,
    visit: &mut Visit<'_, 'a, T>,
) -> ControlFlow<()> {
    for selector in &segment.selectors {
        match (selector, node) {
            (Selector::Name(name), Value::Object(members)) => {
                if let Some((name, child)) = members.get_key_value(name.as_ref()) {
                    visit(child, trail.member(name))?;
                }
            }
            (Selector::Index(index), Value::Array(items)) => {
                if let Some(index) = position(*index, items.len()) {
                    visit(&items[index], trail.item(index))?;
                }
            }
            (Selector::Slice { start, end, step }, Value::Array(items)) => {
                for index in slice(*start, *end, *step, items.len()) {
                    visit(&items[index], trail.item(index))?;
                }
            }
            (Selector::Wildcard, _) => {
                for child in Children::of(node) {
                    visit(child.value, child.trail(trail))?;
                }
            }
            (Selector::Filter(condition), _) => {
                for child in Children::of(node) {
                    scope.fuel.burn(1)?;
                    if filter::holds(condition, scope, child.value) {
                        visit(child.value, child.trail(trail))?;
                    }
                }
            }
            _ => {}
        }
    }
    ControlFlow::Continue(())
}

/// The segment applied to the node and to all its descendants, parents before children.
fn descend<'a, T: Trail<'a>>(
    segment: &Segment,
    scope: &Scope<'a>,
    node: &'a Value,
    trail: T,
    visit: &mut Visit<'_, 'a, T>,
) -> ControlFlow<()> {
    select(segment, scope, node, trail, visit)?;
    let mut stack = vec![(Children::of(node), trail)];
    while let Some((children, trail)) = stack.last_mut() {
        let Some(child) = children.next() else {
            stack.pop();
            continue;
        };
        scope.fuel.burn(1)?;
        // A scalar has no children, so nothing below it can be selected.
        if matches!(child.value, Value::Array(_) | Value::Object(_)) {
            let trail = child.trail(*trail);
            select(segment, scope, child.value, trail, visit)?;
            stack.push((Children::of(child.value), trail));
        }
    }
    ControlFlow::Continue(())
}

/// A child and its place in its parent.
struct Child<'a> {
    value: &'a Value,
    step: Step<'a>,
}

impl<'a> Child<'a> {
    fn trail<T: Trail<'a>>(&self, parent: T) -> T {
        match self.step {
            Step::Name(name) => parent.member(name),
            Step::Index(index) => parent.item(index),
        }
    }
}

/// The children of a node in order.
enum Children<'a> {
    Items { items: &'a [Value], next: usize },
    Members { members: &'a Object, next: usize },
}

impl<'a> Children<'a> {
    fn of(node: &'a Value) -> Self {
        match node {
            Value::Object(members) => Children::Members { members, next: 0 },
            other => Children::Items { items: other.as_array().unwrap_or_default(), next: 0 },
        }
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Child<'a>;

    fn next(&mut self) -> Option<Child<'a>> {
        match self {
            Children::Items { items, next } => {
                let child = Child { value: items.get(*next)?, step: Step::Index(*next) };
                *next += 1;
                Some(child)
            }
            Children::Members { members, next } => {
                let (name, value) = members.get_index(*next)?;
                *next += 1;
                Some(Child { value, step: Step::Name(name) })
            }
        }
    }
}

/// The position an index means; negative ones count from the end.
fn position(index: i64, length: usize) -> Option<usize> {
    let position = if index < 0 { index + i64::try_from(length).ok()? } else { index };
    usize::try_from(position).ok().filter(|position| *position < length)
}

/// The positions of a slice (RFC 9535, 2.3.4.2.2).
fn slice(start: Option<i64>, end: Option<i64>, step: i64, length: usize) -> impl Iterator<Item = usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let normal = |index: i64| if index < 0 { index + length } else { index };
    let (first, limit) = if step >= 0 {
        (normal(start.unwrap_or(0)).clamp(0, length), normal(end.unwrap_or(length)).clamp(0, length))
    } else {
        let first = start.map_or(length - 1, normal).clamp(-1, length - 1);
        (first, end.map_or(-1, normal).clamp(-1, length - 1))
    };
    let inside = move |index: &i64| if step > 0 { *index < limit } else { step < 0 && *index > limit };
    std::iter::successors(Some(first), move |index| index.checked_add(step))
        .take_while(inside)
        .filter_map(|index| usize::try_from(index).ok())
}
