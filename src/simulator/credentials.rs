//! Who may log in to a simulator, as far as its starter is told.

use serde::Serialize;

/// A person and a client that the simulator knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credentials {
    /// The person for the password grant.
    pub user: UserCredentials,
    /// The confidential client for every grant.
    pub client: ClientCredentials,
}

/// A person's log-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UserCredentials {
    /// The user name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The user's UUID.
    pub id: String,
    /// The email, if the person has one.
    pub email: Option<String>,
}

/// A confidential client's id and secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClientCredentials {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: String,
}
