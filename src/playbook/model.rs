//! A playbook as it is written: every part read once, with its place, nothing looked up yet.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::connection::Connection;
use super::cookie::Cookie;
use super::exec::Exec;
use super::foreach::Foreach;
use super::invocation::Invocation;
use super::json_template::JsonTemplate;
use super::matrix::Matrix;
use super::mistaken::Mistaken;
use super::path_template::PathTemplate;
use super::pattern::Pattern;
use super::provider::Provider;
use super::stream::Stream;
use crate::event::Effect;
use crate::expression::{Expr, Template};
use crate::limits::Limits;
use crate::source::{SourceId, Span, Text};

/// A playbook.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// Its file.
    pub source: SourceId,
    /// The folder that literal paths are relative to.
    pub directory: PathBuf,
    /// `playbook`
    pub id: Text,
    /// `name`
    pub title: Option<Text>,
    /// `description` and `section`.
    pub prose: Prose,
    /// `inputs`
    pub inputs: Vec<Input>,
    /// `matrix`
    pub matrix: Option<Matrix>,
    /// `vars`
    pub vars: Vec<Binding>,
    /// `simulate`
    pub simulate: Vec<Binding>,
    /// `auth`
    pub providers: Vec<Provider>,
    /// `defaults`
    pub defaults: Defaults,
    /// Whether the steps run one after another, as written.
    pub listed: bool,
    /// `steps`
    pub steps: Vec<Step>,
    /// `finally`
    pub finally: Vec<Step>,
    /// `outputs`
    pub outputs: Vec<Binding>,
    /// `limits`, under those of whoever runs it.
    pub limits: Limits,
    /// What diagnostics have been made for; nothing where there are none.
    pub mistaken: Mistaken,
}

/// Text around a step, for rendered pages.
#[derive(Clone, Debug, Default)]
pub struct Prose {
    /// A heading before it.
    pub section: Option<Text>,
    /// Prose before it.
    pub description: Option<Text>,
    /// Prose behind it.
    pub after: Option<Text>,
    /// Whether a page prints the request.
    pub show_request: Option<bool>,
    /// Whether a page prints the answer, or which part (a JSONPath).
    pub show_response: Option<Text>,
}

/// A name and its value.
#[derive(Clone, Debug)]
pub struct Binding {
    /// The name.
    pub name: Text,
    /// The value.
    pub value: JsonTemplate,
}

/// A value from the outside.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name.
    pub name: Text,
    /// What it must be.
    pub kind: InputKind,
    /// Where to look, in order.
    pub from: Vec<InputSource>,
    /// Its value when nothing else gives one.
    pub default: Option<JsonTemplate>,
    /// Whether it must never come out.
    pub secret: bool,
    /// Whether it may be missing.
    pub optional: bool,
    /// What it is for.
    pub description: Option<Text>,
    /// The folder that its paths are relative to, from the playbook's own: another one where it is included.
    pub base: PathBuf,
}

/// What an input must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Text.
    String,
    /// A whole number.
    Int,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// An absolute http or https URL.
    Url,
    /// The path of a file that exists.
    File,
    /// Any JSON value.
    Json,
}

/// Where an input's value may come from.
#[derive(Clone, Debug)]
pub struct InputSource {
    /// Where that is written.
    pub span: Span,
    /// The place itself.
    pub place: InputPlace,
}

/// The places an input's value may come from.
#[derive(Clone, Debug)]
pub enum InputPlace {
    /// One that other inputs decide; [`InputPlace::read`] reads what they make of it.
    Open(Template),
    /// An environment variable.
    Env(String),
    /// A file, or the value at a JSON Pointer (RFC 6901) in a JSON file.
    File {
        /// Relative to the playbook.
        path: PathBuf,
        /// The pointer.
        pointer: Option<String>,
    },
}

