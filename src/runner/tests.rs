//! The scheduler under a driver that answers, fails, wakes and interrupts in random order.
//!
//! Whatever happens, a run ends; nothing is said after its end; every request has its intent; what is armed is cleaned
//! up or named.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::Options;
use super::answer::{Body, Received};
use super::calling::Plans;
use super::scheduler::{Command, Input, Scheduler};
use crate::event::{CallId, Event, Outcome};
use crate::plan::{Inputs, Plan};
use crate::session::Session;
use crate::source::Loader;
use crate::wire::{Headers, TransportError, TransportErrorKind};

const PLAYBOOK: &str = "playbook: random
auth:
  key:
    oauth2: { token_url: 'http://api.example.com/token', grant: client_credentials, client_id: c, client_secret: secret-1 }
defaults: { base_url: 'http://api.example.com', auth: key, retry: { attempts: 3, delay: 1s, on: [connect, reset, 503] } }
steps:
  a: { post: /a, capture: { a: $.id }, cleanup: { delete: '/a/{{ a }}' } }
  b: { get: '/b/{{ a }}', capture: { b: $.id } }
  c:
    ensure:
      find: { get: /c, capture: { c: $.found } }
      create: { post: /c, json: { a: '{{ a }}' }, capture: { c: $.id } }
    cleanup: [ { delete: '/c/{{ c }}' }, { delete: /c } ]
  d: { get: /d, poll: { until: body.done, every: 1s, timeout: 5s }, needs: [b] }
  e: { post: /e, json: { b: '{{ b }}', c: '{{ c }}' }, continue_on_error: true, cleanup: { step: undo } }
  f: { wait: 3s, needs: [a] }
  g: { set: { g: '{{ b }}-{{ c }}' } }
  h: { foreach: { n: [1, 2, 3] }, post: '/h/{{ n }}', capture: { h: $.id }, max_parallel: 2, cleanup: { delete: '/h/{{ key }}' } }
  i: { foreach: { r: '{{ steps.h }}', m: [x, y] }, when: r.n != 2 or m == 'x', get: '/i/{{ r.h }}/{{ m }}', lock: '{{ m }}' }
  j: { foreach: { m: [p, q] }, call: part.yaml, with: { m: '{{ m }}' }, needs: [a], lock: '{{ m }}' }
  undo: { post: /undo, json: { g: '{{ g }}' }, needs: [d] }
finally:
  logs: { get: /logs }
outputs: { g: '{{ g }}' }
";

const PART: &str = "playbook: part
inputs: { m: {} }
defaults: { base_url: 'http://api.example.com', retry: { attempts: 2, delay: 1s } }
steps:
  k: { post: '/k/{{ m }}', capture: { k: $.id }, cleanup: { delete: '/k/{{ k }}' } }
  l: { foreach: { n: [1, 2] }, get: '/l/{{ k }}/{{ n }}', lock: '{{ m }}' }
finally:
  last: { get: /last }
outputs: { k: '{{ k }}' }
";

/// The one file that the playbook calls.
struct Part;

impl Loader for Part {
    fn read(&self, _path: &Path) -> std::io::Result<String> {
        Ok(PART.to_owned())
    }

    fn exists(&self, path: &Path) -> bool {
        path == Path::new("part.yaml")
    }
}

fn plan() -> Plan {
    let session = Session::with_loader(std::sync::Arc::new(Part));
    let playbook = session.parse("random.yaml", PLAYBOOK, Path::new("")).unwrap_or_else(|found| panic!("{found}"));
    playbook.plan(&Inputs::new()).expect("no inputs")
}

/// What is under way outside the scheduler.
#[derive(Default)]
struct Outside {
    calls: Vec<(CallId, bool)>,
    timers: Vec<super::machine::TimerId>,
    intents: HashSet<CallId>,
    armed: HashSet<String>,
    settled: HashSet<String>,
    ends: HashMap<String, usize>,
    finished: Option<Outcome>,
}

impl Outside {
    /// Something happens, and then there is room for so many requests in flight.
    fn turn(&mut self, scheduler: &mut Scheduler<'_>, input: Input, now: Duration, jobs: usize) {
        self.obey(scheduler.handle(input, now, jiff::Timestamp::UNIX_EPOCH));
        let room = jobs.saturating_sub(self.calls.len()).min(scheduler.wanted());
        if room > 0 {
            self.obey(scheduler.handle(Input::Room(room), now, jiff::Timestamp::UNIX_EPOCH));
        }
    }

