//! A day of work through the published API, told step by step: what `make demo` plays on the
//! running system, what `fieldops up` furnishes its demo tenant with, and what the tests play in
//! both shapes.

mod client;
mod day;
mod evidence;
mod firm;
mod fleet;
mod phone;
mod photos;
mod plan;
mod story;
mod stream;
mod tell;

use anyhow::{Context, Result};
use tenancy::Key;

use crate::cli::DemoArgs;
use crate::up::{self, Person};
pub use client::{Answer, Api, Target, text};
pub use firm::{Firm, Team};
pub use phone::Phone;
pub use photos::Picture;
pub use plan::Plan;
pub use story::{Outcome, play, story_people};
pub use stream::Listening;
pub use tell::Tell;

/// `fieldops demo`: a new firm, its first day, and what remains of it.
pub async fn run(args: DemoArgs) -> Result<()> {
    let data = up::data_dir(args.data_dir.as_ref())?;
    let root = std::fs::read_to_string(data.join("root.key")).with_context(|| {
        format!("is `fieldops up` running with its data in {}?", data.display())
    })?;
    let root = Key::parse(&root).map_err(anyhow::Error::msg)?;
    let url = args.url.trim_end_matches('/').to_owned();
    let authority = url.split("//").nth(1).context("--url is no URL")?;
    let port = authority.rsplit(':').next().and_then(|p| p.parse().ok()).unwrap_or(80);
    let target = Target { url, ..Target::local(port, &["localhost".to_owned()]) };
    let tell = Tell::new(true);
    play(&target, &up::platform_admin(&root), args.data.as_deref(), &tell).await?;
    Ok(())
}

/// Makes the demo tenant with its people and a project under way, unless it is there.
pub async fn furnish(
    target: &Target,
    slug: &str,
    platform_admin: &Person,
    people: &[Person],
) -> Result<()> {
    let quiet = Tell::new(false);
    let platform = target.platform()?;
    let platform =
        platform.sign_in_platform(&platform_admin.email, &platform_admin.password).await?;
    let Some(firm) =
        Firm::found(target, &platform, slug, "Démo Réseaux & BTP", &people[0].email, &quiet)
            .await?
    else {
        return Ok(());
    };
    let team = firm.staff(people, &quiet).await?;
    Plan::make(&team, &quiet).await?;
    Ok(())
}
