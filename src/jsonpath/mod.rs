//! JSONPath (RFC 9535): queries over one JSON value.
//!
//! The crate `jsonpath-rust` reads the text, where it is more than names and indices (`simple`); everything after that
//! is ours. [`Path::parse`] turns its tree once into a tree of our own (`query`), checks its types (`convert`) and
//! compiles its regular expressions (`regexp`); one walker (`walk`, with `filter` for the conditions) answers every
//! question about a document. What a text should have been is worked out in `repair`, why a query found nothing in
//! `miss`. Nothing here knows of playbooks, templates or HTTP, and nothing here changes a value.

mod convert;
mod error;
mod filter;
mod fuel;
mod idle;
mod location;
mod miss;
mod path;
mod project;
mod query;
mod regexp;
mod repair;
mod scan;
mod simple;
mod walk;

#[cfg(test)]
mod projecting;
#[cfg(test)]
mod tests;

pub use error::PathError;
pub use fuel::OutOfFuel;
pub use location::{literal, member, name_segment};
pub use miss::Miss;
pub use path::Path;
pub use project::ANY_INDEX;
