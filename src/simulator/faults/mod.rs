//! Faults on purpose: which requests go wrong, and how, decided by rules and a seed.
//!
//! A [`FaultPlan`] is the choice; it is data and may be made by a program or read from a file. For every request the
//! simulator asks it what strikes. The answer depends on the plan, its seed, method and path, and on how many requests
//! of that method and path there were before; so what others ask at the same time changes nothing.

mod body;
mod chance;
mod plan;
mod strike;

pub use plan::{Cut, Effect, FaultBody, FaultPlan, FaultRule, FaultStatus, Latency};

pub(super) use body::{Spoil, spoiled};
pub(super) use strike::{Faults, Hit, Strike};
