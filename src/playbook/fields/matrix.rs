//! The keys of a matrix; every other one is an axis.

use super::{Key, Shape, Table, optional, table};

pub(super) static MATRIX: Table = Table {
    rest: Some(&Shape::List(&Shape::Json)),
    ..table(
        "matrix",
        "a matrix",
        "Axes by their names, each a list of values. The playbook runs once for each combination of them, a cell.",
        &[
            optional(
                "include",
                Shape::List(&Shape::Map(Key::Identifier, &Shape::Json)),
                "Further cells, or further inputs of the cells that have these values.",
                &["[{ env: prod, workspace: production }]"],
            ),
            optional(
                "exclude",
                Shape::List(&Shape::Map(Key::Identifier, &Shape::Json)),
                "Values of axes: the cells that have them are left out.",
                &["[{ env: prod, region: us }]"],
            ),
            optional("max_cells", Shape::Integer(1), "How many cells there may be; 256 if not said.", &["512"]),
        ],
    )
};
