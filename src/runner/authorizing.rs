//! Credentials for requests: whose they are, who may see them, and how they are had.

use std::sync::Arc;
use std::time::Duration;

use super::auth::{Auth, Want};
use super::failure;
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
        rendered.map_err(|error| self.unready(id, frame, error))
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
        if let Some(shared) = self.same_credentials(frame, provider) {
            self.frames[frame].providers[provider].credentials = Some(shared);
            return shared;
        }
        let place = self.credentials.len();
        self.credentials.push(Credentials { frame, provider, auth: Auth::default() });
        self.frames[frame].providers[provider].credentials = Some(place);
        place
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

    /// The credentials of another frame that are made of the same: a token is fetched once for all of them.
    fn same_credentials(&self, frame: usize, provider: usize) -> Option<usize> {
        if self.credentials.is_empty() || self.frames.len() == 1 {
            return None;
        }
        let own = self.identity(frame, provider)?;
        self.credentials.iter().position(|other| self.identity(other.frame, other.provider).as_ref() == Some(&own))
    }

    /// What credentials are made of; `None` where that is not known yet.
    fn identity(&self, frame: usize, provider: usize) -> Option<(String, String)> {
        let written = &self.frames[frame].plan.playbook().providers[provider];
        let view = self.view_of(frame, self.facts.clone());
        if let ProviderKind::OAuth2(oauth2) = &written.kind {
            let request = render::token_request(oauth2, &TokenGrant::Own, Duration::ZERO, &view).ok()?.request;
            let crate::wire::Body::Bytes(form) = &request.body else { return None };
            let client = request.headers.get("authorization").unwrap_or_default();
            return Some((request.url.to_string(), format!("{client} {}", String::from_utf8_lossy(form))));
        }
        let credential = render::credential(written, &view).ok()??;
        Some((credential.header, format!("{}{}", credential.scheme, credential.value.expose())))
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
