//! What all requests of one simulator share: state, clock, key, log and faults.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use super::credentials::Credentials;
use super::options::{Options, Reset, ResetWhen};
use super::request_log::RequestLog;
use super::signer::Signer;
use super::state::Platform;
use super::world::World;

/// One simulator, behind every router made from it.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) signer: Signer,
    pub(super) options: Options,
    pub(super) credentials: Credentials,
    platform: Mutex<Platform>,
    log: Mutex<RequestLog>,
    resets_left: Mutex<Vec<Reset>>,
}

impl Shared {
    pub(super) fn new(options: Options, world: World) -> Self {
        let credentials = world.credentials();
        Self {
            clock: Clock::starting_at(options.start),
            signer: Signer::new(),
            credentials,
            platform: Mutex::new(Platform::new(world, &options)),
            log: Mutex::default(),
            resets_left: Mutex::new(options.resets.clone()),
            options,
        }
    }

    /// The state, locked. No transition leaves it half changed, so a panic elsewhere does not spoil it.
    pub(super) fn platform(&self) -> MutexGuard<'_, Platform> {
        self.platform.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log of requests, locked.
    pub(super) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long an answer of this path waits.
    pub(super) fn latency_of(&self, path: &str) -> Duration {
        self.options
            .latency_of
            .iter()
            .find(|(pattern, _)| pattern.matches(path))
            .map_or(self.options.latency, |(_, latency)| *latency)
    }

    /// Uses up one reset that covers the path.
    pub(super) fn take_reset(&self, path: &str) -> Option<ResetWhen> {
        let mut resets = self.resets_left.lock().unwrap_or_else(PoisonError::into_inner);
        let reset = resets.iter_mut().find(|reset| reset.times > 0 && reset.path.matches(path))?;
        reset.times -= 1;
        Some(reset.when)
    }
}
