//! The HTTP client: [`wire::Transport`](crate::wire::Transport) over reqwest, hyper and rustls.
//!
//! A [`Client`] puts each request on the wire once. It follows no redirect, repeats nothing that was written, and
//! says of every failure which kind it is; a kind that promises "surely not executed" is given only where no byte of
//! the request can have left. Messages name scheme, host and port of the URL, never its path, query or user, which may
//! hold secrets.
//!
//! It decides nothing: whether to send again, follow or give up is the runner's to say. It keeps no cookies, knows
//! no tokens, reads no environment except for [`Proxy::System`], and sets no limit on the size of an answer.

mod answer;
mod deadline;
mod failure;
mod multipart;
mod options;
mod payload;
mod pem;
mod prepare;
mod route;
mod send;
mod target;
#[cfg(test)]
mod tests;
mod tls;
mod ways;

pub use crate::wire::{ClientCertificate, ConnectTo, Connection, NoProxy, Pem, Proxy, Tls};
pub use options::Options;
pub use send::{Client, check};
