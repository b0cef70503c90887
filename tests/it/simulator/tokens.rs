//! Tokens: three grants, what stands in them, how they end, and who is refused.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use callsheet::simulator::Options;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use super::caller::{Answer, Caller, TOKEN_PATH};

fn decoded(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).expect("parts of a token are base64url")
}

fn claims(token: &Value) -> Value {
    let token = token.as_str().expect("a token is a text");
    let claims = token.split('.').nth(1).expect("a token has three parts");
    serde_json::from_slice(&decoded(claims)).expect("claims are JSON")
}

#[track_caller]
fn assert_refused(answer: Answer, status: u16, error: &str, description: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.body, json!({ "error": error, "error_description": description }));
}

async fn main_user_tokens(caller: &Caller) -> Value {
    let user = caller.simulator.credentials().user.clone();
    caller.log_in(&user.name, &user.password).await.passed()
}

async fn refresh(caller: &Caller, tokens: &Value) -> Answer {
    let token = tokens["refresh_token"].as_str().expect("there is a refresh token");
    caller.token_call(&[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

#[tokio::test(start_paused = true)]
async fn the_password_grant_gives_a_users_token() {
    let caller = Caller::stranger(Options::default());
    let tokens = main_user_tokens(&caller).await;
    assert_eq!(tokens["expires_in"], 3600);
    assert_eq!(tokens["refresh_expires_in"], 1800);
    assert_eq!(tokens["token_type"], "Bearer");
    assert_eq!(tokens["not-before-policy"], 0);
    assert_eq!(tokens["scope"], "profile email");
    let claims = claims(&tokens["access_token"]);
    let user = &caller.simulator.credentials().user;
    assert_eq!(claims["sub"], user.id);
    assert_eq!(claims["email"], json!(user.email));
    assert_eq!(claims["azp"], "api-client");
    assert_eq!(claims["sid"], tokens["session_state"]);
    assert_eq!(claims["https://hasura.io/jwt/claims"]["x-hasura-user-id"], user.id);
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|issued| issued + 3600));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_keeps_subject_and_session_and_gives_a_new_pair() {
    let caller = Caller::stranger(Options::default());
    let first = main_user_tokens(&caller).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    let second = refresh(&caller, &first).await.passed();
    let (before, after) = (claims(&first["access_token"]), claims(&second["access_token"]));
    assert_eq!(before["sub"], after["sub"]);
    assert_eq!(first["session_state"], second["session_state"]);
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(after["iat"].as_i64(), before["iat"].as_i64().map(|issued| issued + 2));
    assert_ne!(first["refresh_token"], second["refresh_token"]);
}

#[tokio::test(start_paused = true)]
async fn the_client_grant_gives_a_service_token_without_a_session() {
    let mut caller = Caller::stranger(Options::default());
    let tokens = caller.token_call(&[("grant_type", "client_credentials")]).await.passed();
    assert_eq!(tokens["refresh_expires_in"], 0);
    assert!(tokens.get("refresh_token").is_none());
    assert!(tokens.get("session_state").is_none());
    let claims = claims(&tokens["access_token"]);
    assert_eq!(claims["preferred_username"], "service-account-api-client");
    assert_eq!(claims["clientId"], "api-client");
    assert!(claims.get("sid").is_none());
    caller.use_token(&tokens);
    assert_eq!(caller.ask("/v1/api/workspaces/list", json!({})).await["workspaces"][0]["id"], 1);
}

#[tokio::test]
async fn a_client_may_prove_itself_in_a_basic_header() {
    let caller = Caller::stranger(Options::default());
    let client = &caller.simulator.credentials().client;
    let basic = STANDARD.encode(format!("{}:{}", client.id, client.secret));
    let request = Request::post(TOKEN_PATH)
        .header(header::AUTHORIZATION, format!("Basic {basic}"))
        .body(Body::from("grant_type=client_credentials"))
        .expect("the request is valid");
    assert_eq!(caller.send(request).await.passed()["token_type"], "Bearer");
}

#[tokio::test]
async fn the_public_client_logs_users_in_without_a_secret() {
    let caller = Caller::stranger(Options::default());
    let user = &caller.simulator.credentials().user;
    let form = [
        ("client_id", "sdk-client"),
        ("grant_type", "password"),
        ("username", &user.name),
        ("password", &user.password),
    ];
    let tokens = caller.form(TOKEN_PATH, &form).await.passed();
    assert_eq!(claims(&tokens["access_token"])["azp"], "sdk-client");
}

#[tokio::test]
async fn the_published_key_verifies_a_token() {
    let caller = Caller::stranger(Options::default());
    let tokens = main_user_tokens(&caller).await;
    let keys = caller.get("/auth/realms/master/protocol/openid-connect/certs").await.passed();
    let key = &keys["keys"][0];
    let token = tokens["access_token"].as_str().expect("a token is a text");
    let (signed, signature) = token.rsplit_once('.').expect("a token has parts");
    let number = |name: &str| decoded(key[name].as_str().expect("a key has numbers"));
    RsaPublicKeyComponents { n: number("n"), e: number("e") }
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &decoded(signature))
        .expect("the published key verifies the signature");
    let header: Value =
        serde_json::from_slice(&decoded(token.split('.').next().unwrap_or_default())).expect("a header is JSON");
    assert_eq!(header["kid"], key["kid"]);
}

#[tokio::test]
async fn the_discovery_document_names_the_host_it_was_asked_at() {
    let caller = Caller::stranger(Options::default());
    let request = Request::get("/auth/realms/master/.well-known/openid-configuration")
        .header(header::HOST, "keycloak.example.com")
        .header("x-forwarded-proto", "https")
        .body(Body::empty())
        .expect("the request is valid");
    let document = caller.send(request).await.passed();
    assert_eq!(document["issuer"], "https://keycloak.example.com/auth/realms/master");
    assert_eq!(
        document["token_endpoint"],
        "https://keycloak.example.com/auth/realms/master/protocol/openid-connect/token"
    );
}

#[tokio::test]
async fn wrong_token_calls_are_refused_in_the_identity_servers_form() {
    let caller = Caller::stranger(Options::default());
    let user = caller.simulator.credentials().user.clone();
    assert_refused(caller.log_in(&user.name, "wrong").await, 401, "invalid_grant", "Invalid user credentials");
    assert_refused(caller.token_call(&[]).await, 400, "invalid_request", "Missing form parameter: grant_type");
    assert_refused(
        caller.token_call(&[("grant_type", "magic")]).await,
        400,
        "unsupported_grant_type",
        "Unsupported grant_type",
    );
    assert_refused(
        caller
            .form(
                TOKEN_PATH,
                &[("grant_type", "client_credentials"), ("client_id", "api-client"), ("client_secret", "wrong")],
            )
            .await,
        401,
        "unauthorized_client",
        "Invalid client or Invalid client credentials",
    );
    assert_refused(
        caller.token_call(&[("grant_type", "refresh_token"), ("refresh_token", "nonsense")]).await,
        400,
        "invalid_grant",
        "Invalid refresh token",
    );
}

#[tokio::test(start_paused = true)]
async fn a_refresh_token_ends_after_its_life() {
    let caller = Caller::stranger(Options::default());
    let tokens = main_user_tokens(&caller).await;
    tokio::time::advance(Duration::from_secs(1801)).await;
    assert_refused(refresh(&caller, &tokens).await, 400, "invalid_grant", "Token is not active");
}

#[tokio::test(start_paused = true)]
async fn an_offline_token_never_ends() {
    let caller = Caller::stranger(Options::default());
    let user = caller.simulator.credentials().user.clone();
    let tokens = caller
        .token_call(&[
            ("grant_type", "password"),
            ("username", &user.name),
            ("password", &user.password),
            ("scope", "offline_access"),
        ])
        .await
        .passed();
    assert_eq!(tokens["refresh_expires_in"], 0);
    tokio::time::advance(Duration::from_secs(86_400)).await;
    refresh(&caller, &tokens).await.passed();
}

#[tokio::test(start_paused = true)]
async fn an_access_token_ends_after_its_life() {
    let caller = Caller::logged_in(Options::default()).await;
    tokio::time::advance(Duration::from_secs(3598)).await;
    caller.ask("/v1/api/features/list", json!({})).await;
    tokio::time::advance(Duration::from_secs(2)).await;
    caller.post("/v1/api/features/list", json!({})).await.refused(401, "Unauthorized: the token has expired");
}

#[tokio::test]
async fn a_token_that_was_not_issued_is_refused() {
    let mut caller = Caller::stranger(Options::default());
    caller.post("/v1/api/features/list", json!({})).await.refused(401, "Unauthorized: a bearer token is needed");
    let tokens = main_user_tokens(&caller).await;
    let token = tokens["access_token"].as_str().expect("a token is a text");
    let (signed, signature) = token.rsplit_once('.').expect("a token has parts");
    let (header, _) = signed.split_once('.').expect("a token has parts");
    let forged = URL_SAFE_NO_PAD.encode(claims(&tokens["access_token"]).to_string().replace("Bearer", "Bearer "));
    for bad in [
        json!({ "access_token": "nonsense" }),
        json!({ "access_token": format!("{header}.{forged}.{signature}") }),
        json!({ "access_token": tokens["refresh_token"] }),
    ] {
        caller.use_token(&bad);
        caller.post("/v1/api/features/list", json!({})).await.refused(401, "Unauthorized: the token is not valid");
    }
}
