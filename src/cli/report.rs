//! `--report FORMAT=FILE`, and `callsheet report`.

use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::args::ReportArgs;
use super::exit::Exit;
use super::terminal::{say, tell};
use crate::journal::{find, read};
use crate::record::Record;
use crate::report;

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    /// JUnit XML, a test case a step
    Junit,
    /// The whole record as JSON
    Json,
    /// Markdown for a pull request or a job's summary
    Markdown,
}

/// A report and where it goes.
#[derive(Clone, Debug)]
pub(super) struct ReportTo {
    format: ReportFormat,
    file: PathBuf,
}

/// Reads `FORMAT=FILE`.
pub(super) fn report_to(text: &str) -> Result<ReportTo, String> {
    let (format, file) = text
        .split_once('=')
        .filter(|(_, file)| !file.is_empty())
        .ok_or("write FORMAT=FILE, such as `junit=report.xml`")?;
    if file == "-" {
        return Err(format!("a report goes to a file; `callsheet report --format {format}` prints it"));
    }
    let known = || ReportFormat::value_variants().iter().filter_map(|format| format.to_possible_value());
    let format = ReportFormat::from_str(format, false).map_err(|_| {
        let names: Vec<String> = known().map(|format| format!("`{}`", format.get_name())).collect();
        format!("`{format}` is no report; there are {}", names.join(", "))
    })?;
    Ok(ReportTo { format, file: file.into() })
}

/// Makes a report.
pub(super) fn make(format: ReportFormat, record: &Record) -> String {
    match format {
        ReportFormat::Junit => report::junit(record),
        ReportFormat::Json => report::json(record),
        ReportFormat::Markdown => report::markdown(record),
    }
}

/// Makes a report of several runs.
pub(super) fn make_of(format: ReportFormat, batch: &report::Batch<'_>) -> String {
    match format {
        ReportFormat::Junit => report::junit_of(batch),
        ReportFormat::Json => report::json_of(batch),
        ReportFormat::Markdown => report::markdown_of(batch),
    }
}

/// Writes every report that was asked for; false where one could not be written.
pub(super) fn write_all(reports: &[ReportTo], make: impl Fn(ReportFormat) -> String) -> bool {
    let mut written = true;
    for report in reports {
        if let Err(error) = write(&report.file, &make(report.format)) {
            tell(&format!("error: cannot write the report {}: {error}\n", report.file.display()));
            written = false;
        }
    }
    written
}

fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// `callsheet report`
pub(super) fn report_run(args: &ReportArgs) -> Exit {
    let events = find(&args.folder, args.run.as_deref()).and_then(|folder| read(&folder));
    let record = match events {
        Ok(events) => Record::fold(events),
        Err(error) => {
            tell(&format!("error: {error}\n"));
            return Exit::Errored;
        }
    };
    if args.reports.is_empty() {
        return say(&make(args.format, &record));
    }
    if write_all(&args.reports, |format| make(format, &record)) { Exit::Passed } else { Exit::Errored }
}
