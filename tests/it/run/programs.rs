//! Steps that run programs. Processes live in real time, so that these runs do too; none waits for a clock.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use callsheet::event::{Envelope, Event};
use callsheet::journal::MemoryStore;
use callsheet::plan::Inputs;
use callsheet::record::Record;
use callsheet::runner::{Clock, Options, Refused, RunError, Signal, TokioClock};
use callsheet::session::{Outcome, Run};
use callsheet::wire::BoxFuture;
use tokio::sync::{mpsc, watch};

use super::scenario::{self, Ran, Server, json, load, outputs};

async fn start(
    steps: &str,
    options: Options,
    server: &Server,
    store: &MemoryStore,
    listener: impl FnMut(&Envelope, &mpsc::UnboundedSender<Signal>),
) -> Result<Outcome, RunError> {
    start_with("tr0ub4dor", steps, options, server, store, listener).await
}

async fn start_with(
    password: &str,
    steps: &str,
    options: Options,
    server: &Server,
    store: &MemoryStore,
    mut listener: impl FnMut(&Envelope, &mpsc::UnboundedSender<Signal>),
) -> Result<Outcome, RunError> {
    let inputs = Inputs::new().secret("password", password);
    let plan = load(&format!("inputs: {{ password: {{ secret: true }} }}\nsteps:\n{steps}")).plan(&inputs);
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    let (sender, signals) = mpsc::unbounded_channel();
    let run = Run::new(&plan).options(options).store(store.clone()).transport(Arc::new(server.clone()));
    run.signals(signals).on_event(|envelope| listener(envelope, &sender)).start().await
}

fn allowed() -> Options {
    Options { allow_exec: true, ..Options::default() }
}

#[track_caller]
fn run_with(steps: &str, server: &Server, listener: impl FnMut(&Envelope, &mpsc::UnboundedSender<Signal>)) -> Ran {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = MemoryStore::new();
    let outcome = runtime.block_on(start(steps, allowed(), server, &store, listener)).expect("a run");
    Ran { outcome, store }
}

#[track_caller]
fn run(steps: &str) -> Ran {
    run_with(steps, &Server::new(), |_, _| {})
}

