//! The credentials of one provider: a pure machine.
//!
//! At most one token request of a provider is under way (single flight); whoever wants the token meanwhile waits for
//! it. A token is renewed before it expires, and once when it is refused.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::machine::MachineId;
use crate::event::Failure;
use crate::render::{Credential, TokenGrant};
use crate::secret::Secret;
use crate::value::Value;

/// Renewed at the smaller of this and [`MARGIN_PART`] of the token's life before it expires.
const MARGIN: Duration = Duration::from_secs(30);
const MARGIN_PART: f64 = 0.2;

const LONGEST_LIFE: Duration = Duration::from_secs(100 * 365 * 86_400);

/// The state of one provider.
#[derive(Debug, Default)]
pub(super) struct Auth {
    current: Option<Token>,
    refresh: Option<(Secret, Option<Duration>)>,
    generation: u64,
    fetching: bool,
    waiters: BTreeSet<MachineId>,
    /// Those who waited for the current token: they may use it, however short it lives.
    entitled: HashSet<MachineId>,
    /// Why the provider's own grant was refused; it would be again.
    refusal: Option<Failure>,
}

#[derive(Debug)]
struct Token {
    credential: Credential,
    generation: u64,
    renew_at: Option<Duration>,
}

/// What a request that wants credentials does now.
#[derive(Debug)]
pub(super) enum Want {
    /// It uses these; the number tells them from later ones.
    Use(Credential, u64),
    /// It waits: the token is being fetched.
    Wait,
    /// It waits, and this token request is to be sent.
    Fetch(TokenGrant),
    /// It gets none: the provider has said no.
    Refused(Box<Failure>),
}

/// The answer of a token endpoint (RFC 6749, section 5.1).
#[derive(Debug)]
pub(super) struct TokenAnswer {
    pub(super) access_token: Secret,
    pub(super) life: Option<Duration>,
    pub(super) refresh: Option<(Secret, Option<Duration>)>,
}

impl TokenAnswer {
    /// Reads the answer; `None` where it has no access token.
    pub(super) fn read(body: &Value) -> Option<Self> {
        let seconds = |name| {
            let value = body.get(name)?;
            let seconds = value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|life| *life > 0.0)?;
            // A life of centuries is one without an end.
            Duration::try_from_secs_f64(seconds).ok().filter(|life| *life < LONGEST_LIFE)
        };
        let secret = |name| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(Secret::new);
        Some(TokenAnswer {
            access_token: secret("access_token")?,
            life: seconds("expires_in"),
            refresh: secret("refresh_token").map(|token| (token, seconds("refresh_expires_in"))),
        })
    }
}

impl Auth {
    /// Asks for the credentials. `refused` is the number of those that the server has just refused.
    pub(super) fn want(&mut self, machine: MachineId, refused: Option<u64>, now: Duration) -> Want {
        if let Some(token) = &self.current {
            let fresh = token.renew_at.is_none_or(|renew_at| now < renew_at) || self.entitled.contains(&machine);
            if fresh && refused != Some(token.generation) {
                self.entitled.remove(&machine);
                return Want::Use(token.credential.clone(), token.generation);
            }
        }
        if let Some(refusal) = &self.refusal {
            return Want::Refused(Box::new(refusal.clone()));
        }
        self.waiters.insert(machine);
        if self.fetching {
            return Want::Wait;
        }
        self.fetching = true;
        let refresh = self.refresh.take().filter(|(_, until)| until.is_none_or(|until| now < until));
        Want::Fetch(refresh.map_or(TokenGrant::Own, |(token, _)| TokenGrant::Refresh(token)))
    }

    /// Takes credentials that need no server.
    pub(super) fn provide(&mut self, credential: Credential) -> u64 {
        self.generation += 1;
        self.current = Some(Token { credential, generation: self.generation, renew_at: None });
        self.generation
    }

