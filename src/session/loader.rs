//! Files from the file system.

use std::io::{self, Read as _};
use std::path::Path;

use crate::source::Loader;

/// Reads files as they are; a file of more than 256 MiB is refused, since places in it are 32-bit numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskLoader;

const LARGEST: u64 = 256 * 1024 * 1024;

impl Loader for DiskLoader {
    fn read(&self, path: &Path) -> io::Result<String> {
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        // A pipe or a device may have no end, or nobody who writes.
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a pipe or a device, not a file"));
        }
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than 256 MiB"));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
            io::Error::new(io::ErrorKind::InvalidData, format!("line {line} is not UTF-8"))
        })
    }

    fn exists(&self, path: &Path) -> bool {
        path.is_file()
    }
}
