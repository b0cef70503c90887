//! Ctrl-C once, twice and three times, during an upload, a poll and a cleanup.

use std::process::{Command, Stdio};

use super::terminal::Terminal;
use super::{Place, until};

/// What is under way when Ctrl-C is pressed first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum During {
    Upload,
    Poll,
    Cleanup,
}

impl During {
    fn step(self) -> &'static str {
        match self {
            During::Upload => {
                "{ post: /held/upload, multipart: [{ name: file, filename: a.bin, file: a.bin }], \
                 cleanup: { delete: /ok/remove }, needs: [made] }"
            }
            During::Poll => {
                "{ get: /ok/state, poll: { until: body.done == true, every: 1h, timeout: 2h }, needs: [made] }"
            }
            During::Cleanup => "{ get: /ok/work, needs: [made] }",
        }
    }

    /// What the server gets last before the key is pressed.
    fn last_path(self) -> &'static str {
        match self {
            During::Upload => "/held/upload",
            During::Poll => "/ok/state",
            During::Cleanup => "/held/undo",
        }
    }

    /// What is said of that press.
    fn said(self, press: usize) -> &'static str {
        match (self, press) {
            (During::Cleanup, 1) => "cleaning up goes on; Ctrl-C twice more leaves at once",
            (During::Upload | During::Poll, 1) => "requests in flight finish, then everything is cleaned up",
            // A poll that waits has nothing in flight, so that the cleanup has begun by then.
            (During::Poll | During::Cleanup, 2) => "cleaning up goes on; Ctrl-C again leaves at once",
            (During::Upload, 2) => "requests in flight are dropped, then everything is cleaned up",
            _ => "leaving without cleanup",
        }
    }
}

