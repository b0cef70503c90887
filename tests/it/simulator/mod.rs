//! The platform simulator, called through its router and, for lost connections, over a socket.

#[cfg(feature = "arrow")]
mod arrow;
mod assay_reference;
mod assay_schedule;
mod assay_sources;
mod assays;
mod caller;
mod deployments;
mod faults;
mod ids;
mod inferences;
mod log;
mod models;
mod options;
mod reference;
mod sockets;
mod tokens;
mod tutorial;
mod users;
mod workspaces;
mod worlds;
