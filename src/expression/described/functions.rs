//! The functions, by name. The results are those of one run: its seed decides about them.

use super::{Described, described};

pub(super) static FUNCTIONS: &[Described] = &[
    described("now", "", "The time at which the run began, in UTC.", "now()", r#""2026-11-23T12:00:00Z""#),
    described("random_int", "", "A whole number from low to high, both included.", "random_int(1, 6)", "4"),
    described(
        "random_suffix",
        "",
        "So many lower-case letters and digits; 6 if not said.",
        "random_suffix()",
        r#""rllqad""#,
    ),
    described("range", "", "The whole numbers from start, or 0, up to and without stop.", "range(3)", "[0,1,2]"),
    described("uuid", "", "A random UUID.", "uuid()", r#""7dbf2f7c-486f-4fd1-b949-6ff5ce8e42e5""#),
];
