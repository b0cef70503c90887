//! The `callsheet` program: everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    callsheet::cli::main().into()
}
