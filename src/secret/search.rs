//! Finds many texts in a text: at first one by one, which costs nothing to begin with, and by an automaton as soon as
//! as much time has gone into that as the automaton takes to be built.

use std::ops::{ControlFlow, Range};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memmem::Finder;

/// Nanoseconds for each byte of an automaton, about.
const BUILD: u64 = 100;

/// What is sought.
#[derive(Default)]
pub(super) struct Search {
    /// Each text by itself.
    finders: Vec<Finder<'static>>,
    /// Finds the first `built` of them.
    some: Option<AhoCorasick>,
    built: usize,
    /// Finds all of them; made when it is worth it.
    all: OnceLock<AhoCorasick>,
    /// The bytes of all of them.
    bytes: u64,
    /// Nanoseconds spent on those that `some` does not find, about.
    spent: AtomicU64,
}

impl Clone for Search {
    fn clone(&self) -> Self {
        Search {
            finders: self.finders.clone(),
            some: self.some.clone(),
            built: self.built,
            all: self.all.clone(),
            bytes: self.bytes,
            spent: AtomicU64::new(self.spent.load(Ordering::Relaxed)),
        }
    }
}

impl Search {
    /// One more text; its number is that of the texts before it.
    pub(super) fn add(&mut self, text: &str) {
        if let Some(all) = self.all.take() {
            self.some = Some(all);
            self.built = self.finders.len();
            *self.spent.get_mut() = 0;
        }
        self.bytes += text.len() as u64;
        self.finders.push(Finder::new(text).into_owned());
    }

    /// Calls `hit` with the number of each text that is found, and where: also of those that begin inside another one,
    /// of which a part would be left otherwise.
    pub(super) fn each(
        &self,
        text: &[u8],
        hit: &mut dyn FnMut(usize, Range<usize>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if let Some(searcher) = self.all.get() {
            return searcher
                .find_overlapping_iter(text)
                .try_for_each(|found| hit(found.pattern().as_usize(), found.range()));
        }
        if let Some(searcher) = &self.some {
            searcher
                .find_overlapping_iter(text)
                .try_for_each(|found| hit(found.pattern().as_usize(), found.range()))?;
        }
        let single = &self.finders[self.built..];
        if single.is_empty() {
            return ControlFlow::Continue(());
        }
        let work = single.len() as u64 * (text.len() as u64 / 16 + 20);
        if self.spent.fetch_add(work, Ordering::Relaxed) + work > BUILD * self.bytes {
            self.all.get_or_init(|| self.automaton());
        }
        for (number, finder) in single.iter().enumerate() {
            let found = |start| start..start + finder.needle().len();
            overlapping(finder, text).try_for_each(|start| hit(self.built + number, found(start)))?;
        }
        ControlFlow::Continue(())
    }

    fn automaton(&self) -> AhoCorasick {
        // A token has thousands of characters: a table for each of them would take longer to make than a run.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let texts = self.finders.iter().map(Finder::needle);
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).kind(kind).build(texts);
        // Building fails only beyond 2^31 bytes of patterns, which no process of ours reaches.
        automaton.expect("the patterns of a few secrets fit an automaton")
    }
}

/// Where a text is found, also where two of its places overlap.
fn overlapping(finder: &Finder<'_>, text: &[u8]) -> impl Iterator<Item = usize> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next + finder.find(text.get(next..)?)?;
        next = start + 1;
        Some(start)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_however_many_there_are_and_whenever_they_come() {
        let mut search = Search::default();
        let text = |number: usize| format!("text-number-{number:03}.");
        for number in 0..200 {
            search.add(&text(number));
            let mut found = Vec::new();
            let sought = (0..=number).rev().map(text).collect::<String>();
            let _ = search.each(sought.as_bytes(), &mut |number, place| {
                found.push(number);
                assert_eq!(sought[place], text(number));
                ControlFlow::Continue(())
            });
            found.sort_unstable();
            assert_eq!(found, (0..=number).collect::<Vec<_>>());
        }
        assert!(search.built > 0, "an automaton was worth it");
    }

    #[test]
    fn texts_that_overlap_are_all_found_one_by_one_and_by_the_automaton() {
        let mut search = Search::default();
        ["first-half", "half-and-more", "aaaa"].into_iter().for_each(|text| search.add(text));
        let found = |search: &Search| {
            let mut found = Vec::new();
            let _ = search.each(b"<first-half-and-more> aaaaa", &mut |number, place| {
                found.push((number, place));
                ControlFlow::Continue(())
            });
            found.sort_by_key(|(number, place)| (*number, place.start));
            found
        };
        let expected = [(0, 1..11), (1, 7..20), (2, 22..26), (2, 23..27)];
        assert!(search.all.get().is_none());
        assert_eq!(found(&search), expected);
        search.all.get_or_init(|| search.automaton());
        assert_eq!(found(&search), expected);
    }
}
