//! The language: from the text of a file to a playbook as it is written.
//!
//! [`tree`] reads YAML into spanned nodes, [`fields`] says which keys exist, [`read`] makes the [`Playbook`]. Names
//! are not looked up here: that is `check`'s work. Nothing here reads a file or knows HTTP.

mod conform;
mod connection;
pub mod fields;
mod foreach;
mod invocation;
mod json_template;
mod mistaken;
mod model;
mod path_template;
mod read;
mod read_request;
mod read_step;
mod save;
mod schema;
pub mod shape;
mod size;
pub mod tree;
mod wrong_type;

pub use connection::Connection;
pub use foreach::{Axis, Foreach, Over};
pub use invocation::Invocation;
pub use json_template::{JsonData, JsonTemplate};
pub use mistaken::Mistaken;
pub use model::{
    Binding, Body, Capture, CaptureFrom, Cleanup, Defaults, Ensure, Expect, Grant, Input, InputKind, InputPlace,
    InputSource, Length, OAuth2, Part, Playbook, Poll, Prose, Provider, ProviderKind, Request, Retry, RetryOn, Several,
    StatusRange, Step, Work,
};
pub use path_template::PathTemplate;
pub use read::read;
pub use save::bad_save;
pub use schema::schema;
pub use size::parse_size;
