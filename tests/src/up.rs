//! The embedded shape: one process over its own PostgreSQL cluster.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use fieldops::demo::Target;
use fieldops::up::{Person, platform_admin};
use sqlx::{Connection, PgConnection};
use tenancy::{CONTROL_DATABASE, Cluster, Key};

use crate::process::{Process, command, free_port};
use crate::{System, until_ready};

/// `fieldops up` in a directory of its own.
pub struct Up {
    /// The process.
    pub process: Process,
    target: Target,
    admin: Person,
    data: PathBuf,
    _dir: tempfile::TempDir,
}

impl Up {
    /// Starts a fresh one.
    pub async fn fresh() -> Result<Self> {
        // Below /var/tmp, where PostgreSQL's unprivileged user can go.
        let dir = tempfile::Builder::new().prefix("fieldops-up-").tempdir_in("/var/tmp")?;
        std::fs::set_permissions(dir.path(), Permissions::from_mode(0o711))?;
        let data = dir.path().join("data");
        let (process, target) = start(&data).await?;
        let root = std::fs::read_to_string(data.join("root.key"))?;
        let admin = platform_admin(&Key::parse(&root).map_err(anyhow::Error::msg)?);
        Ok(Self { process, target, admin, data, _dir: dir })
    }

    /// Where its data is.
    pub fn dir(&self) -> &Path {
        &self.data
    }

    /// The administrator's address of its private cluster.
    pub fn admin_url(&self) -> Result<String> {
        let root = std::fs::read_to_string(self.dir().join("root.key"))?;
        let root = Key::parse(&root).map_err(anyhow::Error::msg)?;
        let password = tenancy::hex_secret(&root, "postgres");
        let sockets = self.dir().join("postgres/run");
        Ok(format!(
            "postgres://fieldops:{password}@localhost:5432/postgres?host={}",
            sockets.display()
        ))
    }

    /// The control database with an administrator's rights, to look and to damage.
    pub async fn control_sql(&self) -> Result<PgConnection> {
        let options = Cluster::open(&self.admin_url()?)?.admin_options(CONTROL_DATABASE);
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// Kills it and starts it again on the same data.
    pub async fn crash_and_restart(&mut self) -> Result<()> {
        self.process.kill();
        self.restart().await
    }

    /// Starts it again on the same data.
    pub async fn restart(&mut self) -> Result<()> {
        let (process, target) = start(&self.data).await?;
        (self.process, self.target) = (process, target);
        Ok(())
    }
}

async fn start(dir: &Path) -> Result<(Process, Target)> {
    let port = free_port();
    let mut command = command(&["up", "--no-demo"]);
    command
        .env("FIELDOPS_DATA_DIR", dir)
        .env("FIELDOPS_LISTEN", format!("127.0.0.1:{port}"))
        .env("FIELDOPS_RATE_ANONYMOUS", "100000")
        .env("FIELDOPS_RATE_SIGN_IN", "100000")
        .env("FIELDOPS_RATE_CALLER", "1000000")
        .env("FIELDOPS_RATE_TENANT", "1000000");
    let process = Process::start(command);
    let target = Target::local(port, &["localhost".to_owned()]);
    until_ready(&target.url).await?;
    Ok((process, target))
}

impl System for Up {
    fn target(&self) -> &Target {
        &self.target
    }
    fn platform_admin(&self) -> &Person {
        &self.admin
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // Asked to stop, it stops its PostgreSQL too; a killed one leaves it to us.
        if self.process.runs() && self.process.stop(Duration::from_mins(1)) {
            return;
        }
        let mut again = command(&["up", "--no-demo"]);
        again
            .env("FIELDOPS_DATA_DIR", &self.data)
            .env("FIELDOPS_LISTEN", format!("127.0.0.1:{}", free_port()));
        let mut process = Process::start(again);
        std::thread::sleep(Duration::from_secs(2));
        process.stop(Duration::from_mins(1));
    }
}
