//! `fieldops up`: everything in one process on one machine, with no configuration.

mod installation;
mod people;
mod postgres;
mod secrets;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use runtime::Tasks;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::cli::UpArgs;
use crate::node;
use installation::Installation;
pub use people::{Person, people, platform_admin};
use postgres::Postgres;
pub use secrets::DataDir;

/// Where data is kept unless told otherwise: the system's place for root, the user's own else.
pub fn data_dir(chosen: Option<&PathBuf>) -> Result<PathBuf> {
    if let Some(dir) = chosen {
        return std::path::absolute(dir).context("the data directory's path");
    }
    let home = env::var_os("HOME").map(PathBuf::from);
    if home.as_deref() == Some(Path::new("/root")) {
        return Ok(PathBuf::from("/var/lib/fieldops"));
    }
    let share = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    share
        .or_else(|| home.map(|h| h.join(".local/share")))
        .map(|share| share.join("fieldops"))
        .ok_or_else(|| anyhow!("neither HOME nor FIELDOPS_DATA_DIR is set"))
}

/// Runs until told to stop.
pub async fn run(args: UpArgs) -> Result<()> {
    let _telemetry = runtime::telemetry::init("fieldops", &args.telemetry)?;
    let started = Instant::now();
    let stop = node::stop_on_signal();
    let listener = listen(&args.listen).await?;
    let data = data_dir(args.data_dir.as_ref())?;
    let home = DataDir::open(&data)?;
    let password = tenancy::hex_secret(&home.root, "postgres");
    let postgres = Postgres::prepare(&data, &password)?;
    postgres.start()?;
    let admin_url = postgres.url(&password);
    let outcome = work(&args, &data, &home, &admin_url, listener, &stop, started);
    let outcome = tokio::select! {
        outcome = outcome => outcome,
        // Asked to stop before it was ready: there is nothing to finish.
        () = stopped_early(&stop) => Ok(()),
    };
    postgres.stop()?;
    outcome
}

/// Long after the request to stop, for a start that hangs.
async fn stopped_early(stop: &CancellationToken) {
    stop.cancelled().await;
    tokio::time::sleep(std::time::Duration::from_mins(1)).await;
}

async fn work(
    args: &UpArgs,
    data: &Path,
    home: &DataDir,
    admin_url: &str,
    listener: TcpListener,
    stop: &CancellationToken,
    started: Instant,
) -> Result<()> {
    let tasks = Tasks::new();
    let address = listener.local_addr()?;
    let place = Installation { data, root: &home.root, admin_url };
    let (gateway, cluster) = place.start(args, &tasks, stop).await?;
    people::ensure_admin(&place, &cluster).await?;
    node::open_gateway(&gateway, &tasks).await;
    let serving = tokio::spawn({
        let (router, stop, tasks, grace) =
            (gateway.router(), stop.clone(), tasks.clone(), args.stop.grace());
        async move { node::serve_until(listener, router, &stop, &tasks, grace).await }
    });
    tracing::info!(%address, seconds = started.elapsed().as_secs_f64(), "ready");
    people::welcome(&place, address, args).await?;
    serving.await?;
    Ok(())
}

/// Takes the address before anything else is started: a port in use is told at once.
async fn listen(address: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "{address} is already in use; stop what uses it, or choose another address with \
             --listen (FIELDOPS_LISTEN)"
        ),
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}
