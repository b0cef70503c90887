//! The library's front door: load, plan, run.
//!
//! A [`Session`] reads and checks playbooks, a [`Playbook`] binds inputs into a [`Plan`], a [`Run`] runs a plan over
//! surroundings that all have a sensible default. Everything that is reached outside comes through four traits
//! ([`Loader`], [`Transport`], [`Clock`], [`Store`]), so that a test can put its own in their place. Nothing here
//! knows of arguments, environments or terminals.

mod calls;
mod cells;
mod changes;
#[cfg(feature = "simulator")]
mod faults;
mod files;
mod include;
mod loader;
mod mending;
mod problems;
mod run;
mod step_at;
mod stopped;
mod unknown;

use std::path::Path;
use std::sync::Arc;

use crate::check::{Cell, Checked};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::event::Store;
use crate::limits::Limits;
use crate::plan::{Inputs, Plan, choose};
use crate::runner::Clock;
use crate::source::{Loader, Sources};
use crate::wire::Transport;

use calls::Loading;
pub use loader::DiskLoader;
pub use mending::{Mended, Mending};
pub use problems::{Problems, refused_programs};
pub use run::{Outcome, Run};
pub use stopped::{Resumption, Stopped, Unresumable};

/// Reads playbooks.
#[derive(Clone)]
pub struct Session {
    loader: Arc<dyn Loader>,
    limits: Limits,
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

/// A playbook that has passed every check that needs no network.
#[derive(Clone, Debug)]
pub struct Playbook {
    checked: Arc<Checked>,
    sources: Arc<Sources>,
    warnings: Vec<Diagnostic>,
}

impl Session {
    /// A session over the file system.
    pub fn new() -> Self {
        Session { loader: Arc::new(DiskLoader), limits: Limits::default() }
    }

    /// A session over a loader of the caller's.
    pub fn with_loader(loader: Arc<dyn Loader>) -> Self {
        Session { loader, limits: Limits::default() }
    }

    /// Limits that win over those of playbooks.
    ///
    /// ```
    /// # use callsheet::{limits::{Limit, Limits}, session::Session};
    /// let limits = Limits::default().with(Limit::YamlDepth, 3);
    /// let problems = Session::new().limits(limits).parse("p.yaml", "a: [[[[]]]]", "".as_ref()).unwrap_err();
    /// assert!(problems.to_string().contains("nested more than 3 levels deep"));
    /// ```
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Reads and checks a playbook. The error holds every mistake, each with its place and a remedy.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Playbook, Problems> {
        let path = path.as_ref();
        let shown = path.display().to_string();
        let text = self.loader.read(path).map_err(|error| Problems::unreadable(&shown, &error))?;
        self.read(&shown, text.into(), path.parent().unwrap_or(Path::new("")))
    }

    /// Reads and checks a playbook from its text. `directory` is what its literal paths are relative to.
    pub fn parse(&self, name: &str, text: &str, directory: &Path) -> Result<Playbook, Problems> {
        self.read(name, text.into(), directory)
    }

    fn read(&self, name: &str, text: Arc<str>, directory: &Path) -> Result<Playbook, Problems> {
        let mut loading = Loading::new(&*self.loader, self.limits);
        let checked = loading.load(name, &text, directory);
        let Loading { sources, mut found, .. } = loading;
        let sources = Arc::new(sources);
        // In the order of the file, so that a person can mend from top to bottom.
        found.sort_by_key(|diagnostic| diagnostic.primary.as_ref().map(|label| label.span));
        found.dedup();
        match checked {
            Some(checked) if !has_errors(&found) => {
                Ok(Playbook { checked: Arc::new(checked), sources, warnings: found })
            }
            _ => Err(Problems::new(found, sources)),
        }
    }
}

impl Playbook {
    /// Binds the inputs. The error holds everything that is wrong with them. A playbook with a matrix has a plan for
    /// each of its [`cells`](Playbook::cells); without [`Inputs::cell`], for the only one that the inputs choose.
    pub fn plan(&self, inputs: &Inputs) -> Result<Plan, Problems> {
        let problems = |found| Problems::new(found, Arc::clone(&self.sources));
        let (checked, inputs) = cells::in_cell(&self.checked, inputs).map_err(problems)?;
        Plan::new(checked, Arc::clone(&self.sources), &inputs).map_err(problems)
    }

    /// The cells of the matrix that the inputs choose, in order; without a matrix the one cell that has no axes.
    ///
    /// ```
    /// # use callsheet::{plan::Inputs, session::Session};
    /// # use std::path::Path;
    /// # let text = "playbook: smoke\nmatrix: { env: [dev, prod], region: [eu, us] }\nsteps: { a: { set: { b: '{{ env }}' } } }";
    /// # let playbook = Session::new().parse("smoke.yaml", text, Path::new("")).map_err(|problems| problems.to_string())?;
    /// let inputs = Inputs::new().var("env", "dev");
    /// for cell in playbook.cells(&inputs)? {
    ///     let plan = playbook.plan(&inputs.clone().cell(cell))?;
    ///     println!("{}", plan.playbook().id.text); // smoke[dev,eu], smoke[dev,us]
    /// }
    /// # assert_eq!(playbook.cells(&inputs)?.len(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cells(&self, inputs: &Inputs) -> Result<Vec<Cell>, Problems> {
        choose(&self.checked, inputs).map_err(|found| Problems::new(found, Arc::clone(&self.sources)))
    }

    /// What is probably not as meant, though it runs.
    pub fn warnings(&self) -> Problems {
        Problems::new(self.warnings.clone(), Arc::clone(&self.sources))
    }

    /// The playbook as written, and what its names mean.
    pub fn checked(&self) -> &Checked {
        &self.checked
    }
}
