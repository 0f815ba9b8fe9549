//! The private PostgreSQL cluster of `fieldops up`: made from the system's binaries in the data
//! directory, reachable by a socket there alone, run as an unprivileged user. It never touches a
//! cluster that the machine already runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};

/// The administrator of the private cluster.
const SUPERUSER: &str = "fieldops";
/// A socket's path may have 107 bytes on Linux (`sun_path`); PostgreSQL adds its own file name.
const LONGEST_SOCKET_DIR: usize = 85;
/// Only names the socket file: the cluster listens on no network address.
const PORT: u16 = 5432;

/// The cluster of one data directory.
pub struct Postgres {
    bin: PathBuf,
    cluster: PathBuf,
    sockets: PathBuf,
    /// Whom the server runs as, where we are root.
    user: Option<(u32, u32)>,
}

impl Postgres {
    /// Finds the binaries and the user; makes the cluster the first time.
    pub fn prepare(data: &Path, password: &str) -> Result<Self> {
        let bin = find_binaries()?;
        let user = unprivileged_user()?;
        let home = data.join("postgres");
        let sockets = home.join("run");
        let sockets = if sockets.as_os_str().len() <= LONGEST_SOCKET_DIR {
            sockets
        } else {
            let mark = hex::encode(kernel::sha256(&[home.as_os_str().as_encoded_bytes()]));
            std::env::temp_dir().join(format!("fieldops-{}", &mark[..12]))
        };
        let postgres = Self { bin, cluster: home.join("cluster"), sockets, user };
        for dir in [&home, &postgres.sockets] {
            fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
            fs::set_permissions(dir, fs::Permissions::from_mode(0o700))?;
            if let Some((uid, gid)) = postgres.user {
                chown(dir, Some(uid), Some(gid))?;
            }
        }
        postgres.check_reachable(&home)?;
        if !postgres.cluster.join("PG_VERSION").exists() {
            postgres.initialise(&home, password)?;
        }
        Ok(postgres)
    }

    /// The administrator's address.
    pub fn url(&self, password: &str) -> String {
        format!(
            "postgres://{SUPERUSER}:{password}@localhost:{PORT}/postgres?host={}",
            self.sockets.display()
        )
    }

    /// Starts the server, or finds the one that a killed run left behind.
    pub fn start(&self) -> Result<()> {
        if self.pg_ctl(&["status"])?.status.success() {
            return Ok(());
        }
        let log = self.cluster.join("server.log");
        let options = format!(
            "-c listen_addresses='' -c port={PORT} -c unix_socket_directories='{}'",
            self.sockets.display()
        );
        let output = self.pg_ctl(&[
            "start",
            "-w",
            "-t",
            "60",
            "-o",
            &options,
            "-l",
            &log.to_string_lossy(),
        ])?;
        ensure!(
            output.status.success(),
            "PostgreSQL did not start; its log is {}:\n{}",
            log.display(),
            tail(&log)
        );
        Ok(())
    }

    /// Stops the server: sessions are ended, nothing is lost.
    pub fn stop(&self) -> Result<()> {
        let output = self.pg_ctl(&["stop", "-m", "fast", "-w", "-t", "60"])?;
        ensure!(output.status.success(), "PostgreSQL did not stop: {}", text(&output));
        Ok(())
    }

    fn initialise(&self, home: &Path, password: &str) -> Result<()> {
        // Made aside and renamed when whole: a crash half-way leaves nothing that looks finished.
        let draft = home.join("cluster.draft");
        let secret = home.join("password.draft");
        if draft.exists() {
            fs::remove_dir_all(&draft)?;
        }
        fs::write(&secret, password)?;
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600))?;
        if let Some((uid, gid)) = self.user {
            chown(&secret, Some(uid), Some(gid))?;
        }
        let output = self
            .command("initdb")
            .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8"])
            .args(["--locale", "C.UTF-8", "--data-checksums", "--pwfile"])
            .arg(&secret)
            .arg("--pgdata")
            .arg(&draft)
            .output();
        fs::remove_file(&secret)?;
        let output = output.context("cannot run initdb")?;
        ensure!(output.status.success(), "PostgreSQL's initdb failed: {}", text(&output));
        fs::write(draft.join("postgresql.auto.conf"), CONFIGURATION)?;
        fs::rename(&draft, &self.cluster)?;
        Ok(())
    }

    fn pg_ctl(&self, args: &[&str]) -> Result<Output> {
        self.command("pg_ctl")
            .args(args)
            .arg("-D")
            .arg(&self.cluster)
            .output()
            .context("cannot run pg_ctl")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
        if let Some((uid, gid)) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// The server's user must be able to walk to the data directory.
    fn check_reachable(&self, home: &Path) -> Result<()> {
        if self.user.is_none() {
            return Ok(());
        }
        for dir in home.ancestors().skip(1) {
            let mode = fs::metadata(dir)?.permissions().mode();
            ensure!(
                mode & 0o001 != 0,
                "the unprivileged user that PostgreSQL runs as cannot enter {}; choose another \
                 place with --data-dir (FIELDOPS_DATA_DIR)",
                dir.display()
            );
        }
        Ok(())
    }
}

/// Durability as PostgreSQL ships it (fsync on); memory small, because it shares the machine.
const CONFIGURATION: &str = "\
max_connections = 200
shared_buffers = 64MB
max_wal_size = 512MB
min_wal_size = 64MB
jit = off
log_min_messages = warning
log_timezone = 'UTC'
timezone = 'UTC'
";

/// The newest installed server, 15 or later: a database is cloned with `STRATEGY wal_log` there.
fn find_binaries() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version: u32 = entry.file_name().to_str()?.parse().ok()?;
            let bin = entry.path().join("bin");
            bin.join("initdb").exists().then_some((version, bin))
        })
        .max();
    match versions {
        Some((version, bin)) if version >= 15 => Ok(bin),
        Some((version, _)) => {
            bail!("PostgreSQL {version} is installed; FieldOps360 needs 15 or later")
        }
        None => bail!(
            "no PostgreSQL server is installed; `make up` installs it, or: apt install postgresql"
        ),
    }
}

/// PostgreSQL refuses to run as root: the package's own user runs it then.
fn unprivileged_user() -> Result<Option<(u32, u32)>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let root =
        status.lines().any(|l| l.starts_with("Uid:") && l.split_whitespace().nth(2) == Some("0"));
    if !root {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let ids = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == "postgres").then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    match ids {
        Some(ids) => Ok(Some(ids)),
        None => bail!("PostgreSQL does not run as root, and the user `postgres` does not exist"),
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
