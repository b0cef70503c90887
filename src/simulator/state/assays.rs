//! Assays: defining them, switching them, and what their runs have found.

use jiff::{SignedDuration, Timestamp};

use super::Platform;
use crate::simulator::assay::{Analysis, AssayConfig};
use crate::simulator::error::PlatformError;
use crate::simulator::world;

/// How much later than its creation the platform says that an assay was updated.
const CREATION_TAKES: SignedDuration = SignedDuration::from_millis(2);

/// An assay and how its schedule stands.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct StoredAssay {
    pub(in crate::simulator) id: i64,
    pub(in crate::simulator) config: AssayConfig,
    pub(in crate::simulator) active: bool,
    pub(in crate::simulator) status: String,
    pub(in crate::simulator) last_run: Option<Timestamp>,
    pub(in crate::simulator) next_run: Option<Timestamp>,
    pub(in crate::simulator) updated_at: Timestamp,
    /// When the scheduler will run it; an assay of the world waits until it is switched on.
    pub(super) due: Option<Timestamp>,
    /// The end of the last window that a run looked at.
    pub(super) analyzed_until: Option<Timestamp>,
}

/// What a scheduled run found in one window.
#[derive(Debug, Clone)]
pub(in crate::simulator) struct AssayResult {
    pub(in crate::simulator) id: i64,
    pub(in crate::simulator) assay_id: i64,
    pub(in crate::simulator) analysis: Analysis,
    pub(in crate::simulator) analyzed_at: Timestamp,
}

impl From<world::Assay> for StoredAssay {
    fn from(row: world::Assay) -> Self {
        Self {
            id: row.id,
            config: row.config,
            active: row.active,
            status: row.status,
            last_run: row.last_run,
            next_run: row.next_run,
            updated_at: row.updated_at,
            due: None,
            analyzed_until: None,
        }
    }
}

impl Platform {
    /// Stores an assay, to be run soon. Its name is unique in the whole instance.
    pub(in crate::simulator) fn create_assay(
        &mut self,
        config: AssayConfig,
        now: Timestamp,
    ) -> Result<i64, PlatformError> {
        let id = self.sequences.assay.take();
        if self.pipeline(config.pipeline_id).is_none() {
            return Err(PlatformError::dangling_reference("assay", "assay_pipeline_id_fkey"));
        }
        if self.assays.iter().any(|assay| assay.config.name == config.name) {
            return Err(PlatformError::already_exists("create assay", "assay_name_key"));
        }
        let active = config.active;
        self.assays.push(StoredAssay {
            id,
            active,
            config,
            status: "created".to_owned(),
            last_run: None,
            next_run: Some(now),
            updated_at: now + CREATION_TAKES,
            due: active.then_some(now + self.settling.assay_run),
            analyzed_until: None,
        });
        Ok(id)
    }

    /// Switches an assay on or off; doing it again changes nothing.
    pub(in crate::simulator) fn set_assay_active(
        &mut self,
        id: i64,
        active: bool,
        now: Timestamp,
    ) -> Result<(), PlatformError> {
        let until_run = self.settling.assay_run;
        let assay = self.assays.iter_mut().find(|assay| assay.id == id).ok_or_else(PlatformError::assay_not_found)?;
        if assay.active != active {
            assay.updated_at = now;
        }
        assay.active = active;
        assay.due = match (active, assay.due) {
            (false, _) => None,
            (true, Some(due)) => Some(due),
            (true, None) => assay.next_run.and_then(|next_run| next_run.max(now).checked_add(until_run).ok()),
        };
        Ok(())
    }

    /// The assays, newest first.
    pub(in crate::simulator) fn assays_newest_first(&self) -> Vec<&StoredAssay> {
        let mut assays: Vec<&StoredAssay> = self.assays.iter().collect();
        assays.sort_by_key(|assay| std::cmp::Reverse(assay.id));
        assays
    }

    /// What the scheduled runs of an assay found in windows that start within the dates.
    pub(in crate::simulator) fn assay_results(
        &self,
        assay_id: i64,
        start: Option<Timestamp>,
        end: Option<Timestamp>,
    ) -> Vec<(&StoredAssay, &AssayResult)> {
        let Some(assay) = self.assays.iter().find(|assay| assay.id == assay_id) else {
            return Vec::new();
        };
        self.assay_results
            .iter()
            .filter(|result| result.assay_id == assay_id)
            .filter(|result| {
                let begins = result.analysis.span.map(|span| span.start);
                start.is_none_or(|start| begins >= Some(start)) && end.is_none_or(|end| begins <= Some(end))
            })
            .map(|result| (assay, result))
            .collect()
    }
}
