//! A playbook with a matrix, as the one of its cells that is planned.

use std::borrow::Cow;
use std::sync::Arc;

use crate::check::Checked;
use crate::diagnostic::{Diagnostic, rule};
use crate::plan::{Inputs, choose};

/// The playbook and the inputs of the cell that the inputs name, or of the only one that they choose.
pub(super) fn in_cell<'a>(
    checked: &Arc<Checked>,
    inputs: &'a Inputs,
) -> Result<(Arc<Checked>, Cow<'a, Inputs>), Vec<Diagnostic>> {
    let Some(matrix) = &checked.playbook.matrix else { return Ok((Arc::clone(checked), Cow::Borrowed(inputs))) };
    if inputs.chosen_cell().axes().next().is_some() {
        return Ok((Arc::new(checked.in_cell(inputs.chosen_cell())), Cow::Borrowed(inputs)));
    }
    let mut cells = choose(checked, inputs)?;
    match cells.pop() {
        Some(cell) if cells.is_empty() => Ok((Arc::new(checked.in_cell(&cell)), Cow::Owned(inputs.clone().cell(cell)))),
        _ => {
            let axes: Vec<String> = matrix.axes.iter().map(|axis| format!("`{}`", axis.name.text)).collect();
            let message = format!("`{}` has {} cells and a plan for each", checked.playbook.id.text, cells.len() + 1);
            Err(vec![
                Diagnostic::new(rule::SEVERAL_CELLS, matrix.span, message)
                    .help(format!("plan each of `cells()`, or choose one by its values of {}", axes.join(", "))),
            ])
        }
    }
}
