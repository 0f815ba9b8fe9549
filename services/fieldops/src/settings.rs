//! Settings, from flags or the environment (twelve-factor).

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow};
use blobs::{BlobSettings, S3Settings};
use clap::Args;
use gateway::GatewaySettings;
use tenancy::{Key, Vault};

/// What every service needs to start.
#[derive(Debug, Args)]
pub struct ServiceArgs {
    /// The control database, with the service's own role
    #[arg(long, env = "FIELDOPS_CONTROL_URL", hide_env_values = true)]
    pub control_url: String,
    /// The RabbitMQ broker
    #[arg(long, env = "FIELDOPS_AMQP_URL", hide_env_values = true)]
    pub amqp_url: Option<String>,
    /// Redis, for the gateway's counters
    #[arg(long, env = "FIELDOPS_REDIS_URL", hide_env_values = true)]
    pub redis_url: Option<String>,
    /// Opens the tenants' database passwords: 32 bytes in base64
    #[arg(long, env = "FIELDOPS_TENANT_KEY", hide_env_values = true)]
    pub tenant_key: Option<String>,
    /// Opens the service's own secrets: 32 bytes in base64
    #[arg(long, env = "FIELDOPS_SERVICE_KEY", hide_env_values = true)]
    pub service_key: Option<String>,
    /// Connections to tenants' databases that this process may hold
    #[arg(long, env = "FIELDOPS_CONNECTIONS", default_value_t = 40)]
    pub connections: usize,
    /// Of these, how many for one tenant
    #[arg(long, env = "FIELDOPS_CONNECTIONS_PER_TENANT", default_value_t = 6)]
    pub connections_per_tenant: u32,
}

/// What looks at the files that people upload.
#[derive(Debug, Clone, Args)]
pub struct ScanArgs {
    /// A virus scanner that speaks clamd's protocol over TCP: HOST:PORT. Without one, documents are
    /// served unscanned and say so
    #[arg(long, env = "FIELDOPS_CLAMD", value_name = "HOST:PORT")]
    pub clamd: Option<String>,
}

/// What knows travel times by road.
#[derive(Debug, Clone, Args)]
pub struct RoadsArgs {
    /// A server of travel times by road, OSRM or Valhalla: osrm+http://HOST:PORT or
    /// valhalla+http://HOST:PORT. Without one, dispatch goes by the straight line
    #[arg(long = "roads", env = "FIELDOPS_ROADS", value_name = "URL")]
    pub roads: Option<web::Roads>,
}

/// Where files are kept: a directory, or an S3 bucket.
#[derive(Debug, Clone, Args)]
pub struct BlobArgs {
    /// A directory
    #[arg(long, env = "FIELDOPS_BLOB_DIR", conflicts_with = "s3_url")]
    pub blob_dir: Option<PathBuf>,
    /// The S3 endpoint
    #[arg(long, env = "FIELDOPS_S3_URL")]
    pub s3_url: Option<String>,
    /// The S3 region
    #[arg(long, env = "FIELDOPS_S3_REGION", default_value = "us-east-1")]
    pub s3_region: String,
    /// The S3 bucket
    #[arg(long, env = "FIELDOPS_S3_BUCKET", default_value = "fieldops")]
    pub s3_bucket: String,
    /// The S3 access key
    #[arg(long, env = "FIELDOPS_S3_KEY", hide_env_values = true)]
    pub s3_key: Option<String>,
    /// The S3 secret
    #[arg(long, env = "FIELDOPS_S3_SECRET", hide_env_values = true)]
    pub s3_secret: Option<String>,
}

