//! Reporting on a real PostgreSQL database, fed by events and asked over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alerts;
mod facts;
mod feed;
mod kpis;
mod reports;
mod service_levels;
mod world;

use testkit::Stage;

async fn stage() -> Stage {
    Stage::new(&[reporting::module as fn() -> web::Module]).await
}
