//! The values a person gives to a run.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::invocation::Outside;
use crate::check::Cell;
use crate::source::Loader;
use crate::value::Value;

/// Looks a variable of the environment up.
type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The values that come from outside, and where to look for others.
///
/// Which one wins, the first that is there: [`Inputs::var`] (the command line), [`Inputs::fallback`] (variables of
/// the environment, files of variables), [`Inputs::simulator`] through the playbook's `simulate`, the cell of the
/// matrix, the input's own `from`, its `default`. What is given to an axis of a matrix chooses cells.
#[derive(Clone, Default)]
pub struct Inputs {
    pub(super) given: HashMap<String, Given>,
    pub(super) fallback: HashMap<String, Given>,
    pub(super) simulator: Option<Value>,
    pub(super) recorded: HashMap<String, Value>,
    pub(super) environment: Option<Environment>,
    pub(super) loader: Option<Arc<dyn Loader>>,
    pub(super) working_directory: PathBuf,
    pub(super) may_miss: bool,
    pub(super) secrets: HashSet<String>,
    pub(super) cell: Cell,
    /// What has been looked up for the playbooks that are called.
    pub(super) outside: Option<Arc<Outside>>,
}

/// A value with the place it comes from, in words for a message.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) value: Value,
    pub(super) origin: String,
}

impl Inputs {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives an input its value; a text is read as the input's type.
    pub fn var(self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.var_from("the value given", name, value)
    }

    /// The same, with the place the value comes from in words for a message, such as `` `--var` ``.
    pub fn var_from(mut self, origin: impl Into<String>, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.given.insert(name.into(), Given { value: value.into(), origin: origin.into() });
        self
    }

    /// Gives an input a value that must never come out, whether or not the playbook says that it is secret.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        let name = name.into();
        self.secrets.insert(name.clone());
        self.var(name, value)
    }

    /// Gives an input a value that [`Inputs::var`] overrides. Names that are no inputs are ignored.
    /// `origin` is the place it comes from in words for a message.
    pub fn fallback(mut self, origin: impl Into<String>, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fallback.insert(name.into(), Given { value: value.into(), origin: origin.into() });
        self
    }

    /// The value of `simulator` in the playbook's `simulate`; without it `simulate` is not looked at.
    pub fn simulator(mut self, simulator: Value) -> Self {
        self.simulator = Some(simulator);
        self
    }

    /// Gives an input the value that it had when a run began, which only its default comes behind.
    pub fn recorded(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.recorded.insert(name.into(), value.into());
        self
    }

    /// Which cell of the playbook's matrix is planned: one of those that
    /// [`Playbook::cells`](crate::session::Playbook::cells) gives.
    pub fn cell(mut self, cell: Cell) -> Self {
        self.cell = cell;
        self
    }

    /// The cell that [`Inputs::cell`] has named.
    pub fn chosen_cell(&self) -> &Cell {
        &self.cell
    }

    /// What a person gives to an input, wherever the playbook itself would look for it.
    pub(super) fn given(&self, name: &str) -> Option<&Given> {
        self.given.get(name).or_else(|| self.fallback.get(name))
    }

    /// Where `from: env:NAME` looks.
    pub fn environment(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Some(Arc::new(lookup));
        self
    }

    /// How `from: file:PATH` and inputs of type `file` reach the file system.
    pub fn loader(mut self, loader: Arc<dyn Loader>) -> Self {
        self.loader = Some(loader);
        self
    }

    /// Lets inputs without a value pass: for a preview, never for a run.
    pub fn allow_missing(mut self) -> Self {
        self.may_miss = true;
        self
    }

    /// What paths given by [`Inputs::var`] are relative to.
    pub fn working_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.working_directory = directory.into();
        self
    }
}
