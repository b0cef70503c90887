//! The keys below `auth`.

use super::{optional, required, table, word};
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
            optional(
                "oauth2",
                Shape::Object(&OAUTH2),
                "A token from an OAuth 2.0 server (RFC 6749).",
                &[
                    r#"{ token_url: "{{ api_url }}/token", grant: client_credentials, client_id: shop, client_secret: "{{ password }}" }"#,
                ],
            ),
            optional(
                "basic",
                Shape::Object(&BASIC),
                "User and password (RFC 7617).",
                &[r#"{ username: "{{ customer }}", password: "{{ password }}" }"#],
            ),
            optional("bearer", Shape::Template, "A token that is already there (RFC 6750).", &[r#""{{ token }}""#]),
            optional(
                "header",
                Shape::Object(&HEADER),
                "A header field with a key.",
                &[r#"{ name: X-Api-Key, value: "{{ token }}" }"#],
            ),
            optional(
                "hosts",
                Shape::OneOrMany(&Shape::Template),
                "Origins that may see the credentials; the origin of `base_url` if not said.",
                &["[https://files.example.com]"],
            ),
        ],
    )
};

static OAUTH2: Table = table(
    "oauth2",
    "an OAuth 2.0 grant",
    "How a token is got.",
    &[
        required("token_url", Shape::Template, "The token endpoint.", &[r#""{{ api_url }}/token""#]),
        required(
            "grant",
            Shape::Word(&[
                word("password", "The user's name and password (section 4.3)."),
                word("client_credentials", "The client's own credentials (section 4.4)."),
                word("refresh_token", "A refresh token that is already there (section 6)."),
            ]),
            "The grant type (RFC 6749, sections 4.3, 4.4 and 6).",
            &["client_credentials"],
        ),
        optional("client_id", Shape::Template, "The client.", &["shop"]),
        optional("client_secret", Shape::Template, "The client's secret.", &[r#""{{ password }}""#]),
        optional(
            "client_auth",
            Shape::Word(&[
                word("basic", "In the header field `Authorization`."),
                word("form", "In the body, as `client_id` and `client_secret`."),
            ]),
            "How the client names itself; `basic` if not said.",
            &["form"],
        ),
        optional("username", Shape::Template, "The user, for `password`.", &[r#""{{ customer }}""#]),
        optional("password", Shape::Template, "The user's password, for `password`.", &[r#""{{ password }}""#]),
        optional(
            "refresh_token",
            Shape::Template,
            "The token to begin with, for `refresh_token`.",
            &[r#""{{ token }}""#],
        ),
        optional("scope", Shape::Template, "The scope to ask for.", &["orders:read"]),
    ],
);

static BASIC: Table = table(
    "basic",
    "a `basic`",
    "HTTP Basic.",
    &[
        required("username", Shape::Template, "The user.", &[r#""{{ customer }}""#]),
        required("password", Shape::Template, "The password.", &[r#""{{ password }}""#]),
    ],
);

static HEADER: Table = table(
    "header",
    "a `header`",
    "A field that carries a key.",
    &[
        required("name", Shape::Text, "The field's name.", &["X-Api-Key"]),
        required("value", Shape::Template, "The field's value.", &[r#""{{ token }}""#]),
    ],
);
