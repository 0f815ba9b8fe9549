//! What is kept of people is kept as long as docs/privacy.md says, by all services together: the
//! clock is moved past each limit, planning's job tells the others, and then what the table says is
//! gone is in no table of the database, and what it says stays is there.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use auth::{Role, Scope};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, ProjectId, SiteId, WorkerId};
use serde_json::{Value, json};
use testkit::photos::jpeg_with_exif;
use testkit::{Answer, Client, Stage};

/// Where the phone is: digits that stand nowhere else in the database.
const HERE: &str = "geo:14.701234,-17.403217;u=8";
const LAT: &str = "14.701234";
/// What the photo's own EXIF says.
const EXIF: (f64, f64) = (14.8125, -17.5625);
const EXIF_LAT: &str = "14.8125";
/// In the path of a call that was refused.
const REFUSED: &str = "called-in-vain";

struct Firm {
    stage: Stage,
    manager: Client,
    lead: Client,
    phone: Client,
    project: ProjectId,
    site: SiteId,
    worker: WorkerId,
}

fn id<T: From<uuid::Uuid>>(thing: &Value) -> T {
    thing["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().into()
}

/// The same phone with its next call: every call has a key of its own.
fn next(phone: &Client) -> Client {
    phone.clone().header("idempotency-key", uuid::Uuid::now_v7().to_string())
}

impl Firm {
    async fn new() -> Self {
        let stage = Stage::new(&[
            planning::module,
            projects::module,
            proofs::module,
            reporting::module,
            resources::module,
        ])
        .await;
        let manager = stage.client(Role::Manager, Scope::Tenant);
        let planner = stage.client(Role::ProjectLead, Scope::Tenant);
        let new = json!({"code": "P1", "name": "Fibre Thiès", "currency": "XOF"});
        let project: ProjectId = id(&manager.post("/v1/projects", new).await.expect(201));
        let new = json!({"project_id": project, "name": "Poste nord", "radius_m": 100.0,
                         "position": {"lat": 14.7012, "lon": -17.4032}});
        let site: SiteId = id(&manager.post("/v1/sites", new).await.expect(201));
        let new = json!({"name": "Awa Ndiaye",
                         "hourly_cost": {"minor": 1_500, "currency": "XOF"}});
        let worker: WorkerId = id(&planner.post("/v1/workers", new).await.expect(201));
        let lead = stage.client(Role::SiteLead, Scope::Site(site));
        let phone = stage
            .client(Role::CrewMember, Scope::Own)
            .as_worker(worker)
            .header("device-position", HERE);
        Self { stage, manager, lead, phone, project, site, worker }
    }

    /// The crew member does a day's work with everything that says where; answers the stay.
    async fn day(&self) -> (Value, String) {
        let task = self.task().await;
        let did = async |path: &str, body: Value| self.did(path, body).await;
        let entry = did("/v1/time-entries", json!({"site_id": self.site})).await;
        did(&format!("/v1/tasks/{task}/start"), json!({})).await;
        let report = json!({"site_id": self.site, "title": "Câble nu", "severity": "low",
                            "cause": "safety"});
        let incident = did("/v1/incidents", report).await;
        let photo = self.photo(&task).await;
        let drawn = json!({"task_id": task, "signer_name": "Mme Sarr", "signer_role": "client",
                           "strokes": [[[0.1, 0.5], [0.4, 0.2]]]});
        did("/v1/signatures", drawn).await;
        let refused = json!({"site_id": self.site, "method": "POST", "status": 422,
                             "path": format!("/v1/tasks/{REFUSED}/start"),
                             "acted_at": self.stage.clock.now(), "problem": {"title": "non"}});
        did("/v1/field/refusals", refused).await;
        did(&format!("/v1/tasks/{task}/finish"), json!({})).await;
        self.stage.clock.advance(TimeDelta::hours(1));
        let out = format!("/v1/time-entries/{}/clock-out", entry["id"].as_str().unwrap());
        let entry = did(&out, json!({})).await;
        self.lead.post(&format!("/v1/tasks/{task}/validate"), json!({})).await.expect(200);
        let path = format!("/v1/incidents/{}/resolve", incident["id"].as_str().unwrap());
        self.lead.post(&path, json!({"resolution": "Isolé"})).await.expect(200);
        self.stage.settle().await;
        (entry, photo)
    }

    /// A call of the phone, which is not refused.
    async fn did(&self, path: &str, body: Value) -> Value {
        let answer = next(&self.phone).post(path, body).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.json);
        answer.json
    }

    async fn task(&self) -> String {
        let starts_at = self.stage.clock.now() + TimeDelta::hours(2);
        let new = json!({"site_id": self.site, "title": "Poser le câble", "duration_min": 60,
                         "starts_at": starts_at});
        let task = self.lead.post("/v1/tasks", new).await.expect(201);
        let task = task["id"].as_str().unwrap().to_owned();
        let set = json!({"worker_ids": [self.worker],
                         "override": {"rules": ["outside_hours"], "reason": "À toute heure"}});
        let read = self.lead.get(&format!("/v1/tasks/{task}")).await.version();
        let lead = self.lead.clone().header("if-match", format!("\"{read}\""));
        lead.post(&format!("/v1/tasks/{task}/assignments"), set).await.expect(200);
        task
    }

    /// Announces a photo, sends its bytes, and waits until it is developed.
    async fn photo(&self, task: &str) -> String {
        let bytes = jpeg_with_exif(1, Some(EXIF), None);
        let new = json!({"task_id": task, "site_id": self.site, "size": bytes.len(),
                         "taken_at": self.stage.clock.now(), "content_type": "image/jpeg",
                         "position": {"lat": 14.701_234, "lon": -17.403_217}});
        let photo = next(&self.phone).post("/v1/photos", new).await.expect(201);
        let photo = photo["id"].as_str().unwrap().to_owned();
        let tus = self.phone.clone().header("tus-resumable", "1.0.0");
        let made = tus
            .clone()
            .header("upload-length", bytes.len().to_string())
            .header("upload-metadata", format!("photo_id {}", BASE64.encode(&photo)))
            .call(http::Method::POST, "/v1/uploads", None)
            .await;
        assert_eq!(made.status.as_u16(), 201);
        let piece = tus
            .header("upload-offset", "0")
            .raw(
                http::Method::PATCH,
                &format!("/v1/uploads/{photo}"),
                Some(("application/offset+octet-stream", bytes)),
            )
            .await;
        assert_eq!(piece.status.as_u16(), 204);
        testkit::eventually("the photo is developed", async || {
            let read = self.phone.get(&format!("/v1/photos/{photo}")).await.expect(200);
            (read["state"] == "ready").then_some(())
        })
        .await;
        photo
    }

    /// The worker signs the week of a day, which is over.
    async fn sign(&self, day: DateTime<Utc>) -> String {
        let body = json!({"week": day.date_naive()});
        let sheets = next(&self.phone).post("/v1/timesheets", body).await.expect(200);
        let sheet = sheets["items"][0]["id"].as_str().unwrap().to_owned();
        let version = self.phone.get(&format!("/v1/timesheets/{sheet}")).await.version();
        let phone = next(&self.phone).header("if-match", format!("\"{version}\""));
        phone.post(&format!("/v1/timesheets/{sheet}/sign"), json!({})).await.expect(200);
        self.stage.settle().await;
        sheet
    }

    /// Moves the clock and lets what is due be done.
    async fn later(&self, days: i64) {
        self.stage.clock.advance(TimeDelta::days(days));
        self.stage.settle().await;
        let waiting = "select count(*) from proofs.dropped_copy";
        testkit::eventually("copies that nobody may see are gone", async || {
            (self.count(waiting).await == 0).then_some(())
        })
        .await;
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&mut self.stage.sql().await).await.unwrap()
    }

    /// The tables of the whole database that hold a text, in clear or among the bytes of an answer.
    async fn hold(&self, text: &str) -> BTreeSet<String> {
        let mut sql = self.stage.sql().await;
        let tables: Vec<String> = sqlx::query_scalar(
            "select table_schema || '.' || table_name from information_schema.tables
             where table_type = 'BASE TABLE'
               and table_schema not in ('pg_catalog', 'information_schema')",
        )
        .fetch_all(&mut sql)
        .await
        .unwrap();
        assert!(tables.len() > 50, "{tables:?}");
        let mut holding = BTreeSet::new();
        for table in tables {
            let query = format!(
                "select exists(
                     select 1 from {table} t
                     where t::text like '%' || $1 || '%'
                        or t::text like '%' || encode(convert_to($1, 'UTF8'), 'hex') || '%')"
            );
            let held: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(query))
                .bind(text)
                .fetch_one(&mut sql)
                .await
                .unwrap();
            if held {
                holding.insert(table);
            }
        }
        holding
    }

    /// What the worker is told that is kept, by kind.
    async fn kept(&self) -> BTreeMap<String, i64> {
        let kept = self.phone.get("/v1/privacy/kept").await.expect(200);
        let item = |item: &Value| {
            (item["data"].as_str().unwrap().to_owned(), item["count"].as_i64().unwrap())
        };
        kept["items"].as_array().unwrap().iter().map(item).collect()
    }

    /// How many entries of the trail have lost their personal part; the chain holds, and every
    /// photo and signature is what it was.
    async fn erased(&self) -> i64 {
        let found = self.manager.get("/v1/audit/verify?photos=true").await.expect(200);
        assert_eq!(found["ok"], true, "{found}");
        assert_eq!((&found["photos"], &found["signatures"]), (&json!(1), &json!(1)));
        found["erased"].as_i64().unwrap()
    }

    async fn watermarked(&self, photo: &str) -> Answer {
        self.phone.get(&format!("/v1/photos/{photo}/watermarked")).await
    }

    async fn spent(&self) -> Value {
        let path = format!("/v1/projects/{}/budget", self.project);
        self.manager.get(&path).await.expect(200)["actual_minor"].clone()
    }
}

