//! `fieldops schedule`: a project file's dates, without a database.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use interchange::{Document, Fault, Limits, mspdi, xer};
use serde::Serialize;

use crate::cli::ScheduleArgs;

/// The file is none of its kind, or not whole.
const REFUSED: u8 = 3;
/// The file is fine, and its plan cannot be scheduled.
const IMPOSSIBLE: u8 = 4;

/// Schedules one file, or every one in a folder. Exit code 0 when all were, 3 when a file was
/// refused, 4 when a plan cannot be scheduled; the reasons are on standard error.
pub fn run(args: &ScheduleArgs) -> Result<ExitCode> {
    if !args.file.is_dir() {
        let code = match &args.out {
            Some(out) => one(&args.file, |bytes| write_whole(out, bytes))?,
            None => one(&args.file, |bytes| Ok(io::stdout().write_all(bytes)?))?,
        };
        return Ok(ExitCode::from(code));
    }
    let Some(out) = &args.out else { bail!("say with --out where the folder's dates go") };
    fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let mut worst = 0;
    for file in files(&args.file)? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let target = out.join(name + ".json");
        worst = worst.max(one(&file, |bytes| write_whole(&target, bytes))?);
    }
    Ok(ExitCode::from(worst))
}

/// The project files of a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xml")) || is_xer(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_xer(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("xer"))
}

/// Schedules one file and hands its dates on; the exit code.
fn one(path: &Path, hand_on: impl FnOnce(&[u8]) -> Result<()>) -> Result<u8> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let input = BufReader::with_capacity(1 << 16, file);
    let read = if is_xer(path) { xer::read } else { mspdi::read };
    let document = match read(input, &Limits::default()) {
        Ok(document) => document,
        Err(Fault { findings }) => {
            for finding in findings {
                eprintln!("{}:{finding}", path.display());
            }
            return Ok(REFUSED);
        }
    };
    for remark in &document.remarks {
        eprintln!("{}:{remark}", path.display());
    }
    match schedule::schedule(&document.plan) {
        Ok(schedule) => {
            hand_on(&told(&document, &schedule)?)?;
            Ok(0)
        }
        Err(refused) => {
            eprintln!("{}:{}", path.display(), document.explain(&refused));
            Ok(IMPOSSIBLE)
        }
    }
}

/// A file is there whole or not at all: what reads it never sees half of it.
fn write_whole(out: &Path, bytes: &[u8]) -> Result<()> {
    let mut part = out.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, out));
    written.with_context(|| format!("cannot write {}", out.display()))
}

/// A task's dates as people and programs read them; times are the plan's local time.
#[derive(Serialize)]
struct Told<'a> {
    /// The task's number in the file: `UID` of a Project file, `task_id` of a Primavera one.
    id: i64,
    name: &'a str,
    early_start: String,
    early_finish: String,
    late_start: String,
    late_finish: String,
    total_float_min: i64,
    free_float_min: i64,
    critical: bool,
}

/// The dates as JSON, one task a line.
fn told(document: &Document, schedule: &schedule::Schedule) -> Result<Vec<u8>> {
    let local = |at: chrono::NaiveDateTime| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let mut out = BufWriter::new(Vec::new());
    write!(out, "{{\"project\":{},", serde_json::to_string(&document.name)?)?;
    write!(out, "\"start\":\"{}\",", local(document.plan.start))?;
    write!(out, "\"finish\":\"{}\",\n\"tasks\":[", local(schedule.finish))?;
    let rows = document.tasks.iter().zip(&document.plan.tasks).zip(&schedule.dates);
    let mut separator = "\n";
    for ((info, task), dates) in rows {
        let Some(dates) = dates else { continue };
        out.write_all(separator.as_bytes())?;
        separator = ",\n";
        let told = Told {
            id: info.uid,
            name: &task.name,
            early_start: local(dates.early_start),
            early_finish: local(dates.early_finish),
            late_start: local(dates.late_start),
            late_finish: local(dates.late_finish),
            total_float_min: dates.total_float,
            free_float_min: dates.free_float,
            critical: dates.critical,
        };
        serde_json::to_writer(&mut out, &told)?;
    }
    out.write_all(b"\n]}\n")?;
    Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?)
}
