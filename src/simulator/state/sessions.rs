//! Log-ins: the sessions that refresh tokens belong to.

use super::Platform;

/// A log-in that refresh tokens refer to.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct Session {
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) user_id: String,
}

impl Platform {
    /// Begins a session of a user and returns its id.
    pub(in crate::simulator) fn begin_session(&mut self, user_id: &str) -> String {
        let id = self.random.uuid();
        self.sessions.push(Session { id: id.clone(), user_id: user_id.to_owned() });
        id
    }

    /// The session with this id.
    pub(in crate::simulator) fn session(&self, id: &str) -> Option<&Session> {
        self.sessions.iter().find(|session| session.id == id)
    }
}
