//! Runs a program: without a shell, in a group of its own, within its time.
//!
//! It lives in real time, whatever clock the run has: where time is virtual, its time-out is over at once.
//!
//! What it leaves running in its group is ended with it, however it ends: by itself, by its time-out, or because the
//! run drops it.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::pin::pin;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::answer::{Body, Received};
use super::clock::Clock;
use super::{Environment, Options};
use crate::render::{Program, ProgramEnd};
use crate::secret::Redactor;
use crate::wire::{Headers, TransportError, TransportErrorKind};

/// Bytes that a program may write to its standard output.
const MOST_OUTPUT: usize = 1024 * 1024;

/// Bytes of the end of its standard error that are kept.
const KEPT_ERRORS: usize = 64 * 1024;

/// Runs a program to its end. Dropping the future ends the program.
pub(super) async fn run(
    program: Program,
    environment: Option<Environment>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
) -> Result<Received, TransportError> {
    let begun = clock.elapsed();
    let name = program.program.display().to_string();
    let mut command = Command::new(&program.program);
    if let Some(environment) = environment {
        command.env_clear().envs(environment);
    }
    command.args(&program.args).envs(program.env).current_dir(&program.directory).kill_on_drop(true);
    command.stdin(if program.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| not_started(&name, &error))?;
    let ended = tokio::select! {
        ended = attend(child, program.stdin, &name) => ended?,
        () = clock.sleep(timeout) => {
            let message = format!("`{name}` was ended, because it took longer than {}", super::length::duration(timeout));
            return Err(TransportError { kind: TransportErrorKind::Timeout, message });
        }
    };
    let (code, stdout, stderr) = ended;
    Ok(Received {
        status: u16::try_from(code).unwrap_or(u16::MAX),
        headers: Headers::default(),
        body: Body::Whole(stdout),
        elapsed: clock.elapsed().saturating_sub(begun),
        program: Some(Arc::new(ProgramEnd { exit_code: code, stderr })),
    })
}

/// What a program gets of an environment: no secrets, unless its step hands them over.
pub(super) fn environment(options: &Options, redactor: &Redactor) -> Option<Environment> {
    let open = |(_, value): &&(OsString, OsString)| !redactor.finds(&value.to_string_lossy());
    Some(options.environment.as_ref()?.iter().filter(open).cloned().collect())
}

fn not_started(name: &str, error: &std::io::Error) -> TransportError {
    let reason = match error.kind() {
        ErrorKind::NotFound if !name.contains(['/', '\\']) => {
            format!("there is no such program in `PATH`; one beside the playbook is written `./{name}`")
        }
        ErrorKind::NotFound => "there is no such program, or not what its first line wants to run it".to_owned(),
        ErrorKind::PermissionDenied => "it may not be run".to_owned(),
        _ => error.to_string(),
    };
    TransportError { kind: TransportErrorKind::Invalid, message: format!("`{name}` cannot be run: {reason}") }
}

/// Feeds a program and takes what it writes, until it has ended.
async fn attend(mut child: Child, stdin: Option<String>, name: &str) -> Result<(i32, Bytes, String), TransportError> {
    let broken = |kind, message: String| Err(TransportError { kind, message });
    let group = Group::of(&child);
    let (mut input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feed = async {
        if let (Some(input), Some(text)) = (&mut input, stdin) {
            // A program need not read what it is given.
            let _ = input.write_all(text.as_bytes()).await;
        }
        drop(input);
    };
    let exit = async {
        let exit = child.wait().await;
        // Only now do those end that still hold its output open.
        drop(group);
        exit
    };
    let ended = async { tokio::join!(exit, feed, last(errors)) };
    let (mut ended, mut output) = (pin!(ended), pin!(first(output)));
    let too_much = || {
        let message = format!("`{name}` was ended, because it wrote more than {} MiB", MOST_OUTPUT / 1024 / 1024);
        broken(TransportErrorKind::Truncated, format!("{message}; let it write to a file"))
    };
    // Whoever writes too much is ended at once: leaving drops the child and its group.
    let ((exit, (), stderr), stdout) = tokio::select! {
        output = &mut output => match output {
            Some(output) => (ended.await, output),
            None => return too_much(),
        },
        ended = &mut ended => match output.await {
            Some(output) => (ended, output),
            None => return too_much(),
        },
    };
    let exit = match exit {
        Ok(exit) => exit,
        Err(error) => return broken(TransportErrorKind::Reset, format!("`{name}` was lost: {error}")),
    };
    match exit.code() {
        Some(code) => Ok((code, stdout.into(), stderr)),
        None => broken(TransportErrorKind::Reset, format!("`{name}` was ended from outside: {exit}")),
    }
}

/// Everything that is written; `None` as soon as that is too much.
async fn first(stream: Option<impl AsyncRead + Unpin>) -> Option<Vec<u8>> {
    let mut kept = Vec::new();
    let mut limited = stream?.take(MOST_OUTPUT as u64 + 1);
    // What breaks off has ended.
    let _ = limited.read_to_end(&mut kept).await;
    (kept.len() <= MOST_OUTPUT).then_some(kept)
}

/// The end of what is written, in whole lines.
async fn last(stream: Option<impl AsyncRead + Unpin>) -> String {
    let (mut kept, mut lost) = (Vec::new(), false);
    read(stream, |chunk| {
        kept.extend_from_slice(chunk);
        let much = kept.len().saturating_sub(2 * KEPT_ERRORS);
        if much > 0 {
            lost = true;
            kept.drain(..kept.len() - KEPT_ERRORS);
        }
    })
    .await;
    let start = kept.len().saturating_sub(KEPT_ERRORS);
    // A line of which the beginning is lost may begin with half of a secret, which nobody would find.
    let cut = if start > 0 || lost {
        memchr::memchr(b'\n', &kept[start..]).map_or(kept.len(), |end| start + end + 1)
    } else {
        0
    };
    String::from_utf8_lossy(&kept[cut..]).into_owned()
}

async fn read(stream: Option<impl AsyncRead + Unpin>, mut take: impl FnMut(&[u8])) {
    let Some(mut stream) = stream else { return };
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count) = stream.read(&mut buffer).await {
        if count == 0 {
            return;
        }
        take(&buffer[..count]);
    }
}

/// The processes that a program has started; dropping it ends them.
struct Group(#[cfg(unix)] Option<rustix::process::Pid>);

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Group(id.and_then(rustix::process::Pid::from_raw))
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Group()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.0 {
            // It fails where nothing of the group is left, which is what is wanted.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
