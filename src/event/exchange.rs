//! A request and its answer as they are kept.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Mark;
use crate::wire::{EXEC, Headers, is_success};

/// The number of a request in its run, from one. Token requests count too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub u64);

/// What a request does, and so whether it may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It changes nothing.
    Read,
    /// Doing it twice is the same as doing it once.
    Idempotent,
    /// It must not be done twice.
    Once,
}

impl Effect {
    /// The word in playbooks and messages.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Idempotent => "idempotent",
            Effect::Once => "once",
        }
    }
}

/// The part a request plays in its step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The step's own request.
    Main,
    /// `ensure.find`, from zero.
    Find(usize),
    /// `ensure.create`
    Create,
    /// `ensure.update`
    Update,
    /// A request of `cleanup`, from zero.
    Cleanup(usize),
    /// A token request of that provider.
    Token(String),
}

impl Role {
    /// A word or two for people; empty for the step's own request.
    pub fn label(&self) -> String {
        match self {
            Role::Main => String::new(),
            Role::Find(_) => "find".to_owned(),
            Role::Create => "create".to_owned(),
            Role::Update => "update".to_owned(),
            Role::Cleanup(_) => "cleanup".to_owned(),
            Role::Token(provider) => format!("token of {provider}"),
        }
    }
}

/// A request as it is kept: credentials masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The header fields.
    #[serde(default, skip_serializing_if = "no_headers")]
    pub headers: Headers,
    /// The body.
    #[serde(default, skip_serializing_if = "BodyRecord::is_empty")]
    pub body: BodyRecord,
    /// Places in it that normal form treats by where they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

impl RequestRecord {
    /// Whether an answer of that status says that it was done: of a program, an exit code of 0.
    pub fn succeeds_with(&self, status: u16) -> bool {
        if self.method == EXEC { status == 0 } else { is_success(status) }
    }
}

/// An answer as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerRecord {
    /// The status code.
    pub status: u16,
    /// The header fields.
    #[serde(default, skip_serializing_if = "no_headers")]
    pub headers: Headers,
    /// The body.
    #[serde(default, skip_serializing_if = "BodyRecord::is_empty")]
    pub body: BodyRecord,
    /// Of a program, whose exit code is the status and whose standard output is the body: its standard error.
    #[serde(default, skip_serializing_if = "BodyRecord::is_empty")]
    pub stderr: BodyRecord,
    /// Milliseconds from sending to the last byte.
    pub elapsed: u64,
    /// Places in it that normal form treats by where they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<Mark>,
}

/// A body as it is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyRecord {
    /// None.
    #[default]
    Empty,
    /// Text, as it is.
    Text(String),
    /// Bytes that are no text.
    Base64(String),
    /// A file that was sent.
    File {
        /// Its path.
        path: String,
    },
    /// A multipart body that was sent.
    Multipart(Vec<PartRecord>),
    /// A body file beside the journal.
    Stored {
        /// The file's name in `bodies/`.
        name: String,
        /// Its length in bytes.
        bytes: u64,
    },
    /// A file of the run's folder that the playbook asked for.
    Saved {
        /// Its name below `saved/` in the run's folder.
        path: String,
        /// Its length in bytes.
        bytes: u64,
        /// Its SHA-256, hexadecimal.
        sha256: String,
    },
    /// Not read to its end: it was too large, or its file could not be written.
    Unread {
        /// How many bytes were read.
        bytes: u64,
    },
    /// Too large to be kept: only these are known.
    Projected {
        /// Its length in bytes.
        bytes: u64,
        /// Its SHA-256, hexadecimal.
        sha256: String,
    },
}

impl BodyRecord {
    /// Whether there is no body.
    pub fn is_empty(&self) -> bool {
        *self == BodyRecord::Empty
    }

    /// The bytes of a body that was kept whole and is no text; `read` finds those that are kept beside the journal.
    pub fn bytes(&self, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        match self {
            BodyRecord::Base64(text) => STANDARD.decode(text).ok(),
            BodyRecord::Stored { name, .. } => read(name),
            _ => None,
        }
    }
}

/// One part of a multipart body that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRecord {
    /// The field's name.
    pub name: String,
    /// The file name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The media type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// The content.
    pub body: BodyRecord,
}

/// What follows from an answer, or from none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The request did what it was for.
    Pass,
    /// `ensure.find` found nothing.
    Absent,
    /// `ensure.create` met something that is there already: find again.
    Conflict,
    /// A good answer that is not there yet.
    PollAgain {
        /// Milliseconds to wait.
        after: u64,
        /// What was seen, in a few words.
        seen: String,
    },
    /// The request is sent again.
    Retry {
        /// Milliseconds to wait.
        after: u64,
        /// Why, in a few words.
        because: String,
    },
    /// It is asked elsewhere, as the answer says.
    Redirect {
        /// The URL.
        to: String,
    },
    /// The token was refused: it is renewed, and the request sent once more.
    Renew,
    /// An expectation is false, or a poll has failed.
    Fail,
    /// It could not be found out.
    Error,
}

fn no_headers(headers: &Headers) -> bool {
    headers.0.is_empty()
}
