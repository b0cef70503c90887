//! `--jobs`: how many requests may be in flight at once, over all runs that share it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for requests in flight. Clones share the places, so that several runs keep one limit together, also in
/// several threads.
///
/// A run takes a place only for a request that it sends now and gives it back when the answer is there or the request
/// was dropped. So none of them can keep another one waiting by doing nothing.
#[derive(Clone, Debug)]
pub struct Jobs(Arc<Semaphore>);

/// A place for one request; dropping it gives it back.
pub(super) type Place = OwnedSemaphorePermit;

impl Jobs {
    /// So many places; at least one.
    pub fn new(count: usize) -> Self {
        Jobs(Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS))))
    }
}

/// What one run has of the places.
pub(super) struct Places {
    jobs: Jobs,
    /// Taken and not yet used.
    free: Vec<Place>,
    /// The run's turn in the queue. It is kept over the turns of the driver's loop: a run that asked anew each time
    /// would always be the last.
    asked: Option<Pin<Box<dyn Future<Output = Place> + Send>>>,
}

impl Places {
    pub(super) fn of(jobs: Jobs) -> Self {
        Places { jobs, free: Vec::new(), asked: None }
    }

    /// Takes as many places as are wanted and free; how many there are.
    pub(super) fn gather(&mut self, wanted: usize) -> usize {
        if wanted <= self.free.len() {
            self.asked = None;
        }
        while self.free.len() < wanted
            && self.asked.is_none()
            && let Ok(place) = Arc::clone(&self.jobs.0).try_acquire_owned()
        {
            self.free.push(place);
        }
        self.free.len().min(wanted)
    }

    /// Hands a place out that was gathered.
    pub(super) fn take(&mut self) -> Place {
        self.free.pop().expect("a request is sent only where there is a place for it")
    }

    /// Gives back what was gathered and not used.
    pub(super) fn give_back(&mut self) {
        self.free.clear();
    }

    /// Waits for the next place. What has been waited is not lost when the future is dropped.
    pub(super) async fn next(&mut self) {
        let asked = self.asked.get_or_insert_with(|| {
            let semaphore = Arc::clone(&self.jobs.0);
            Box::pin(async move { semaphore.acquire_owned().await.expect("nobody closes the semaphore") })
        });
        let place = asked.await;
        self.asked = None;
        self.free.push(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(places: &mut Places) -> bool {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(places.next()).poll(&mut context).is_pending()
    }

    #[test]
    fn places_are_shared_and_given_back() {
        let jobs = Jobs::new(2);
        let (mut one, mut other) = (Places::of(jobs.clone()), Places::of(jobs));
        assert_eq!((one.gather(3), other.gather(1)), (2, 0));
        let place = one.take();
        one.give_back();
        assert_eq!(other.gather(2), 1);
        drop(place);
        assert_eq!(other.gather(2), 2);
    }

    #[test]
    fn whoever_has_waited_longest_is_next_however_often_it_looks() {
        let jobs = Jobs::new(1);
        let mut runs = [(); 3].map(|()| Places::of(jobs.clone()));
        assert_eq!(runs[0].gather(1), 1);
        let place = runs[0].take();
        assert!(waits(&mut runs[1]) && waits(&mut runs[2]) && waits(&mut runs[1]));
        drop(place);
        assert_eq!(runs[0].gather(1), 0, "a place is not taken from those who wait for it");
        assert!(waits(&mut runs[2]) && !waits(&mut runs[1]));
        assert_eq!(runs[1].gather(1), 1);
    }

    #[test]
    fn whoever_wants_nothing_any_more_waits_no_more() {
        let jobs = Jobs::new(1);
        let (mut one, mut other) = (Places::of(jobs.clone()), Places::of(jobs));
        assert_eq!(one.gather(1), 1);
        assert!(waits(&mut other));
        assert_eq!(other.gather(0), 0);
        one.give_back();
        assert_eq!(one.gather(1), 1);
    }
}
