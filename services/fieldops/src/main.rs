//! `fieldops`: everything on one machine, one service in a container, and the operator's commands.

use std::process::ExitCode;

use clap::Parser;
use fieldops::cli::{Cli, Command};
use fieldops::{bench, demo, openapi, operator, schedule, serve, up};

// glibc keeps what password hashing takes, 19 MiB a time, for ever; this one gives it back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        Command::Up(args) => up::run(args).await?,
        Command::Serve(args) => serve::run(args).await?,
        Command::Demo(args) => demo::run(args).await?,
        Command::Migrate(args) => return operator::migrate(args).await,
        Command::Env(args) => operator::env(&args)?,
        Command::Admin(command) => operator::admin(command).await?,
        Command::Tenant(command) => operator::tenant(command).await?,
        Command::Events(command) => operator::events(command).await?,
        Command::Verify(args) => return operator::verify(args).await,
        Command::Openapi(args) => return openapi::run(&args),
        Command::Schedule(args) => return schedule::run(&args),
        Command::Bench(command) => return bench::run(&command),
    }
    Ok(ExitCode::SUCCESS)
}

/// One clear sentence on standard error, and exit code 1 (2 is clap's, for wrong usage).
fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("fieldops: {error:#}");
    ExitCode::FAILURE
}
