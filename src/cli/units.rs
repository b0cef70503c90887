//! What a call runs: its playbooks, and of one with a matrix each cell.

use std::path::Path;
use std::sync::Arc;

use super::rerun::Last;
use super::select::Partition;
use super::text::clean;
use crate::check::Cell;
use crate::plan::Inputs;
use crate::session::{Playbook, Problems};

/// As many names as are told of what a partition leaves out.
const TOLD: usize = 12;

/// A playbook, or a cell of its matrix: one run.
#[derive(Clone)]
pub(super) struct Unit<'a> {
    pub(super) playbook: &'a Playbook,
    /// The playbook's file.
    pub(super) path: &'a Path,
    /// No axes where the playbook has no matrix.
    pub(super) cell: Cell,
    /// Its last run, where that is to be run again.
    pub(super) last: Option<Arc<Last>>,
}

impl Unit<'_> {
    /// What it is called: by its file and its cell, `smoke.yaml[dev,eu]`.
    pub(super) fn name(&self) -> String {
        format!("{}{}", self.path.display(), self.cell)
    }

    /// Whether it is a cell of a matrix.
    pub(super) fn is_cell(&self) -> bool {
        self.cell.axes().next().is_some()
    }
}

/// What these playbooks come to with these inputs, in their order; every mistake in the choice of cells otherwise.
pub(super) fn units<'a>(
    playbooks: impl Iterator<Item = (&'a Playbook, &'a Path)>,
    inputs: &Inputs,
) -> Result<Vec<Unit<'a>>, Vec<Problems>> {
    let (mut units, mut problems) = (Vec::new(), Vec::new());
    for (playbook, path) in playbooks {
        match playbook.cells(inputs) {
            Ok(cells) => units.extend(cells.into_iter().map(|cell| Unit { playbook, path, cell, last: None })),
            Err(found) => problems.push(found),
        }
    }
    if problems.is_empty() { Ok(units) } else { Err(problems) }
}

/// The units that belong to a part of them, and what there is to say of the others.
pub(super) fn part<'a>(units: Vec<Unit<'a>>, partition: Partition) -> (Vec<Unit<'a>>, String) {
    let chosen = partition.of(&units);
    let left_out = || (0..units.len()).filter(|index| !partition.has(*index)).map(|index| units[index].name());
    let cells = units.iter().any(Unit::is_cell);
    if chosen.is_empty() {
        let what = if cells { "playbook and no cell" } else { "playbook" };
        return (chosen, format!("nothing to run: no {what} belongs to this part\n"));
    }
    let names: Vec<String> = left_out().take(TOLD).map(|name| clean(&name)).collect();
    let (chosen_count, all) = (chosen.len(), units.len());
    let what = if cells { "runs" } else { "playbooks" };
    let said = match all - chosen_count {
        0 => format!("{partition}: all of the {all} {what}\n"),
        more if more > TOLD => format!(
            "{partition}: {chosen_count} of {all} {what}; left to the other parts: {} and {} more\n",
            names.join(", "),
            more - TOLD
        ),
        _ => format!("{partition}: {chosen_count} of {all} {what}; left to the other parts: {}\n", names.join(", ")),
    };
    (chosen, said)
}
