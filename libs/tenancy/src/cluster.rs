//! What needs the administrator's rights at the PostgreSQL server: roles, databases, the template.
//! Used by `fieldops migrate`, by provisioning and by the tests; no request-serving code path
//! holds an administrator's connection.

use std::str::FromStr;

use kernel::{Service, TenantId};
use rand::Rng;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

use crate::control::{control_role, hex_secret};
use crate::error::TenancyError;
use crate::migrate::{CONTROL_MIGRATOR, TENANT_MIGRATOR, tenant_schema};
use crate::vault::{Key, Vault};

/// The control database's name.
pub const CONTROL_DATABASE: &str = "fieldops_control";
/// The shared role that owns every tenant's objects.
const OWNER: &str = "fo_owner";

/// A PostgreSQL server, seen by its administrator.
#[derive(Clone)]
pub struct Cluster {
    admin: PgConnectOptions,
    pool: PgPool,
    control: String,
}

/// The opaque name of a tenant's database and its login roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDatabase(String);

impl TenantDatabase {
    /// A new name that says nothing about the tenant.
    pub fn generate() -> Self {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";
        let mut rng = rand::rng();
        let name =
            (0..26).map(|_| char::from(ALPHABET[rng.random_range(0..32)])).collect::<String>();
        Self(format!("t_{name}"))
    }

    /// A name that was stored; refuses what [`Self::generate`] could not have made.
    pub fn stored(name: &str) -> Result<Self, TenancyError> {
        let good = name.strip_prefix("t_").is_some_and(|rest| {
            rest.len() == 26 && rest.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        });
        if good {
            Ok(Self(name.to_owned()))
        } else {
            Err(sqlx::Error::Decode("tenant.database".into()).into())
        }
    }

    /// The database's name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The login role of a service at this database.
    pub fn role(&self, service: Service) -> String {
        format!("{}_{service}", self.0)
    }
}

impl Cluster {
    /// The server at an administrator's URL.
    pub fn open(admin_url: &str) -> Result<Self, TenancyError> {
        let admin = PgConnectOptions::from_str(admin_url)?;
        let pool = PgPoolOptions::new().max_connections(4).connect_lazy_with(admin.clone());
        Ok(Self { admin, pool, control: CONTROL_DATABASE.to_owned() })
    }

    /// The same server with a control database of another name, so that several installations
    /// (or tests) can share it.
    #[must_use]
    pub fn with_control(mut self, database: &str) -> Self {
        database.clone_into(&mut self.control);
        self
    }

    /// The address by which `service` reaches the control database.
    pub fn control_url(&self, root: &Key, service: Service) -> String {
        self.url(&control_role(service), &control_secret(root, service), &self.control)
    }

    /// The options to connect to another database of the server, as its administrator.
    pub fn admin_options(&self, database: &str) -> PgConnectOptions {
        self.admin.clone().database(database)
    }

    /// The server's address for `role` at `database`.
    pub fn url(&self, role: &str, secret: &str, database: &str) -> String {
        let host = self.admin.get_host();
        let port = self.admin.get_port();
        match self.admin.get_socket() {
            Some(dir) => format!(
                "postgres://{role}:{secret}@localhost:{port}/{database}?host={}",
                dir.display()
            ),
            None => format!("postgres://{role}:{secret}@{host}:{port}/{database}"),
        }
    }

    /// Makes roles, control database, template: all that services need to start. Safe to repeat,
    /// and safe to run from several processes at once.
    pub async fn prepare(&self, root: &Key) -> Result<(), TenancyError> {
        let lock = self.lock().await?;
        self.ensure_roles(root).await?;
        self.ensure_control().await?;
        self.ensure_template().await?;
        lock.close().await?;
        Ok(())
    }

    async fn ensure_roles(&self, root: &Key) -> Result<(), TenancyError> {
        self.ensure_role(OWNER, "nologin").await?;
        for service in Service::ALL {
            self.ensure_role(&format!("fo_{service}"), "nologin").await?;
            let secret = control_secret(root, service);
            let role = control_role(service);
            self.ensure_role(&role, "login").await?;
            self.run(&format!("alter role {role} password '{secret}'")).await?;
        }
        Ok(())
    }

    async fn open_control_to_services(&self) -> Result<(), TenancyError> {
        let control = &self.control;
        let roles: Vec<_> = Service::ALL.into_iter().map(control_role).collect();
        self.run(&format!("revoke all on database {control} from public")).await?;
        self.run(&format!("grant connect on database {control} to {}", roles.join(", "))).await
    }

    /// A control database of its own for another installation on a server that was prepared: a
    /// copy of this one's, which must have no tenants yet.
    pub async fn copy_control(&self, database: &str) -> Result<Self, TenancyError> {
        let lock = self.lock().await?;
        let from = &self.control;
        self.run(&format!("create database {database} template {from} strategy wal_log")).await?;
        lock.close().await?;
        let copy = self.clone().with_control(database);
        copy.open_control_to_services().await?;
        Ok(copy)
    }

    /// One process at a time prepares a server.
    async fn lock(&self) -> Result<PgConnection, TenancyError> {
        let mut lock = PgConnection::connect_with(&self.admin).await?;
        sqlx::query!("select pg_advisory_lock(3600360)").fetch_one(&mut lock).await?;
        Ok(lock)
    }