fn tables<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}

/// The same without these kinds.
fn without(kept: &BTreeMap<String, i64>, gone: &[&str]) -> BTreeMap<String, i64> {
    let left = |(data, n): (&String, &i64)| {
        (data.clone(), if gone.contains(&data.as_str()) { 0 } else { *n })
    };
    kept.iter().map(left).collect()
}

#[tokio::test]
async fn what_is_kept_of_a_worker_goes_everywhere_when_its_time_is_over_and_the_rest_stays() {
    let firm = Firm::new().await;
    let began = firm.stage.clock.now();
    let (entry, photo) = firm.day().await;
    let entry_id = entry["id"].as_str().unwrap();
    firm.later(8).await;
    let sheet = firm.sign(began).await;

    let all = firm.kept().await;
    for (data, n) in &all {
        assert!(*n > 0, "of {data} something is kept: {all:?}");
    }
    let located = [
        "core.audit_place",
        "core.idempotency_key",
        "planning.incident",
        "planning.task_transition",
        "planning.time_entry",
        "proofs.photo",
        "proofs.signature",
    ];
    assert_eq!(firm.hold(LAT).await, tables(located));
    assert_eq!(firm.hold(EXIF_LAT).await, tables(["proofs.photo"]));
    assert_eq!(
        firm.hold(REFUSED).await,
        tables(["core.idempotency_key", "planning.refusal"]),
        "the trail keeps of a refused call that there was one"
    );
    let (spent, placed) = (firm.spent().await, firm.watermarked(&photo).await.bytes);
    assert_ne!(spent, json!(0));
    assert_eq!(firm.erased().await, 0);

    // Answers and news, after a month.
    firm.later(33).await;
    let kept = without(&all, &["answers", "news"]);
    assert_eq!(firm.kept().await, kept);
    assert!(!firm.hold(LAT).await.contains("core.idempotency_key"));
    assert_eq!(firm.hold(REFUSED).await, tables(["planning.refusal"]));

    // Positions of the time clock, after two; the verdict and the times stay.
    firm.later(30).await;
    let kept = without(&kept, &["clock_positions", "trail_clock_positions"]);
    assert_eq!(firm.kept().await, kept);
    let located = [
        "core.audit_place",
        "planning.incident",
        "planning.task_transition",
        "proofs.photo",
        "proofs.signature",
    ];
    assert_eq!(firm.hold(LAT).await, tables(located));
    let read = firm.lead.get(&format!("/v1/time-entries/{entry_id}")).await.expect(200);
    for press in ["clock_in", "clock_out"] {
        assert_eq!(read[press]["fence"], "inside");
        assert_eq!(read[press]["position"], Value::Null);
    }
    assert_eq!((&read["in_at"], &read["out_at"]), (&entry["in_at"], &entry["out_at"]));

    // Positions that prove work, and refused calls, after a year; what happened stays.
    firm.later(290).await;
    assert_eq!(firm.kept().await, kept, "not yet a year");
    assert_eq!(firm.watermarked(&photo).await.bytes, placed);
    assert_eq!(firm.erased().await, 0);
    firm.later(15).await;
    let gone = ["proof_positions", "photo_positions", "trail_positions"];
    let kept = without(&kept, &[&gone[..], &["refusals", "trail_refusals"][..]].concat());
    assert_eq!(firm.kept().await, kept);
    for text in [LAT, EXIF_LAT, REFUSED] {
        assert_eq!(firm.hold(text).await, BTreeSet::new(), "{text}");
    }
    let unplaced = firm.watermarked(&photo).await;
    assert_eq!(unplaced.status.as_u16(), 200);
    assert_ne!(unplaced.bytes, placed, "the copy that says where is gone");
    assert_eq!(firm.erased().await, 1, "who had the refused call seen");
    for (what, there) in [
        ("select count(*) from planning.task_transition where worker_id is not null", 2),
        ("select count(*) from planning.incident", 1),
        ("select count(*) from proofs.photo where sha256 is not null and code is not null", 1),
        ("select count(*) from proofs.signature", 1),
        ("select count(*) from planning.time_entry", 1),
    ] {
        assert_eq!(firm.count(what).await, there, "{what}");
    }

    // Hours, after five years; what they cost stays, nobody's.
    firm.later(4 * 360).await;
    assert_eq!(firm.kept().await, kept, "not yet five years");
    assert!(firm.hold(entry_id).await.contains("planning.time_entry"));
    firm.later(25).await;
    assert_eq!(
        firm.kept().await,
        without(&all, &all.keys().map(String::as_str).collect::<Vec<_>>())
    );
    assert_eq!(firm.hold(entry_id).await, tables(["core.audit_entry", "projects.labour"]));
    assert_eq!(firm.hold(&sheet).await, tables(["core.audit_entry"]));
    let of_hours = "select count(*) from core.audit_detail d join core.audit_entry e
                    on e.id = d.entry_id where e.entity in ('time_entry', 'timesheet')";
    assert_eq!(firm.count(of_hours).await, 0);
    let nobodys = "select count(*) from projects.labour where worker_id = '00000000-0000-0000-0000-000000000000'";
    assert_eq!(firm.count(nobodys).await, 1);
    assert_eq!(firm.spent().await, spent);
    assert!(firm.erased().await > 1);
}

