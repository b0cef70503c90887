//! Whether the files that a step has sent are still what they were.

use std::path::Path;

use crate::event::BodyRecord;
use crate::record::{Record, StepRecord};

/// The file of a step that has been written since it was sent; paths are relative to `directory`.
pub(super) fn changed(record: &Record, step: &StepRecord, directory: &Path) -> Option<String> {
    let last = step.counted_tries().last()?;
    let sent = record.wall(last.sent)?;
    let mut found = None;
    each_file(&last.request.body, &mut |path| {
        let modified = std::fs::metadata(directory.join(path)).and_then(|metadata| metadata.modified());
        let is_newer =
            modified.ok().and_then(|time| jiff::Timestamp::try_from(time).ok()).is_some_and(|time| time > sent);
        if is_newer {
            found.get_or_insert_with(|| path.to_owned());
        }
    });
    found
}

fn each_file(body: &BodyRecord, visit: &mut dyn FnMut(&str)) {
    match body {
        BodyRecord::File { path } => visit(path),
        BodyRecord::Multipart(parts) => parts.iter().for_each(|part| each_file(&part.body, visit)),
        _ => {}
    }
}