    async fn ensure_role(&self, role: &str, options: &str) -> Result<(), TenancyError> {
        let known = sqlx::query_scalar!(
            r#"select exists(select from pg_roles where rolname = $1) as "known!""#,
            role
        )
        .fetch_one(&self.pool)
        .await?;
        if !known {
            self.run(&format!("create role {role} {options}")).await?;
        }
        Ok(())
    }

    async fn ensure_control(&self) -> Result<(), TenancyError> {
        let control = &self.control;
        if !self.exists(control).await? {
            self.run(&format!("create database {control}")).await?;
        }
        self.open_control_to_services().await?;
        let mut conn = PgConnection::connect_with(&self.admin_options(control)).await?;
        CONTROL_MIGRATOR.run(&mut conn).await?;
        conn.close().await?;
        Ok(())
    }

    /// The template of this schema version, made aside and renamed when whole, so that a crash
    /// half-way leaves none that is used.
    pub async fn ensure_template(&self) -> Result<(), TenancyError> {
        let template = template_name();
        if self.exists(&template).await? {
            return Ok(());
        }
        let draft = format!("{template}_draft");
        self.run(&format!("drop database if exists {draft} with (force)")).await?;
        self.run(&format!("create database {draft} owner {OWNER}")).await?;
        self.run(&format!("revoke all on database {draft} from public")).await?;
        self.migrate(&draft).await?;
        self.run(&format!("alter database {draft} rename to {template}")).await?;
        self.run(&format!("alter database {template} allow_connections false")).await?;
        Ok(())
    }

    /// Brings one tenant's database to this schema version.
    pub async fn migrate(&self, database: &str) -> Result<(), TenancyError> {
        let mut conn = PgConnection::connect_with(&self.admin_options(database)).await?;
        conn.execute(AssertSqlSafe(format!("set role {OWNER}"))).await?;
        TENANT_MIGRATOR.run(&mut conn).await?;
        conn.close().await?;
        Ok(())
    }

    /// Clones the template for a tenant. Closed to everybody until its rights are set, because
    /// PostgreSQL lets every role connect to a new database. Repeatable.
    pub async fn create_database(&self, database: &TenantDatabase) -> Result<(), TenancyError> {
        let name = database.name();
        if !self.exists(name).await? {
            let template = template_name();
            self.run(&format!(
                "create database {name} template {template} strategy wal_log owner {OWNER} \
                 allow_connections false"
            ))
            .await?;
        }
        self.close_to_others(database).await?;
        self.run(&format!("alter database {name} allow_connections true")).await
    }

    /// Takes the right to connect from everybody but the tenant's own roles; to be repeated after
    /// each restore.
    pub async fn close_to_others(&self, database: &TenantDatabase) -> Result<(), TenancyError> {
        self.run(&format!("revoke all on database {} from public", database.name())).await
    }

    /// Makes the tenant's login roles, one per service, and answers their sealed passwords.
    /// Repeatable: the passwords are new each time.
    pub async fn create_logins(
        &self,
        tenant: TenantId,
        database: &TenantDatabase,
        vault: &Vault,
    ) -> Result<Vec<(Service, String, Vec<u8>)>, TenancyError> {
        let mut logins = Vec::new();
        for service in Service::OF_TENANT {
            let role = database.role(service);
            let secret = hex::encode(rand::random::<[u8; 24]>());
            self.ensure_role(&role, "nologin").await?;
            self.run(&format!(
                "alter role {role} login password '{secret}'; grant fo_{service} to {role}; \
                 grant connect on database {} to {role}",
                database.name()
            ))
            .await?;
            let sealed = vault.seal(&tenant.to_string(), secret.as_bytes())?;
            logins.push((service, role, sealed));
        }
        Ok(logins)
    }

    /// Unmakes a tenant's database and roles. Repeatable.
    pub async fn drop_tenant(&self, database: &TenantDatabase) -> Result<(), TenancyError> {
        self.run(&format!("drop database if exists {} with (force)", database.name())).await?;
        for service in Service::OF_TENANT {
            self.run(&format!("drop role if exists {}", database.role(service))).await?;
        }
        Ok(())
    }

    /// Whether a database of this name exists.
    pub async fn exists(&self, database: &str) -> Result<bool, TenancyError> {
        Ok(sqlx::query_scalar!(
            r#"select exists(select from pg_database where datname = $1) as "known!""#,
            database
        )
        .fetch_one(&self.pool)
        .await?)
    }

    /// Runs statements that take no parameters (PostgreSQL's DDL). Every name in them is made by
    /// this module from fixed words and [`TenantDatabase`]'s alphabet.
    async fn run(&self, ddl: &str) -> Result<(), TenancyError> {
        for statement in ddl.split("; ") {
            self.pool.execute(AssertSqlSafe(statement.to_owned())).await?;
        }
        Ok(())
    }
}

/// The password of a service's control role, from the operator's root key.
pub fn control_secret(root: &Key, service: Service) -> String {
    hex_secret(root, &format!("control:{service}"))
}

/// Named after the version and the contents of the migrations, so that a template made from other
/// files is never taken for this one.
fn template_name() -> String {
    let sums: Vec<&[u8]> = TENANT_MIGRATOR.iter().map(|m| m.checksum.as_ref()).collect();
    format!("fieldops_template_{}_{}", tenant_schema(), &hex::encode(kernel::sha256(&sums))[..8])
}
