//! Apache Arrow, as far as calls need it: schemas.
//!
//! [`Field`]s are a schema as a playbook writes it, [`message()`] makes its bytes.

mod message;
mod types;

pub use message::message;
pub use types::Field;
