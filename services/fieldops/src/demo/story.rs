//! The whole story, from the making of the tenant to what another firm's manager does not see.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use kernel::{Clock, SystemClock};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::client::{Api, Target};
use super::day::{self, Day};
use super::evidence;
use super::firm::{Firm, Team};
use super::fleet;
use super::photos::pictures;
use super::plan::Plan;
use super::tell::Tell;
use crate::up::Person;

/// What the story left behind, for whoever looks closer.
pub struct Outcome {
    /// The tenant.
    pub firm: Firm,
    /// Its name in host names.
    pub slug: String,
    /// Its people, signed in.
    pub team: Team,
    /// Its project.
    pub plan: Plan,
    /// Its day.
    pub day: Day,
    /// Photos with a watermark, and without.
    pub photos: (usize, usize),
    /// The manager's KPIs after the validation.
    pub kpis: Value,
    /// The task's audit trail.
    pub trail: Value,
    /// The reports by format.
    pub reports: Vec<(String, bytes::Bytes)>,
    /// The manager of another firm, signed in.
    pub stranger: Api,
}

/// Plays the story on a running system. `data` is a folder with real photos.
pub async fn play(
    target: &Target,
    platform_admin: &Person,
    data: Option<&Path>,
    tell: &Tell,
) -> Result<Outcome> {
    let mark = Uuid::new_v4().simple().to_string();
    let slug = format!("sahel-{}", &mark[..8]);
    tell.chapter("1. A tenant is made");
    let platform = target.platform()?;
    let platform =
        platform.sign_in_platform(&platform_admin.email, &platform_admin.password).await?;
    let people = story_people(&slug);
    let firm = Firm::found(target, &platform, &slug, "Sahel Réseaux", &people[0].email, tell)
        .await?
        .context("the host name is taken")?;
    tell.chapter("2. Its people come in");
    let team = firm.staff(&people, tell).await?;
    fleet::furnish(&team.admin, tell).await?;
    tell.chapter("3. and 4. The project is planned and the crew assigned");
    let plan = Plan::make(&team, tell).await?;
    tell.chapter("5. A day on the site, without a network");
    let day = day::work(&team, &plan, pictures(data)?, SystemClock.now(), tell).await?;
    tell.chapter("6. The photos become evidence");
    let photos = evidence::photos(&team, &day, tell).await?;
    tell.chapter("7. The site lead validates, the manager sees it");
    let kpis = evidence::validation(&team, &plan, &day, tell).await?;
    tell.chapter("8. Reports and the audit trail");
    let reports = evidence::reports(&team, &plan, tell).await?;
    let trail = evidence::audit(&team, &day, tell).await?;
    tell.chapter("9. Another firm sees nothing");
    let stranger = stranger(target, &platform, &mark, tell).await?;
    refused(&firm, &team, &plan, &day, &stranger, tell).await?;
    Ok(Outcome { firm, slug, team, plan, day, photos, kpis, trail, reports, stranger })
}

/// The people of the story's firm; their passwords are as random as the firm's name.
pub fn story_people(slug: &str) -> Vec<Person> {
    [
        ("tenant_admin", "Aïssatou Ba"),
        ("manager", "Mamadou Diop"),
        ("project_lead", "Fatou Ndiaye"),
        ("site_lead", "Ousmane Sarr"),
        ("crew_member", "Ibrahima Fall"),
        ("crew_member", "Awa Gueye"),
        ("crew_member", "Cheikh Sy"),
        ("crew_member", "Moussa Kane"),
    ]
    .into_iter()
    .enumerate()
    .map(|(nth, (role, name))| Person {
        role,
        name,
        email: format!("p{nth}@{slug}.example"),
        password: Uuid::new_v4().to_string(),
    })
    .collect()
}

async fn stranger(target: &Target, platform: &Api, mark: &str, tell: &Tell) -> Result<Api> {
    let slug = format!("rival-{}", &mark[..8]);
    let people = story_people(&slug);
    let firm = Firm::found(target, platform, &slug, "Rival SARL", &people[0].email, tell)
        .await?
        .context("the host name is taken")?;
    Ok(firm.staff(&people, &Tell::new(false)).await?.manager)
}

/// The stranger tries the same ids at the own host, and the own token at the other's host.
async fn refused(
    firm: &Firm,
    team: &Team,
    plan: &Plan,
    day: &Day,
    stranger: &Api,
    tell: &Tell,
) -> Result<()> {
    let paths = [
        format!("/v1/projects/{}", plan.project),
        format!("/v1/sites/{}", plan.sites[0]),
        format!("/v1/tasks/{}", day.task),
        format!("/v1/incidents/{}", day.incident),
        format!("/v1/time-entries/{}", day.entry),
        format!("/v1/photos/{}", day.photos[0].0),
        format!("/v1/photos/{}/original", day.photos[0].0),
    ];
    let mut smuggled = stranger.clone();
    smuggled.host.clone_from(&firm.visitor.host);
    for path in &paths {
        let own = stranger.send(Method::GET, path, None).await?;
        ensure!(own.status == 404, "{path} by another firm: {}", own.status);
        let theirs = smuggled.send(Method::GET, path, None).await?;
        ensure!(theirs.status == 401, "{path} with another firm's token: {}", theirs.status);
        let nobody = firm.visitor.send(Method::GET, path, None).await?;
        ensure!(nobody.status == 401, "{path} without a token: {}", nobody.status);
        ensure!(
            team.manager.send(Method::GET, path, None).await?.status == 200,
            "{path} by the firm's own manager"
        );
    }
    let list = stranger.get("/v1/tasks").await?;
    ensure!(list["items"].as_array().is_some_and(Vec::is_empty), "another firm sees tasks");
    tell.say("another firm's manager tries the same ids, hosts and tokens and gets nothing");
    Ok(())
}
