//! From a plan and the values so far to a request that can be sent.
//!
//! [`View`] is what an expression sees at its place; [`request`] makes the request, [`token`] the request for a
//! token, [`preview`] the request as far as it is known before a run. Nothing here sends, waits or reads a file.

mod arrow;
mod body;
mod derived;
mod items;
mod marks;
mod preview;
mod program;
mod redirected;
mod request;
mod stream;
mod token;
mod url;
mod values;
mod view;
mod written;

pub use derived::{derived_in_bindings, derived_in_program, derived_in_request};
pub(crate) use items::{Draft, Listed, Lists, hands_over_secrets, items, listed};
pub use items::{planned_call, planned_items};
pub(crate) use marks::expected_marks;
pub use preview::{Preview, preview};
pub use program::{Program, program, shell_word};
pub use redirected::Withheld;
pub use request::{Credential, Intake, Rendered, request};
pub use stream::Streaming;
pub(crate) use stream::Taken;
pub use token::{TokenGrant, credential, provider_secrets, token_origin, token_request};
pub use values::{AnswerValues, Content, Files, Item, Part, ProgramEnd, Published, StepValues, Unread};
pub use view::View;
pub use written::{Written, written_credentials};
