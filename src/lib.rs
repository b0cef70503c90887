//! Callsheet runs *playbooks*: YAML files that describe calls to an HTTP API as steps.
//!
//! A step sends a request made from templates, checks the answer, captures values by JSONPath and hands them to later
//! steps. The steps form a graph, inferred from who uses whose values; it runs in parallel, with retries and polling,
//! and what was created is cleaned up or named.
//!
//! ```
//! # #[cfg(feature = "simulator")]
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use callsheet::plan::Inputs;
//! use callsheet::session::{Run, Session};
//! use callsheet::simulator::{Options, Simulator, ready_line};
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let simulator = Simulator::new(Options { start: jiff::Timestamp::now(), ..Options::default() });
//! let simulator = simulator.serve(listener).await?;
//!
//! let playbook = Session::new().load("workflows/smoke.yaml")?; // the error holds every mistake in the file
//! let values = callsheet::value::Value::of(&ready_line(&simulator)["simulator"]);
//! let plan = playbook.plan(&Inputs::new().simulator(values))?; // and this one everything wrong with the inputs
//! let outcome = Run::new(&plan).on_event(|event| println!("{event:?}")).start().await?;
//! assert!(outcome.passed());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # How it is built
//!
//! Data moves one way, and each stage has its own type, is made once and is not changed afterwards:
//!
//! ```text
//! text → playbook → checked playbook → plan → events → journal → record → views
//! ```
//!
//! | layer | modules | what it does |
//! |---|---|---|
//! | shell | `main`, [`cli`] | arguments, environment, terminal, exit code: only here |
//! | facade | [`session`] | load, plan, run: wires the rest together |
//! | outcome | [`transcript`], [`report`], [`record`] | folds the events of a run into its history; shows it |
//! | execution | [`runner`], [`client`], [`journal`] | schedules, decides, sends, keeps |
//! | planning | [`plan`], [`check`], [`render`] | names and order, inputs and defaults, requests from values |
//! | language | [`playbook`], [`expression`] | YAML to steps; what stands between `{{` and `}}` |
//! | vocabulary | [`event`], [`wire`], [`secret`], [`diagnostic`], `arrow`, [`jsonpath`], [`json_schema`], [`limits`], [`value`], [`source`], [`graph`], [`id`] | shared nouns |
//! | apart | [`simulator`] | imports nothing of the rest and meets it only over HTTP |
//!
//! A module imports only modules in rows below its own; a test holds the list of allowed edges.
//!
//! What is kept of an answer follows from the plan. A small one is kept whole. One that is larger, or that the playbook
//! saves in a file, goes through a worker thread while it arrives: that writes the file and makes length, digest and
//! the *projection*, which is what the playbook uses of the JSON ([`Wanted`](value::Wanted)), and of the rest nothing. A
//! stream of server-sent events goes the same way: it is read as the JSON list of them, which is made while they come.
//!
//! A step may be made of others: one for each item of its `foreach`, those of the playbook that it calls. These are
//! steps like any other, under an address of their own (`train[eu].upload`), by which journal, record, reports and
//! transcript name them; a called playbook has a frame with its own plan, values and credentials.
//!
//! Several runs may go on at the same time, in one thread or in several. They share nothing but the places for
//! requests in flight ([`Jobs`](runner::Jobs)) and, where the caller says so, a transport.
//!
//! # What holds everywhere
//!
//! * **Write-ahead.** The runner's scheduler is pure: inputs go in, commands come out. Its driver keeps every intent
//!   before the request goes out, so that a killed run can be read, and later be gone on with.
//! * **Nothing is sent twice in secret.** The transport sends once: it never retries, resends or redirects. What may
//!   be repeated is decided in one pure function (`runner::decide`) from the effect of the call.
//! * **The outside is four traits.** [`Transport`](wire::Transport), [`Clock`](runner::Clock),
//!   [`Store`](event::Store), with a [`Saving`](event::Saving) for each answer that is saved, and
//!   [`Loader`](source::Loader). The whole system also runs on virtual time: all that decides is in one thread, and
//!   what other threads do (read a large answer, digest a file) is waited for.
//! * **Programs run only where that is allowed.** What an `exec` step names is run by the driver, in real time, and
//!   only where [`Options`](runner::Options) allow it; nothing else in the library starts a process.
//! * **What is wrong with a file is a value.** [`Diagnostic`](diagnostic::Diagnostic)s are collected, all of them.
//!   What the system under test does wrong is data in the record. `Err` is for our own surroundings.
//! * **Secrets are masked at the source.** Events are redacted before anyone sees them; every view is made from them.
//!   A second look at each finds what masking has overlooked, and ends the run before it is written.
//!   Only a file that `save` writes is what the server has sent.
//!
//! Deliberately absent: mutable state shared between tasks (each owns what it works on and sends messages; the count
//! of free places in `Jobs` is the one thing that runs share), a runner that prints, errors as text, a second reading
//! of what an earlier type has proven.
//!
//! The features `cli`, `simulator`, `json-schema` and `arrow` are on by default; the library builds and works without them.

mod arrow;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
pub mod client;
pub mod diagnostic;
pub mod event;
pub mod expression;
pub mod graph;
pub mod id;
pub mod journal;
pub mod json_schema;
pub mod jsonpath;
pub mod limits;
pub mod plan;
pub mod playbook;
pub mod record;
pub mod render;
pub mod report;
pub mod runner;
pub mod secret;
pub mod session;
#[cfg(feature = "simulator")]
pub mod simulator;
pub mod source;
pub mod transcript;
pub mod value;
pub mod wire;

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
