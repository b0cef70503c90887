//! What stands in the tokens: the claims of users and of the client's service account.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::shared::Shared;
use super::state::Platform;
use super::world::User;

/// Issues tokens in answer to one request.
pub(super) struct TokenIssuer<'a> {
    pub(super) shared: &'a Shared,
    /// Scheme and host that the request was sent to.
    pub(super) address: String,
    /// The client that asks.
    pub(super) client: &'a str,
    /// Whether the refresh token shall never expire.
    pub(super) offline: bool,
}

/// The circumstances of one user token.
pub(super) struct Issue<'a> {
    pub(super) session: &'a str,
    pub(super) now: Timestamp,
}

impl TokenIssuer<'_> {
    /// The answer to a user: an access token and a refresh token.
    pub(super) fn user_tokens(&self, platform: &mut Platform, user: &User, issue: &Issue<'_>) -> Value {
        let refresh_life = if self.offline { 0 } else { self.shared.options.refresh_token_life.as_secs() };
        let access = self.user_claims(platform, user, issue);
        let refresh = self.refresh_claims(platform, user, issue);
        json!({
            "access_token": self.shared.signer.sign(&access),
            "expires_in": self.shared.options.access_token_life.as_secs(),
            "refresh_expires_in": refresh_life,
            "refresh_token": self.shared.signer.sign(&refresh),
            "token_type": "Bearer",
            "not-before-policy": 0,
            "session_state": issue.session,
            "scope": self.scope(),
        })
    }

    /// The answer to the client itself: an access token without a session.
    pub(super) fn service_token(&self, platform: &mut Platform, now: Timestamp) -> Value {
        let account = platform.service_account().to_owned();
        let mut claims = self.access_claims(platform, &account, now);
        claims["resource_access"]["master-realm"]["roles"] =
            json!(["impersonation", "manage-users", "view-users", "query-groups", "query-users"]);
        claims["email_verified"] = false.into();
        claims["clientId"] = self.client.into();
        claims["clientHost"] = "127.0.0.1".into();
        claims["clientAddress"] = "127.0.0.1".into();
        claims["preferred_username"] = format!("service-account-{}", self.client).into();
        json!({
            "access_token": self.shared.signer.sign(&claims),
            "expires_in": self.shared.options.access_token_life.as_secs(),
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": self.scope(),
        })
    }

    fn user_claims(&self, platform: &mut Platform, user: &User, issue: &Issue<'_>) -> Value {
        let mut claims = self.access_claims(platform, &user.id, issue.now);
        claims["session_state"] = issue.session.into();
        claims["sid"] = issue.session.into();
        claims["email_verified"] = user.email_verified.into();
        claims["preferred_username"] = user.username.as_str().into();
        let names: Vec<&str> = [&user.first_name, &user.last_name].into_iter().filter_map(Option::as_deref).collect();
        let optional = [
            ("name", (!names.is_empty()).then(|| names.join(" "))),
            ("given_name", user.first_name.clone()),
            ("family_name", user.last_name.clone()),
            ("email", user.email.clone()),
        ];
        for (claim, value) in optional {
            if let Some(value) = value {
                claims[claim] = value.into();
            }
        }
        claims
    }

    /// The claims that all access tokens have.
    fn access_claims(&self, platform: &mut Platform, subject: &str, now: Timestamp) -> Value {
        let life = i64::try_from(self.shared.options.access_token_life.as_secs()).unwrap_or(i64::MAX);
        json!({
            "exp": expiry(now, life),
            "iat": now.as_second(),
            "jti": platform.new_uuid(),
            "iss": self.issuer(),
            "aud": ["master-realm", "account"],
            "sub": subject,
            "typ": "Bearer",
            "azp": self.client,
            "acr": "1",
            "allowed-origins": ["*"],
            "realm_access": { "roles": ["default-roles-master", "offline_access", "uma_authorization"] },
            "resource_access": {
                "master-realm": { "roles": ["manage-users", "view-users", "query-groups", "query-users"] },
                "account": { "roles": ["manage-account", "manage-account-links", "view-profile"] },
            },
            "scope": self.scope(),
            "https://hasura.io/jwt/claims": {
                "x-hasura-user-id": subject,
                "x-hasura-default-role": "user",
                "x-hasura-allowed-roles": ["user"],
                "x-hasura-user-groups": "{}",
            },
        })
    }

    fn refresh_claims(&self, platform: &mut Platform, user: &User, issue: &Issue<'_>) -> Value {
        let mut claims = json!({
            "iat": issue.now.as_second(),
            "jti": platform.new_uuid(),
            "iss": self.issuer(),
            "aud": self.issuer(),
            "sub": user.id,
            "typ": if self.offline { "Offline" } else { "Refresh" },
            "azp": self.client,
            "session_state": issue.session,
            "sid": issue.session,
            "scope": self.scope(),
        });
        if !self.offline {
            let life = i64::try_from(self.shared.options.refresh_token_life.as_secs()).unwrap_or(i64::MAX);
            claims["exp"] = expiry(issue.now, life).into();
        }
        claims
    }

    fn issuer(&self) -> String {
        format!("{}/auth/realms/master", self.address)
    }

    fn scope(&self) -> &'static str {
        if self.offline { "profile email offline_access" } else { "profile email" }
    }
}

/// The end of a life that begins now, in whole seconds: rounded up, so that no token lives shorter than it was promised.
fn expiry(now: Timestamp, life: i64) -> i64 {
    let begun = now.as_second() + i64::from(now.subsec_nanosecond() > 0);
    begun.saturating_add(life)
}
