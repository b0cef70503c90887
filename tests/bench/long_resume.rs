//! A run of 20,000 linked steps, killed half-way and gone on with: what was asked twice, and how long it takes until
//! the first request is sent again.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::killing::case::Crash;
use crate::killing::program::{Ended, Program};

const STEPS: usize = 20_000;

/// How often each step was asked for, and when the first was since this was last made empty.
#[derive(Default)]
struct Asked {
    times: HashMap<usize, usize>,
    first: Option<Instant>,
}

/// Whether nothing was asked for twice, and all was.
pub fn resumes() -> bool {
    let asked = Arc::new(Mutex::new(Asked::default()));
    let url = serve(&asked);
    let folder = tempfile::tempdir().expect("a folder can be made");
    std::fs::write(folder.path().join("long.yaml"), playbook()).expect("a file can be written");
    let program = Program { folder: folder.path() };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<String>>();
    // A step has five events.
    let crash = Crash { when: "after", event: STEPS as u64 / 2 * 5 };
    let run = program.call(&words(&["run", "-q", "--var", &format!("api_url={url}"), "long.yaml"]), Some(crash));
    assert!(matches!(run, Ended::Killed), "it was not killed");
    let before = std::mem::take(&mut asked.lock().expect("no connection panics").first).is_some();
    let done = asked.lock().expect("no connection panics").times.len();
    let begun = Instant::now();
    let resumed = program.call(&words(&["resume", "-q"]), None);
    let whole = begun.elapsed();
    let asked = asked.lock().expect("no connection panics");
    let until = asked.first.map_or(Duration::ZERO, |first| first - begun);
    let repeated = asked.times.values().filter(|times| **times > 1).count();
    let passed = matches!(resumed, Ended::By(0, _)) && before && asked.times.len() == STEPS;
    println!(
        "{STEPS} steps, killed after {done}: {:.2} s until the first request, {:.2} s to the end, {repeated} repeated{}",
        until.as_secs_f64(),
        whole.as_secs_f64(),
        if passed { "" } else { ", and it has not passed" },
    );
    passed && repeated == 0
}

/// Each step sends what the one before has got, every other one by POST.
fn playbook() -> String {
    let mut text =
        "playbook: long\ninputs: { api_url: { type: url } }\ndefaults: { base_url: \"{{ api_url }}\" }\nsteps:\n"
            .to_owned();
    for step in 0..STEPS {
        let method = if step % 2 == 0 { "post" } else { "get" };
        let previous = if step == 0 { "0".to_owned() } else { format!("\"{{{{ id_{} }}}}\"", step - 1) };
        let _ = writeln!(
            text,
            "  s{step}:\n    {method}: /{step}\n    query: {{ previous: {previous} }}\n    capture: {{ id_{step}: $.id }}"
        );
    }
    text
}

fn serve(asked: &Arc<Mutex<Asked>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let asked = Arc::clone(asked);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let asked = Arc::clone(&asked);
            // A client that was killed ends its connection, and nothing else.
            std::thread::spawn(move || answer(stream, &asked).ok());
        }
    });
    format!("http://{address}")
}

fn answer(stream: TcpStream, asked: &Mutex<Asked>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut output = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let step = line.split(['/', '?']).nth(1).and_then(|step| step.parse().ok()).unwrap_or(usize::MAX);
        let mut length = 0;
        loop {
            line.clear();
            input.read_line(&mut line)?;
            match line.trim_end().split_once(':') {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.trim().parse().unwrap_or(0);
                }
                Some(_) => {}
                None => break,
            }
        }
        io::copy(&mut input.by_ref().take(length), &mut io::sink())?;
        {
            let mut asked = asked.lock().expect("no connection panics");
            *asked.times.entry(step).or_default() += 1;
            asked.first.get_or_insert_with(Instant::now);
        }
        let body = format!("{{\"id\":\"id-{step}\"}}");
        let head =
            format!("HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
        output.write_all(format!("{head}{body}").as_bytes())?;
    }
}
