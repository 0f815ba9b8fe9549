use std::io::{Cursor, Write};
use std::process::{Command, Stdio};

use auth::{Role, Scope};
use blobs::BlobKey;
use image::{ImageFormat, Rgb, RgbImage};
use kernel::{ProjectId, Service, SiteId};
use serde_json::{Value, json};
use testkit::{Client, Stage, eventually};
use uuid::Uuid;

use crate::stage;

struct Site {
    project: ProjectId,
    id: SiteId,
}

/// A site with a finished task, hours, an incident, a photo and a signature on 2 March 2026.
async fn site(stage: &Stage) -> Site {
    let site = Site { project: ProjectId::new(), id: SiteId::new() };
    let (worker, task) = (Uuid::now_v7(), Uuid::now_v7());
    let mut sql = stage.sql().await;
    let picture = jpeg();
    for key in ["photo", "thumbnail", "signature"] {
        let key = BlobKey::new(format!("{}/{key}", stage.tenant.id)).unwrap();
        stage.app(Service::Reporting).blobs.put(&key, picture.clone().into()).await.unwrap();
    }
    for statement in [
        "insert into projects.project (id, code, name, status, currency, version)
         values ($1, 'DKR-24', 'Réseau de Ouakam', 'active', 'XOF', 1)",
        "insert into projects.site (id, project_id, name, client_name, lat, lon, radius_m, zone, version)
         values ($2, $1, 'Poste Cité Avion', 'Senelec', 14.7, -17.4, 150, 'Africa/Dakar', 1)",
        "insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
         values ($3, 'Awa Ndiaye', true, '{1,2,3,4,5}', '08:00', '17:00', 1)",
        "insert into planning.task (id, site_id, project_id, title, description, priority,
             workers_needed, starts_at, ends_at, duration_min, status, started_at, finished_at, version)
         values ($4, $2, $1, 'Pose du coffret', '', 'normal', 1, '2026-03-02T08:00Z',
             '2026-03-02T12:00Z', 240, 'validated', '2026-03-02T08:05Z', '2026-03-02T11:40Z', 4)",
        "insert into planning.assignment (id, task_id, worker_id, during)
         values (gen_random_uuid(), $4, $3, '[2026-03-02T08:00Z,2026-03-02T12:00Z)')",
        "insert into planning.time_entry (id, worker_id, site_id, project_id, in_at, out_at, clock_in)
         values (gen_random_uuid(), $3, $2, $1, '2026-03-02T07:50Z', '2026-03-02T17:05Z', '{}')",
        "insert into planning.incident (id, site_id, project_id, task_id, title, description,
             severity, cause, status, reported_at, recorded_at, reported_by, reporter_worker_id)
         values (gen_random_uuid(), $2, $1, $4, 'Gaine percée', '', 'high', 'other', 'open',
             '2026-03-02T10:20Z', '2026-03-02T10:20Z', gen_random_uuid(), $3)",
        "insert into proofs.photo (id, task_id, site_id, project_id, worker_id, created_by, taken_at,
             content_type, size, state, code, created_at, watermarked_key, thumbnail_key, sha256,
             original_key, media_type, received_at)
         values (gen_random_uuid(), $4, $2, $1, $3, gen_random_uuid(), '2026-03-02T10:00Z',
             'image/jpeg', 9, 'ready', '7K3Q-9XWT', '2026-03-02T10:00Z',
             $5 || '/photo', $5 || '/thumbnail', decode(repeat('ab', 32), 'hex'), $5 || '/photo',
             'image/jpeg', '2026-03-02T10:00Z')",
        "insert into proofs.signature (id, task_id, site_id, project_id, created_by, signer_name,
             signer_role, signed_at, blob_key, sha256, strokes_key, strokes_sha256, created_at)
         values (gen_random_uuid(), $4, $2, $1, gen_random_uuid(), 'Cheikh Sarr', 'client',
             '2026-03-02T16:48Z', $5 || '/signature', decode(repeat('cd', 32), 'hex'),
             $5 || '/strokes', decode(repeat('cd', 32), 'hex'), '2026-03-02T16:48Z')",
    ] {
        // Every statement binds all of them; PostgreSQL must know the type of each.
        let typed = format!(
            "with given as (select $1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::text) {statement}"
        );
        sqlx::query(sqlx::AssertSqlSafe(typed))
            .bind(site.project.uuid())
            .bind(site.id.uuid())
            .bind(worker)
            .bind(task)
            .bind(stage.tenant.id.to_string())
            .execute(&mut sql)
            .await
            .unwrap_or_else(|e| panic!("{e}: {statement}"));
    }
    site
}

fn jpeg() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let picture = RgbImage::from_fn(640, 480, |x, y| Rgb([(x / 3) as u8, 90, (y / 2) as u8]));
    picture.write_to(&mut out, ImageFormat::Jpeg).unwrap();
    out.into_inner()
}

async fn ready(client: &Client, path: &str) -> Value {
    eventually("the report is made", async || {
        let report = client.get(path).await.expect(200);
        assert_ne!(report["state"], json!("failed"));
        (report["state"] == json!("ready")).then_some(report)
    })
    .await
}

fn ask(site: &Site, format: &str) -> Value {
    json!({ "kind": "day", "site_id": site.id, "day": "2026-03-02", "format": format })
}

