//! The command line. Every option is also a setting in the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use kernel::Service;
use runtime::config::{StopArgs, TelemetryArgs};

use crate::settings::{BlobArgs, GatewayArgs, RoadsArgs, ScanArgs, ServiceArgs};

/// FieldOps360: field operations for firms that build, wire and dig.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the binary does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process on this machine, with its own private PostgreSQL
    Up(UpArgs),
    /// Run one service, as a container does; PostgreSQL, RabbitMQ, Redis and S3 by URL
    Serve(Box<ServeArgs>),
    /// Play a day of work on a running system and tell it step by step
    Demo(DemoArgs),
    /// Prepare the PostgreSQL server and bring every tenant's database to this version
    Migrate(AdminArgs),
    /// Print the settings of one service, derived from the root key
    Env(EnvArgs),
    /// Platform admins
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Tenants
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Events that could not be taken
    #[command(subcommand)]
    Events(EventsCommand),
    /// Verify a tenant's audit trail and its stored photos
    Verify(VerifyArgs),
    /// Print or check the API description
    Openapi(OpenapiArgs),
    /// Calculate the dates of a project file, without a database
    Schedule(ScheduleArgs),
    /// Plan public benchmark instances, without a database
    #[command(subcommand)]
    Bench(BenchCommand),
}

/// `fieldops up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// Where to listen
    #[arg(long, env = "FIELDOPS_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: String,
    /// Where all data is kept
    #[arg(long, env = "FIELDOPS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// Do not make the demo tenant the first time
    #[arg(long, env = "FIELDOPS_NO_DEMO")]
    pub no_demo: bool,
    /// The door's settings
    #[command(flatten)]
    pub gateway: GatewayArgs,
    /// What looks at uploaded files
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What knows travel times by road
    #[command(flatten)]
    pub roads: RoadsArgs,
    /// Logs and traces
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// How to stop
    #[command(flatten)]
    pub stop: StopArgs,
}

/// `fieldops serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// gateway, identity, projects, resources, planning, proofs, reporting or provisioning
    #[arg(value_name = "SERVICE")]
    pub service: Service,
    /// Where to listen
    #[arg(long, env = "FIELDOPS_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: String,
    /// What every service needs
    #[command(flatten)]
    pub common: ServiceArgs,
    /// Where files are kept
    #[command(flatten)]
    pub blobs: BlobArgs,
    /// What looks at uploaded files; for projects alone
    #[command(flatten)]
    pub scan: ScanArgs,
    /// What knows travel times by road
    #[command(flatten)]
    pub roads: RoadsArgs,
    /// The door's settings; for the gateway alone
    #[command(flatten)]
    pub gateway: GatewayArgs,
    /// The PostgreSQL administrator's URL; for provisioning alone
    #[arg(long, env = "FIELDOPS_ADMIN_URL", hide_env_values = true)]
    pub admin_url: Option<String>,
    /// Logs and traces
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// How to stop
    #[command(flatten)]
    pub stop: StopArgs,
}

/// The administrator's access to the PostgreSQL server.
#[derive(Debug, Clone, Args)]
pub struct AdminArgs {
    /// The PostgreSQL administrator's URL
    #[arg(long, env = "FIELDOPS_ADMIN_URL", hide_env_values = true)]
    pub admin_url: String,
    /// The installation's root key: 32 bytes in base64, from which all secrets are derived
    #[arg(long, env = "FIELDOPS_ROOT_KEY", hide_env_values = true)]
    pub root_key: String,
    /// The control database's name
    #[arg(long, env = "FIELDOPS_CONTROL_DATABASE", default_value = tenancy::CONTROL_DATABASE)]
    pub control_database: String,
}

/// `fieldops env`.
#[derive(Debug, Args)]
pub struct EnvArgs {
    /// The service
    pub service: Service,
    /// The server and the root key
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// `fieldops admin`.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make a platform admin; the password is read from standard input
    Create {
        /// E-mail address
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
        /// The server and the root key
        #[command(flatten)]
        admin: AdminArgs,
    },
}

