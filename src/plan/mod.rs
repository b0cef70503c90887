//! The immutable plan: a checked playbook with its inputs bound and every default laid under its step.
//!
//! A plan says everything that can be said before the first request: which steps there are, what each waits for,
//! how each request is made and repeated, which answers are read later. It is made once and never changed; a run
//! only reads it.

mod bind;
mod call;
mod cells;
mod connection;
mod exec;
mod ids;
mod inputs;
mod invocation;
mod lengths;
mod look_up;
mod reads;
mod secrecy;
mod select;
mod short;
mod typed;
mod written;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::check::{Cell, Checked, Links};
use crate::diagnostic::Diagnostic;
use crate::event::LeftOut;
use crate::expression::{Expr, Template};
use crate::id::Address;
use crate::playbook::{self, Binding, Foreach, Playbook};
use crate::secret::Redactor;
use crate::source::Sources;
use crate::value::{Value, Wanted};
use crate::wire::Connection;

pub use call::{Call, PollPolicy, RetryPolicy, TokenPolicy};
pub(crate) use cells::choose;
pub use exec::{ALLOW_EXEC, Exec};
pub use inputs::Inputs;
pub use invocation::Invocation;
use invocation::{Caller, Outside};
use lengths::Lengths;
pub use lengths::UNKNOWN_LENGTH;
pub use select::{Pattern, Selected, Selection};

/// A playbook ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The checked playbook.
    pub checked: Arc<Checked>,
    /// The cell of the matrix that it is of; none of its axes where the playbook has no matrix.
    pub cell: Cell,
    /// The files it was read from.
    pub sources: Arc<Sources>,
    /// The inputs that have a value.
    pub inputs: HashMap<Arc<str>, Value>,
    /// The steps, as written. An index is the same here and in [`Checked`].
    pub steps: Vec<Step>,
    /// The steps of `finally`, as written.
    pub finally: Vec<Step>,
    /// How connections come about.
    pub connection: Arc<Connection>,
    /// How token requests are repeated.
    pub token_policy: TokenPolicy,
    /// The inputs that must never come out.
    pub secret_inputs: HashSet<Arc<str>>,
    /// The names of secrets, captures included, and of everything that is made of them.
    pub secret_names: HashSet<Arc<str>>,
    /// The captures that are ids: normal form puts a placeholder wherever one stands.
    pub ids: HashSet<Arc<str>>,
    /// The outputs that are ids.
    pub output_ids: HashSet<Arc<str>>,
    /// What its caller must not show.
    handed_secrets: Vec<Value>,
    /// What the outside has for the playbooks that are called.
    outside: Arc<Outside>,
}

/// A step ready to run.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its address.
    pub address: Address,
    /// Its id.
    pub id: Arc<str>,
    /// Its title.
    pub title: Option<Arc<str>>,
    /// Words by which it is selected.
    pub tags: Vec<Arc<str>>,
    /// Why it does not run, where a selection leaves it out.
    pub left_out: Option<LeftOut>,
    /// What it waits for.
    pub links: Links,
    /// For which items it is done; once where it is not said.
    pub foreach: Option<Box<Foreach>>,
    /// Steps of the same lock never run at the same time.
    pub lock: Option<Box<Template>>,
    /// It is skipped where this is false.
    pub when: Option<Expr>,
    /// Whether the run goes on when it does not pass.
    pub continue_on_error: bool,
    /// What it does.
    pub work: Work,
    /// What undoes it.
    pub cleanup: Vec<Cleanup>,
    /// The names it captures or sets, and whether each is secret.
    pub captures: Vec<(Arc<str>, bool)>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Work {
    /// One request.
    Request(Box<Call>),
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
    /// How to look, in order; the first miss means absent.
    pub find: Vec<Call>,
    /// What also shows that it is not there.
    pub absent: Option<Expr>,
    /// How to create it.
    pub create: Call,
    /// What shows that it was there after all; a status of 409 where it is not said.
    pub conflict: Option<Expr>,
    /// When and how to update the one found.
    pub update: Option<(Expr, Call)>,
}

/// What undoes a step.
#[derive(Clone, Debug)]
pub enum Cleanup {
    /// A request.
    Request(Box<Call>),
    /// The request of the step of that index, if that step has not passed.
    Step(usize),
}

