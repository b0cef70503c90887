//! The language: from the text of a file to a playbook as it is written.
//!
//! [`tree`] reads YAML into spanned nodes, [`fields`] says which keys exist, [`read`] makes the [`Playbook`];
//! [`mod@format`] lays a text out anew. Names are not looked up here: that is `check`'s work. Nothing here reads a file
//! or knows HTTP.

mod alone;
mod conform;
mod connection;
mod cookie;
mod documented;
mod effect;
mod elsewhere;
mod exec;
pub mod fields;
mod foreach;
pub mod format;
mod include;
mod invocation;
mod json_template;
mod kind;
mod limits;
mod matrix;
mod mistaken;
mod model;
mod path_template;
mod pattern;
mod provider;
mod read;
mod read_request;
mod read_step;
mod save;
mod schema;
pub mod shape;
mod size;
mod stream;
pub mod tree;
mod wrong_type;

#[cfg(feature = "simulator")]
pub(crate) use conform::conform;
pub use connection::Connection;
pub use cookie::Cookie;
pub(crate) use effect::{matches_glob, path_as_written};
pub use exec::{EXEC, Exec};
pub use foreach::{Axis, Foreach, Over};
pub use include::{Included, ReadIncluded};
pub use invocation::Invocation;
pub use json_template::{JsonData, JsonTemplate};
pub use matrix::{Axis as MatrixAxis, AxisValue, Entry as MatrixEntry, Matrix};
pub use mistaken::Mistaken;
pub use model::{
    Binding, Body, Capture, CaptureFrom, Cleanup, Defaults, Ensure, Expect, Input, InputKind, InputPlace, InputSource,
    Length, Part, Playbook, Poll, Prose, Request, Retry, RetryOn, Several, StatusRange, Step, Work,
};
pub use path_template::PathTemplate;
pub use pattern::Pattern;
pub use provider::{Grant, OAuth2, Provider, ProviderKind};
pub use read::{read, read_with};
pub use save::bad_save;
pub use schema::{faults_schema, included_schema, schema};
pub use size::parse_size;
pub use stream::Stream;
