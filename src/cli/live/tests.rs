//! The live display on a terminal of paper.

use super::*;
use crate::event::Role;
use crate::record::saved;
use crate::record::script::Script;

const SIZE: Size = Size { columns: 60, rows: 10 };

/// A terminal that knows the few sequences the display uses: what stands on it, scrolled lines included.
#[derive(Debug)]
struct Paper {
    columns: usize,
    lines: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Paper {
    fn after(written: &[u8], columns: usize) -> Self {
        let mut paper = Paper { columns, lines: vec![Vec::new()], row: 0, column: 0 };
        let text = String::from_utf8(written.to_vec()).expect("frames are text");
        let mut rest = text.as_str();
        while let Some(character) = rest.chars().next() {
            rest = &rest[character.len_utf8()..];
            match character {
                '\x1b' => {
                    let end = rest.find(|last: char| last.is_ascii_alphabetic()).expect("a whole sequence");
                    paper.control(&rest[1..end], rest.as_bytes()[end]);
                    rest = &rest[end + 1..];
                }
                '\n' => paper.down(),
                '\r' => paper.column = 0,
                _ => paper.put(character),
            }
        }
        paper
    }

    fn control(&mut self, argument: &str, command: u8) {
        match command {
            b'A' => self.row = self.row.checked_sub(argument.parse().expect("a number")).expect("a line above"),
            b'K' => self.lines[self.row].truncate(self.column),
            b'J' => {
                self.lines[self.row].truncate(self.column);
                self.lines.truncate(self.row + 1);
            }
            b'h' | b'l' | b'm' => {}
            other => panic!("an unexpected control sequence: {}", other as char),
        }
    }

    fn put(&mut self, character: char) {
        if self.column == self.columns {
            self.down();
        }
        let line = &mut self.lines[self.row];
        line.truncate(line.len().max(self.column));
        if self.column < line.len() {
            line[self.column] = character;
        } else {
            line.push(character);
        }
        self.column += 1;
    }

    fn down(&mut self) {
        (self.row, self.column) = (self.row + 1, 0);
        if self.row == self.lines.len() {
            self.lines.push(Vec::new());
        }
    }

    fn text(&self) -> String {
        self.lines.iter().map(|line| line.iter().collect::<String>() + "\n").collect()
    }
}

fn drawn(events: &[Envelope], now: u64, size: Size) -> String {
    let mut written = Vec::new();
    let mut live = Live::new(&mut written, Verbosity::Normal, Palette::Plain, size);
    for event in events {
        live.event(event).expect("memory takes everything");
    }
    live.tick(now).expect("memory takes everything");
    // What stands there now, not what the end makes of it.
    (live.hidden, live.drawn) = (false, Vec::new());
    drop(live);
    Paper::after(&written, size.columns).text()
}

#[test]
fn finished_steps_scroll_by_and_running_ones_stand_below() {
    let events = saved::passed();
    let polling = events.iter().position(|event| event.at > 3000).expect("it polls for three seconds");
    insta::assert_snapshot!(drawn(&events[..polling], 3300, SIZE), @r#"
    Deploy a model and infer: 5 steps, run 20261124-065523-k3f9
       0.0s  passed   workspace     POST /v1/api/workspaces/crea
    te → 200, created
       0.0s  retry    upload_model  POST /v1/api/models/upload_a
    nd_convert → localhost:8080 refused to connect, again in 500
     ms
       1.4s  flaky    upload_model  POST /v1/api/models/upload_a
    nd_convert → 200 on attempt 2 in 1.3 s
       1.4s  passed   deploy        POST /v1/api/pipelines/deplo
    y → 200
       1.4s  not yet  running       "Starting"
    running  poll 2    1.8s  "Starting"
    3/5 steps · 1 running · 1 waiting · 3.3s
    "#);
}

#[test]
fn a_retry_counts_down() {
    let mut script = Script::run("demo", &[("upload", "POST /models"), ("deploy", "POST /deploy")]);
    script.begin("upload");
    let call = script.send("upload", "POST /models");
    script.answer(call, 100, 503, "");
    script.decide(call, Decision::Retry { after: 4000, because: "503".to_owned() });
    insta::assert_snapshot!(drawn(&script.events, 1100, SIZE), @r"
    Deploy a model and infer: 2 steps, run 20261124-065523-k3f9
       0.1s  retry    upload  POST /models → 503, again in 4.0 s
    upload    1.1s  503, again in 3.0s
    0/2 steps · 1 running · 1 waiting · 1.1s
    ");
}

#[test]
fn cleanups_are_shown_while_they_run() {
    let events = saved::failed();
    let cleaning = events.len() - 4;
    insta::assert_snapshot!(drawn(&events[..cleaning], 9000, SIZE), @r#"
    Deploy a model and infer: 5 steps, run 20261124-065523-k3f9
       0.0s  passed   workspace     POST /v1/api/workspaces/crea
    te → 200, created
       0.0s  retry    upload_model  POST /v1/api/models/upload_a
    nd_convert → localhost:8080 refused to connect, again in 500
     ms
       1.4s  flaky    upload_model  POST /v1/api/models/upload_a
    nd_convert → 200 on attempt 2 in 1.3 s
       1.4s  passed   deploy        POST /v1/api/pipelines/deplo
    y → 200
       1.4s  not yet  running       "Starting"
       2.4s  failed   running       POST /v1/api/status/get_depl
    oyment → 200 after 2 polls in 1.0 s
                      `fail_when` holds: body.status == "Error"
                        body.status  "Error"
                        at demo.yaml:71:18
                        help: the answer is in `callsheet show -
    v`
                      `body.replicas == 2` is false
                        at demo.yaml:74:9
       2.4s  skipped  infer         needs `running`, which faile
    d
       2.4s  stop     cleaning up goes on; Ctrl-C twice more lea
    ves at once
    cleanup of deploy    6.5s  POST /v1/api/pipelines/undeploy
    5/5 steps · 1 failed · 0/1 cleaned up · stopping · 9.0s
    "#);
}

#[test]
fn what_does_not_fit_is_counted() {
    let names: Vec<String> = (0..9).map(|n| format!("step_{n}")).collect();
    let steps: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "GET /")).collect();
    let mut script = Script::run("demo", &steps);
    for name in &names {
        script.begin(name);
        script.send(name, "GET /a/rather/long/path/that/does/not/fit/模型/模型");
    }
    insta::assert_snapshot!(drawn(&script.events, 900, Size { columns: 40, rows: 6 }), @r"
    Deploy a model and infer: 9 steps, run 2
    0261124-065523-k3f9
    step_0    0.9s  GET /a/rather/long/pat…
    step_1    0.9s  GET /a/rather/long/pat…
    and 7 more running
    0/9 steps · 9 running · 0.9s
    ");
    let tiny = drawn(&script.events, 900, Size { columns: 12, rows: 1 });
    assert!(tiny.trim_end().ends_with("\n0/9 steps …"), "{tiny}");
}

#[test]
fn the_end_leaves_the_lines_and_the_cursor() {
    let mut written = Vec::new();
    let mut live = Live::new(&mut written, Verbosity::Normal, Palette::Colour, SIZE);
    let mut plain = Plain::new(Verbosity::Normal, Palette::Plain);
    let mut expected = String::new();
    for event in saved::passed() {
        live.event(&event).expect("memory takes everything");
        expected += &plain.lines(&event);
    }
    drop(live);
    let text = String::from_utf8(written.clone()).expect("frames are text");
    assert!(text.ends_with(SHOW_CURSOR) && text.matches(HIDE_CURSOR).count() == 1);
    let paper = Paper::after(&written, 200).text();
    assert_eq!(paper.trim_end(), expected.trim_end());
}

#[test]
fn there_are_at_most_ten_frames_a_second() {
    struct Frames(usize);
    impl Write for Frames {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut script = Script::run("demo", &[("a", "GET /")]);
    script.begin("a");
    for _ in 0..1000 {
        let call = script.send_as("a", "GET /", Role::Main, (1, 1));
        script.wait(1).pass(call, 0, "");
    }
    let mut live = Live::new(Frames(0), Verbosity::Normal, Palette::Plain, SIZE);
    for event in &script.events {
        live.event(event).expect("it only counts");
    }
    assert_eq!(live.out.0, 11, "one at the start and ten in the second after it");
}

#[test]
fn a_narrower_terminal_does_not_leave_rests() {
    let mut written = Vec::new();
    let events = saved::killed();
    let mut live = Live::new(&mut written, Verbosity::Quiet, Palette::Plain, SIZE);
    for event in &events {
        live.event(event).expect("memory takes everything");
    }
    live.tick(1000).expect("memory takes everything");
    live.resize(Size { columns: 30, ..SIZE });
    let widths = live.drawn.clone();
    live.tick(2000).expect("memory takes everything");
    drop(live);
    let rows: usize = widths.iter().map(|width| width.div_ceil(30)).sum();
    assert!(rows > widths.len(), "the block was wider than the terminal is now");
    assert!(String::from_utf8(written).expect("frames are text").contains(&format!("\x1b[{rows}A")));
}
