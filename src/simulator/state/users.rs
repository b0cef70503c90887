//! People: inviting, switching on and off, finding.

use jiff::Timestamp;

use super::Platform;
use crate::simulator::error::PlatformError;
use crate::simulator::world::User;

/// What an invitation gives back.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Invitation {
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) password: String,
}

impl Platform {
    /// Makes a user whose name is the email. Without a password a temporary one is made.
    pub(in crate::simulator) fn invite_user(
        &mut self,
        email: &str,
        password: Option<String>,
        now: Timestamp,
    ) -> Result<Invitation, PlatformError> {
        if self.user_by_login(email).is_some() {
            return Err(PlatformError::keycloak_query_failed());
        }
        let id = self.random.uuid();
        let temporary = password.is_none();
        let password = password.unwrap_or_else(|| self.random.pod_suffix(16));
        let (first_name, last_name) = names_in(email);
        let mut required_actions = Vec::new();
        if temporary {
            required_actions.push("UPDATE_PASSWORD".to_owned());
        }
        self.users.push(User {
            id: id.clone(),
            username: email.to_owned(),
            password: password.clone(),
            email: Some(email.to_owned()),
            first_name,
            last_name,
            email_verified: true,
            enabled: true,
            administrator: false,
            created_at: now,
            required_actions,
            federated_identities: Vec::new(),
        });
        Ok(Invitation { id, password })
    }

    /// Activates or deactivates a user; doing it again changes nothing.
    pub(in crate::simulator) fn set_user_enabled(&mut self, email: &str, enabled: bool) -> Result<(), PlatformError> {
        let user = self
            .users
            .iter_mut()
            .find(|user| has_email(user, email))
            .ok_or_else(PlatformError::keycloak_query_failed)?;
        user.enabled = enabled;
        Ok(())
    }

    /// The user with this id.
    pub(in crate::simulator) fn user(&self, id: &str) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The user who logs in with this name, which may be the email.
    pub(in crate::simulator) fn user_by_login(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.username.eq_ignore_ascii_case(name) || has_email(user, name))
    }

    /// The id of the user that a call names by email or id.
    pub(super) fn named_user(&self, email: Option<&str>, user_id: Option<&str>) -> Result<String, PlatformError> {
        let user = match (email, user_id) {
            (Some(email), _) => self.users.iter().find(|user| has_email(user, email)),
            (None, Some(id)) => self.user(id),
            (None, None) => {
                return Err(PlatformError::bad_request("one of `email` and `user_id` is needed"));
            }
        };
        user.map(|user| user.id.clone()).ok_or_else(PlatformError::user_not_in_keycloak)
    }
}

fn has_email(user: &User, email: &str) -> bool {
    user.email.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(email))
}

/// First and last name out of an email such as `first.last@example.com`.
///
/// An invitation carries no names, yet the tutorial shows them on the user it invites.
fn names_in(email: &str) -> (Option<String>, Option<String>) {
    let local = email.split('@').next().unwrap_or_default();
    match local.split('.').collect::<Vec<_>>().as_slice() {
        [first, last] if !first.is_empty() && !last.is_empty() => (Some(capitalized(first)), Some(capitalized(last))),
        _ => (None, None),
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
