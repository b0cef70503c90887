//! `auth`: where credentials come from, as it is written.

use crate::expression::Template;
use crate::source::Text;

/// Where credentials come from.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its name.
    pub name: Text,
    /// What they are.
    pub kind: ProviderKind,
    /// Origins that may see them; empty for the origin of `base_url`.
    pub hosts: Vec<Template>,
}

/// The kinds of credentials.
#[derive(Clone, Debug)]
pub enum ProviderKind {
    /// A token from an OAuth 2.0 server.
    OAuth2(Box<OAuth2>),
    /// User and password.
    Basic {
        /// The user.
        username: Template,
        /// The password.
        password: Template,
    },
    /// A token that is already there.
    Bearer(Template),
    /// A header field.
    Header {
        /// The field's name.
        name: Text,
        /// The field's value.
        value: Template,
    },
}

/// How a token is got (RFC 6749).
#[derive(Clone, Debug)]
pub struct OAuth2 {
    /// The token endpoint.
    pub token_url: Template,
    /// The grant type.
    pub grant: Grant,
    /// The client.
    pub client_id: Option<Template>,
    /// The client's secret.
    pub client_secret: Option<Template>,
    /// Whether the client names itself in the form instead of by Basic.
    pub client_in_form: bool,
    /// The user, for [`Grant::Password`].
    pub username: Option<Template>,
    /// The password, for [`Grant::Password`].
    pub password: Option<Template>,
    /// The token to begin with, for [`Grant::RefreshToken`].
    pub refresh_token: Option<Template>,
    /// The scope to ask for.
    pub scope: Option<Template>,
}

/// Grant types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// RFC 6749, section 4.3.
    Password,
    /// RFC 6749, section 4.4.
    ClientCredentials,
    /// RFC 6749, section 6.
    RefreshToken,
}

impl Grant {
    /// The value of `grant_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Grant::Password => "password",
            Grant::ClientCredentials => "client_credentials",
            Grant::RefreshToken => "refresh_token",
        }
    }
}
