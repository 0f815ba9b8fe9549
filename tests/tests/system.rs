//! The whole house in both shapes: the journey, and the faults that take a running system.
//!
//! The distributed system is one for all tests here, because they share the broker; what one test
//! breaks it mends before the next.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "system/faults.rs"]
mod faults;
#[path = "system/journey.rs"]
mod journey;
#[path = "system/trace.rs"]
mod trace;

use std::sync::Arc;

use anyhow::Result;
use fieldops::demo::{Firm, Plan, Team, Tell};
use journeys::System;
use journeys::serve::Serve;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use uuid::Uuid;

static SERVE: OnceCell<Arc<Serve>> = OnceCell::const_new();
static TURN: Mutex<()> = Mutex::const_new(());

/// The distributed system, one test at a time.
async fn serve() -> (Arc<Serve>, MutexGuard<'static, ()>) {
    let turn = TURN.lock().await;
    let start = async || Ok::<_, anyhow::Error>(Arc::new(Serve::fresh().await?));
    let serve = SERVE.get_or_try_init(start).await.expect("the distributed system starts");
    serve.ready().await.expect("the test before mended what it broke");
    (Arc::clone(serve), turn)
}

/// A firm of its own with a project under way.
async fn firm(system: &impl System) -> Result<(Team, Plan)> {
    let quiet = Tell::new(false);
    let admin = system.platform_admin();
    let platform = system.target().platform()?;
    let platform = platform.sign_in_platform(&admin.email, &admin.password).await?;
    let slug = format!("f-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let people = fieldops::demo::story_people(&slug);
    let email = &people[0].email;
    let firm = Firm::found(system.target(), &platform, &slug, "Orage SA", email, &quiet).await?;
    let team = firm.expect("the host name is free").staff(&people, &quiet).await?;
    let plan = Plan::make(&team, &quiet).await?;
    Ok((team, plan))
}
