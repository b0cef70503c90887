//! The identity server's calls: tokens by three grants, the key set, and the discovery document.
//!
//! Its refusals have a shape of their own, `{"error", "error_description"}`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::json_body::read_bytes;
use crate::simulator::claims::{Issue, TokenIssuer};
use crate::simulator::request_log::redacted;
use crate::simulator::shared::Shared;

/// The public client of the platform's SDK: it has no secret, and no service account.
const PUBLIC_CLIENT: &str = "sdk-client";

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/protocol/openid-connect/token", post(token))
        .route("/protocol/openid-connect/certs", get(key_set))
        .route("/.well-known/openid-configuration", get(discovery))
}

/// A refusal of the identity server.
#[derive(Debug)]
struct TokenError {
    status: StatusCode,
    error: &'static str,
    description: &'static str,
}

impl TokenError {
    fn bad_request(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::BAD_REQUEST, error, description }
    }

    fn unauthorized(error: &'static str, description: &'static str) -> Self {
        Self { status: StatusCode::UNAUTHORIZED, error, description }
    }
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let body = json!({ "error": self.error, "error_description": self.description });
        (self.status, Json(body)).into_response()
    }
}

async fn token(State(shared): State<Arc<Shared>>, request: Request) -> Result<Response, TokenError> {
    let headers = request.headers().clone();
    let (body, note) = read_bytes(request)
        .await
        .map_err(|_| TokenError::bad_request("invalid_request", "The request could not be read"))?;
    let fields: Map<String, Value> =
        url::form_urlencoded::parse(&body).map(|(name, value)| (name.into_owned(), value.into())).collect();
    note.summary(redacted(&Value::Object(fields.clone())));
    let form = Form(fields);
    let grant = form
        .get("grant_type")
        .ok_or_else(|| TokenError::bad_request("invalid_request", "Missing form parameter: grant_type"))?;
    note.grant(grant);
    let issuer = TokenIssuer {
        shared: &shared,
        address: super::own_address(&headers),
        client: "",
        offline: form.get("scope").is_some_and(|scope| scope.split(' ').any(|word| word == "offline_access")),
    };
    let granting = match grant {
        "password" => grant_password,
        "refresh_token" => grant_refresh,
        "client_credentials" => grant_client,
        _ => {
            return Err(TokenError::bad_request("unsupported_grant_type", "Unsupported grant_type"));
        }
    };
    let client = authenticated_client(&shared, &headers, &form)?;
    note.user(&client);
    let granted = granting(&TokenIssuer { client: &client, ..issuer }, &form)?;
    if let Some(name) = &granted.user_name {
        note.user(name);
    }
    Ok(([(CACHE_CONTROL, "no-store")], Json(granted.body)).into_response())
}

/// The fields of a token request.
struct Form(Map<String, Value>);

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}

/// The client that a Basic header or the form names and proves to be.
fn authenticated_client(shared: &Shared, headers: &HeaderMap, form: &Form) -> Result<String, TokenError> {
    let refused = || TokenError::unauthorized("unauthorized_client", "Invalid client or Invalid client credentials");
    let (id, secret) = match basic_credentials(headers) {
        Some((id, secret)) => (id, Some(secret)),
        None => (form.get("client_id").ok_or_else(refused)?.to_owned(), form.get("client_secret").map(str::to_owned)),
    };
    let known = &shared.credentials.client;
    let proven = id == PUBLIC_CLIENT || (id == known.id && secret.as_ref() == Some(&known.secret));
    if proven { Ok(id) } else { Err(refused()) }
}

fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = decoded.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// A token answer, and whom it is for.
struct Granted {
    body: Value,
    user_name: Option<String>,
}

fn grant_password(issuer: &TokenIssuer<'_>, form: &Form) -> Result<Granted, TokenError> {
    let name = form
        .get("username")
        .ok_or_else(|| TokenError::unauthorized("invalid_request", "Missing parameter: username"))?;
    let now = issuer.shared.clock.now();
    let mut platform = issuer.shared.platform();
    let user = platform
        .user_by_login(name)
        .filter(|user| Some(user.password.as_str()) == form.get("password"))
        .cloned()
        .ok_or_else(|| TokenError::unauthorized("invalid_grant", "Invalid user credentials"))?;
    if !user.enabled {
        return Err(TokenError::bad_request("invalid_grant", "Account disabled"));
    }
    if !user.required_actions.is_empty() {
        return Err(TokenError::bad_request("invalid_grant", "Account is not fully set up"));
    }
    platform.ensure_default_workspace(&user.id, now);
    let session = platform.begin_session(&user.id);
    let issue = Issue { session: &session, now };
    Ok(Granted { body: issuer.user_tokens(&mut platform, &user, &issue), user_name: Some(user.username) })
}

fn grant_refresh(issuer: &TokenIssuer<'_>, form: &Form) -> Result<Granted, TokenError> {
    let invalid = |description| TokenError::bad_request("invalid_grant", description);
    let token =
        form.get("refresh_token").ok_or_else(|| TokenError::bad_request("invalid_request", "No refresh token"))?;
    let claims = issuer
        .shared
        .signer
        .verify(token)
        .filter(|claims| claims["typ"] == "Refresh" || claims["typ"] == "Offline")
        .ok_or_else(|| invalid("Invalid refresh token"))?;
    if claims["azp"] != issuer.client {
        return Err(invalid("Invalid refresh token. Token client and authorized client don't match"));
    }
    let now = issuer.shared.clock.now();
    if claims["exp"].as_i64().is_some_and(|expiry| expiry <= now.as_second()) {
        return Err(invalid("Token is not active"));
    }
    let mut platform = issuer.shared.platform();
    let session = platform
        .session(claims["session_state"].as_str().unwrap_or_default())
        .cloned()
        .ok_or_else(|| invalid("Session not active"))?;
    let user = platform.user(&session.user_id).cloned().ok_or_else(|| invalid("Session not active"))?;
    if !user.enabled {
        return Err(invalid("User disabled"));
    }
    let issue = Issue { session: &session.id, now };
    let offline = claims["typ"] == "Offline";
    let issuer = TokenIssuer { address: issuer.address.clone(), offline, ..*issuer };
    Ok(Granted { body: issuer.user_tokens(&mut platform, &user, &issue), user_name: Some(user.username) })
}

fn grant_client(issuer: &TokenIssuer<'_>, _form: &Form) -> Result<Granted, TokenError> {
    if issuer.client == PUBLIC_CLIENT {
        return Err(TokenError::unauthorized(
            "unauthorized_client",
            "Public client not allowed to retrieve service account",
        ));
    }
    let now = issuer.shared.clock.now();
    let mut platform = issuer.shared.platform();
    Ok(Granted { body: issuer.service_token(&mut platform, now), user_name: None })
}

async fn key_set(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(shared.signer.key_set())
}

/// What the server can do, with the endpoints that exist.
async fn discovery(headers: HeaderMap) -> Json<Value> {
    let issuer = format!("{}/auth/realms/master", super::own_address(&headers));
    Json(json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}/protocol/openid-connect/token"),
        "jwks_uri": format!("{issuer}/protocol/openid-connect/certs"),
        "grant_types_supported": ["password", "refresh_token", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "response_types_supported": ["token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["profile", "email", "offline_access"],
    }))
}
