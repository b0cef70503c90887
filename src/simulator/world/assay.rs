//! An assay that was defined before the simulator began.

use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::simulator::assay::AssayConfig;

/// A definition, and what the platform shows beside it.
///
/// The scheduler leaves the assays of a world alone until they are switched on.
#[derive(Debug, Clone)]
pub struct Assay {
    /// The primary key.
    pub id: i64,
    /// Whether it is switched on.
    pub active: bool,
    /// `created`, or what the last run counted.
    pub status: String,
    /// When it last ran.
    pub last_run: Option<Timestamp>,
    /// When it should run next.
    pub next_run: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    pub(in crate::simulator) config: AssayConfig,
}

impl Assay {
    /// An assay that was created at that time by sending the definition, and has not run.
    ///
    /// # Errors
    ///
    /// When the platform would not take the definition.
    pub fn created(id: i64, definition: &Value, at: Timestamp) -> Result<Self, DefinitionError> {
        let config = AssayConfig::read(definition).map_err(|error| DefinitionError(error.to_string()))?;
        Ok(Self {
            id,
            active: config.active,
            status: "created".to_owned(),
            last_run: None,
            next_run: Some(at),
            updated_at: at,
            config,
        })
    }
}

/// A definition of an assay that cannot be read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionError(String);

impl fmt::Display for DefinitionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for DefinitionError {}
