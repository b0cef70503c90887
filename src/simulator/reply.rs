//! What becomes of a request.

use axum::response::Response;

/// What a caller of [`Simulator::call`](super::Simulator::call) gets.
#[derive(Debug)]
pub enum Reply {
    /// An answer. A fault may let its body come slowly, or break off: then reading it ends with an error.
    Answer(Response),
    /// The connection was lost before the answer began.
    Reset {
        /// Whether the request was executed. A caller over a network could not know.
        executed: bool,
    },
    /// Nobody listens: the request did not arrive, and is not in the log.
    Refused,
}
