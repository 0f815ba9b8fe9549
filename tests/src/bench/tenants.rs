//! A whole tenant against a bare clone of the template's database.

use std::time::Instant;

use anyhow::{Context, Result};
use fieldops::demo::{Firm, Tell};
use journeys::System;
use journeys::up::Up;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::{platform, row};

const TIMES: usize = 5;

pub(crate) async fn run(up: &Up) -> Result<()> {
    let platform = platform(up.target(), up.platform_admin()).await?;
    let mut ours = Vec::new();
    for _ in 0..TIMES {
        let slug = format!("n-{}", &Uuid::new_v4().simple().to_string()[..12]);
        let started = Instant::now();
        let quiet = Tell::new(false);
        let made =
            Firm::found(up.target(), &platform, &slug, "Neuf", "a@neuf.example", &quiet).await?;
        made.context("a free name")?;
        ours.push(started.elapsed().as_secs_f64());
    }
    let mut admin = PgConnection::connect(&up.admin_url()?).await?;
    let template: String = sqlx::query_scalar(
        "select datname::text from pg_database where datname like 'fieldops_template_%'",
    )
    .fetch_one(&mut admin)
    .await?;
    let mut bare = Vec::new();
    for nth in 0..TIMES {
        let started = Instant::now();
        let clone = format!("create database bare_{nth} template {template} strategy wal_log");
        admin.execute(AssertSqlSafe(clone)).await?;
        bare.push(started.elapsed().as_secs_f64());
    }
    row("tenant creation, median seconds", median(ours), median(bare), "s", false);
    Ok(())
}

pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
