//! The playbooks that are still to be run: handed out one by one, in the order given, to whoever asks.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The numbers of the playbooks, shared by all threads.
#[derive(Debug)]
pub(super) struct Queue {
    next: AtomicUsize,
    count: usize,
    closed: AtomicBool,
}

impl Queue {
    pub(super) fn new(count: usize) -> Self {
        Queue { next: AtomicUsize::new(0), count, closed: AtomicBool::new(false) }
    }

    /// The next playbook, if there is one and it may begin.
    pub(super) fn take(&self) -> Option<usize> {
        if self.closed.load(Ordering::Acquire) {
            return None;
        }
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|index| *index < self.count)
    }

    /// From now on none begins.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }

    /// How many have been handed out.
    pub(super) fn taken(&self) -> usize {
        self.next.load(Ordering::Relaxed).min(self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_handed_out_once_in_order_until_the_queue_is_closed() {
        let queue = Queue::new(3);
        assert_eq!((queue.take(), queue.take(), queue.taken()), (Some(0), Some(1), 2));
        queue.close();
        assert_eq!((queue.take(), queue.taken()), (None, 2));
        let queue = Queue::new(1);
        assert_eq!([queue.take(), queue.take(), queue.take()], [Some(0), None, None]);
        assert_eq!(queue.taken(), 1);
    }
}