    /// Takes a token that was asked for at `asked`; gives those who wait for it.
    pub(super) fn granted(&mut self, answer: TokenAnswer, asked: Duration) -> Vec<MachineId> {
        let credential =
            Credential { header: "Authorization".to_owned(), scheme: "Bearer ", value: answer.access_token };
        self.provide(credential);
        if let Some(token) = &mut self.current {
            token.renew_at = answer.life.map(|life| asked + life - MARGIN.min(life.mul_f64(MARGIN_PART)));
        }
        self.refresh = answer.refresh.map(|(token, life)| (token, life.map(|life| asked + life)));
        self.entitled = self.waiters.iter().copied().collect();
        self.take_waiters()
    }

    /// The token could not be had; gives those who waited for it. `refusal` is why, where asking again is of no use.
    pub(super) fn failed(&mut self, refusal: Option<Failure>) -> Vec<MachineId> {
        self.current = None;
        self.refusal = refusal;
        self.take_waiters()
    }

    /// Nobody waits any more.
    pub(super) fn take_waiters(&mut self) -> Vec<MachineId> {
        self.fetching = false;
        std::mem::take(&mut self.waiters).into_iter().collect()
    }

    /// Forgets one who waits.
    pub(super) fn forget(&mut self, machine: MachineId) {
        self.waiters.remove(&machine);
        self.entitled.remove(&machine);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(life: u64) -> TokenAnswer {
        let body = format!(r#"{{"access_token":"token","expires_in":{life},"refresh_token":"again"}}"#);
        TokenAnswer::read(&Value::read(body.as_bytes()).expect("well-formed")).expect("it has a token")
    }

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn whoever_comes_while_a_token_is_fetched_waits_for_it() {
        let mut auth = Auth::default();
        assert!(matches!(auth.want(MachineId(1), None, at(0.0)), Want::Fetch(TokenGrant::Own)));
        assert!(matches!(auth.want(MachineId(2), None, at(0.0)), Want::Wait));
        assert_eq!(auth.granted(answer(60), at(0.0)), [MachineId(1), MachineId(2)]);
        assert!(matches!(auth.want(MachineId(3), None, at(1.0)), Want::Use(_, 1)));
    }

    #[test]
    fn a_token_is_renewed_at_the_smaller_of_thirty_seconds_and_a_fifth_of_its_life() {
        for (life, fresh, stale) in [(2, 1.5, 1.7), (3600, 3569.0, 3571.0)] {
            let mut auth = Auth::default();
            auth.want(MachineId(1), None, at(0.0));
            auth.granted(answer(life), at(0.0));
            assert!(matches!(auth.want(MachineId(1), None, at(fresh)), Want::Use(..)), "{life} s at {fresh}");
            assert!(matches!(auth.want(MachineId(1), None, at(stale)), Want::Fetch(TokenGrant::Refresh(_))));
        }
    }

    #[test]
    fn a_token_that_lives_shorter_than_its_fetch_is_used_once_by_those_who_waited() {
        let mut auth = Auth::default();
        auth.want(MachineId(1), None, at(0.0));
        auth.granted(answer(1), at(0.0));
        assert!(matches!(auth.want(MachineId(1), None, at(5.0)), Want::Use(_, 1)));
        assert!(matches!(auth.want(MachineId(1), None, at(5.0)), Want::Fetch(_)));
    }

    #[test]
    fn lives_that_no_duration_can_hold_are_without_an_end() {
        for life in ["1e300", "1e30", "-1", "\"soon\"", "1e19"] {
            let body = format!(r#"{{"access_token":"token","expires_in":{life}}}"#);
            let answer = TokenAnswer::read(&Value::read(body.as_bytes()).expect("well-formed")).expect("a token");
            assert_eq!(answer.life, None, "{life}");
        }
    }

    #[test]
    fn a_refused_token_is_fetched_anew_by_one_and_used_by_all() {
        let mut auth = Auth::default();
        auth.want(MachineId(1), None, at(0.0));
        auth.granted(answer(3600), at(0.0));
        assert!(matches!(auth.want(MachineId(1), Some(1), at(1.0)), Want::Fetch(_)));
        assert!(matches!(auth.want(MachineId(2), Some(1), at(1.0)), Want::Wait));
        auth.granted(answer(3600), at(1.0));
        assert!(matches!(auth.want(MachineId(2), Some(1), at(2.0)), Want::Use(_, 2)));
    }
}
