//! `--limit`: what playbooks and their runs may not exceed, as the person says it who runs them.

use clap::Args;

use crate::limits::{Limit, Limits};
use crate::session::Session;

/// What may not be exceeded.
#[derive(Debug, Default, Args)]
pub(super) struct LimitArgs {
    /// Set a limit, such as foreach_items=50000 or journal_size=4GiB (repeatable); wins over the playbook's `limits`
    #[arg(long = "limit", value_name = "NAME=VALUE", value_parser = limit)]
    pub(super) limits: Vec<(Limit, u64)>,
}

impl LimitArgs {
    /// What reads playbooks within these limits.
    pub(super) fn session(&self) -> Session {
        Session::new().limits(self.limits())
    }

    /// The limits.
    pub(super) fn limits(&self) -> Limits {
        let set = |limits: Limits, (limit, value): &(Limit, u64)| limits.with(*limit, *value);
        self.limits.iter().fold(Limits::default(), set)
    }
}

fn limit(text: &str) -> Result<(Limit, u64), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as `foreach_items=50000`")?;
    let limit = Limit::named(name.trim()).map_err(|refusal| refusal.to_string())?;
    Ok((limit, limit.read(value).map_err(|refusal| refusal.to_string())?))
}
