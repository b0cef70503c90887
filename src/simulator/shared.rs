//! What all requests of one simulator share: state, clock, key, log and faults.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::clock::Clock;
use super::credentials::Credentials;
use super::faults::Faults;
use super::options::Options;
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
    faults: Mutex<Faults>,
    /// Tokens that count as expired before their time.
    expired: Mutex<HashSet<String>>,
    /// Until when connections are refused.
    refused_until: Mutex<Option<Instant>>,
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
            faults: Mutex::new(Faults::new(&options)),
            expired: Mutex::default(),
            refused_until: Mutex::default(),
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

    /// The plan of faults, locked.
    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a token count as expired from now on.
    pub(super) fn expire(&self, token: &str) {
        self.expired.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_owned());
    }

    /// Whether a token counts as expired before its time.
    pub(super) fn is_expired(&self, token: &str) -> bool {
        self.expired.lock().unwrap_or_else(PoisonError::into_inner).contains(token)
    }

    /// From now on, refuses connections for so long; an earlier refusal that lasts longer stays.
    pub(super) fn refuse_for(&self, time: Duration) {
        let mut until = self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = (*until).max(Some(Instant::now() + time));
    }

    /// Until when connections are refused, if they are.
    pub(super) fn refused_until(&self) -> Option<Instant> {
        let until = *self.refused_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }
}
