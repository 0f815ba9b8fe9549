//! Tenants are made once, whatever dies on the way, and PostgreSQL keeps them apart.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use blobs::{BlobKey, BlobSettings, BlobStore};
use fieldops::services;
use kernel::{RunId, Service, SystemClock, TenantId};
use provisioning::{NewTenant, Provisioner, Step};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tenancy::{Pools, Tenants};
use testkit::Ground;

struct Place {
    ground: Ground,
    provisioner: Provisioner,
    blobs: Arc<dyn BlobStore>,
    _folder: tempfile::TempDir,
}

impl Place {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let folder = tempfile::tempdir().unwrap();
        let blobs = blobs::open(&BlobSettings::Fs(folder.path().to_owned())).unwrap();
        let provisioner = Provisioner::new(
            ground.cluster.clone(),
            ground.control(Service::Provisioning),
            Pools::new(30, 3),
            ground.vault(),
            services::seeds(),
            identity::found_admin,
            Arc::clone(&blobs),
            Arc::new(SystemClock),
        );
        Self { ground, provisioner, blobs, _folder: folder }
    }

    /// Another process on the same databases.
    fn successor(&self) -> Provisioner {
        Provisioner::new(
            self.ground.cluster.clone(),
            self.ground.control(Service::Provisioning),
            Pools::new(30, 3),
            self.ground.vault(),
            services::seeds(),
            identity::found_admin,
            Arc::clone(&self.blobs),
            Arc::new(SystemClock),
        )
    }

    /// What a killed worker leaves: its lease, which lapses.
    async fn lapse_leases(&self) {
        sqlx::query("update provisioning.run set lease_until = now() - interval '1 second'")
            .execute(&mut self.ground.sql().await)
            .await
            .unwrap();
    }

    async fn tenant_sql(&self, tenant: TenantId) -> PgConnection {
        let database = self.database(tenant).await;
        PgConnection::connect_with(&self.ground.cluster.admin_options(&database)).await.unwrap()
    }

    async fn database(&self, tenant: TenantId) -> String {
        sqlx::query_scalar("select database from tenancy.tenant where id = $1")
            .bind(tenant)
            .fetch_one(&mut self.ground.sql().await)
            .await
            .unwrap()
    }

    async fn made(&self, slug: &str) -> TenantId {
        let founding = self.provisioner.found(&firm(slug)).await.unwrap();
        assert!(self.provisioner.advance(Some(founding.run)).await.unwrap());
        founding.tenant
    }
}

fn firm(slug: &str) -> NewTenant {
    serde_json::from_value(json!({
        "name": "Sahel Réseaux", "slug": slug, "sector": "electricity", "country": "SN",
        "zone": "Africa/Dakar", "currency": "XOF",
        "admin_email": "admin@sahel.example", "admin_name": "Aïssatou Ba",
    }))
    .unwrap()
}

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

async fn count(conn: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(conn).await.unwrap()
}

/// Fault 9, after the effect and before it is written down, for every step.
#[tokio::test]
async fn killed_after_any_step_a_run_finishes_once() {
    let place = Place::new().await;
    for (nth, fatal) in Step::CREATE.into_iter().enumerate() {
        let founding = place.provisioner.found(&firm(&format!("firm-{nth}"))).await.unwrap();
        place.provisioner.die_after(founding.run, fatal).await.unwrap();
        let successor = place.successor();
        assert!(!successor.advance(Some(founding.run)).await.unwrap(), "the lease still holds");
        place.lapse_leases().await;
        assert!(successor.advance(Some(founding.run)).await.unwrap());
        assert_eq!(successor.state(founding.run).await.unwrap(), "done");
        assert!(!successor.advance(Some(founding.run)).await.unwrap(), "done is done");

        let mut sql = place.tenant_sql(founding.tenant).await;
        assert_eq!(count(&mut sql, "select count(*) from identity.person").await, 1, "{fatal:?}");
        let skills = count(&mut sql, "select count(*) from resources.skill").await;
        let codes = count(&mut sql, "select count(distinct code) from resources.skill").await;
        assert!(skills > 0 && skills == codes, "{fatal:?}: {skills} skills, {codes} codes");
    }
    let mut control = place.ground.sql().await;
    let active = "select count(*) from tenancy.tenant where status = 'active'";
    assert_eq!(count(&mut control, active).await, 6);
    let databases =
        "select count(*) from pg_database d join tenancy.tenant t on t.database = d.datname";
    assert_eq!(count(&mut control, databases).await, 6);
}

#[tokio::test]
async fn two_workers_at_once_make_one_tenant() {
    let place = Place::new().await;
    let founding = place.provisioner.found(&firm("both")).await.unwrap();
    let other = place.successor();
    let (one, two) = tokio::join!(
        place.provisioner.advance(Some(founding.run)),
        other.advance(Some(founding.run))
    );
    assert_ne!(one.unwrap(), two.unwrap(), "one of them had the lease");
    assert_eq!(other.state(founding.run).await.unwrap(), "done");
}

