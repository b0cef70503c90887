//! Reports of a run, from its record: for test dashboards ([`junit()`]), for programs ([`json()`]), for pages
//! ([`markdown()`]). A [`Batch`] is reported as a whole: [`junit_of`], [`json_of`], [`markdown_of`].
//!
//! Views: they read a record and nothing else, so a report can be made again at any time from the journal. Secrets
//! are masked in the record already.

mod batch;
mod json;
mod junit;
mod markdown;

pub use batch::{Absent, Batch, Ran};
pub use json::{VERSION, json, json_of};
pub use junit::{junit, junit_of};
pub use markdown::{markdown, markdown_of};
