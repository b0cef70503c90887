//! Whether the files that a step has sent are still what they were. Looks at their times and not into them; what
//! expressions have read (`read_json`) is not known here.

use std::fs::Metadata;
use std::path::Path;

use jiff::Timestamp;

use crate::event::BodyRecord;
use crate::record::{Record, StepRecord};

/// The file of a step that has been written or replaced since it was sent, or is gone; paths are relative to `directory`.
pub(super) fn changed(record: &Record, step: &StepRecord, directory: &Path) -> Option<String> {
    let last = step.counted_tries().last()?;
    let sent = record.wall(last.sent)?;
    let mut found = None;
    each_file(&last.request.body, &mut |path| {
        let is_same =
            std::fs::metadata(directory.join(path)).is_ok_and(|metadata| last_change(&metadata) <= Some(sent));
        if !is_same {
            found.get_or_insert_with(|| path.to_owned());
        }
    });
    found
}

/// When a file was last written, or put in its place: one that is older may have been.
fn last_change(metadata: &Metadata) -> Option<Timestamp> {
    let written = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
    written.max(placed(metadata))
}

#[cfg(unix)]
fn placed(metadata: &Metadata) -> Option<Timestamp> {
    use std::os::unix::fs::MetadataExt;
    let nanoseconds = i32::try_from(metadata.ctime_nsec()).ok()?;
    Timestamp::new(metadata.ctime(), nanoseconds).ok()
}

#[cfg(not(unix))]
fn placed(metadata: &Metadata) -> Option<Timestamp> {
    metadata.created().ok().and_then(|time| Timestamp::try_from(time).ok())
}

fn each_file(body: &BodyRecord, visit: &mut dyn FnMut(&str)) {
    match body {
        BodyRecord::File { path } => visit(path),
        BodyRecord::Multipart(parts) => parts.iter().for_each(|part| each_file(&part.body, visit)),
        _ => {}
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_takes_the_place_of_another_has_changed_though_it_is_older() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("model.onnx");
        std::fs::write(&path, "old").expect("a file");
        let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
        std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(long_ago)).expect("a time");
        let metadata = std::fs::metadata(&path).expect("a file");
        assert!(last_change(&metadata) > Timestamp::from_second(2_000_000).ok());
    }
}
