//! Plans of faults: read from files, given on the command line, and struck by them over a real socket.

#[cfg(feature = "cli")]
mod command_line;
mod reading;
mod sockets;
mod tokens;