/// `fieldops tenant`.
#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Make a tenant and wait until it is ready; prints the admin's invitation
    Create(Box<TenantCreate>),
    /// List the tenants with their schema versions
    List {
        /// The server and the root key
        #[command(flatten)]
        admin: AdminArgs,
    },
    /// Remove a tenant with all its data
    Remove {
        /// Its name in host names
        slug: String,
        /// Say so: there is no way back but a backup
        #[arg(long, required = true)]
        yes: bool,
        /// Where files are kept
        #[command(flatten)]
        blobs: BlobArgs,
        /// The server and the root key
        #[command(flatten)]
        admin: AdminArgs,
    },
}

/// `fieldops tenant create`.
#[derive(Debug, Args)]
pub struct TenantCreate {
    /// The name of the firm
    #[arg(long)]
    pub name: String,
    /// The name in host names
    #[arg(long)]
    pub slug: String,
    /// electricity, construction or public_works
    #[arg(long, default_value = "construction")]
    pub sector: String,
    /// ISO 3166-1 alpha-2
    #[arg(long, default_value = "FR")]
    pub country: String,
    /// IANA time zone
    #[arg(long, default_value = "Europe/Paris")]
    pub zone: String,
    /// ISO 4217
    #[arg(long, default_value = "EUR")]
    pub currency: String,
    /// The first admin's e-mail address
    #[arg(long)]
    pub admin_email: String,
    /// The first admin's name
    #[arg(long)]
    pub admin_name: String,
    /// Where files are kept
    #[command(flatten)]
    pub blobs: BlobArgs,
    /// The server and the root key
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// `fieldops events`.
#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// Show events that were put aside
    Dead {
        /// How many at most
        #[arg(long, default_value_t = 50)]
        limit: usize,
        /// Where events travel
        #[command(flatten)]
        bus: BusArgs,
    },
    /// Give an event that was put aside to its consumers again
    Replay {
        /// The event's id
        id: uuid::Uuid,
        /// Where events travel
        #[command(flatten)]
        bus: BusArgs,
    },
}

/// Where events travel.
#[derive(Debug, Args)]
pub struct BusArgs {
    /// The RabbitMQ broker
    #[arg(long, env = "FIELDOPS_AMQP_URL", hide_env_values = true)]
    pub amqp_url: String,
}

/// `fieldops verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The tenant's name in host names
    pub tenant: String,
    /// Also read every stored photo and compare its hash
    #[arg(long)]
    pub photos: bool,
    /// Where files are kept
    #[command(flatten)]
    pub blobs: BlobArgs,
    /// The server and the root key
    #[command(flatten)]
    pub admin: AdminArgs,
}

/// `fieldops openapi`.
#[derive(Debug, Args)]
pub struct OpenapiArgs {
    /// Compare with this file instead of printing; exit code 1 when it is stale
    #[arg(long)]
    pub check: Option<PathBuf>,
}

/// `fieldops schedule`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 done, 1 a file cannot be opened or written, 2 wrong usage, \
                        3 a file is refused, 4 a plan cannot be scheduled.")]
pub struct ScheduleArgs {
    /// A Microsoft Project XML file, a Primavera .xer, or a folder of them
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Where the dates go, as JSON: a file (standard output without it), or a folder
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// `fieldops bench`.
#[derive(Debug, Subcommand)]
pub enum BenchCommand {
    /// Technician routing and scheduling (Pillac, Guéret, Medaglia 2013)
    Trsp(TrspArgs),
}

/// `fieldops bench trsp`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 done, 1 a file cannot be opened or written, 2 wrong usage, \
                        3 the file is refused, 4 some requests are left undone.")]
pub struct TrspArgs {
    /// The instance
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How long to search
    #[arg(long, default_value_t = 10.0)]
    pub seconds: f64,
    /// Where chance begins
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Searches side by side
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where the solution goes, as JSON
    #[arg(long)]
    pub out: Option<PathBuf>,
}

/// `fieldops demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where the system answers
    #[arg(long, env = "FIELDOPS_URL", default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// The data directory of the running `fieldops up`, for the platform admin's sign-in
    #[arg(long, env = "FIELDOPS_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// A folder with real photos (its `photos/` is used); generated ones without it
    #[arg(long, env = "FIELDOPS_DATA")]
    pub data: Option<PathBuf>,
}
