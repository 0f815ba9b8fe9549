//! For every operation of the published description, a call that is valid but for who makes it.
//! An operation without one fails every test that goes through them.

use std::collections::BTreeMap;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use fieldops::demo::{Answer, Api};
use reqwest::Method;
use serde_json::Value;

/// What a call's names stand for: ids of things, and moments.
pub type Things = BTreeMap<&'static str, String>;

/// An operation as the description has it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its `operationId`.
    pub id: String,
    /// Its method.
    pub method: Method,
    /// Its path with `{placeholders}`.
    pub path: String,
    /// Whether it is there before sign-in.
    pub public: bool,
    headers: Vec<String>,
    entry: Entry,
}

/// The operation, what `{id}` in its path is (or the query), and the body.
type Entry = (&'static str, &'static str, &'static str);

/// A call that can be made.
#[derive(Debug, Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The path with its query.
    pub path: String,
    /// The body with its content type.
    pub body: Option<(&'static str, String)>,
    /// Headers beside the caller's own.
    pub headers: Vec<(&'static str, String)>,
    /// Whether the answer goes on until somebody hangs up.
    pub streams: bool,
}

/// Every operation there is, in the order of their paths; one that is called in several ways stands
/// there as often.
pub fn operations() -> Vec<Operation> {
    let description: Value = serde_json::from_str(&fieldops::openapi::text().unwrap()).unwrap();
    let mut found = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Some(id) = operation["operationId"].as_str() else { continue };
            let parameters = operation["parameters"].as_array();
            let headers = parameters.into_iter().flatten().filter(|p| p["in"] == "header");
            let secured = operation["security"].as_array().is_some_and(|all| {
                !all.is_empty() && all.iter().all(|one| one.get("bearer").is_some())
            });
            let operation = Operation {
                id: id.to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                public: !secured,
                headers: headers.filter_map(|p| p["name"].as_str().map(str::to_owned)).collect(),
                entry: ("", "", ""),
            };
            let before = found.len();
            let entries = CALLS.iter().filter(|(known, _, _)| *known == id);
            found.extend(entries.map(|entry| Operation { entry: *entry, ..operation.clone() }));
            assert!(found.len() > before, "{method} {path} ({id}) is not among the calls");
        }
    }
    found
}

impl Operation {
    /// Whether it only looks.
    pub fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    fn streams(&self) -> bool {
        matches!(self.id.as_str(), "follow_live" | "follow_run")
    }

    /// How it stands in a table: method, path, and the query where that matters.
    pub fn label(&self) -> String {
        let query = Some(self.entry.1).filter(|text| text.contains('$')).unwrap_or_default();
        format!("{} {}{query}", self.method, self.path)
    }

    /// The names that the call's path and body take from [`Things`].
    pub fn names(&self) -> Vec<&'static str> {
        let (_, id, body) = self.entry;
        let mut names: Vec<_> = body.split('$').skip(1).map(name_at).collect();
        match id.strip_prefix('?') {
            Some(query) => names.extend(query.split('$').skip(1).map(name_at)),
            None => names.extend((!id.is_empty()).then_some(id)),
        }
        names.extend(self.path.contains("{absence}").then_some("fresh_absence"));
        names.extend((self.id == "create_upload").then_some("announced"));
        names
    }

    /// The call, about these things. Changes name a version that is long past, so that one who is
    /// allowed gets 412 and the thing stays as it is.
    pub fn call(&self, things: &Things) -> Call {
        let (_, id, body) = self.entry;
        let mut path = self.path.clone();
        if id.starts_with('?') {
            path += &fill(id, things);
        } else if !id.is_empty() {
            path = path.replace("{id}", &things[id]);
        }
        if path.contains("{absence}") {
            path = path.replace("{absence}", &things["fresh_absence"]);
        }
        assert!(!path.contains('{'), "{} leaves a placeholder in {path}", self.id);
        let mut body = (!body.is_empty()).then(|| ("application/json", fill(body, things)));
        let mut headers = Vec::new();
        for name in &self.headers {
            match name.as_str() {
                "If-Match" => headers.push(("if-match", "\"0\"".to_owned())),
                "Tus-Resumable" => headers.push(("tus-resumable", "1.0.0".to_owned())),
                "Upload-Length" => headers.push(("upload-length", ANNOUNCED.to_string())),
                "Upload-Offset" => headers.push(("upload-offset", "5".to_owned())),
                "Upload-Metadata" => {
                    let photo = STANDARD.encode(&things["announced"]);
                    headers.push(("upload-metadata", format!("photo_id {photo}")));
                }
                _ => {}
            }
        }
        if self.id == "append_upload" {
            body = Some(("application/offset+octet-stream", "bytes".to_owned()));
        }
        Call { method: self.method.clone(), path, body, headers, streams: self.streams() }
    }
}