impl BlobArgs {
    /// Which store the settings name.
    pub fn settings(&self) -> Result<BlobSettings> {
        if let Some(dir) = &self.blob_dir {
            return Ok(BlobSettings::Fs(dir.clone()));
        }
        let missing = |name| anyhow!("set {name}, or FIELDOPS_BLOB_DIR for a directory");
        Ok(BlobSettings::S3(S3Settings {
            endpoint: self.s3_url.clone().ok_or_else(|| missing("FIELDOPS_S3_URL"))?,
            region: self.s3_region.clone(),
            bucket: self.s3_bucket.clone(),
            key: self.s3_key.clone().ok_or_else(|| missing("FIELDOPS_S3_KEY"))?,
            secret: self.s3_secret.clone().ok_or_else(|| missing("FIELDOPS_S3_SECRET"))?,
            timeout: S3Settings::TIMEOUT,
        }))
    }
}

/// What an operator decides about the door.
#[derive(Debug, Args)]
pub struct GatewayArgs {
    /// Host names under which tenants have theirs, separated by commas
    #[arg(long, env = "FIELDOPS_BASE_HOSTS", default_value = "localhost", value_delimiter = ',')]
    pub base_hosts: Vec<String>,
    /// The tenant that answers on a bare host
    #[arg(long, env = "FIELDOPS_DEFAULT_TENANT")]
    pub default_tenant: Option<String>,
    /// How many of our own proxies stand in front
    #[arg(long, env = "FIELDOPS_PROXIES", default_value_t = 0)]
    pub proxies: usize,
    /// Show /metrics to other machines too
    #[arg(long, env = "FIELDOPS_METRICS_TO_OTHERS")]
    pub metrics_to_others: bool,
    /// Calls a minute of one signed-in user
    #[arg(long, env = "FIELDOPS_RATE_CALLER", default_value_t = 1_200)]
    pub rate_caller: u32,
    /// Calls a minute from one address without a sign-in
    #[arg(long, env = "FIELDOPS_RATE_ANONYMOUS", default_value_t = 300)]
    pub rate_anonymous: u32,
    /// Sign-ins a minute from one address
    #[arg(long, env = "FIELDOPS_RATE_SIGN_IN", default_value_t = 60)]
    pub rate_sign_in: u32,
    /// Calls a minute to one tenant
    #[arg(long, env = "FIELDOPS_RATE_TENANT", default_value_t = 60_000)]
    pub rate_tenant: u32,
    /// Where services answer, unless at `http://SERVICE:8080`: SERVICE=URL, separated by commas
    #[arg(long, env = "FIELDOPS_UPSTREAMS", value_delimiter = ',', value_name = "SERVICE=URL")]
    pub upstreams: Vec<String>,
}

impl GatewayArgs {
    /// Where a service answers.
    pub fn upstream(&self, service: kernel::Service) -> String {
        let named = self.upstreams.iter().find_map(|u| {
            let (name, url) = u.split_once('=')?;
            (name == service.name()).then(|| url.to_owned())
        });
        named.unwrap_or_else(|| format!("http://{service}:8080"))
    }

    /// The door's settings.
    pub fn settings(&self) -> GatewaySettings {
        let mut settings = GatewaySettings {
            base_hosts: self.base_hosts.clone(),
            default_tenant: self.default_tenant.clone(),
            proxies: self.proxies,
            metrics_to_others: self.metrics_to_others,
            ..GatewaySettings::default()
        };
        let limit = |burst| cache::Limit { burst, per: Duration::from_mins(1) };
        settings.rates.caller = limit(self.rate_caller);
        settings.rates.anonymous = limit(self.rate_anonymous);
        settings.rates.sign_in = limit(self.rate_sign_in);
        settings.rates.tenant = limit(self.rate_tenant);
        settings
    }
}

/// A vault under the key of a setting.
pub fn vault(name: &str, key: Option<&str>) -> Result<Vault> {
    let key = key.ok_or_else(|| anyhow!("set {name}: `fieldops env SERVICE` prints it"))?;
    Ok(Vault::new(&Key::parse(key).map_err(|e| anyhow!("{name}: {e}"))?))
}

/// The key that opens the tenants' database passwords.
pub fn tenant_key(root: &Key) -> Key {
    root.derive("tenants")
}

/// The key that opens one service's own secrets.
pub fn service_key(root: &Key, service: kernel::Service) -> Key {
    root.derive(service.name())
}
