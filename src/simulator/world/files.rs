//! The files that a world names: beside its own file, or part of the program.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::file::HistoryEntry;
use super::{History, WorldError, WorldErrorKind};

/// Where files are found.
pub(super) enum Files<'a> {
    /// Below a folder.
    Folder(&'a Path),
    /// In the program, by the name that the world file gives them.
    Embedded(&'a [(&'static str, &'static str)]),
}

impl Files<'_> {
    /// A whole file; `place` is where the world names it.
    pub(super) fn bytes(&self, file: &Path, place: &str) -> Result<Bytes, WorldError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(file);
                let content = std::fs::read(&path);
                content.map(Bytes::from).map_err(|error| WorldError::new(place, WorldErrorKind::File { path, error }))
            }
            Self::Embedded(_) => self.embedded(file, place).map(|text| Bytes::from_static(text.as_bytes())),
        }
    }

    /// A history. One in a folder is read at once, so that its mistakes are found before anything runs.
    pub(super) fn history(&self, entry: &HistoryEntry, place: &str) -> Result<History, WorldError> {
        let HistoryEntry { pipeline, model, model_sha, file } = entry;
        match self {
            Self::Folder(folder) => {
                let table = self.bytes(file, place)?;
                History::read(*pipeline, model, model_sha, table)
                    .map_err(|error| WorldError::new(place, WorldErrorKind::History { path: folder.join(file), error }))
            }
            Self::Embedded(_) => {
                self.embedded(file, place).map(|table| History::embedded(*pipeline, model, model_sha, table))
            }
        }
    }

    fn embedded(&self, file: &Path, place: &str) -> Result<&'static str, WorldError> {
        let files: &[(&str, &str)] = match self {
            Self::Folder(_) => &[],
            Self::Embedded(files) => files,
        };
        let found = files.iter().find(|(name, _)| Path::new(name) == file).map(|(_, content)| *content);
        found.ok_or_else(|| {
            let error = std::io::Error::new(std::io::ErrorKind::NotFound, "it is no part of the program");
            WorldError::new(place, WorldErrorKind::File { path: PathBuf::from(file), error })
        })
    }
}
