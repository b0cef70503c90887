//! Turns reqwest's answer into ours, and reads its body under the exchange's deadline. Holds at most one chunk.

use bytes::Bytes;
use reqwest::Response;

use super::deadline::Deadline;
use super::failure;
use super::target::Target;
use crate::wire::{Answer, BodyReader, BoxFuture, Headers, TransportError, WholeBody};

/// The head of that response, and a reader for the rest.
pub(super) fn receive(response: Response, head_only: bool, target: Target, deadline: Deadline) -> Answer {
    let status = response.status().as_u16();
    let mut headers = Headers::default();
    for (name, value) in response.headers() {
        headers.push(name.as_str(), String::from_utf8_lossy(value.as_bytes()));
    }
    // Such an answer has no body, yet its head may announce a content coding; the decoder would miss its first bytes.
    let bodiless = head_only || status == 204 || status == 304;
    let body: Box<dyn BodyReader> = if bodiless {
        Box::new(WholeBody(None))
    } else {
        // The decoder takes the field away with the coding, so it is there only when it counts what we see.
        let missing = headers.get("content-length").and_then(|length| length.parse().ok());
        Box::new(Reader { state: State::Open(response), missing, target, deadline })
    };
    Answer { status, headers, body }
}

struct Reader {
    state: State,
    /// How much is still to come, where the head said so. hyper counts too over HTTP/1, but takes an HTTP/2 stream
    /// that the server cancelled for one that ended.
    missing: Option<u64>,
    target: Target,
    deadline: Deadline,
}

/// Ended and broken readers hold no response: letting go of it closes the connection, or hands it back whole.
enum State {
    Open(Response),
    Ended,
    Broken(TransportError),
}

impl Reader {
    async fn read(&mut self) -> Result<Option<Bytes>, TransportError> {
        let response = match &mut self.state {
            State::Open(response) => response,
            State::Ended => return Ok(None),
            State::Broken(error) => return Err(error.clone()),
        };
        let error = match self.deadline.within(response.chunk()).await {
            Some(Ok(Some(chunk))) => {
                self.missing = self.missing.map(|missing| missing.saturating_sub(chunk.len() as u64));
                return Ok(Some(chunk));
            }
            Some(Ok(None)) if self.missing.is_some_and(|missing| missing > 0) => failure::of_ending_early(&self.target),
            Some(Ok(None)) => {
                self.state = State::Ended;
                return Ok(None);
            }
            Some(Err(error)) => failure::of_reading(&self.target, &error),
            None => self.deadline.no_end(&self.target),
        };
        self.state = State::Broken(error.clone());
        Err(error)
    }
}

impl BodyReader for Reader {
    fn chunk(&mut self) -> BoxFuture<'_, Result<Option<Bytes>, TransportError>> {
        Box::pin(self.read())
    }
}
