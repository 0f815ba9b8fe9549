//! Steps 6 to 8: the photos are made evidence, the site lead validates, the manager sees it move,
//! the reports and the audit trail tell it all.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::client::{Api, text};
use super::day::Day;
use super::firm::Team;
use super::plan::Plan;
use super::stream::Listening;
use super::tell::Tell;

/// Waits until a thing has left its passing states, for at most two minutes.
async fn settled(api: &Api, path: &str, member: &str, passing: &[&str]) -> Result<Value> {
    for _ in 0..1_200 {
        let thing = api.get(path).await?;
        if !passing.contains(&text(&thing, member)?) {
            return Ok(thing);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("{path} did not settle within two minutes")
}

/// Every photo is ready or says why it is not; none is lost.
pub async fn photos(team: &Team, day: &Day, tell: &Tell) -> Result<(usize, usize)> {
    let (mut ready, mut unreadable) = (0, 0);
    for (photo, name) in &day.photos {
        let path = format!("/v1/photos/{photo}");
        let seen = settled(&team.site_lead, &path, "state", &["announced", "received"]).await?;
        if seen["state"] == "ready" {
            ready += 1;
            let copy = format!("{path}/watermarked");
            let copy = team.site_lead.send(reqwest::Method::GET, &copy, None).await?;
            ensure!(copy.bytes.starts_with(&[0xff, 0xd8]), "{name}: no JPEG came back");
        } else {
            unreadable += 1;
            tell.say(&format!("{name}: kept as it is; {}", seen["reason"]));
        }
        original_is_kept(team, day, photo).await?;
    }
    tell.say(&format!("{ready} photos got their watermark, {unreadable} are kept without"));
    Ok((ready, unreadable))
}

async fn original_is_kept(team: &Team, day: &Day, photo: &str) -> Result<()> {
    let path = format!("/v1/photos/{photo}/original");
    let original = team.site_lead.send(reqwest::Method::GET, &path, None).await?;
    let sent = day.phone.pictures.iter().find(|(id, _)| id == photo).context("the picture")?;
    ensure!(original.bytes == sent.1.bytes, "{} is not byte for byte the same", sent.1.name);
    Ok(())
}

/// The site lead validates; the live stream says so and the KPIs move.
pub async fn validation(team: &Team, plan: &Plan, day: &Day, tell: &Tell) -> Result<Value> {
    let mut live = Listening::open(&team.manager, "/v1/live").await?;
    team.site_lead.post(&format!("/v1/tasks/{}/validate", day.task), &json!({})).await?;
    tell.say("Ousmane validates the task");
    let asked = std::time::Instant::now();
    let told = live
        .until(Duration::from_secs(20), |data| {
            data["type"] == "task.validated" && data.to_string().contains(&day.task)
        })
        .await?;
    ensure!(told.id.is_some(), "a live event without an id cannot be resumed");
    tell.say(&format!("the live stream says so after {} ms", asked.elapsed().as_millis()));
    let path = format!("/v1/kpis?project_id={}", plan.project);
    let mut kpis = team.manager.get(&path).await?;
    for _ in 0..200 {
        if kpis["total"]["tasks"]["validated"] == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        kpis = team.manager.get(&path).await?;
    }
    ensure!(kpis["total"]["tasks"]["validated"] == 1, "the KPIs did not move: {kpis}");
    tell.say(&format!("Mamadou's KPIs moved: {}", kpis["total"]));
    Ok(kpis)
}

/// The day's report, as PDF and XLSX, in French.
pub async fn reports(team: &Team, plan: &Plan, tell: &Tell) -> Result<Vec<(String, bytes::Bytes)>> {
    let mut files = Vec::new();
    for (format, magic) in [("pdf", &b"%PDF"[..]), ("xlsx", &b"PK\x03\x04"[..])] {
        let ask = json!({"kind": "day", "site_id": plan.sites[0], "day": plan.day,
                         "format": format, "lang": "fr"});
        let report = team.site_lead.post("/v1/reports", &ask).await?;
        let path = format!("/v1/reports/{}", text(&report, "id")?);
        let report = settled(&team.site_lead, &path, "state", &["requested"]).await?;
        ensure!(report["state"] == "ready", "the report failed: {report}");
        let file = team.site_lead.send(reqwest::Method::GET, &format!("{path}/file"), None).await?;
        ensure!(file.bytes.starts_with(magic), "the {format} is none");
        tell.say(&format!("the day's report as {format}: {} bytes", file.bytes.len()));
        files.push((format.to_owned(), file.bytes));
    }
    Ok(files)
}

/// The trail of the task, and its verification.
pub async fn audit(team: &Team, day: &Day, tell: &Tell) -> Result<Value> {
    let path = format!("/v1/audit?entity=task&entity_id={}&limit=200", day.task);
    let trail = team.manager.get(&path).await?;
    let acts = trail["items"].as_array().context("the trail's acts")?;
    for act in ["task.started", "task.finished", "task.validated", "photo.announced"] {
        ensure!(acts.iter().any(|a| a["action"] == act), "the trail misses {act}: {trail}");
    }
    let verified = team.manager.get("/v1/audit/verify?photos=true").await?;
    ensure!(verified["ok"] == true, "the trail does not verify: {verified}");
    tell.say(&format!("the task's trail has {} acts, and verifies: {verified}", acts.len()));
    Ok(trail)
}