#[test]
fn a_program_gets_its_values_and_hands_back_what_it_says() {
    let ran = run("  a:
    exec:
      program: sh
      args: [-c, 'read line; echo \"{\\\"got\\\": \\\"$line $EXTRA $1\\\"}\"; echo warned >&2', sh, '{{ 1 + 1 }}']
      env: { EXTRA: '{{ [1, 2] | length }} & $HOME' }
      stdin: \"hello\\n\"
    capture:
      got: { expr: '(stdout | fromjson).got' }
      word: { regex: 'got\": \"(\\w+)' }
    expect: [ exit_code == 0, 'stderr == \"warned\\n\"', duration < 600 ]
  b: { set: { code: '{{ steps.a.exit_code }}', said: '{{ steps.a.stdout | length }}' } }
outputs: { got: '{{ got }}', word: '{{ word }}', code: '{{ code }}', said: '{{ said }}' }
")
    .passed();
    assert_eq!(outputs(&ran), r#"{"got":"hello 2 & $HOME 2","word":"hello","code":0,"said":29}"#);
    let exchange = ran.record().steps().next().expect("a step").last_try().expect("a try").clone();
    let answer = exchange.answer().expect("an end");
    assert_eq!((exchange.request.method.as_str(), answer.status), ("exec", 0));
    assert_eq!(serde_json::to_value(&answer.stderr).expect("JSON"), serde_json::json!({ "text": "warned\n" }));
}

#[test]
fn an_exit_code_that_nobody_expects_fails_with_the_last_words() {
    let ran = run("  a: { exec: [sh, -c, 'echo one >&2; echo two >&2; exit 3'], continue_on_error: true }
  b: { exec: [sh, -c, 'exit 3'], expect: [ exit_code == 3 ] }
  c: { exec: [sh, -c, 'exit 4'], expect: { that: 'exit_code in [0, 3]' } }
");
    assert_eq!(ran.outcomes(), ["a failed", "b passed", "c failed"]);
    assert_eq!(ran.said("a"), "expected exit code 0, got 3; its last words: two");
    assert_eq!(ran.said("c"), "expected `exit_code in [0, 3]`; `exit_code` is 4");
    let step = ran.record().steps().next().expect("a step");
    assert_eq!(step.failures()[0].help.as_deref(), Some("if 3 is right here, write `expect: [exit_code == 3]`"));
}

#[test]
fn a_program_runs_in_the_folder_of_its_playbook_and_without_a_shell() {
    let ran = run("  a: { exec: [cat, tests/fixtures/schemas/pattern.json, '$HOME'] , expect: [ exit_code == 1 ] }\n");
    assert_eq!(ran.outcomes(), ["a passed"]);
    let ran = run("  a: { exec: [nothing-of-that-name] }\n");
    assert_eq!(ran.outcomes(), ["a errored"]);
    assert_eq!(
        ran.said("a"),
        "`nothing-of-that-name` cannot be run: there is no such program in `PATH`; one beside the playbook is written `./nothing-of-that-name`"
    );
    assert_eq!(ran.left_behind(), [""; 0]);
}

/// Time in which a program's time-out comes when the program is known to run.
struct TimeOutOnSign {
    clock: TokioClock,
    timeout: Duration,
    sign: watch::Receiver<bool>,
}

impl Clock for TimeOutOnSign {
    fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    fn wall(&self) -> jiff::Timestamp {
        self.clock.wall()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if duration != self.timeout {
            return self.clock.sleep(duration);
        }
        let mut sign = self.sign.clone();
        Box::pin(async move {
            let _ = sign.wait_for(|seen| *seen).await;
        })
    }
}

#[test]
fn a_program_that_takes_too_long_is_ended_with_what_it_has_started() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("ended");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    // The program and its child hold the pipe open: its reader hears when both run, and when both are gone.
    let (sees, sign) = watch::channel(false);
    let (gone, hears) = std::sync::mpsc::channel();
    let reader = pipe.clone();
    std::thread::spawn(move || {
        let mut pipe = std::fs::File::open(reader).expect("a pipe");
        let started = pipe.read_exact(&mut [0; 3]).is_ok();
        sees.send_replace(true);
        gone.send((started, pipe.read_to_end(&mut Vec::new()).ok()))
    });
    let script = format!("exec 9>{}; (echo up >&9; exec sleep 600) & wait", pipe.display());
    let steps = format!("  a: {{ exec: {{ program: sh, args: [-c, '{script}'], timeout: 7s }} }}\n");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = MemoryStore::new();
    let plan = load(&format!("steps:\n{steps}")).plan(&Inputs::new()).unwrap_or_else(|problems| panic!("{problems}"));
    let outcome = runtime.block_on(async {
        let clock = TimeOutOnSign { clock: TokioClock::new(scenario::start()), timeout: Duration::from_secs(7), sign };
        let run = Run::new(&plan).options(allowed()).store(store.clone()).transport(Arc::new(Server::new()));
        run.clock(Arc::new(clock)).start().await.expect("a run")
    });
    let ran = Ran { outcome, store };
    assert_eq!(hears.recv_timeout(Duration::from_secs(60)), Ok((true, Some(0))));
    assert_eq!(ran.outcomes(), ["a errored"]);
    assert_eq!(ran.said("a"), "`sh` was ended, because it took longer than 7 s");
    assert_eq!(ran.left_behind(), ["a: it may have been executed: `sh` was ended, because it took longer than 7 s"]);
}

#[test]
fn what_a_program_leaves_running_does_not_hold_the_run() {
    let ran = run("  a: { exec: [sh, -c, 'sleep 600 & echo done'], expect: [ 'stdout == \"done\\n\"' ] }\n").passed();
    assert!(ran.record().duration() < 300_000);
}

#[test]
fn the_second_interrupt_ends_a_program() {
    let mut times = 0;
    let ran = run_with("  a: { exec: [sleep, '600'] }\n", &Server::new(), |envelope, signals| {
        let sending = matches!(envelope.event, callsheet::event::Event::Sending(_));
        let first = matches!(envelope.event, callsheet::event::Event::Interrupted { times: 1 });
        if sending || first {
            times += 1;
            signals.send(Signal::Interrupt).expect("a run listens");
        }
    });
    assert_eq!((times, ran.outcomes()), (2, vec!["a errored".to_owned()]));
    assert!(ran.record().is_interrupted());
}

#[test]
fn secrets_go_where_the_playbook_puts_them_and_are_masked_in_what_is_kept() {
    let ran = run(
        "  a:
    exec: { program: sh, args: [-c, 'echo $P; echo \"no: $P\" >&2; cat; exit 1', x, '{{ password }}'], env: { P: '{{ password }}' }, stdin: '{{ password }}' }
",
    );
    assert_eq!(ran.said("a"), "expected exit code 0, got 1; its last words: no: ***");
    let journal = serde_json::to_string(&ran.events()).expect("events are JSON");
    assert!(!journal.contains("tr0ub4dor") && journal.contains("***"), "{journal}");
}

#[test]
fn a_secret_is_masked_in_a_command_line_though_quotes_are_put_into_it() {
    let steps = "  a: { exec: [echo, 'say {{ password }}'] }
  b: { exec: [nothing-of-that-name, '{{ password }}'], needs: [a] }
";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (server, store) = (Server::new(), MemoryStore::new());
    let run = start_with("don't-tell", steps, allowed(), &server, &store, |_, _| {});
    let ran = Ran { outcome: runtime.block_on(run).expect("a run"), store: store.clone() };
    assert_eq!(ran.outcomes(), ["a passed", "b errored"]);
    let told = format!("{}{:?}", serde_json::to_string(&ran.events()).expect("JSON"), ran.record());
    assert!(told.contains("echo 'say ***'") && !told.contains("t-tell"), "{told}");
}

#[test]
fn a_long_input_of_a_program_is_kept_as_its_length_and_digest() {
    let long = "x".repeat(300_000);
    let ran = run(&format!("  a: {{ exec: {{ program: cat, args: [/dev/null], stdin: {long} }} }}\n")).passed();
    let exchange = ran.record().steps().next().expect("a step").last_try().expect("a try").clone();
    let kept = serde_json::to_value(&exchange.request.body).expect("JSON");
    assert_eq!(kept["projected"]["bytes"], 300_000, "{kept}");
}

#[test]
fn too_much_output_is_an_error() {
    let ran = run("  a: { exec: [sh, -c, 'head -c 2000000 /dev/zero; exec sleep 1000'] }\n");
    assert_eq!(ran.said("a"), "`sh` was ended, because it wrote more than 1 MiB; let it write to a file");
}

#[test]
fn a_program_that_creates_something_is_cleaned_up_after() {
    let server = Server::new().on("/undo/7", [json("{}")]);
    let ran = run_with(
        "  a:
    exec: [echo, '7']
    capture: { id: { expr: stdout | trim } }
    cleanup: { delete: '/undo/{{ id }}' }
",
        &server,
        |_, _| {},
    );
    ran.passed();
    assert_eq!(server.lines(), ["DELETE /undo/7"]);
}

#[test]
fn without_leave_nothing_is_run_and_nothing_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let server = Server::new().on("/a", [json("{}")]);
    let steps = "  a: { get: /a }\n  b: { exec: [touch, x] }\nfinally:\n  c: { exec: [./y] }\n";
    let steps = steps.replace("[./y]", "[y]");
    let store = MemoryStore::new();
    let error = runtime.block_on(start(&steps, Options::default(), &server, &store, |_, _| {})).expect_err("a refusal");
    let told = error.to_string();
    for part in [
        "cannot run programs: nobody has allowed it (`--allow-exec`; in the library `Run::allow_exec`)",
        "step `b` runs the program `touch`, which is not allowed",
        "test.yaml:5:15",
        "step `c` runs the program `y`, which is not allowed",
        "look at what it does, then say `--allow-exec`",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let refused = error.source.get_ref().and_then(|source| source.downcast_ref::<Refused>()).expect("a refusal");
    assert_eq!(refused.diagnostics.len(), 2);
    assert!(server.lines().is_empty() && store.events().is_empty());
    assert!(Path::new("x").try_exists().is_ok_and(|exists| !exists));
}

#[test]
fn a_program_gets_no_secret_of_the_environment_that_its_step_does_not_hand_over() {
    let variables = [("SERVICE_PASSWORD", "tr0ub4dor"), ("AS_BASIC", "dTp0cjB1YjRkb3I="), ("HARMLESS", "a word")];
    let options = Options {
        environment: Some(variables.iter().map(|(name, value)| (name.into(), value.into())).collect()),
        ..allowed()
    };
    let steps = "  a:
    exec:
      program: /bin/sh
      args: [-c, 'echo \"[$SERVICE_PASSWORD$AS_BASIC] $HARMLESS ${HANDED#tr0ub}\"']
      env: { HANDED: '{{ password }}' }
    capture: { said: { expr: stdout } }
outputs: { said: '{{ said }}' }
";
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let store = MemoryStore::new();
    let ran = runtime.block_on(start(steps, options, &Server::new(), &store, |_, _| {})).expect("a run");
    assert_eq!(ran.outputs["said"].as_str(), Some("[] a word 4dor\n"));
}

#[test]
fn a_program_that_ended_well_and_was_not_judged_is_named() {
    let left = |code: u8, effect: &str| {
        let steps = format!("  a: {{ exec: {{ program: sh, args: [-c, 'exit {code}'], effect: {effect} }} }}\n");
        let ran = run(&steps);
        let answered = |envelope: &Envelope| matches!(envelope.event, Event::Answered { .. });
        let events = ran.events();
        let end = events.iter().position(answered).expect("it has ended");
        Record::fold(events[..=end].to_vec()).left_behind().len()
    };
    assert_eq!((left(0, "once"), left(1, "once"), left(200, "once"), left(0, "read")), (1, 0, 0, 0));
}
