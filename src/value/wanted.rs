//! What is to be built of a document: everything, or some members and items, each again in whole or in part.
//!
//! Whoever reads a document adds what they read; [`Wanted::closed`] then turns the sum into a form in which each
//! child has one answer, for the [`Projector`](super::Projector) to follow. Nothing here sees a document.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// A part of a document, by names and positions. It begins as nothing.
///
/// ```
/// use callsheet::value::{Limits, Projector, Wanted};
///
/// let mut wanted = Wanted::default();
/// wanted.member("models").item(0).member("id").want();
/// let closed = wanted.closed();
/// let mut projector = Projector::new(&closed, Limits::default());
/// projector.feed(br#"{"models": [{"id": 7, "sha": "no"#).unwrap();
/// projector.feed(br#"body reads it"}, {"id": 8}]}"#).unwrap();
/// assert_eq!(projector.finish().unwrap().get("models").unwrap().to_string(), r#"[{"id":7,"sha":null}]"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    all: bool,
    members: HashMap<Arc<str>, Wanted>,
    items: BTreeMap<usize, Wanted>,
    /// By the distance from the end: 1 is the last.
    from_end: BTreeMap<usize, Wanted>,
    /// Of every member and item.
    every: Option<Box<Wanted>>,
}

impl Wanted {
    /// The whole document.
    pub fn everything() -> Self {
        Wanted { all: true, ..Wanted::default() }
    }

    /// Whether it is the whole.
    pub fn is_everything(&self) -> bool {
        self.all
    }

    /// Whether nothing is wanted.
    pub fn is_nothing(&self) -> bool {
        *self == Wanted::default()
    }

    /// From now on all of it.
    pub fn want(&mut self) {
        *self = Wanted::everything();
    }

    /// The part of the member of that name.
    pub fn member(&mut self, name: &str) -> &mut Wanted {
        self.members.entry(name.into()).or_default()
    }

    /// The part of the item at that position; negative ones count from the end.
    pub fn item(&mut self, index: i64) -> &mut Wanted {
        let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
        let items = if index < 0 { &mut self.from_end } else { &mut self.items };
        items.entry(distance).or_default()
    }

    /// The part of every member and of every item.
    pub fn each(&mut self) -> &mut Wanted {
        self.every.get_or_insert_default()
    }

    /// The same as a tree in which each member and each position has one answer.
    pub fn closed(&self) -> Closed {
        close(&[self], &mut { MOST })
    }
}

/// A [`Wanted`] in which each child has one answer.
#[derive(Clone, Debug)]
pub struct Closed {
    pub(super) all: bool,
    pub(super) members: HashMap<Arc<str>, Closed>,
    pub(super) other_members: Option<Arc<Closed>>,
    pub(super) items: BTreeMap<usize, Closed>,
    pub(super) other_items: Option<Arc<Closed>>,
    /// How many items from the front are kept, where not every one is.
    pub(super) front: usize,
    /// How many items from the end are kept, where not every one is.
    pub(super) tail: usize,
    /// Whether every item is kept.
    pub(super) every_item: bool,
}

/// Parts of a [`Closed`] at most; where that is not enough, everything is wanted.
const MOST: usize = 10_000;

fn close(parts: &[&Wanted], left: &mut usize) -> Closed {
    *left = left.saturating_sub(1);
    let all = *left == 0 || parts.iter().any(|part| part.all);
    let parts = if all { &[] } else { parts };
    let every: Vec<&Wanted> = parts.iter().filter_map(|part| part.every.as_deref()).collect();
    let mut with = |more: &[&Wanted]| close(&[&every[..], more].concat(), left);
    let names: BTreeSet<&Arc<str>> = parts.iter().flat_map(|part| part.members.keys()).collect();
    let members = names.iter().map(|name| {
        let member: Vec<&Wanted> = parts.iter().filter_map(|part| part.members.get(*name)).collect();
        (Arc::clone(name), with(&member))
    });
    let members = members.collect();
    let from_end: Vec<&Wanted> = parts.iter().flat_map(|part| part.from_end.values()).collect();
    let positions: BTreeSet<usize> = parts.iter().flat_map(|part| part.items.keys().copied()).collect();
    let items = positions.iter().map(|at| {
        let here = parts.iter().filter_map(|part| part.items.get(at));
        // Nobody knows yet how far an item is from the end, so each may be one of those.
        (*at, with(&from_end.iter().copied().chain(here).collect::<Vec<_>>()))
    });
    let items = items.collect();
    let other_members = (!every.is_empty()).then(|| Arc::new(with(&[])));
    let other_items = if from_end.is_empty() { other_members.clone() } else { Some(Arc::new(with(&from_end))) };
    let tail = parts.iter().filter_map(|part| part.from_end.keys().next_back()).max();
    Closed {
        all,
        members,
        other_members,
        items,
        other_items,
        front: positions.last().map_or(0, |last| last.saturating_add(1)),
        tail: tail.copied().unwrap_or(0),
        every_item: !every.is_empty(),
    }
}

impl Closed {
    /// What is wanted of that member.
    pub(super) fn of_member(&self, name: &str) -> Option<&Closed> {
        if self.all { Some(self) } else { self.members.get(name).or(self.other_members.as_deref()) }
    }

    /// What is wanted of the item at that position.
    pub(super) fn of_item(&self, at: usize) -> Option<&Closed> {
        if self.all { Some(self) } else { self.items.get(&at).or(self.other_items.as_deref()) }
    }

    /// Whether an item is kept that so many kept ones stand before, all of them from the front.
    pub(super) fn keeps_from_front(&self, before: usize) -> bool {
        self.all || self.every_item || before < self.front
    }
}
