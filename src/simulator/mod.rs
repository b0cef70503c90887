//! The platform simulator: a stateful stand-in for the Wallaroo MLOps API.
//!
//! It issues and verifies signed tokens, keeps users, workspaces, models, pipelines, deployments and assays
//! with the platform's rules and refusals, lets deployments and conversions take their time, runs the uploaded ONNX
//! files on JSON or on Arrow files, and computes assays from the log of inferences. It speaks the dialect of the 2023.2
//! release. It imports nothing of the rest of the crate and meets it only over HTTP, and it takes time only from
//! `tokio::time`.
//!
//! Its router is a value that needs no socket:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use axum::body::Body;
//! use axum::http::Request;
//! use callsheet::simulator::{Options, Simulator};
//! use tower::ServiceExt;
//!
//! let simulator = Simulator::new(Options::default());
//! let request = Request::get("/_simulator/health").body(Body::empty()).unwrap();
//! let response = simulator.router().oneshot(request).await.unwrap();
//! assert_eq!(response.status(), 200);
//! # });
//! ```
//!
//! Deliberately absent: GraphQL, the identity server's administration, and permissions
//! beyond a valid token.

mod api;
mod assay;
mod claims;
mod clock;
mod credentials;
mod digest;
mod error;
mod gate;
mod inference;
mod options;
mod path_pattern;
mod random;
mod request_log;
mod server;
mod shared;
mod signer;
mod state;
pub mod world;

pub use credentials::{ClientCredentials, Credentials, UserCredentials};
pub use gate::ConnectionReset;
pub use options::{OptionTextError, Options, Reset, ResetWhen, Settling};
pub use path_pattern::{PathPattern, PathPatternError};
pub use server::{Serving, Simulator, ready_line};
pub use world::{World, WorldError};
