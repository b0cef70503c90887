//! The answers of token endpoints (RFC 6749, section 5).

use super::answer::retry_after;
use super::auth::TokenAnswer;
use super::decide::Seen;
use super::failure::{self, Words};
use super::machine::{End, Judging, MachineId, Owner};
use super::scheduler::{Command, Scheduler};
use crate::event::{Decision, Event, FailureKind};
use crate::playbook::Provider;
use crate::render::{AnswerValues, TokenGrant};
use crate::value::Value;
use crate::wire::is_success;

impl Scheduler<'_> {
    /// Takes the answer of a token endpoint.
    pub(super) fn token_answered(&mut self, id: MachineId, credentials: usize, judging: Judging) {
        let Judging { call, received, values: answer } = judging;
        let token = TokenAnswer::read(&answer.body).filter(|_| is_success(answer.status));
        // The tokens must be known as secrets before the answer is kept.
        for name in ["access_token", "refresh_token", "id_token"] {
            if let Some(token) = answer.body.get(name) {
                self.redactor.learn_value(token);
            }
        }
        let retry_after = retry_after(&received.headers, self.wall);
        self.commands.push(Command::Answer { call, received, marks: Vec::new(), blank: Vec::new() });
        match token {
            Some(token) => {
                self.journal(Event::Decided { call, decision: Decision::Pass });
                let asked = self.machines.remove(&id).map_or(self.now, |machine| machine.sent_at);
                let waiting = self.credentials[credentials].auth.granted(token, asked);
                waiting.into_iter().rev().for_each(|waiter| self.queue(waiter, true));
            }
            None => {
                let written = self.provider(credentials);
                let request = self.machines[&id].sent.clone().unwrap_or_default();
                // Only a refusal is final; an endpoint that is out of order may be asked again.
                let refused = matches!(answer.status, 200..=299 | 400 | 401 | 403);
                let mut failure = failure::at(
                    if refused { FailureKind::Auth } else { FailureKind::Status },
                    refusal(written, &request, &answer, self.words()),
                    written.name.span,
                    self.words(),
                );
                failure.help = advice(&answer).map(str::to_owned);
                let seen = match answer.status {
                    200..=299 => Seen::Wrong,
                    status => Seen::Status { status, retry_after },
                };
                self.follow(id, call, &seen, End::errored(failure));
            }
        }
    }

    /// A token request has ended without a token: a refresh token that was refused is replaced by the provider's own
    /// grant, once; else whoever waits ends too.
    pub(super) fn token_failed(&mut self, credentials: usize, grant: &TokenGrant, owner: &Owner, end: &End) {
        let refused = matches!(end, End::Bad { failures, .. } if failures.iter().any(|failure| failure.kind == FailureKind::Auth));
        if let (TokenGrant::Refresh(_), Owner::Token { asked_by, .. }) = (grant, owner) {
            let owner = Owner::Token { credentials, grant: TokenGrant::Own, asked_by: asked_by.clone() };
            self.enqueue(owner, true);
            return;
        }
        // A grant that the server has refused would be refused again, and an account may be locked for it.
        let refusal = match end {
            End::Bad { failures, .. } if refused => failures.first().cloned(),
            _ => None,
        };
        for waiter in self.credentials[credentials].auth.failed(refusal) {
            self.end_machine(waiter, end.clone());
        }
    }
}

fn refusal(provider: &Provider, request: &str, answer: &AnswerValues, words: Words<'_>) -> String {
    let name = &provider.name.text;
    let text = |field| answer.body.get(field).and_then(Value::as_str);
    let reason = match (text("error"), text("error_description")) {
        (Some(error), Some(description)) => format!("{error} ({description})"),
        (Some(error), None) => error.to_owned(),
        (None, _) if is_success(answer.status) => "the answer has no `access_token`".to_owned(),
        (None, _) => format!("no reason given{}", words.excerpt(answer)),
    };
    format!("`{name}` got no token: {request} answered {}: {reason}", answer.status)
}

fn advice(answer: &AnswerValues) -> Option<&'static str> {
    match answer.body.get("error").and_then(Value::as_str)? {
        "invalid_grant" => Some("check the user name and the password"),
        "invalid_client" | "unauthorized_client" => Some("check `client_id` and `client_secret`"),
        _ => None,
    }
}