    fn obey(&mut self, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::Journal(event) => self.journal(event),
                Command::Answer { call, .. } => assert!(self.intents.contains(&call)),
                Command::Send { call, request, .. } => {
                    assert!(self.finished.is_none() && self.intents.contains(&call), "a send without its intent");
                    self.calls.push((call, request.url.path() == "/token"));
                }
                Command::Abort(call) => self.calls.retain(|(known, _)| *known != call),
                Command::Sleep { timer, .. } => self.timers.push(timer),
                Command::Load { need, .. } => panic!("nothing needs {need:?}"),
                Command::Execute { program, .. } => panic!("nothing runs {program:?}"),
                Command::Finish(finished) => {
                    finished.left_behind.iter().for_each(|left| {
                        self.settled.insert(left.step.to_string());
                    });
                    self.finished = Some(finished.outcome);
                }
            }
        }
    }

    fn journal(&mut self, event: Event) {
        assert!(self.finished.is_none(), "{event:?} after the end");
        match event {
            Event::Sending(sending) => {
                self.intents.insert(sending.call);
            }
            Event::CleanupArmed { step } => {
                self.armed.insert(step.to_string());
            }
            Event::CleanupFinished { step, .. } => {
                self.settled.insert(step.to_string());
            }
            Event::StepFinished(report) => *self.ends.entry(report.step.to_string()).or_default() += 1,
            _ => {}
        }
    }
}

