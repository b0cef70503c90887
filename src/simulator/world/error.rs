//! What is wrong with a world file.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::{DefinitionError, HistoryError};

/// A world that cannot be read: the place in its file, and what is wrong there.
#[derive(Debug)]
pub struct WorldError {
    place: String,
    kind: WorldErrorKind,
}

/// What is wrong with a world file.
#[derive(Debug)]
#[non_exhaustive]
pub enum WorldErrorKind {
    /// The text is no YAML, or not of the form that a world has; the message names the line.
    Form(serde_yaml::Error),
    /// A value is not what the place takes, or names nothing in this world.
    Value {
        /// What the place takes.
        expected: String,
        /// What it has.
        found: String,
    },
    /// A file that the world names cannot be read.
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// A file with logged inferences has a mistake.
    History {
        /// The file.
        path: PathBuf,
        /// Where in it, and which.
        error: HistoryError,
    },
    /// The platform would not take the definition of an assay.
    Assay(DefinitionError),
}

impl WorldError {
    pub(super) fn new(place: impl Into<String>, kind: WorldErrorKind) -> Self {
        Self { place: place.into(), kind }
    }

    pub(super) fn value(place: impl Into<String>, expected: impl Into<String>, found: impl fmt::Display) -> Self {
        let kind = WorldErrorKind::Value { expected: expected.into(), found: format!("`{found}`") };
        Self::new(place, kind)
    }

    /// Where in the world file, as in `models[2].workspace`; empty if the form of the whole is wrong.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What is wrong there.
    pub fn kind(&self) -> &WorldErrorKind {
        &self.kind
    }
}

impl fmt::Display for WorldError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.place;
        match &self.kind {
            WorldErrorKind::Form(error) => error.fmt(formatter),
            WorldErrorKind::Value { expected, found } => {
                write!(formatter, "{place}: expected {expected}, found {found}")
            }
            WorldErrorKind::File { path, error } => {
                write!(formatter, "{place}: cannot read `{}`: {error}", path.display())
            }
            WorldErrorKind::History { path, error } => {
                write!(formatter, "{place}: `{}`, {error}", path.display())
            }
            WorldErrorKind::Assay(error) => {
                write!(formatter, "{place}: the platform would not take the definition: {error}")
            }
        }
    }
}

impl std::error::Error for WorldError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.kind {
            WorldErrorKind::Form(error) => Some(error),
            WorldErrorKind::Value { .. } => None,
            WorldErrorKind::File { error, .. } => Some(error),
            WorldErrorKind::History { error, .. } => Some(error),
            WorldErrorKind::Assay(error) => Some(error),
        }
    }
}
