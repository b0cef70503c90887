//! A terminal of its own for the program, on which Ctrl-C can be pressed.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

/// Set for the process that becomes the program: its arguments, a line each.
const ARGUMENTS: &str = "CALLSHEET_TEST_ARGUMENTS";

/// The program at a terminal.
pub struct Terminal {
    master: File,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

impl Terminal {
    /// Starts the program in that folder, its stdin and stderr at a terminal that is its controlling one.
    ///
    /// Only the process itself can make it that, so that it begins as another process of the tests, which then becomes
    /// the program.
    pub fn start(folder: &std::path::Path, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("it is ours");
        let size = Winsize { ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&master, size).expect("a terminal has a size");
        let name = ptsname(&master, Vec::new()).expect("it has a name").into_string().expect("its name is UTF-8");
        let line = || File::options().read(true).write(true).open(&name).expect("it can be opened");
        let mut command = Command::new(std::env::current_exe().expect("the tests are a program"));
        command.args(["--exact", "--ignored", "--nocapture", "keeping::terminal::becomes_the_program"]);
        command.env(ARGUMENTS, arguments.join("\n")).env("TERM", "xterm").current_dir(folder);
        let child = command.stdin(line()).stdout(Stdio::null()).stderr(line()).spawn().expect("it can be started");
        let shown = Arc::new(Mutex::new(Vec::new()));
        let master = File::from(master);
        let reader = read(master.try_clone().expect("a second handle"), Arc::clone(&shown));
        Terminal { master, child, shown, reader }
    }

    pub fn press_ctrl_c(&mut self) {
        self.master.write_all(b"\x03").expect("the terminal takes keys");
    }

    /// What stood on the terminal so far, without what steers it.
    pub fn shown(&self) -> String {
        without_steering(&self.shown)
    }

    /// The exit code and everything that stood on the terminal.
    pub fn end(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().expect("it ends");
        // What reads ends when nobody has the terminal open any more.
        self.reader.join().expect("it does not panic");
        (status.code(), without_steering(&self.shown))
    }
}

fn without_steering(shown: &Mutex<Vec<u8>>) -> String {
    let shown = shown.lock().expect("the reader does not panic");
    let text = String::from_utf8_lossy(&shown).replace("\r\n", "\n");
    let steering = regex::Regex::new("\x1b\\[[?0-9;]*[a-zA-Z]|\r|\\^C").expect("a pattern");
    steering.replace_all(&text, "").into_owned()
}

fn read(mut master: File, shown: Arc<Mutex<Vec<u8>>>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        // On Linux, a terminal that nobody has open any more is an error.
        while let Ok(count @ 1..) = master.read(&mut buffer) {
            shown.lock().expect("nobody panics with it").extend_from_slice(&buffer[..count]);
        }
    })
}

/// Not a test: the process that [`Terminal::start`] begins with.
#[test]
#[ignore = "becomes the program that another test starts"]
fn becomes_the_program() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    rustix::process::setsid().expect("a process that was just started leads no group");
    rustix::process::ioctl_tiocsctty(std::io::stdin()).expect("its stdin is a terminal");
    let mut program = Command::new(env!("CARGO_BIN_EXE_callsheet"));
    let error = program.args(arguments.lines()).env_remove(ARGUMENTS).exec();
    panic!("the program cannot be started: {error}");
}
