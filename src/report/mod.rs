//! Reports of a run, from its record: for test dashboards ([`junit`]), for programs ([`json()`]), for pages
//! ([`markdown()`]).
//!
//! Views: they read a record and nothing else, so a report can be made again at any time from the journal. Secrets
//! are masked in the record already.

mod json;
mod junit;
mod markdown;

pub use json::{VERSION, json};
pub use junit::junit;
pub use markdown::markdown;