#[tokio::test]
async fn a_crew_member_who_is_not_clocked_in_is_located_by_no_service() {
    let firm = Firm::new().await;
    let task = firm.task().await;
    let report = json!({"site_id": firm.site, "title": "Câble nu", "severity": "low",
                        "cause": "safety", "task_id": task});
    firm.did(&format!("/v1/tasks/{task}/start"), json!({})).await;
    firm.did(&format!("/v1/tasks/{task}/progress"), json!({"percent": 20})).await;
    let incident = firm.did("/v1/incidents", report).await;
    let photo = firm.photo(&task).await;
    let shown = format!("/v1/incidents/{}/photos", incident["id"].as_str().unwrap());
    firm.did(&shown, json!({"photo_ids": [photo]})).await;
    let drawn = json!({"task_id": task, "signer_name": "Mme Sarr", "signer_role": "client",
                       "strokes": [[[0.1, 0.5], [0.4, 0.2]]]});
    firm.did("/v1/signatures", drawn).await;
    let from = firm.stage.clock.now() + TimeDelta::days(7);
    let leave = json!({"from": from, "to": from + TimeDelta::hours(4), "kind": "leave"});
    firm.did(&format!("/v1/workers/{}/absences", firm.worker), leave).await;
    firm.stage.settle().await;
    for text in [LAT, EXIF_LAT] {
        assert_eq!(firm.hold(text).await, BTreeSet::new(), "{text}");
    }
}