impl Call {
    /// Makes the call. Of a stream only the beginning is awaited.
    pub async fn by(&self, api: &Api) -> Result<Answer> {
        let mut api = api.clone();
        for (name, value) in &self.headers {
            api = api.with(name, value);
        }
        if self.streams
            && let Ok(open) = api.open(&self.path).await
        {
            let (status, headers) = (open.status(), open.headers().clone());
            return Ok(Answer { status, headers, bytes: Bytes::new() });
        }
        let body = self.body.as_ref().map(|(kind, text)| (*kind, text.clone().into_bytes()));
        api.raw(self.method.clone(), &self.path, body).await
    }
}

/// The same place, called with another token or none.
pub fn bearing(api: &Api, token: Option<String>) -> Api {
    let mut api = api.clone();
    api.token = token;
    api
}

/// The size that the fixture's announced photo has.
pub const ANNOUNCED: usize = 1_000;

fn name_at(text: &'static str) -> &'static str {
    let end = text.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

fn fill(text: &'static str, things: &Things) -> String {
    let mut parts = text.split('$');
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = name_at(part);
        let value = things.get(name).unwrap_or_else(|| panic!("nothing is called {name}"));
        filled += value;
        filled += &part[name.len()..];
    }
    filled
}

const CALLS: &[Entry] = &[
    ("jwks", "", ""),
    // identity
    (
        "accept_invitation",
        "",
        r#"{"token": "nothing-that-was-given-out", "password": "$unique and longer"}"#,
    ),
    ("refresh_session", "", r#"{"refresh_token": "nothing-that-was-given-out"}"#),
    ("sign_in", "", r#"{"email": "$unique@nobody.example", "password": "no such password"}"#),
    ("sign_out", "", ""),
    ("sign_out_everywhere", "", ""),
    ("read_me", "", ""),
    ("list_sessions", "?limit=200", ""),
    ("end_session", "session", ""),
    ("list_users", "?limit=200", ""),
    ("read_user", "user", ""),
    ("change_user", "user", r#"{"grants": [{"role": "crew_member", "scope": {"kind": "own"}}]}"#),
    ("disable_user", "user", ""),
    ("list_invitations", "?limit=200", ""),
    (
        "invite_user",
        "",
        r#"{"email": "$unique@new.example", "name": "Nouvelle personne",
        "grants": [{"role": "crew_member", "scope": {"kind": "own"}}]}"#,
    ),
    ("revoke_invitation", "fresh_invitation", ""),
    ("reissue_invitation", "fresh_invitation", ""),
    // the platform
    (
        "platform_sign_in",
        "",
        r#"{"email": "$unique@nobody.example", "password": "no such password"}"#,
    ),
    ("platform_refresh", "", r#"{"refresh_token": "nothing-that-was-given-out"}"#),
    ("platform_sign_out", "", ""),
    ("list_plans", "", ""),
    ("read_run", "run", ""),
    ("follow_run", "run", ""),
    ("list_tenants", "?limit=200", ""),
    (
        "create_tenant",
        "",
        r#"{"name": "Deuxième", "slug": "$slug", "sector": "electricity",
        "country": "SN", "zone": "Africa/Dakar", "currency": "XOF",
        "admin_email": "chef@deuxieme.example", "admin_name": "Chef"}"#,
    ),
    ("read_tenant", "tenant", ""),
    ("change_tenant", "tenant", r#"{"name": "Autrement"}"#),
    ("remove_tenant", "tenant", ""),
    // projects
    ("list_projects", "?limit=200", ""),
    ("create_project", "", r#"{"code": "$unique", "name": "Nouveau projet"}"#),
    ("read_project", "project", ""),
    ("change_project", "project", r#"{"name": "Autre nom"}"#),
    ("list_sites", "?limit=200", ""),
    (
        "create_site",
        "",
        r#"{"project_id": "$project", "name": "Nouveau chantier",
        "position": {"lat": 14.7, "lon": -17.4}}"#,
    ),
    ("read_site", "site", ""),
    ("change_site", "site", r#"{"name": "Autre nom"}"#),
    ("list_phases", "?limit=200", ""),
    ("create_phase", "", r#"{"project_id": "$project", "name": "Nouvelle phase"}"#),
    ("read_phase", "phase", ""),
    ("change_phase", "phase", r#"{"name": "Autre nom"}"#),
    ("list_milestones", "?limit=200", ""),
    (
        "create_milestone",
        "",
        r#"{"project_id": "$project", "name": "Nouveau jalon", "due_on": "$later"}"#,
    ),
    ("read_milestone", "milestone", ""),
    ("change_milestone", "milestone", r#"{"name": "Autre nom"}"#),
    ("accept_milestone", "milestone", r#"{"note": "Vu sur place"}"#),
    ("refuse_milestone", "milestone", r#"{"note": "Terre à reprendre"}"#),
    // resources
    ("list_workers", "?limit=200", ""),
    ("create_worker", "", r#"{"name": "Nouvel ouvrier"}"#),
    ("read_worker", "worker", ""),
    ("change_worker", "worker", r#"{"name": "Autre nom"}"#),
    ("list_absences", "worker", ""),
    (
        "create_absence",
        "worker",
        r#"{"from": "$laterT08:00:00Z", "to": "$laterT09:00:00Z", "kind": "leave"}"#,
    ),
    ("remove_absence", "worker", ""),
    ("list_skills", "?limit=200", ""),
    ("create_skill", "", r#"{"code": "$unique", "name_fr": "Nouvelle", "name_en": "New"}"#),
    ("read_skill", "skill", ""),
    ("change_skill", "skill", r#"{"name_en": "Other"}"#),
    ("list_crews", "?limit=200", ""),
    ("create_crew", "", r#"{"name": "Nouvelle équipe"}"#),
    ("read_crew", "crew", ""),
    ("change_crew", "crew", r#"{"name": "Autre nom"}"#),
    // planning
    ("list_tasks", "?limit=200", ""),
    (
        "create_task",
        "",
        r#"{"site_id": "$site", "title": "Nouvelle tâche", "starts_at": "$laterT08:00:00Z",
        "duration_min": 30}"#,
    ),
    ("read_task", "task", ""),
    ("change_task", "task", r#"{"title": "Autre titre"}"#),
    ("list_task_transitions", "task", ""),
    ("set_assignments", "task", r#"{"worker_ids": ["$worker"]}"#),
    ("start_task", "task", ""),
    ("pause_task", "task", ""),
    ("resume_task", "task", ""),
    ("finish_task", "task", ""),
    ("validate_task", "task", ""),
    ("reopen_task", "task", r#"{"reason": "À reprendre"}"#),
    ("cancel_task", "task_c", r#"{"reason": "Annulée"}"#),
    ("list_dependencies", "?limit=200", ""),
    ("create_dependency", "", r#"{"predecessor": "$task_b", "successor": "$task_c"}"#),
    ("read_dependency", "dependency", ""),
    ("delete_dependency", "fresh_dependency", ""),
    ("propose_workers", "", r#"{"task_ids": ["$task_b"]}"#),
    ("assign_workers", "", r#"{"task_ids": ["$task_b"]}"#),
    ("list_checklists", "?limit=200", ""),
    (
        "create_checklist",
        "",
        r#"{"name": "Nouvelle liste",
        "questions": [{"key": "ok", "label": "En ordre ?", "kind": "yes_no"}]}"#,
    ),
    ("read_checklist", "checklist", ""),
    ("change_checklist", "checklist", r#"{"name": "Autre nom"}"#),
    ("list_checklist_runs", "?limit=200", ""),
    ("create_checklist_run", "", r#"{"task_id": "$task", "checklist_id": "$checklist"}"#),
    ("read_checklist_run", "checklist_run", ""),
    (
        "answer_checklist_run",
        "checklist_run",
        r#"{"answers": [{"question": "ok", "value": true}]}"#,
    ),
    ("list_incidents", "?limit=200", ""),
    (
        "report_incident",
        "",
        r#"{"site_id": "$site", "task_id": "$task", "title": "Nouvel incident",
        "severity": "low", "cause": "weather"}"#,
    ),
    ("read_incident", "incident", ""),
    ("update_incident", "incident", r#"{"title": "Autre titre"}"#),
    ("resolve_incident", "incident", r#"{"resolution": "Réparé"}"#),
    ("list_time_entries", "?limit=200", ""),
    ("clock_in", "", r#"{"site_id": "$site", "worker_id": "$worker"}"#),
    ("read_time_entry", "time_entry", ""),
    ("correct_time_entry", "time_entry", r#"{"in_at": "$earlierT08:00:00Z", "reason": "Oubli"}"#),
    ("clock_out", "time_entry", "{}"),
    ("pull_field_changes", "?limit=200", ""),
    ("list_refusals", "?limit=200", ""),
    (
        "note_refusal",
        "",
        r#"{"site_id": "$site", "method": "POST", "path": "/v1/incidents", "status": 422,
        "acted_at": "$earlierT08:00:00Z", "problem": {"title": "non"}}"#,
    ),
    // proofs
    ("list_photos", "?limit=200", ""),
    (
        "announce_photo",
        "",
        r#"{"site_id": "$site", "task_id": "$task", "taken_at": "$earlierT08:00:00Z",
        "size": 1000, "content_type": "image/jpeg"}"#,
    ),
    ("read_photo", "photo", ""),
    ("photo_original", "photo", ""),
    ("photo_thumbnail", "photo", ""),
    ("photo_watermarked", "photo", ""),
    ("upload_options", "", ""),
    ("create_upload", "", ""),
    ("upload_offset", "upload", ""),
    ("append_upload", "upload", ""),
    ("terminate_upload", "fresh_upload", ""),
    ("list_signatures", "?limit=200", ""),
    (
        "take_signature",
        "",
        r#"{"task_id": "$task", "signer_name": "Client", "signer_role": "client",
        "strokes": [[[0.1, 0.1], [0.5, 0.6], [0.9, 0.2]]]}"#,
    ),
    ("read_signature", "signature", ""),
    ("signature_image", "signature", ""),
    ("list_audit", "?limit=200", ""),
    ("list_audit", "?entity=task&entity_id=$task", ""),
    ("verify_audit", "", ""),
    // reporting
    ("list_alerts", "?limit=200", ""),
    ("acknowledge_alert", "alert", ""),
    ("read_kpis", "?project_id=$project", ""),
    ("follow_live", "", ""),
    ("list_reports", "?limit=200", ""),
    (
        "create_report",
        "",
        r#"{"kind": "day", "site_id": "$site", "day": "$today", "format": "xlsx"}"#,
    ),
    ("read_report", "report", ""),
    ("read_report_file", "report", ""),
];
