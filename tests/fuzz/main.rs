//! Fuzzing for as long as one likes: `cargo bench --bench fuzz -- --target yaml --minutes 10 --seed 7`.
//!
//! `--target all` takes one after the other, `--input FILE` tries a single input again. What is found is made as
//! small as possible and written below `target/fuzz`; move it to `tests/fuzz/cases/<target>/` to keep it. An input that
//! ends the process (no stack is left, say) cannot be caught: run the same seed again with `--careful`, which writes
//! each input to `target/fuzz/<target>/in-hand` before it is tried, and is slow for that.

#[path = "mod.rs"]
mod fuzz;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use fuzz::Target;
use fuzz::campaign::{Options, attempt, run};
use fuzz::targets::TARGETS;

const USAGE: &str = "usage: cargo bench --bench fuzz -- --target NAME|all [--minutes N] [--seed N] [--careful] [--input FILE]\n\
    without `--minutes`, as many inputs as `cargo test` tries";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let value = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).map(String::as_str)
    };
    let Some(chosen) = value("--target") else {
        // Run with all other benchmarks: there is nothing to measure.
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    };
    let targets: Vec<&'static Target> =
        TARGETS.iter().filter(|target| chosen == "all" || target.name == chosen).collect();
    let minutes: Option<f64> = value("--minutes").unwrap_or("0").parse().ok();
    let seed: Option<u64> = value("--seed").unwrap_or("1").parse().ok();
    let (Some(minutes), Some(seed), false) = (minutes, seed, targets.is_empty()) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("{USAGE}\ntargets: {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    if let Some(file) = value("--input") {
        return again(&targets, file);
    }
    let mut found = 0;
    for target in targets {
        let (inputs, time) = match minutes {
            0.0 => (target.short, Duration::MAX),
            minutes => (u64::MAX, Duration::from_secs_f64(minutes * 60.0)),
        };
        let careful = arguments.iter().any(|argument| argument == "--careful");
        found += campaign(target, seed, (inputs, time), careful);
    }
    if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn campaign(target: &'static Target, seed: u64, (inputs, time): (u64, Duration), careful: bool) -> usize {
    let findings = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../fuzz");
    let patience = Duration::from_secs(5);
    let report = run(target, Options { seed, inputs, time, patience, findings, careful });
    let rate = report.inputs as f64 / report.elapsed.as_secs_f64();
    println!(
        "{}: seed {seed}, {} inputs in {:.0} s ({rate:.0} a second), {} kept, slowest {:.0?}, {} findings",
        target.name,
        report.inputs,
        report.elapsed.as_secs_f64(),
        report.kept,
        report.slowest,
        report.findings.len()
    );
    for finding in &report.findings {
        println!("\n{}\nin {}:\n{}", finding.message, finding.path.display(), String::from_utf8_lossy(&finding.input));
    }
    report.findings.len()
}

fn again(targets: &[&'static Target], file: &str) -> ExitCode {
    let input = match std::fs::read(file) {
        Ok(input) => input,
        Err(error) => {
            eprintln!("{file}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut code = ExitCode::SUCCESS;
    for target in targets {
        match attempt(target, &input) {
            Ok(_) => println!("{}: nothing is wrong", target.name),
            Err(message) => {
                println!("{}: {message}", target.name);
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}
