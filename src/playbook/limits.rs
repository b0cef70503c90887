//! `limits`: what a playbook and its run may not exceed, as the playbook says it.

use super::model::Playbook;
use super::tree::Node;
use crate::diagnostic::{Diagnostic, rule};
use crate::limits::{Limit, Limits};
use crate::source::Text;
use crate::value;

/// Reads them; what is none has been refused with the rest of the tree's shape.
pub(super) fn read_limits(node: Option<&Node>) -> Limits {
    let mapping = node.and_then(Node::as_mapping);
    let entries = mapping.into_iter().flat_map(|mapping| mapping.iter());
    entries.fold(Limits::default(), |limits, entry| {
        let limit = Limit::named(&entry.key.text).ok().filter(|limit| limit.is_of_playbooks());
        let value = limit.zip(entry.value.as_scalar()).map(|(limit, scalar)| (limit, limit.read(&scalar.text.text)));
        match value {
            Some((limit, Ok(value))) => limits.with(limit, value),
            _ => limits,
        }
    })
}

/// What is wrong with a limit.
pub(super) fn bad_limit(limit: Limit, text: &Text) -> Option<Diagnostic> {
    let refusal = limit.read(&text.text).err()?;
    Some(Diagnostic::new(rule::BAD_LIMIT, text.span, refusal.message).help(refusal.help))
}

impl Playbook {
    /// What a document in an answer may not exceed.
    pub fn answer_limits(&self) -> value::Limits {
        let (members, memory) = (self.limits.size(Limit::AnswerMembers), self.limits.size(Limit::AnswerMemory));
        value::Limits { members, memory, ..value::Limits::default() }
    }
}
