//! The same work for many things, in as many threads as the machine has cores.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The threads that are worth it for so many pieces of work. Asking the system for its cores takes longer than many a
/// short run, and one piece needs no answer.
pub(super) fn threads(work: usize) -> usize {
    if work > 1 { thread::available_parallelism().map_or(1, usize::from).min(work) } else { 1 }
}

/// What the work makes of each item, in the order of the items, in so many threads.
pub(super) fn in_order<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let some = || {
        let mut made = Vec::new();
        while let Some((index, item)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            items.get(index).map(|item| (index, item))
        } {
            made.push((index, work(item)));
        }
        made
    };
    let mut made = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let mut made = some();
        for other in others {
            made.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    });
    made.sort_unstable_by_key(|(index, _)| *index);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_order_is_that_of_the_items() {
        let items: Vec<usize> = (0..1000).collect();
        let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
        for threads in [1, 2, 7] {
            assert_eq!(super::in_order(threads, &items, |item| item * 2), expected);
        }
        assert_eq!(super::in_order(3, &items[..1], |item| *item), [0]);
    }
}
