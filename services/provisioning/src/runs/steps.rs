//! What each step does. Each may find its work done, whole or half, by an attempt that died.

use kernel::{Service, TenantId};
use tenancy::{Tenant, TenantDatabase, tenant_schema};
use web::{Invitee, SeedFor};

use super::model::{Step, Taken};
use super::worker::Provisioner;
use crate::error::Error;

impl Provisioner {
    /// Does one step of a run, without writing down that it is done.
    pub(crate) async fn perform(&self, run: &Taken, step: Step) -> Result<(), Error> {
        match step {
            Step::Database => self.database(run.tenant).await,
            Step::Roles => self.roles(run.tenant).await,
            Step::Seeds => self.seeds(run.tenant).await,
            Step::Admin => self.admin(run).await,
            Step::Check => self.check(run.tenant).await,
            Step::Activate => self.set_status(run.tenant, "active").await,
            Step::Close => self.close(run.tenant).await,
            Step::Drop => self.drop_database(run.tenant).await,
            Step::Files => self.files(run.tenant).await,
            Step::Forget => self.forget(run.tenant).await,
        }
    }

    async fn tenant(&self, id: TenantId) -> Result<Tenant, Error> {
        self.tenants(Service::Identity).directory.forget();
        let tenant = self.tenants(Service::Identity).directory.by_id(id).await?;
        tenant.map(|t| (*t).clone()).ok_or(Error::NotFound)
    }

    async fn database(&self, id: TenantId) -> Result<(), Error> {
        let database = TenantDatabase::stored(&self.tenant(id).await?.database)?;
        self.cluster.create_database(&database).await?;
        sqlx::query!(
            "update tenancy.tenant set schema_version = $2 where id = $1",
            id as TenantId,
            tenant_schema()
        )
        .execute(&self.control)
        .await?;
        Ok(())
    }

    async fn roles(&self, id: TenantId) -> Result<(), Error> {
        let database = TenantDatabase::stored(&self.tenant(id).await?.database)?;
        for (service, role, secret) in
            self.cluster.create_logins(id, &database, &self.vault).await?
        {
            sqlx::query!(
                "insert into tenancy.login (tenant_id, service, role, secret)
                 values ($1, $2, $3, $4)
                 on conflict (tenant_id, service) do update set secret = excluded.secret",
                id as TenantId,
                service.name(),
                role,
                secret
            )
            .execute(&self.control)
            .await?;
        }
        self.pools.close(id).await; // passwords are new: what was opened with old ones is not kept
        Ok(())
    }

    async fn seeds(&self, id: TenantId) -> Result<(), Error> {
        let tenant = self.tenant(id).await?;
        let sector =
            sqlx::query_scalar!("select sector from tenancy.tenant where id = $1", id as TenantId)
                .fetch_one(&self.control)
                .await?;
        let seed_for = SeedFor { sector, country: tenant.country.clone(), now: self.clock.now() };
        for (service, seed) in &self.seeds {
            let mut tx = self.tenants(*service).begin_of(&tenant).await?;
            seed(&mut tx, &seed_for).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn admin(&self, run: &Taken) -> Result<(), Error> {
        let admin = run.admin.clone().ok_or(Error::NotFound)?;
        let tenant = self.tenant(run.tenant).await?;
        let invitee = Invitee {
            user: admin.user,
            invitation: admin.invitation,
            email: admin.email,
            name: admin.name,
            token_hash: admin.token_hash,
            now: self.clock.now(),
        };
        let mut tx = self.tenants(Service::Identity).begin_of(&tenant).await?;
        (self.found_admin)(&mut tx, &invitee).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Each service's own role reads through its own door.
    async fn check(&self, id: TenantId) -> Result<(), Error> {
        let tenant = self.tenant(id).await?;
        for service in Service::OF_TENANT {
            let mut conn = self.tenants(service).conn_of(&tenant).await?;
            let role = sqlx::query_scalar!(r#"select current_user::text as "role!""#)
                .fetch_one(&mut *conn)
                .await?;
            let database = TenantDatabase::stored(&tenant.database)?;
            if role != database.role(service) {
                let cause = format!("{service} signs in as {role}");
                return Err(Error::Step { step: Step::Check.name(), cause });
            }
        }
        Ok(())
    }

    async fn set_status(&self, id: TenantId, status: &str) -> Result<(), Error> {
        sqlx::query!(
            "update tenancy.tenant set status = $2, version = version + 1
             where id = $1 and status <> $2",
            id as TenantId,
            status
        )
        .execute(&self.control)
        .await?;
        Ok(())
    }

    async fn close(&self, id: TenantId) -> Result<(), Error> {
        self.set_status(id, "removing").await?;
        self.pools.close(id).await;
        Ok(())
    }

    async fn drop_database(&self, id: TenantId) -> Result<(), Error> {
        let database = TenantDatabase::stored(&self.tenant(id).await?.database)?;
        Ok(self.cluster.drop_tenant(&database).await?)
    }

    async fn files(&self, id: TenantId) -> Result<(), Error> {
        let failed = |e: blobs::BlobError| Error::Step { step: "files", cause: e.to_string() };
        let prefix = blobs::BlobKey::new(id.to_string()).map_err(failed)?;
        self.blobs.delete_prefix(&prefix).await.map_err(failed)
    }

    async fn forget(&self, id: TenantId) -> Result<(), Error> {
        sqlx::query!("delete from tenancy.tenant where id = $1", id as TenantId)
            .execute(&self.control)
            .await?;
        Ok(())
    }
}
