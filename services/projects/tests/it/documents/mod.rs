//! Documents: who sees them, how their bytes come, what is read from them.

mod access;
mod reading;
mod reminders;
mod scan;
mod uploads;

use std::fmt::Write;

use http::Method;
use kernel::{TaskId, WorkerId};
use testkit::{Answer, eventually};

use super::*;

fn path(document: &Value) -> String {
    format!("/v1/documents/{}", document["id"].as_str().unwrap())
}

/// Adds a document; `more` goes over what is usual.
async fn document(by: &Client, project: ProjectId, more: Value) -> Value {
    let mut new = json!({ "project_id": project, "kind": "plan", "name": "Plan de réseau HTA" });
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    by.post("/v1/documents", new).await.expect(201)
}

async fn announce(by: &Client, document: &Value, name: &str, size: usize) -> Answer {
    let new = json!({ "file_name": name, "size": size });
    by.post(&format!("{}/versions", path(document)), new).await
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn tus(by: &Client) -> Client {
    by.clone().header("tus-resumable", "1.0.0")
}

async fn begin(by: &Client, version: &str, length: usize, more: &str) -> Answer {
    tus(by)
        .header("upload-length", length.to_string())
        .header("upload-metadata", format!("version_id {}{more}", base64(version)))
        .call(Method::POST, "/v1/document-uploads", None)
        .await
}

async fn piece(by: &Client, version: &str, offset: usize, bytes: &[u8]) -> Answer {
    let body = Some(("application/offset+octet-stream", bytes.to_vec()));
    let at = format!("/v1/document-uploads/{version}");
    tus(by).header("upload-offset", offset.to_string()).raw(Method::PATCH, &at, body).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |v| v.to_str().unwrap())
}

/// Announces and sends a file; answers the version's id.
async fn upload(by: &Client, document: &Value, name: &str, bytes: &[u8]) -> String {
    let version = announce(by, document, name, bytes.len()).await.expect(201);
    let version = version["id"].as_str().unwrap().to_owned();
    begin(by, &version, bytes.len(), "").await.expect(201);
    piece(by, &version, 0, bytes).await.expect(204);
    version
}

/// The record of a version once it was read.
async fn read(by: &Client, version: &str) -> Value {
    eventually("the version is read", async || {
        let version = by.get(&format!("/v1/document-versions/{version}")).await.expect(200);
        (version["text"] != "pending").then_some(version)
    })
    .await
}

/// What a search finds, by name.
async fn found(by: &Client, q: &str) -> Vec<String> {
    let q: Vec<_> = q.bytes().map(|b| format!("%{b:02X}")).collect();
    let q = q.concat();
    let page = by.get(&format!("/v1/documents?q={q}")).await.expect(200);
    let items = page["items"].as_array().unwrap();
    items.iter().map(|d| d["name"].as_str().unwrap().to_owned()).collect()
}

/// A crew member with a task on this site.
async fn crew_on(stage: &Stage, project: ProjectId, site: SiteId) -> Client {
    let (task, worker) = (TaskId::new(), WorkerId::new());
    let statements = format!(
        "insert into planning.task (id, site_id, project_id, title, description, priority,
                                    workers_needed, starts_at, ends_at, duration_min, status)
             values ('{task}', '{site}', '{project}', 'Tirage du câble', '', 'normal', 1,
                     '2026-03-02T08:00Z', '2026-03-02T12:00Z', 240, 'in_progress');
         insert into resources.worker (id, name, active, days, day_starts, day_ends, version)
             values ('{worker}', 'Aïssatou N’Diaye', true, '{{1,2,3,4,5}}', '08:00', '17:00', 1);
         insert into planning.assignment (id, task_id, worker_id, during)
             values (gen_random_uuid(), '{task}', '{worker}',
                     '[2026-03-02T08:00Z,2026-03-02T12:00Z)');"
    );
    let mut sql = stage.sql().await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements)).execute(&mut sql).await.unwrap();
    stage.client(Role::CrewMember, Scope::Own).as_worker(worker)
}

/// How often something stands in the audit trail.
async fn audited(stage: &Stage, action: &str) -> i64 {
    sqlx::query_scalar("select count(*) from core.audit_entry where action = $1")
        .bind(action)
        .fetch_one(&mut stage.sql().await)
        .await
        .unwrap()
}

/// A PDF of one page with this text in Helvetica.
fn pdf(text: &str) -> Vec<u8> {
    let stream = format!("BT /F1 24 Tf 72 700 Td ({text}) Tj ET");
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{stream}\nendstream", stream.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut file, mut table) = ("%PDF-1.4\n".to_owned(), String::new());
    for (n, object) in objects.iter().enumerate() {
        writeln!(table, "{:010} 00000 n ", file.len()).unwrap();
        writeln!(file, "{} 0 obj\n{object}\nendobj", n + 1).unwrap();
    }
    let start = file.len();
    writeln!(
        file,
        "xref\n0 6\n0000000000 65535 f \n{table}trailer\n<< /Size 6 /Root 1 0 R >>\n\
         startxref\n{start}\n%%EOF"
    )
    .unwrap();
    file.into_bytes()
}
