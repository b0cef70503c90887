//! Credentials that need no server, and the requests for those that do (RFC 6749).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::request::{Credential, Intake, Rendered};
use super::url;
use crate::event::{BodyRecord, RequestRecord};
use crate::expression::{EvalError, EvalErrorKind, Scope, Template};
use crate::playbook::{Grant, OAuth2, Playbook, Provider, ProviderKind};
use crate::secret::{PLACEHOLDER, Secret};
use crate::wire::{Body, Headers, Request};

/// How a token is asked for.
#[derive(Clone, Debug)]
pub enum TokenGrant {
    /// By the provider's own grant.
    Own,
    /// By a refresh token that the server gave before.
    Refresh(Secret),
}

/// The credential of a provider that needs no server; `None` for OAuth 2.0.
pub fn credential(provider: &Provider, scope: &dyn Scope) -> Result<Option<Credential>, EvalError> {
    let authorization =
        |scheme, value: String| Credential { header: "Authorization".to_owned(), scheme, value: Secret::new(value) };
    Ok(Some(match &provider.kind {
        ProviderKind::OAuth2(_) => return Ok(None),
        ProviderKind::Bearer(token) => authorization("Bearer ", token.render_text(scope)?),
        ProviderKind::Basic { username, password } => {
            let pair = format!("{}:{}", username.render_text(scope)?, password.render_text(scope)?);
            authorization("Basic ", STANDARD.encode(pair))
        }
        ProviderKind::Header { name, value } => {
            Credential { header: name.text.to_string(), scheme: "", value: Secret::new(value.render_text(scope)?) }
        }
    }))
}

/// The secret parts of a provider's credentials, as far as they have a value now.
pub fn provider_secrets(provider: &Provider, scope: &dyn Scope) -> Vec<String> {
    let templates: Vec<&Template> = match &provider.kind {
        ProviderKind::Basic { password, .. } => vec![password],
        ProviderKind::Bearer(value) | ProviderKind::Header { value, .. } => vec![value],
        ProviderKind::OAuth2(oauth2) => {
            [&oauth2.client_secret, &oauth2.password, &oauth2.refresh_token].into_iter().flatten().collect()
        }
    };
    templates.into_iter().filter_map(|template| template.render_text(scope).ok()).collect()
}

/// The origins that may see the credentials of a provider: its `hosts`, else the origin of `base_url`.
pub fn token_origin(provider: &Provider, playbook: &Playbook, scope: &dyn Scope) -> Result<Vec<String>, EvalError> {
    let hosts = if provider.hosts.is_empty() { playbook.defaults.base_url.as_slice() } else { &provider.hosts };
    let mut origins = Vec::new();
    for host in hosts {
        let text = host.render_text(scope)?;
        let parsed = ::url::Url::parse(&text).ok().filter(::url::Url::has_host);
        match parsed {
            Some(url) => origins.push(url::origin(&url)),
            // A bare host is reached over TLS; cleartext must be written out.
            None => match ::url::Url::parse(&format!("https://{text}")) {
                Ok(url) => origins.push(url::origin(&url)),
                Err(_) => origins.push(text),
            },
        }
    }
    Ok(origins)
}

/// The request for a token.
pub fn token_request(
    oauth2: &OAuth2,
    grant: &TokenGrant,
    timeout: Duration,
    scope: &dyn Scope,
) -> Result<Rendered, EvalError> {
    let address = oauth2.token_url.render_text(scope)?;
    let url =
        ::url::Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| {
            EvalError::new(oauth2.token_url.span(), EvalErrorKind::Type, format!("`token_url`: `{address}` is no URL"))
            .with_help("write the whole address, such as `https://keycloak.example.com/auth/realms/master/protocol/openid-connect/token`")
        })?;
    let form = form(oauth2, grant, scope)?;
    let body = encode(form.iter().map(|(name, value, _)| (*name, value.as_str())));
    let kept = encode(form.iter().map(|(name, value, secret)| (*name, if *secret { PLACEHOLDER } else { value })));
    let mut headers = Headers::default();
    headers.push("Content-Type", "application/x-www-form-urlencoded");
    headers.push("Accept", "application/json");
    let record = RequestRecord {
        method: "POST".to_owned(),
        url: url.to_string(),
        headers: headers.clone(),
        body: BodyRecord::Text(kept),
        marks: Vec::new(),
    };
    let request = Request {
        method: "POST".to_owned(),
        url,
        headers,
        body: Body::Bytes(Bytes::from(body)),
        timeout,
        connection: Arc::default(),
    };
    let mut rendered = Rendered { request, record, intake: Intake::default() };
    if let Some(credential) = client_credential(oauth2, scope)? {
        rendered.authorize(&credential);
    }
    Ok(rendered)
}

fn encode<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    ::url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Name, value, and whether the value is a secret.
fn form(
    oauth2: &OAuth2,
    grant: &TokenGrant,
    scope: &dyn Scope,
) -> Result<Vec<(&'static str, String, bool)>, EvalError> {
    let mut form = Vec::new();
    let mut add = |name, template: &Option<Template>, secret| -> Result<(), EvalError> {
        if let Some(template) = template {
            form.push((name, template.render_text(scope)?, secret));
        }
        Ok(())
    };
    match (grant, oauth2.grant) {
        (TokenGrant::Refresh(_), _) => {}
        (TokenGrant::Own, Grant::Password) => {
            add("username", &oauth2.username, false)?;
            add("password", &oauth2.password, true)?;
        }
        (TokenGrant::Own, Grant::RefreshToken) => add("refresh_token", &oauth2.refresh_token, true)?,
        (TokenGrant::Own, Grant::ClientCredentials) => {}
    }
    // A client without a secret is public and names itself in the form (RFC 6749, section 3.2.1).
    if oauth2.client_in_form || oauth2.client_secret.is_none() {
        add("client_id", &oauth2.client_id, false)?;
        add("client_secret", &oauth2.client_secret, true)?;
    }
    if !matches!(grant, TokenGrant::Refresh(_)) {
        add("scope", &oauth2.scope, false)?;
    }
    let grant_type = match grant {
        TokenGrant::Own => oauth2.grant.as_str(),
        TokenGrant::Refresh(token) => {
            form.push(("refresh_token", token.expose().to_owned(), true));
            Grant::RefreshToken.as_str()
        }
    };
    form.insert(0, ("grant_type", grant_type.to_owned(), false));
    Ok(form)
}

/// RFC 6749, section 2.3.1: id and secret are form-encoded before they are joined.
fn client_credential(oauth2: &OAuth2, scope: &dyn Scope) -> Result<Option<Credential>, EvalError> {
    let (Some(id), Some(secret)) = (&oauth2.client_id, &oauth2.client_secret) else { return Ok(None) };
    if oauth2.client_in_form {
        return Ok(None);
    }
    let encode = |text: String| ::url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id.render_text(scope)?), encode(secret.render_text(scope)?));
    let value = Secret::new(STANDARD.encode(pair));
    Ok(Some(Credential { header: "Authorization".to_owned(), scheme: "Basic ", value }))
}