/// For every request.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// Put before URLs that begin with `/`.
    pub base_url: Option<Template>,
    /// The provider of credentials.
    pub auth: Option<Text>,
    /// How long one attempt may take.
    pub timeout: Option<Length>,
    /// What to do when a request fails.
    pub retry: Option<Retry>,
    /// Header fields.
    pub headers: Vec<(Text, Template)>,
    /// How connections come about.
    pub connection: Connection,
    /// Whether what an answer sets as a cookie goes along with later requests.
    pub cookies: Option<bool>,
    /// How many redirects are followed.
    pub redirects: Option<u32>,
    /// Up to how many bytes an answer's body is kept whole.
    pub keep: Option<usize>,
    /// Globs of paths whose POSTs only read.
    pub read_paths: Vec<Text>,
    /// Globs of paths and what differs each run in their answers.
    pub volatile: Vec<(Text, Vec<PathTemplate>)>,
    /// Globs of paths and which lists in their answers have no order.
    pub unordered: Vec<(Text, Vec<PathTemplate>)>,
    /// Globs of paths and what nobody may see in their requests and answers.
    pub redact: Vec<(Text, Vec<PathTemplate>)>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id.
    pub id: Text,
    /// Words by which it is selected.
    pub tags: Vec<Text>,
    /// For which items it is done; once where it is not said.
    pub foreach: Option<Box<Foreach>>,
    /// Steps of the same lock never run at the same time.
    pub lock: Option<Box<Template>>,
    /// Its title.
    pub title: Option<Text>,
    /// Text around it.
    pub prose: Prose,
    /// It is skipped where this is false.
    pub when: Option<Expr>,
    /// Steps to wait for.
    pub needs: Vec<Text>,
    /// Whether the run goes on when it does not pass.
    pub continue_on_error: bool,
    /// What it does.
    pub work: Work,
    /// What undoes it.
    pub cleanup: Vec<Cleanup>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Work {
    /// One request.
    Request(Arc<Request>),
    /// Look first, create only when nothing is found.
    Ensure(Box<Ensure>),
    /// Compute values.
    Set(Vec<Binding>),
    /// Wait that long.
    Wait(Template),
    /// Run a program.
    Exec(Box<Exec>),
    /// Run another playbook.
    Call(Box<Invocation>),
}

/// Look first, create only when nothing is found.
#[derive(Clone, Debug)]
pub struct Ensure {
    /// How to look.
    pub find: Vec<Arc<Request>>,
    /// What also shows that it is not there.
    pub absent: Option<Expr>,
    /// How to create it.
    pub create: Arc<Request>,
    /// What shows that it was there after all.
    pub conflict: Option<Expr>,
    /// What shows that the one found must be updated.
    pub differs: Option<Expr>,
    /// How to update it.
    pub update: Option<Arc<Request>>,
}

/// What undoes a step.
#[derive(Clone, Debug)]
pub enum Cleanup {
    /// A request.
    Request(Arc<Request>),
    /// A step of the playbook, if it has not passed yet.
    Step(Text),
}

/// A request and what is expected of its answer.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method's key.
    pub span: Span,
    /// The method, upper case.
    pub method: &'static str,
    /// The URL.
    pub url: Template,
    /// Query parameters.
    pub query: Vec<Binding>,
    /// Header fields.
    pub headers: Vec<(Text, Template)>,
    /// The body.
    pub body: Body,
    /// The provider of credentials; `none` for none.
    pub auth: Option<Text>,
    /// How long one attempt may take.
    pub timeout: Option<Length>,
    /// What to do when it fails.
    pub retry: Option<Retry>,
    /// Ask again until a good answer is there.
    pub poll: Option<Poll>,
    /// Take its answer as a stream of events.
    pub stream: Option<Stream>,
    /// How many redirects are followed.
    pub redirects: Option<u32>,
    /// Whether it may be repeated.
    pub effect: Option<Effect>,
    /// Values to keep.
    pub captures: Vec<Capture>,
    /// What must hold.
    pub expect: Expect,
    /// The file that the answer's body goes to, below the run's folder.
    pub save: Option<Template>,
    /// Up to how many bytes the answer's body is kept whole.
    pub keep: Option<usize>,
    /// What differs each run.
    pub volatile: Vec<PathTemplate>,
    /// Which lists have no order.
    pub unordered: Vec<PathTemplate>,
    /// What nobody may see, in request and answer.
    pub redact: Vec<PathTemplate>,
}

impl Request {
    /// Every length of time that it gives.
    pub fn lengths(&self) -> impl Iterator<Item = &Length> {
        let poll = self.poll.iter().flat_map(|poll| [&poll.every, &poll.timeout]);
        self.timeout.iter().chain(self.retry.iter().flat_map(Retry::lengths)).chain(poll)
    }
}

impl Playbook {
    /// Whether it keeps cookies: where it says so, and where its steps run one after another. Otherwise it would depend
    /// on who was faster which cookies there are.
    pub fn cookies(&self) -> bool {
        self.defaults.cookies.unwrap_or(self.listed)
    }
}

impl Request {
    /// Whether it uses its answer's body as text, whatever that is.
    pub fn reads_text(&self) -> bool {
        self.captures.iter().any(|capture| matches!(capture.from, CaptureFrom::Regex(_)))
    }
}

impl Defaults {
    /// Every length of time that they give.
    pub fn lengths(&self) -> impl Iterator<Item = &Length> {
        self.timeout.iter().chain(self.retry.iter().flat_map(Retry::lengths))
    }
}

impl Retry {
    fn lengths(&self) -> impl Iterator<Item = &Length> {
        self.delay.iter().chain(&self.max_delay)
    }
}