#[tokio::test]
async fn a_removed_tenant_leaves_no_database_no_role_and_no_file() {
    let place = Place::new().await;
    let tenant = place.made("gone").await;
    let database = place.database(tenant).await;
    let key = BlobKey::new(format!("{tenant}/photos/x")).unwrap();
    place.blobs.put(&key, "bytes".into()).await.unwrap();
    let run: RunId = place.provisioner.remove(tenant).await.unwrap();
    assert!(place.provisioner.advance(Some(run)).await.unwrap());
    assert!(!place.ground.cluster.exists(&database).await.unwrap());
    let left: i64 = sqlx::query_scalar("select count(*) from pg_roles where rolname like $1")
        .bind(format!("{database}%"))
        .fetch_one(&mut place.ground.sql().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
    assert!(place.blobs.head(&key).await.is_err());
}

#[tokio::test]
async fn a_host_name_is_given_once() {
    let place = Place::new().await;
    place.provisioner.found(&firm("taken")).await.unwrap();
    let again = place.provisioner.found(&firm("taken")).await;
    assert!(matches!(again, Err(provisioning::Error::SlugTaken(_))), "{again:?}");
}

/// The isolation that no bug of ours can open: PostgreSQL itself refuses.
#[tokio::test]
async fn a_tenants_login_is_refused_at_any_other_database() {
    let place = Place::new().await;
    let (a, b) = (place.made("firm-a").await, place.made("firm-b").await);
    let (own, other) = (place.database(a).await, place.database(b).await);
    for service in Service::OF_TENANT {
        let url = place.login_url(a, service).await;
        let reach = async |database: &str| {
            PgConnection::connect(&url.replace("/postgres", &format!("/{database}"))).await
        };
        reach(&own).await.expect("its own database");
        for closed in [other.as_str(), place.ground.control.as_str()] {
            let refused = reach(closed).await.expect_err("another database");
            let code = sqlstate(&refused);
            // 42501: insufficient privilege, said by PostgreSQL at the connection.
            assert_eq!(code.as_deref(), Some("42501"), "{service} at {closed}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_services_login_writes_its_own_schema_alone() {
    let place = Place::new().await;
    let tenant = place.made("rooms").await;
    let database = place.database(tenant).await;
    let url = place.login_url(tenant, Service::Projects).await;
    let mut conn =
        PgConnection::connect(&url.replace("/postgres", &format!("/{database}"))).await.unwrap();
    for foreign in [
        "delete from planning.task",
        "select * from identity.person",
        "update core.audit_entry set action = 'x'",
        "delete from core.audit_detail",
        "create table projects.mine (x int)",
    ] {
        let refused = sqlx::query(foreign).execute(&mut conn).await.expect_err(foreign);
        let code = sqlstate(&refused);
        assert_eq!(code.as_deref(), Some("42501"), "{foreign}");
    }
    sqlx::query("select * from planning_pub.task").execute(&mut conn).await.expect("what is shown");
}

#[tokio::test]
async fn a_service_sees_its_own_sealed_passwords_alone() {
    let place = Place::new().await;
    place.made("sealed").await;
    let planning = place.ground.control(Service::Planning);
    let seen: Vec<String> = sqlx::query_scalar("select service from tenancy.login")
        .fetch_all(&planning.pool)
        .await
        .unwrap();
    assert_eq!(seen, ["planning"]);
    let keys = sqlx::query("select * from identity.signing_key").execute(&planning.pool).await;
    assert!(keys.is_err(), "the signing keys are identity's alone");
}

#[tokio::test]
async fn a_tenant_behind_is_refused_and_the_others_are_served() {
    let place = Place::new().await;
    let (old, new) = (place.made("older").await, place.made("newer").await);
    sqlx::query("update tenancy.tenant set schema_version = 1 where id = $1")
        .bind(old)
        .execute(&mut place.ground.sql().await)
        .await
        .unwrap();
    let control = place.ground.control(Service::Planning);
    let tenants = Tenants::new(Service::Planning, control, Pools::new(4, 2), place.ground.vault());
    assert!(matches!(tenants.conn(old).await, Err(tenancy::TenancyError::Behind { .. })));
    assert!(tenants.conn(new).await.is_ok());
    let admin = place.ground.admin_pool().await;
    let report = tenancy::migrate_all(&place.ground.cluster, &admin).await.unwrap();
    assert_eq!(report.migrated, ["older"]);
    tenants.directory.forget();
    assert!(tenants.conn(old).await.is_ok());
}

impl Place {
    /// A tenant's login of a service, at the database `postgres`.
    async fn login_url(&self, tenant: TenantId, service: Service) -> String {
        let (role, secret): (String, Vec<u8>) = sqlx::query_as(
            "select role, secret from tenancy.login where tenant_id = $1 and service = $2",
        )
        .bind(tenant)
        .bind(service.name())
        .fetch_one(&mut self.ground.sql().await)
        .await
        .unwrap();
        let secret = self.ground.vault().open(&tenant.to_string(), &secret).unwrap();
        self.ground.cluster.url(&role, std::str::from_utf8(&secret).unwrap(), "postgres")
    }
}
