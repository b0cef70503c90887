//! Everything about a playbook that can be found wrong without the network.
//!
//! Looks every name up, links the steps into a graph, and reports all mistakes at once. It reads nothing but the
//! playbook and whether a path exists. A [`Checked`] playbook proves: every reference resolves, every step's place
//! in the order is known, every provider exists; later stages do not check this again.

mod arrow;
mod callee;
mod computed;
mod connections;
mod cycle;
mod early;
mod foreign;
mod fresh;
mod handed;
mod inputs;
mod items;
mod kinds;
mod link;
mod lints;
mod matrix;
mod names;
mod places;
mod reads;
mod resolve;
mod rules;
mod saves;
mod schemas;
mod streams;
mod urls;
mod visit;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, has_errors};
use crate::graph::Graph;
use crate::playbook::Playbook;
use crate::source::{Loader, Span};
use crate::value::Wanted;

pub use callee::Callees;
pub(crate) use connections::{bad_connect_to, bad_no_proxy, bad_proxy};
pub use lints::lint;
pub use matrix::Cell;
pub use names::{Definition, Names};
pub(crate) use resolve::STEP_FIELDS;
pub(crate) use saves::each_request;

/// A playbook whose references all resolve.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The playbook.
    pub playbook: Arc<Playbook>,
    /// What each name means.
    pub names: Names,
    /// The cells of its matrix; none where it has no matrix.
    pub cells: Vec<Cell>,
    /// The links of each step, by its index.
    pub steps: Vec<Links>,
    /// The links of each `finally` step among themselves.
    pub finally: Vec<Links>,
    /// The steps, each after those it waits for; as written where nothing orders them.
    pub order: Vec<usize>,
    /// The steps in levels that could run side by side.
    pub levels: Vec<Vec<usize>>,
    /// The playbooks that steps call, by their files as written.
    pub callees: Callees,
    /// The inputs that are part of the path of a file or a program, here or in what is called.
    pub path_inputs: BTreeSet<Arc<str>>,
}

/// What a step waits for, and what of it is used later.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The steps it waits for.
    pub edges: Vec<Edge>,
    /// Whether anything of the answer is read when the step is over.
    pub answer_is_read: bool,
    /// What of its body is.
    pub body_read: Wanted,
}

/// One reason to wait.
#[derive(Clone, Debug, PartialEq)]
pub struct Edge {
    /// The step that must end first.
    pub from: usize,
    /// Whether its value is needed.
    pub kind: EdgeKind,
    /// Why.
    pub because: Because,
}

/// How much a step depends on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// It waits for the end, however it ends.
    End,
    /// It waits for the end and is skipped when the other failed.
    Order,
    /// It needs a value and is skipped when there is none.
    Value,
    /// It takes the records of a `foreach` step one by one, as each of them is there.
    Each,
}

/// Why a step waits for another.
#[derive(Clone, Debug, PartialEq)]
pub enum Because {
    /// It uses a value.
    Reference {
        /// The value's name, or `steps.id.field`.
        name: Arc<str>,
        /// Where it is used.
        span: Span,
        /// The variable that stands between.
        through: Option<Arc<str>>,
    },
    /// `needs` says so.
    Needs(Span),
    /// `order: listed` says so.
    Listed,
}

/// Checks a playbook. The result is `None` where there are errors.
///
/// `callees` has the playbooks that its steps call, as far as they could be read.
pub fn check(playbook: Playbook, loader: &dyn Loader, callees: Callees) -> (Option<Checked>, Vec<Diagnostic>) {
    let playbook = Arc::new(playbook);
    let mut found = Vec::new();
    let names = Names::collect(&playbook, &mut found);
    let cells = matrix::cells(&playbook, &mut found);
    rules::check_rules(&playbook, &names, loader, &callees, &mut found);
    let (mut steps, mut finally) = link::link(&playbook, &names, &mut found);
    reads::read_later(&playbook, &names, &mut steps, &mut finally);
    let (order, levels) = order(&playbook, &steps, &mut found);
    cycle::check_finally(&playbook, &finally, &mut found);
    found.retain(|diagnostic| !playbook.mistaken.repeats(diagnostic));
    if has_errors(&found) {
        return (None, found);
    }
    let path_inputs = handed::path_inputs(&playbook, &names, &callees);
    (Some(Checked { playbook, names, cells, steps, finally, order, levels, callees, path_inputs }), found)
}

fn order(playbook: &Playbook, steps: &[Links], found: &mut Vec<Diagnostic>) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut graph = Graph::new(steps.len());
    for (to, links) in steps.iter().enumerate() {
        for edge in &links.edges {
            graph.add(edge.from, to, edge.because.clone());
        }
    }
    match graph.order() {
        Ok(order) => {
            let levels = graph.levels(&order);
            (levels.iter().flatten().copied().collect(), levels)
        }
        Err(cycles) => {
            found.extend(cycles.iter().map(|cycle| cycle::report(&playbook.steps, cycle)));
            (Vec::new(), Vec::new())
        }
    }
}