/// What is expected after so many presses.
struct Case {
    during: During,
    presses: usize,
    /// `work`'s outcome, and what was sent after it.
    ends: (&'static str, &'static [&'static str]),
    /// What is possibly left behind.
    left: &'static [&'static str],
}

const DROPPED: &str = "work: it may have been executed: dropped when the run was interrupted";
/// The cleanup was under way, and nobody knows how far.
const NOT_UNDONE: &str = "made: its cleanup errored: its request may have been executed: the run was interrupted";

const CASES: &[Case] = &[
    Case { during: During::Upload, presses: 1, ends: ("passed", &["/ok/remove", "/held/undo"]), left: &[] },
    Case { during: During::Upload, presses: 2, ends: ("errored", &["/held/undo"]), left: &[DROPPED] },
    Case { during: During::Upload, presses: 3, ends: ("errored", &["/held/undo"]), left: &[DROPPED, NOT_UNDONE] },
    Case { during: During::Poll, presses: 1, ends: ("errored", &["/held/undo"]), left: &[] },
    Case { during: During::Poll, presses: 2, ends: ("errored", &["/held/undo"]), left: &[] },
    Case { during: During::Poll, presses: 3, ends: ("errored", &["/held/undo"]), left: &[NOT_UNDONE] },
    Case { during: During::Cleanup, presses: 1, ends: ("passed", &["/held/undo"]), left: &[] },
    Case { during: During::Cleanup, presses: 2, ends: ("passed", &["/held/undo"]), left: &[] },
    Case { during: During::Cleanup, presses: 3, ends: ("passed", &["/held/undo"]), left: &[NOT_UNDONE] },
];

#[test]
fn ctrl_c_stops_as_hard_as_it_is_often_pressed() {
    std::thread::scope(|scope| {
        CASES.iter().for_each(|case| {
            scope.spawn(|| press(case));
        });
    });
}

fn press(case: &Case) {
    let during = case.during;
    let place = Place::new(&format!(
        "  made: {{ post: /ok/made, cleanup: {{ delete: /held/undo }} }}\n  work: {}\n  \
         later: {{ get: /ok/later, needs: [work] }}",
        during.step()
    ));
    std::fs::write(place.path("a.bin"), "model").expect("space on disk");
    let mut terminal = Terminal::start(place.folder.path(), &["run", "case.yaml"]);
    until(|| place.server.paths().iter().any(|path| path == during.last_path()));
    // A poll waits when it has said what it has seen.
    until(|| during != During::Poll || terminal.shown().contains("not yet"));
    for number in 1..=case.presses {
        // A cleanup that begins is waited for, so that each press meets the same state.
        let begun = number > 1 && (during != During::Upload || number == 3);
        until(|| !begun || place.server.paths().iter().any(|path| path == "/held/undo"));
        terminal.press_ctrl_c();
        until(|| terminal.shown().contains(during.said(number)));
    }
    if case.presses < 3 {
        // The upload, where it is still waited for, and the cleanup.
        place.server.release(2);
    }
    let (code, shown) = terminal.end();
    let context = format!("{during:?}, pressed {} times:\n{shown}", case.presses);
    assert_eq!(code, Some(130), "{context}");
    let paths = place.server.paths();
    let after = paths.iter().position(|path| path == during.last_path()).expect("it was sent");
    let after = if during == During::Cleanup { after } else { after + 1 };
    let (_, sent) = case.ends;
    assert_eq!(paths[after..], *sent, "{context}");
    is_told(&place, case, &shown);
}

/// The same is told at the end, in the journal, and by `show`.
#[track_caller]
fn is_told(place: &Place, case: &Case, shown: &str) {
    let left = |text: &str| {
        let block = text.split_once("possibly left behind:\n").map_or("", |(_, block)| block);
        let lines: Vec<&str> = block.lines().take_while(|line| line.starts_with("  ")).collect();
        let one = |two: &[&str]| {
            let step = two[0].split_whitespace().next().unwrap_or_default().to_owned();
            format!("{step}: {}", two[1].trim())
        };
        lines.chunks(2).map(one).collect::<Vec<_>>()
    };
    let (_, end) = shown.rsplit_once("stop     ").expect("it was said that the run stops");
    assert_eq!(left(end), case.left, "{shown}");
    assert!(end.contains(", interrupted\n"), "{shown}");
    let journal = std::fs::read_to_string(place.folders()[0].join("journal.jsonl")).expect("a journal");
    assert!(journal.lines().last().is_some_and(|line| line.contains("\"run_finished\"")), "the journal is closed");
    let show = place.call(&["show"]).out;
    assert_eq!(left(&show), case.left, "{show}");
    assert!(show.contains(&format!("\n{:7}  work", case.ends.0)), "{show}");
    let runs = place.call(&["runs"]).out;
    assert!(runs.starts_with("interrupted  "), "{runs}");
}

#[test]
fn a_polite_kill_and_a_closed_terminal_are_like_ctrl_c() {
    for signal in ["-TERM", "-HUP"] {
        let place = Place::new(
            "  made: { post: /ok/made, cleanup: { delete: /ok/undo } }\n  held: { get: /held, needs: [made] }",
        );
        let child = place.command(&["run", "case.yaml"]).spawn().expect("the program can be started");
        until(|| place.server.paths().contains(&"/held".to_owned()));
        kill(signal, child.id());
        until(|| {
            place.folders().iter().any(|folder| {
                std::fs::read_to_string(folder.join("journal.jsonl")).is_ok_and(|text| text.contains("\"interrupted\""))
            })
        });
        place.server.release(1);
        let called = super::called(child.wait_with_output().expect("it ends"));
        assert_eq!(called.code, Some(130), "{signal}: {}", called.err);
        assert_eq!(place.server.paths().last().map(String::as_str), Some("/ok/undo"), "{signal}");
    }
}

/// Whoever reads its lines does not, so that the program hangs in the middle of a line.
#[test]
fn a_program_that_hangs_leaves_all_the_same() {
    let place =
        Place::new("  many: { foreach: { n: '{{ range(3000) | list }}' }, get: '/ok/a-rather-long-name/{{ n }}' }");
    let mut command = place.command(&["run", "-v", "case.yaml"]);
    let mut child = command.stdout(Stdio::null()).spawn().expect("the program can be started");
    until(|| place.server.paths().len() > 200);
    until(|| {
        kill("-INT", child.id());
        child.try_wait().is_ok_and(|status| status.is_some())
    });
    assert_eq!(child.wait().expect("it has ended").code(), Some(130));
    assert!(place.server.paths().len() < 3000);
}

fn kill(signal: &str, process: u32) {
    // One that has ended by itself cannot be found any more.
    let _ = Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status();
}
