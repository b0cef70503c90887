//! The keys below `auth`.

use super::{optional, required, table};
use crate::playbook::shape::{Choice, Shape, Table};

/// Credentials.
pub static PROVIDER: Table = Table {
    choices: &[Choice {
        names: &["oauth2", "basic", "bearer", "header"],
        required: true,
        what: "the kind of credentials",
    }],
    ..table(
        "provider",
        "a provider of credentials",
        "Fetched on first use, shared by parallel steps, renewed before expiry and once after a 401.",
        &[
            optional("oauth2", Shape::Object(&OAUTH2), "A token from an OAuth 2.0 server (RFC 6749)."),
            optional("basic", Shape::Object(&BASIC), "User and password (RFC 7617)."),
            optional("bearer", Shape::Template, "A token that is already there (RFC 6750)."),
            optional("header", Shape::Object(&HEADER), "A header field with a key."),
            optional(
                "hosts",
                Shape::OneOrMany(&Shape::Template),
                "Origins that may see the credentials; the origin of `base_url` if not said.",
            ),
        ],
    )
};

static OAUTH2: Table = table(
    "oauth2",
    "an OAuth 2.0 grant",
    "How a token is got.",
    &[
        required("token_url", Shape::Template, "The token endpoint."),
        required(
            "grant",
            Shape::Word(&["password", "client_credentials", "refresh_token"]),
            "The grant type (RFC 6749, sections 4.3, 4.4 and 6).",
        ),
        optional("client_id", Shape::Template, "The client."),
        optional("client_secret", Shape::Template, "The client's secret."),
        optional("client_auth", Shape::Word(&["basic", "form"]), "How the client names itself; `basic` if not said."),
        optional("username", Shape::Template, "The user, for `password`."),
        optional("password", Shape::Template, "The user's password, for `password`."),
        optional("refresh_token", Shape::Template, "The token to begin with, for `refresh_token`."),
        optional("scope", Shape::Template, "The scope to ask for."),
    ],
);

static BASIC: Table = table(
    "basic",
    "a `basic`",
    "HTTP Basic.",
    &[required("username", Shape::Template, "The user."), required("password", Shape::Template, "The password.")],
);

static HEADER: Table = table(
    "header",
    "a `header`",
    "A field that carries a key.",
    &[required("name", Shape::Text, "The field's name."), required("value", Shape::Template, "The field's value.")],
);
