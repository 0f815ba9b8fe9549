//! What an installation keeps secret: one root key in the data directory, readable by its owner
//! alone. All other secrets are derived from it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use anyhow::{Context, Result, bail};
use tenancy::Key;

/// A data directory that this process alone uses.
pub struct DataDir {
    /// The root of all the installation's secrets.
    pub root: Key,
    _lock: File,
}

impl DataDir {
    /// Opens the directory, or makes it.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            fs::create_dir_all(path)
                .with_context(|| format!("cannot make the data directory {}", path.display()))?;
            // PostgreSQL's own user walks through; nobody else lists it.
            fs::set_permissions(path, fs::Permissions::from_mode(0o711))?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(path.join("lock"))
            .with_context(|| format!("cannot write to {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another fieldops uses {}; stop it, or choose another place with --data-dir",
                path.display()
            ),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { root: root_key(&path.join("root.key"))?, _lock: lock })
    }
}

fn root_key(file: &Path) -> Result<Key> {
    match fs::read_to_string(file) {
        Ok(text) => {
            Key::parse(&text).map_err(|e| anyhow::anyhow!("{} holds no key: {e}", file.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = Key::generate();
            let draft = file.with_extension("draft");
            let mut out = OpenOptions::new()
                .create(true)
                .truncate(true)
                .write(true)
                .mode(0o600)
                .open(&draft)?;
            out.write_all(key.to_base64().as_bytes())?;
            out.sync_all()?;
            fs::rename(&draft, file)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", file.display())),
    }
}