fn answer(kind: u8, token: bool) -> Received {
    let (status, body) = match (kind % 8, token) {
        (0, true) => (400, r#"{"error":"invalid_grant"}"#),
        (_, true) => (200, r#"{"access_token":"token-token","expires_in":3}"#),
        (0, _) => (503, "{}"),
        (1, _) => (401, "{}"),
        (2, _) => (409, "{}"),
        (3, _) => (200, r#"{"nothing":1}"#),
        (4, _) => (200, r#"{"id":5,"found":6,"done":false}"#),
        _ => (200, r#"{"id":7,"done":true}"#),
    };
    let headers = Headers(vec![("content-type".to_owned(), "application/json".to_owned())]);
    Received {
        status,
        headers,
        body: Body::Whole(Bytes::from_static(body.as_bytes())),
        elapsed: Duration::from_millis(3),
        program: None,
    }
}

fn choose(outside: &mut Outside, choice: u8, kind: u8) -> Input {
    let calls = outside.calls.len();
    if choice % 16 == 15 {
        return if kind.is_multiple_of(2) { Input::Interrupt } else { Input::Deadline };
    }
    if calls > 0 && (!choice.is_multiple_of(3) || outside.timers.is_empty()) {
        let (call, token) = outside.calls.swap_remove(usize::from(choice / 3) % calls);
        if choice % 5 == 4 {
            let kind = [TransportErrorKind::Reset, TransportErrorKind::Refused, TransportErrorKind::Timeout]
                [usize::from(kind % 3)];
            return Input::Unanswered { call, error: TransportError { kind, message: "lost".to_owned() } };
        }
        return Input::Answered { call, received: answer(kind, token) };
    }
    if outside.timers.is_empty() {
        return Input::Interrupt;
    }
    Input::Timer(outside.timers.remove(usize::from(kind) % outside.timers.len()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_run_ends_and_leaves_nothing_unsaid(
        choices in prop::collection::vec((any::<u8>(), any::<u8>()), 1..300),
        jobs in 1..4_usize,
        keep_going: bool,
    ) {
        let plan = plan();
        let options = Options { keep_going, ..Options::default() };
        let plans = Plans::default();
        let mut scheduler = Scheduler::new(&plan, &plans, &options, jiff::Timestamp::UNIX_EPOCH);
        let mut outside = Outside::default();
        let mut now = Duration::ZERO;
        outside.turn(&mut scheduler, Input::Begin, now, jobs);
        let mut left = choices.into_iter();
        // When the choices are used up, everything is answered well, which ends every run.
        for _ in 0..1000 {
            if outside.finished.is_some() {
                break;
            }
            let (choice, kind) = left.next().unwrap_or((1, 7));
            prop_assert!(outside.calls.len() <= jobs);
            let input = choose(&mut outside, choice, kind);
            now += Duration::from_secs(1);
            outside.turn(&mut scheduler, input, now, jobs);
        }
        prop_assert!(outside.finished.is_some(), "the run does not end");
        prop_assert!(outside.ends.values().all(|ends| *ends == 1), "{:?}", outside.ends);
        // A cleanup that only names a step that has passed needs no event of its own.
        let owed: Vec<&String> = outside.armed.difference(&outside.settled).filter(|step| *step != "e").collect();
        prop_assert!(owed.is_empty(), "{owed:?} is neither cleaned up nor named");
        let after = scheduler.handle(Input::Interrupt, now, jiff::Timestamp::UNIX_EPOCH);
        prop_assert!(after.is_empty(), "{after:?} after the end");
    }
}

const THREE: &str = "playbook: three
defaults: { base_url: 'http://api.example.com' }
steps:
  a: { get: /a }
  b: { get: /b }
  c: { get: /c }
";

/// A run of [`THREE`] that has begun and has no room yet.
fn begun<'a>(plan: &'a Plan, plans: &'a Plans, options: &'a Options) -> (Scheduler<'a>, Outside) {
    let mut scheduler = Scheduler::new(plan, plans, options, jiff::Timestamp::UNIX_EPOCH);
    let mut outside = Outside::default();
    outside.hear(&mut scheduler, Input::Begin);
    (scheduler, outside)
}

impl Outside {
    fn hear(&mut self, scheduler: &mut Scheduler<'_>, input: Input) {
        self.obey(scheduler.handle(input, Duration::ZERO, jiff::Timestamp::UNIX_EPOCH));
    }
}

fn three() -> Plan {
    let playbook = Session::new().parse("three.yaml", THREE, Path::new("")).expect("a good playbook");
    playbook.plan(&Inputs::new()).expect("no inputs")
}

#[test]
fn nothing_is_sent_without_room_and_never_more_than_there_is() {
    let (plan, plans, options) = (three(), Plans::default(), Options::default());
    let (mut scheduler, mut outside) = begun(&plan, &plans, &options);
    assert_eq!((outside.calls.len(), scheduler.wanted()), (0, 3));
    outside.hear(&mut scheduler, Input::Room(2));
    assert_eq!((outside.calls.len(), scheduler.wanted()), (2, 1));
    let (call, _) = outside.calls.remove(0);
    outside.hear(&mut scheduler, Input::Answered { call, received: answer(7, false) });
    assert_eq!(
        (outside.calls.len(), scheduler.wanted()),
        (1, 1),
        "an answer is no room: that may be another run's now"
    );
    outside.hear(&mut scheduler, Input::Room(9));
    assert_eq!((outside.calls.len(), scheduler.wanted()), (2, 0));
}

#[test]
fn room_that_is_not_used_at_once_is_not_kept() {
    let (plan, plans, options) = (plan(), Plans::default(), Options::default());
    let (mut scheduler, mut outside) = begun(&plan, &plans, &options);
    outside.hear(&mut scheduler, Input::Room(9));
    assert_eq!(outside.calls.len(), 1, "everything waits for the token");
    let (call, token) = outside.calls.remove(0);
    assert!(token);
    outside.hear(&mut scheduler, Input::Answered { call, received: answer(7, true) });
    assert!(outside.calls.is_empty() && scheduler.wanted() > 0);
}

#[test]
fn what_a_run_does_not_begin_any_more_needs_no_room_to_end() {
    let (plan, plans, options) = (three(), Plans::default(), Options::default());
    let (mut scheduler, mut outside) = begun(&plan, &plans, &options);
    outside.hear(&mut scheduler, Input::Room(1));
    let (call, _) = outside.calls.remove(0);
    outside.hear(&mut scheduler, Input::Answered { call, received: answer(0, false) });
    assert_eq!((scheduler.wanted(), outside.finished), (0, Some(Outcome::Failed)));
    assert_eq!(outside.ends.len(), 3);
}

#[test]
fn a_program_that_nobody_has_allowed_is_not_run_and_says_how_to_allow_it() {
    let text = "playbook: one\nsteps: { a: { exec: [echo] } }\n";
    let playbook = Session::new().parse("one.yaml", text, Path::new("")).expect("a good playbook");
    let (plan, plans, options) =
        (playbook.plan(&Inputs::new()).expect("no inputs"), Plans::default(), Options::default());
    let mut scheduler = Scheduler::new(&plan, &plans, &options, jiff::Timestamp::UNIX_EPOCH);
    let mut handle = |input| scheduler.handle(input, Duration::ZERO, jiff::Timestamp::UNIX_EPOCH);
    let mut commands = handle(Input::Begin);
    commands.extend(handle(Input::Room(1)));
    let failures = commands.iter().find_map(|command| match command {
        Command::Journal(Event::StepFinished(report)) => report.failures.first(),
        Command::Execute { .. } => panic!("it is run"),
        _ => None,
    });
    let failure = failures.expect("the step has failed");
    assert_eq!(failure.message, "programs are not allowed in this run");
    assert_eq!(failure.help.as_deref(), Some(crate::plan::ALLOW_EXEC));
}
