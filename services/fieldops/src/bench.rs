//! `fieldops bench`: public benchmark instances, planned by the search that plans everything else.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use dispatch::{Limit, Options, check, solve, trsp};

use crate::cli::{BenchCommand, TrspArgs};

/// The file is none of its kind, or not whole.
const REFUSED: u8 = 3;
/// Some requests are left undone.
const UNSERVED: u8 = 4;

/// Runs one benchmark.
pub fn run(command: &BenchCommand) -> Result<ExitCode> {
    match command {
        BenchCommand::Trsp(args) => Ok(ExitCode::from(one(args)?)),
    }
}

/// Plans one instance and says what came of it; the exit code.
fn one(args: &TrspArgs) -> Result<u8> {
    let text = fs::read_to_string(&args.file)
        .with_context(|| format!("cannot read {}", args.file.display()))?;
    let read = trsp::Instance::read(&text).and_then(|it| it.problem().map(|problem| (it, problem)));
    let (instance, problem) = match read {
        Ok(read) => read,
        Err(refused) => {
            eprintln!("{}: {refused}", args.file.display());
            return Ok(REFUSED);
        }
    };
    let began = Instant::now();
    let limit = Limit::Time(Duration::try_from_secs_f64(args.seconds)?);
    let options = Options { seed: args.seed, limit, threads: args.threads, ..Options::default() };
    let outcome = match solve(&problem, &options) {
        Ok(outcome) => outcome,
        Err(faults) => {
            for fault in faults {
                eprintln!("{}: {fault}", args.file.display());
            }
            return Ok(REFUSED);
        }
    };
    if let Some(breach) = check(&problem, &outcome.plan).first() {
        bail!("the plan breaks a rule: {breach}");
    }
    let unserved = outcome.plan.unserved.len();
    println!(
        "{} duration {:.3} technicians {} requests {} of {} iterations {} seed {} seconds {:.1}",
        instance.name,
        outcome.costs.work,
        outcome.plan.routes.len(),
        problem.jobs.len() - unserved,
        problem.jobs.len(),
        outcome.iterations,
        args.seed,
        began.elapsed().as_secs_f64(),
    );
    if let Some(out) = &args.out {
        write(out, &instance.write(&outcome.plan))?;
    }
    Ok(if unserved > 0 { UNSERVED } else { 0 })
}

fn write(out: &Path, text: &str) -> Result<()> {
    fs::write(out, text).with_context(|| format!("cannot write {}", out.display()))
}
