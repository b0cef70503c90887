//! The platform simulator: a stateful stand-in for the Wallaroo MLOps API.
//!
//! It issues and verifies signed tokens, keeps users, workspaces, models, pipelines, deployments and assays
//! with the platform's rules and refusals, lets deployments and conversions take their time, runs the uploaded ONNX
//! files on JSON or on Arrow files, and computes assays from the log of inferences. It speaks the dialect of the 2023.2
//! release. It imports nothing of the rest of the crate and meets it only over HTTP, and it takes time only from
//! `tokio::time`.
//!
//! It needs no socket; the server is a thin layer over [`Simulator::call`]:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! use axum::body::Body;
//! use axum::http::Request;
//! use callsheet::simulator::{Effect, FaultPlan, FaultRule, Options, Reply, ResetWhen, Simulator};
//!
//! let lost = FaultRule {
//!     calls: vec![2..=2],
//!     effect: Some(Effect::Reset(ResetWhen::AfterExecution)),
//!     ..FaultRule::on("/auth/**".parse().unwrap())
//! };
//! let faults = FaultPlan { rules: vec![lost], ..FaultPlan::default() };
//! let simulator = Simulator::new(Options { faults, ..Options::default() });
//! let request = || Request::get("/auth/realms/master/protocol/openid-connect/certs").body(Body::empty()).unwrap();
//! assert!(matches!(simulator.call(request()).await, Reply::Answer(answer) if answer.status() == 200));
//! assert!(matches!(simulator.call(request()).await, Reply::Reset { executed: true }));
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
mod door;
mod error;
mod faults;
mod gate;
mod inference;
mod options;
mod path_pattern;
mod random;
mod reply;
mod request_log;
mod server;
mod shared;
mod signer;
mod state;
pub mod world;

pub use credentials::{ClientCredentials, Credentials, UserCredentials};
pub use faults::{Cut, Effect, FaultBody, FaultPlan, FaultRule, FaultStatus, Latency};
pub use options::{OptionTextError, Options, Reset, ResetWhen, Settling};
pub use path_pattern::{PathPattern, PathPatternError};
pub use reply::Reply;
pub use server::{Serving, Simulator, ready_line};
pub use world::{World, WorldError};
