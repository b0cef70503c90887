//! Assay mathematics on numbers that can be checked by hand.