/// The words of a PDF, where poppler is installed.
fn words(pdf: &[u8]) -> Option<String> {
    let mut reader = Command::new("pdftotext")
        .args(["-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    reader.stdin.take()?.write_all(pdf).ok()?;
    String::from_utf8(reader.wait_with_output().ok()?.stdout).ok()
}

#[tokio::test]
async fn the_days_report_comes_out_as_pdf_and_xlsx_with_photos_and_signature() {
    let stage = stage().await;
    let site = site(&stage).await;
    let lead = stage.client(Role::SiteLead, Scope::Site(site.id));
    let asked = lead.post("/v1/reports", ask(&site, "pdf")).await;
    let place = asked.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(asked.expect(201)["state"], json!("requested"));
    let report = ready(&lead, &place).await;
    let file = lead.get(&format!("{place}/file")).await;
    assert_eq!(file.status, 200);
    assert_eq!(file.headers["content-type"], "application/pdf");
    let disposition = "attachment; filename=\"rapport-2026-03-02.pdf\"";
    assert_eq!(file.headers["content-disposition"], disposition);
    assert!(file.bytes.starts_with(b"%PDF-"));
    assert_eq!(report["size"], json!(file.bytes.len()));
    if let Some(text) = words(&file.bytes) {
        for word in [
            "Sahel Réseaux",
            "Poste Cité Avion",
            "lundi 2 mars 2026",
            "Pose du coffret",
            "08:05 – 11:40",
            "Awa Ndiaye",
            "9 h 15",
            "Gaine percée",
            "7K3Q-9XWT",
            "Cheikh Sarr",
            report["seal"].as_str().unwrap(),
        ] {
            assert!(text.contains(word), "{word:?} is missing in {text}");
        }
    }

    let asked = lead.post("/v1/reports", ask(&site, "xlsx")).await;
    let place = asked.headers["location"].to_str().unwrap().to_owned();
    ready(&lead, &place).await;
    let file = lead.get(&format!("{place}/file")).await;
    let mut archive = zip::ZipArchive::new(Cursor::new(file.bytes)).unwrap();
    assert!(archive.by_name("xl/worksheets/sheet5.xml").is_ok());
    assert!(archive.by_name("xl/media/image1.jpeg").is_ok());
    stage.settle().await;
    let mut sql = stage.sql().await;
    let told: i64 = sqlx::query_scalar(
        "select count(*) from reporting.feed where kind = 'report.ready'
                            and site_id is not null",
    )
    .fetch_one(&mut sql)
    .await
    .unwrap();
    assert_eq!(told, 2);
}

#[tokio::test]
async fn a_report_whose_pictures_are_gone_is_made_without_them() {
    let stage = stage().await;
    let site = site(&stage).await;
    let blobs = &stage.app(Service::Reporting).blobs;
    let all = BlobKey::new(stage.tenant.id.to_string()).unwrap();
    blobs.delete_prefix(&all).await.unwrap();
    let lead = stage.client(Role::SiteLead, Scope::Site(site.id));
    for format in ["pdf", "xlsx"] {
        let asked = lead.post("/v1/reports", ask(&site, format)).await;
        let place = asked.headers["location"].to_str().unwrap().to_owned();
        ready(&lead, &place).await;
    }
}

#[tokio::test]
async fn only_those_of_the_site_ask_for_its_reports_and_read_them() {
    let stage = stage().await;
    let site = site(&stage).await;
    let lead = stage.client(Role::ProjectLead, Scope::Project(site.project));
    let id = lead.post("/v1/reports", ask(&site, "xlsx")).await.expect(201)["id"].clone();
    let path = format!("/v1/reports/{}", id.as_str().unwrap());
    let stranger = stage.client(Role::SiteLead, Scope::Site(SiteId::new()));
    let elsewhere = stage.another_tenant().await;
    let elsewhere = stage.client_at(&elsewhere, Role::Manager, Scope::Tenant);
    for client in [&stranger, &elsewhere] {
        assert_eq!(client.post("/v1/reports", ask(&site, "pdf")).await.status, 404);
        assert_eq!(client.get(&path).await.status, 404);
        assert_eq!(client.get(&format!("{path}/file")).await.status, 404);
        assert_eq!(client.get("/v1/reports").await.expect(200)["items"], json!([]));
    }
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    assert_eq!(crew.get("/v1/reports").await.status, 403);
    let listed = lead.get("/v1/reports?day=2026-03-02").await.expect(200);
    assert_eq!(listed["items"][0]["id"], id);
    assert_eq!(lead.get("/v1/reports?day=2026-03-03").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn the_same_request_twice_is_one_report_and_nonsense_is_refused() {
    let stage = stage().await;
    let site = site(&stage).await;
    let lead = stage.client(Role::SiteLead, Scope::Site(site.id));
    let replayed = lead.clone().header("idempotency-key", "report-1");
    let first = replayed.post("/v1/reports", ask(&site, "pdf")).await;
    let again = replayed.post("/v1/reports", ask(&site, "pdf")).await;
    assert_eq!((first.status.as_u16(), &first.bytes), (201, &again.bytes));
    let mut taken = ask(&site, "pdf");
    taken["id"] = first.json["id"].clone();
    assert_eq!(lead.post("/v1/reports", taken).await.status, 409);
    for (field, value) in [
        ("kind", json!("year")),
        ("format", json!("docx")),
        ("day", json!("1999-12-31")),
        ("day", json!("soon")),
        ("lang", json!("de")),
        ("colour", json!("red")),
    ] {
        let mut body = ask(&site, "pdf");
        body[field] = value;
        let answer = lead.post("/v1/reports", body).await;
        assert_eq!(answer.status, 422, "{field}");
        assert_eq!(answer.pointers(), [format!("/{field}")]);
    }
}
