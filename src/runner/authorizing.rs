//! Credentials for requests: whose they are, who may see them, and how they are had.

use std::sync::Arc;
use std::time::Duration;

use ring::digest::{Context, SHA256};

use super::auth::{Auth, Want};
use super::failure;
use super::frames::ROOT;
use super::machine::{End, MachineId, Owner, State};
use super::scheduler::Scheduler;
use super::sending::Unready;
use crate::event::FailureKind;
use crate::expression::Facts;
use crate::playbook::{Provider, ProviderKind};
use crate::render::{self, Credential, Rendered, TokenGrant};

/// The credentials of one provider.
#[derive(Debug)]
pub(super) struct Credentials {
    /// The frame whose provider has them first.
    pub(super) frame: usize,
    /// The provider's index in that frame.
    pub(super) provider: usize,
    pub(super) auth: Auth,
}

/// What credentials are made of: a digest, so that they stand nowhere a second time.
pub(super) type Identity = Box<[u8]>;

impl<'p> Scheduler<'p> {
    /// The provider as it is written.
    pub(super) fn provider(&self, credentials: usize) -> &'p Provider {
        let Credentials { frame, provider, .. } = self.credentials[credentials];
        &self.frames[frame].plan.playbook().providers[provider]
    }

    pub(super) fn prepare_token(
        &mut self,
        id: MachineId,
        credentials: usize,
        grant: &TokenGrant,
    ) -> Result<Rendered, Unready> {
        let frame = self.credentials[credentials].frame;
        let rendered = self.token_request(credentials, grant);
        let rendered = rendered.map_err(|error| self.unready(id, frame, error))?;
        self.learn_request(&rendered.request);
        Ok(rendered)
    }

    fn token_request(&self, credentials: usize, grant: &TokenGrant) -> Result<Rendered, crate::expression::EvalError> {
        let Credentials { frame, .. } = self.credentials[credentials];
        let written = self.provider(credentials);
        let ProviderKind::OAuth2(oauth2) = &written.kind else {
            unreachable!("only an OAuth 2.0 provider asks for tokens")
        };
        let facts = Facts { site: Arc::from(format!("auth.{}", written.name.text)), ..self.facts.clone() };
        let timeout = self.frames[frame].plan.token_policy.timeout;
        let mut rendered = render::token_request(oauth2, grant, timeout, &self.view_of(frame, facts))?;
        rendered.request.connection = Arc::clone(&self.frames[frame].plan.connection);
        Ok(rendered)
    }

    /// The place of a frame's credentials among those of the run.
    fn credentials_of(&mut self, frame: usize, provider: usize) -> usize {
        if let Some(known) = self.frames[frame].providers[provider].credentials {
            return known;
        }
        let identity = self.identity(frame, provider);
        let place = identity.as_ref().and_then(|identity| self.same_credentials(frame, identity));
        let place = place.unwrap_or_else(|| {
            self.credentials.push(Credentials { frame, provider, auth: Auth::default() });
            self.credentials.len() - 1
        });
        if let Some(identity) = identity {
            self.identities.entry(identity).or_default().push(place);
        }
        self.frames[frame].providers[provider].credentials = Some(place);
        place
    }

    /// The credentials of another frame that are made of the same and got in the same way: a token is fetched once for
    /// all of them.
    fn same_credentials(&self, frame: usize, identity: &Identity) -> Option<usize> {
        let connection = |frame: usize| &self.frames[frame].plan.connection;
        let known = self.identities.get(identity)?.iter().copied();
        known.into_iter().find(|place| connection(self.credentials[*place].frame) == connection(frame))
    }

    /// What credentials are made of, as a digest; `None` where that is not known yet, and where nobody asks.
    fn identity(&self, frame: usize, provider: usize) -> Option<Identity> {
        if self.frames[ROOT].plan.checked.callees.is_empty() {
            return None;
        }
        let written = &self.frames[frame].plan.playbook().providers[provider];
        let view = self.view_of(frame, self.facts.clone());
        let mut digest = Context::new(&SHA256);
        if let ProviderKind::OAuth2(oauth2) = &written.kind {
            let request = render::token_request(oauth2, &TokenGrant::Own, Duration::ZERO, &view).ok()?.request;
            let crate::wire::Body::Bytes(form) = &request.body else { return None };
            let client = request.headers.get("authorization").unwrap_or_default();
            [request.url.as_str().as_bytes(), client.as_bytes(), form].iter().for_each(|part| {
                digest.update(part);
                digest.update(&[0]);
            });
        } else {
            let credential = render::credential(written, &view).ok()??;
            for part in [&*credential.header, credential.scheme, credential.value.expose()] {
                digest.update(part.as_bytes());
                digest.update(&[0]);
            }
        }
        Some(digest.finish().as_ref().into())
    }

    /// Whether a request gets the provider's credentials: one that was redirected goes without them where the other
    /// origin may not see them.
    pub(super) fn may_authorize(
        &mut self,
        id: MachineId,
        frame: usize,
        provider: usize,
        rendered: &Rendered,
    ) -> Result<bool, Unready> {
        let allowed = self.machines[&id].trail.last().is_none()
            || self.origins(id, frame, provider)?.contains(&rendered.origin());
        if let Some(machine) = self.machines.get_mut(&id).filter(|_| !allowed) {
            machine.token = None;
        }
        Ok(allowed)
    }

    /// The credentials for a request, if its origin may see them and they are there.
    pub(super) fn authorize(
        &mut self,
        id: MachineId,
        frame: usize,
        provider: usize,
        rendered: &Rendered,
    ) -> Result<Credential, Unready> {
        self.check_origin(id, frame, provider, rendered)?;
        let place = self.credentials_of(frame, provider);
        let refused = self.machines[&id].refused;
        match self.credentials[place].auth.want(id, refused, self.now) {
            Want::Use(credential, generation) => {
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.token = Some(generation);
                }
                Ok(credential)
            }
            Want::Wait => Err(self.wait_for_token(id)),
            Want::Refused(failure) => Err(Unready::Ends(End::errored(*failure))),
            Want::Fetch(grant) => self.fetch(id, place, grant),
        }
    }

    /// Makes the credentials, or asks for a token.
    fn fetch(&mut self, id: MachineId, place: usize, grant: TokenGrant) -> Result<Credential, Unready> {
        let frame = self.credentials[place].frame;
        let made = render::credential(self.provider(place), &self.view_of(frame, self.facts.clone()));
        if let Ok(None) = made {
            let asked_by = self.address(id);
            self.enqueue(Owner::Token { credentials: place, grant, asked_by }, true);
            return Err(self.wait_for_token(id));
        }
        let waiting = self.credentials[place].auth.take_waiters();
        waiting.into_iter().filter(|waiter| *waiter != id).for_each(|waiter| self.queue(waiter, true));
        match made {
            Ok(Some(credential)) => {
                self.redactor.learn(credential.value.expose());
                let generation = self.credentials[place].auth.provide(credential.clone());
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.token = Some(generation);
                }
                Ok(credential)
            }
            Ok(None) => unreachable!("a token is asked for above"),
            Err(error) => Err(self.unready(id, frame, error)),
        }
    }

    fn wait_for_token(&mut self, id: MachineId) -> Unready {
        if let Some(machine) = self.machines.get_mut(&id) {
            machine.state = State::Preparing;
        }
        Unready::Waits
    }

    /// Credentials go to the provider's hosts and nowhere else.
    fn check_origin(
        &mut self,
        id: MachineId,
        frame: usize,
        provider: usize,
        rendered: &Rendered,
    ) -> Result<(), Unready> {
        let origins = self.origins(id, frame, provider)?;
        let origin = rendered.origin();
        if origins.contains(&origin) {
            return Ok(());
        }
        let written = &self.frames[frame].plan.playbook().providers[provider];
        let name = &written.name.text;
        let allowed = if origins.is_empty() { "nobody".to_owned() } else { origins.join(", ") };
        let message = format!("the credentials of `{name}` are for {allowed}, and this request goes to {origin}");
        let mut failure = failure::at(FailureKind::Auth, message, written.name.span, self.words());
        failure.help = Some(format!(
            "add `hosts: [\"{origin}\"]` to `auth.{name}` if that host may see them, or `auth: none` to the request"
        ));
        Err(Unready::Ends(End::errored(failure)))
    }
    /// The origins that may see the credentials of a provider.
    fn origins(&mut self, id: MachineId, frame: usize, provider: usize) -> Result<Arc<[String]>, Unready> {
        if let Some(known) = &self.frames[frame].providers[provider].origins {
            return Ok(Arc::clone(known));
        }
        let playbook = self.frames[frame].plan.playbook();
        let written = &playbook.providers[provider];
        let made = render::token_origin(written, playbook, &self.view_of(frame, self.facts.clone()));
        let made: Arc<[String]> = made.map_err(|error| self.unready(id, frame, error))?.into();
        self.frames[frame].providers[provider].origins = Some(Arc::clone(&made));
        Ok(made)
    }
}