/// A request's body.
#[derive(Clone, Debug)]
pub enum Body {
    /// None.
    None,
    /// JSON.
    Json(JsonTemplate),
    /// `application/x-www-form-urlencoded`
    Form(Vec<Binding>),
    /// `multipart/form-data`
    Multipart(Vec<Part>),
    /// Text.
    Text(Template),
    /// A file.
    File(Template),
    /// A file in Apache Arrow's IPC format, made of records.
    Arrow {
        /// A list of objects, one for each row.
        records: JsonTemplate,
        /// The columns, where they are named.
        schema: Option<JsonTemplate>,
    },
}

/// One part of a multipart body.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field's name.
    pub name: Template,
    /// The file name to send.
    pub filename: Option<Template>,
    /// The media type.
    pub content_type: Option<Template>,
    /// The content.
    pub content: Body,
}

/// What to do when a request fails; keys that are not written are `None`.
#[derive(Clone, Debug, Default)]
pub struct Retry {
    /// How often to send at most.
    pub attempts: Option<u32>,
    /// The first delay.
    pub delay: Option<Length>,
    /// What the delay is multiplied by each time.
    pub backoff: Option<f64>,
    /// The longest delay.
    pub max_delay: Option<Length>,
    /// What part of the delay is random.
    pub jitter: Option<f64>,
    /// What is retried.
    pub on: Option<Vec<RetryOn>>,
    /// Where `on` is written.
    pub on_span: Option<Span>,
    /// Where all of it is written.
    pub span: Span,
    /// Whether even a `once` call is sent again.
    pub unsafe_: Option<bool>,
}

/// Something that a retry reacts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryOn {
    /// No connection came about.
    Connect,
    /// The answer took too long.
    Timeout,
    /// The connection broke.
    Reset,
    /// Statuses.
    Status(StatusRange),
}

/// A status, or a class of statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRange {
    /// The first status.
    pub first: u16,
    /// The last status.
    pub last: u16,
}

impl StatusRange {
    /// Whether the status is one of these.
    pub fn contains(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

/// Ask again until a good answer is there.
#[derive(Clone, Debug)]
pub struct Poll {
    /// What must hold at last.
    pub until: Expr,
    /// What shows that it never will.
    pub fail_when: Option<Expr>,
    /// Statuses that mean: ask again.
    pub not_yet: Vec<StatusRange>,
    /// How long to wait between two.
    pub every: Length,
    /// How long to go on.
    pub timeout: Length,
}

/// A length of time.
#[derive(Clone, Debug)]
pub enum Length {
    /// As written.
    Written(Duration),
    /// Given by inputs: known when they are bound.
    Open(Template),
}

/// A value to keep from an answer.
#[derive(Clone, Debug)]
pub struct Capture {
    /// Its name.
    pub name: Text,
    /// Where it comes from.
    pub from: CaptureFrom,
    /// Its value when nothing is there.
    pub default: Option<JsonTemplate>,
    /// What to do with several nodes.
    pub several: Several,
    /// Whether it must never come out.
    pub secret: bool,
}

/// Where a capture comes from.
#[derive(Clone, Debug)]
pub enum CaptureFrom {
    /// A JSONPath into the body.
    Json(PathTemplate),
    /// A header field.
    Header(Text),
    /// A cookie that the answer sets.
    Cookie(Cookie),
    /// What a regular expression finds in the body's text.
    Regex(Pattern),
    /// An expression over the answer.
    Expr(Expr),
}

impl CaptureFrom {
    /// Whether what is there is taken for a secret where the playbook does not say: who has a session's cookie has the
    /// session.
    pub fn is_secret(&self) -> bool {
        match self {
            CaptureFrom::Header(name) => name.text.eq_ignore_ascii_case("set-cookie"),
            CaptureFrom::Cookie(cookie) => cookie.attribute.is_none(),
            CaptureFrom::Json(_) | CaptureFrom::Regex(_) | CaptureFrom::Expr(_) => false,
        }
    }
}

/// What to do with several nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// It is a failure.
    Refuse,
    /// Keep all, as a list.
    All,
    /// Keep the first.
    First,
}

/// What must hold.
#[derive(Clone, Debug, Default)]
pub struct Expect {
    /// The statuses that will do; 2xx where nothing names the status.
    pub status: Vec<StatusRange>,
    /// Where the statuses stand.
    pub status_span: Option<Span>,
    /// Header fields and their values.
    pub headers: Vec<(Text, Template)>,
    /// JSONPaths and the values there.
    pub body: Vec<(PathTemplate, JsonTemplate)>,
    /// The file of a JSON Schema that the body fits.
    pub schema: Option<Template>,
    /// Expressions.
    pub that: Vec<Expr>,
}