impl Plan {
    /// Binds the inputs and lays the defaults under every step. All that is wrong with the inputs is reported at once.
    pub fn new(checked: Arc<Checked>, sources: Arc<Sources>, inputs: &Inputs) -> Result<Plan, Vec<Diagnostic>> {
        let values = bind::bind(&checked.playbook, inputs)?;
        let secret_inputs = secrecy::secret_inputs(&checked.playbook, inputs);
        let redactor = secrecy::redactor(&secret_inputs, &values);
        let outside = called_inputs(&checked, inputs, &values, &redactor)?;
        let steps = checked.playbook.steps.iter().zip(&checked.steps);
        let finally = checked.playbook.finally.iter().zip(&checked.finally);
        let lengths = Lengths::new(&checked.playbook, &values, &redactor, inputs.may_miss);
        let plan_step = |(step, links): (&playbook::Step, &Links)| plan_step(step, links, &checked, &lengths);
        let (steps, finally) = (steps.map(plan_step).collect(), finally.map(plan_step).collect());
        let token_policy = TokenPolicy::new(&checked.playbook, &lengths);
        let connection = match (lengths.finish(), connection::connection(&checked.playbook, &values, inputs)) {
            (Ok(()), Ok(connection)) => Arc::new(connection),
            (lengths, connection) => {
                let found = [lengths.err(), connection.err()].into_iter().flatten().flatten().collect();
                return Err(secrecy::masked(found, &redactor));
            }
        };
        let ids::Ids { names: ids, outputs: output_ids } = ids::ids(&checked);
        Ok(Plan {
            steps,
            finally,
            connection,
            token_policy,
            secret_names: secrecy::secret_names(&checked.playbook, &secret_inputs),
            secret_inputs,
            ids,
            output_ids,
            handed_secrets: Vec::new(),
            outside,
            checked,
            cell: inputs.cell.clone(),
            sources,
            inputs: values,
        })
    }

    /// The playbook as written.
    pub fn playbook(&self) -> &Playbook {
        &self.checked.playbook
    }

    /// Whether it, or a playbook that it calls, accepts any certificate of any server.
    pub fn is_insecure(&self) -> bool {
        let mut all = std::iter::once(&*self.checked).chain(self.checked.called());
        all.any(|checked| checked.playbook.defaults.connection.insecure)
    }

    /// Every value that must never come out, also of the playbooks around it.
    pub fn secrets(&self) -> impl Iterator<Item = &Value> {
        self.own_secrets().chain(&self.handed_secrets)
    }

    fn own_secrets(&self) -> impl Iterator<Item = &Value> {
        self.secret_inputs.iter().filter_map(|name| self.inputs.get(name))
    }

    /// What secret inputs of the playbooks that it calls get from outside.
    pub fn called_secrets(&self) -> Vec<Value> {
        let mut secrets = Vec::new();
        for callee in self.checked.called() {
            for input in callee.playbook.inputs.iter().filter(|input| input.secret) {
                secrets.extend(self.outside.value(&callee.playbook, &input.name.text).cloned());
            }
        }
        secrets
    }
}

/// What the outside has for the playbooks that are called; it is looked up once, for the run's own playbook.
fn called_inputs(
    checked: &Checked,
    inputs: &Inputs,
    values: &HashMap<Arc<str>, Value>,
    redactor: &Redactor,
) -> Result<Arc<Outside>, Vec<Diagnostic>> {
    let mut found = Vec::new();
    let outside = match &inputs.outside {
        Some(outside) => Arc::clone(outside),
        None if checked.callees.is_empty() => Arc::default(),
        None => Arc::new(Outside::of(checked, inputs, &mut found)),
    };
    if !checked.callees.is_empty() && !inputs.may_miss {
        let caller = Caller { playbook: &checked.playbook, values, secrets: redactor };
        let steps = checked.playbook.steps.iter().chain(&checked.playbook.finally);
        for written in steps.filter_map(playbook::Step::invocation) {
            if let Some(invocation) = Invocation::new(written, checked) {
                invocation.check(written, &caller, &outside, &mut found);
            }
        }
    }
    if found.is_empty() { Ok(outside) } else { Err(secrecy::masked(found, redactor)) }
}

fn plan_step(step: &playbook::Step, links: &Links, checked: &Checked, lengths: &Lengths<'_>) -> Step {
    let playbook = &*checked.playbook;
    let call =
        |request: &Arc<playbook::Request>| Call::new(request, playbook, lengths).reading_of(&links.body_read, []);
    // What is read later of the step's answer says nothing of what undoes it.
    let undo =
        |request: &Arc<playbook::Request>| Call::new(request, playbook, lengths).reading_of(&Wanted::default(), []);
    let find = |request: &Arc<playbook::Request>, ensure: &playbook::Ensure| {
        let read = ensure.absent.iter().chain(&ensure.differs);
        Call::new(request, playbook, lengths).reading_of(&links.body_read, read).only_reading()
    };
    let work = match &step.work {
        playbook::Work::Request(request) => Work::Request(Box::new(call(request))),
        playbook::Work::Set(bindings) => Work::Set(bindings.clone()),
        playbook::Work::Wait(duration) => Work::Wait(duration.clone()),
        playbook::Work::Exec(exec) => Work::Exec(Box::new(Exec::new(exec, lengths))),
        playbook::Work::Call(invocation) => match Invocation::new(invocation, checked) {
            Some(invocation) => Work::Call(Box::new(invocation)),
            None => unreachable!("`check` refuses a call of what could not be read"),
        },
        playbook::Work::Ensure(ensure) => {
            let update = ensure.differs.clone().zip(ensure.update.as_ref().map(call));
            Work::Ensure(Box::new(Ensure {
                find: ensure.find.iter().map(|request| find(request, ensure)).collect(),
                absent: ensure.absent.clone(),
                create: Call::new(&ensure.create, playbook, lengths)
                    .reading_of(&links.body_read, ensure.conflict.iter()),
                conflict: ensure.conflict.clone(),
                update,
            }))
        }
    };
    let cleanup = step.cleanup.iter().filter_map(|cleanup| match cleanup {
        playbook::Cleanup::Request(request) => Some(Cleanup::Request(Box::new(undo(request)))),
        playbook::Cleanup::Step(id) => checked.names.step(&id.text).map(Cleanup::Step),
    });
    Step {
        address: Address::step(&step.id.text),
        id: Arc::clone(&step.id.text),
        title: step.title.as_ref().map(|title| Arc::clone(&title.text)),
        tags: step.tags.iter().map(|tag| Arc::clone(&tag.text)).collect(),
        left_out: None,
        links: links.clone(),
        foreach: step.foreach.clone(),
        lock: step.lock.clone(),
        when: step.when.clone(),
        continue_on_error: step.continue_on_error,
        work,
        cleanup: cleanup.collect(),
        captures: captures(step),
    }
}

/// The names that a step captures or sets, and whether each is secret.
pub fn captures(step: &playbook::Step) -> Vec<(Arc<str>, bool)> {
    let mut names: Vec<(Arc<str>, bool)> = Vec::new();
    let mut add = |name: &Arc<str>, secret: bool| match names.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known |= secret,
        None => names.push((Arc::clone(name), secret)),
    };
    let mut request = |request: &playbook::Request| {
        request.captures.iter().for_each(|capture| add(&capture.name.text, capture.secret));
    };
    match &step.work {
        playbook::Work::Request(found) => request(found),
        playbook::Work::Ensure(ensure) => {
            ensure.find.iter().chain([&ensure.create]).chain(&ensure.update).for_each(|found| request(found));
        }
        playbook::Work::Set(bindings) => bindings.iter().for_each(|binding| add(&binding.name.text, false)),
        playbook::Work::Wait(_) => {}
        playbook::Work::Exec(exec) => request(&exec.judged),
        playbook::Work::Call(invocation) => invocation.outputs.iter().for_each(|(name, _)| add(&name.text, false)),
    }
    names
}

impl Step {
    /// Method and URL as written, or what else the step does.
    pub fn summary(&self) -> String {
        match &self.work {
            Work::Request(call) => call.summary(),
            Work::Ensure(ensure) => format!("ensure · {}", ensure.create.summary()),
            Work::Set(_) => "set".to_owned(),
            Work::Wait(duration) => format!("wait {}", duration.text()),
            Work::Exec(exec) => exec.summary(),
            Work::Call(invocation) => format!("call {}", invocation.file),
        }
    }
}
