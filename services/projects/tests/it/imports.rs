//! Imports, from the form to what the other services made of them.

use std::fmt::Write as _;

use http::Method;
use testkit::Answer;

use super::*;

pub(crate) const PROJECTS: &str = "code;nom;debut;fin\nDKR-01;Réseau HTA;2026-03-01;2026-09-30\n";
pub(crate) const SITES: &str =
    "project,name,lat,lon,zone\nDKR-01,Poste Almadies,14.745,-17.52,Africa/Dakar\n";
pub(crate) const WORKERS: &str =
    "name,phone,skills\nAwa Diop,+221 77 000 00 00,SK1|SK2:2027-12-31\nBa,,\n";
pub(crate) const TASKS: &str = "project,site,title,starts_at,duration_min,ref,predecessors,skills\n\
    DKR-01,Poste Almadies,Tranchée,2026-03-02 08:00,240,T1,,\n\
    DKR-01,Poste Almadies,=1+1,2026-03-03 08:00,120,T2,T1+60,SK1\n";

pub(crate) async fn whole() -> Stage {
    let stage =
        Stage::new(&[projects::module as fn() -> web::Module, resources::module, planning::module])
            .await;
    let admin = stage.client(Role::TenantAdmin, Scope::Tenant);
    for code in ["SK1", "SK2"] {
        let skill = json!({ "code": code, "name_fr": code, "name_en": code });
        admin.post("/v1/skills", skill).await.expect(201);
    }
    stage
}

pub(crate) fn lead(stage: &Stage) -> Client {
    stage.client(Role::ProjectLead, Scope::Tenant)
}

fn form(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in files {
        let head = format!(
            "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"; \
             filename=\"{name}.csv\"\r\nContent-Type: text/csv\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--frontier--\r\n");
    body
}

pub(crate) async fn import(by: &Client, path: &str, files: &[(&str, &str)]) -> Answer {
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let body = ("multipart/form-data; boundary=frontier", form(&files));
    by.raw(Method::POST, path, Some(body)).await
}

/// Line, column and code of each finding.
fn findings(report: &Value) -> Vec<(u64, String, String)> {
    let found = report["findings"].as_array().unwrap_or_else(|| panic!("{report}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |f: &Value| (f["line"].as_u64().unwrap(), text(&f["column"]), text(&f["code"]));
    found.iter().map(one).collect()
}

pub(crate) async fn counts(stage: &Stage) -> [i64; 6] {
    let mut counts = [0; 6];
    let mut sql = stage.sql().await;
    for (count, table) in counts.iter_mut().zip([
        "projects.project",
        "projects.site",
        "resources.worker",
        "planning.task",
        "planning.dependency",
        "projects.import_row",
    ]) {
        let query = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        *count = sqlx::query_scalar(query).fetch_one(&mut sql).await.unwrap();
    }
    counts
}

#[tokio::test]
async fn all_four_files_arrive_whole_and_their_rows_are_forgotten() {
    let stage = whole().await;
    let lead = lead(&stage);
    let files = [("projects", PROJECTS), ("sites", SITES), ("workers", WORKERS), ("tasks", TASKS)];
    let dry = import(&lead, "/v1/imports?dry_run=true", &files).await.expect(200);
    assert_eq!((&dry["wrong"], &dry["tasks"], &dry["workers"]), (&json!(0), &json!(2), &json!(2)));
    assert_eq!(counts(&stage).await, [0; 6], "a dry run makes nothing");
    let made = import(&lead, "/v1/imports", &files).await.expect(201);
    assert_eq!(made["state"], "running");
    stage.settle().await;
    let path = format!("/v1/imports/{}", made["id"].as_str().unwrap());
    let done = testkit::eventually("the import is done", async || {
        let import = lead.get(&path).await.expect(200);
        (import["state"] != "running").then_some(import)
    })
    .await;
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(counts(&stage).await, [1, 1, 2, 2, 1, 0]);
    let tasks = lead.get("/v1/tasks").await.expect(200);
    assert_eq!(tasks["items"][1]["title"], "=1+1", "a formula is text");
    assert_eq!(tasks["items"][0]["starts_at"], "2026-03-02T08:00:00Z");
    assert_eq!(tasks["items"][1]["predecessors"], json!([tasks["items"][0]["id"]]));
    let workers = lead.get("/v1/workers").await.expect(200);
    assert_eq!(workers["items"][0]["skills"].as_array().unwrap().len(), 2);
    stage.client(Role::ProjectLead, Scope::Project(ProjectId::new())).get(&path).await.expect(404);
    stage.settle().await;
}

#[tokio::test]
async fn one_bad_last_row_and_nothing_is_anywhere() {
    let stage = whole().await;
    let lead = lead(&stage);
    let tasks = format!("{TASKS}DKR-01,Poste fantôme,Câble,2026-03-04 08:00,60,T3,,\n");
    let files = [("projects", PROJECTS), ("sites", SITES), ("workers", WORKERS), ("tasks", &tasks)];
    let refused = import(&lead, "/v1/imports", &files).await.expect(422);
    let expected = (4, "site".to_owned(), "reference".to_owned());
    assert_eq!(findings(&refused["report"]), [expected]);
    assert_eq!(refused["report"]["findings"][0]["file"], "tasks");
    stage.settle().await;
    assert_eq!(counts(&stage).await, [0; 6]);
}

#[tokio::test]
async fn findings_of_all_files_come_at_once_with_line_column_and_reason() {
    let stage = whole().await;
    let lead = lead(&stage).header("accept-language", "en");
    let files = [
        ("projects", "code,name,currency,starts_on\nA B,x,EUR,2026-02-30\nA,y,FRF,\nA,z,,\n,w,,\n"),
        ("sites", "project,name,lat,lon\nA,un,91,0\nB,deux,0,0\nA,trois,0,x\nA,q,0,0\nA,q,0,0\n"),
        ("workers", "name,phone,skills\nx,1,\ny,,RIEN\n"),
        (
            "tasks",
            "project,site,title,starts_at,ends_at,ref,predecessors\n\
             A,q,a,2026-03-02 08:00,2026-03-02 10:00,R1,R2\n\
             A,q,b,2026-03-02 08:00,2026-03-02 10:00,R2,R1\n\
             A,q,c,2026-03-02 08:00,2026-03-02 07:00,R2,R9\n",
        ),
    ];
    let refused = import(&lead, "/v1/imports", &files).await.expect(422);
    let found = findings(&refused["report"]);
    for expected in [
        (2, "code", "characters"),
        (2, "starts_on", "format"),
        (3, "currency", "format"),
        (5, "code", "missing"),
        (2, "lat", "range"),
        (3, "project", "reference"),
        (4, "lon", "format"),
        (6, "name", "taken"),
        (2, "phone", "length"),
        (3, "skills", "reference"),
        (2, "predecessors", "cycle"),
        (2, "starts_at", "too_early"),
        (4, "ref", "twice"),
        (4, "ends_at", "order"),
    ] {
        let expected = (expected.0, expected.1.to_owned(), expected.2.to_owned());
        assert!(found.contains(&expected), "{expected:?} is not in {found:?}");
    }
    assert_eq!(refused["report"]["wrong"], found.len());
    let cycle = refused["report"]["findings"].as_array().unwrap();
    let cycle = cycle.iter().find(|f| f["code"] == "cycle").unwrap();
    assert!(cycle["detail"].as_str().unwrap().contains("in a circle: R1, R2"), "{cycle}");
    assert_eq!(counts(&stage).await, [0; 6]);
    stage.settle().await;
}

#[tokio::test]
async fn of_two_imports_at_once_with_the_same_codes_one_is_refused_with_reasons() {
    let stage = whole().await;
    let lead = lead(&stage);
    let files = [("projects", PROJECTS), ("sites", SITES), ("tasks", TASKS)];
    let files = files.map(|(name, text)| (name, text));
    let (one, other) =
        tokio::join!(import(&lead, "/v1/imports", &files), import(&lead, "/v1/imports", &files),);
    let (made, refused) = if one.status == 201 { (one, other) } else { (other, one) };
    made.expect(201);
    let refused = refused.expect(422);
    let found = findings(&refused["report"]);
    assert_eq!(found[0], (2, "code".to_owned(), "taken".to_owned()), "{refused}");
    stage.settle().await;
    assert_eq!(counts(&stage).await[..5], [1, 1, 0, 2, 1]);
}

#[tokio::test]
async fn an_import_sent_again_and_news_heard_again_change_nothing() {
    let stage = whole().await;
    let lead = lead(&stage).header("idempotency-key", "import-1");
    let files = [("projects", PROJECTS), ("sites", SITES), ("workers", WORKERS), ("tasks", TASKS)];
    let made = import(&lead, "/v1/imports", &files).await.expect(201);
    let again = import(&lead, "/v1/imports", &files).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.expect(201), made);
    stage.settle().await;
    let before = counts(&stage).await;
    // The same news under new ids, so that no inbox knows them.
    let mut sql = stage.sql().await;
    let envelopes: Vec<Value> = sqlx::query_scalar(
        "select envelope from core.outbox where envelope ->> 'type' like '%.import.v1' order by id",
    )
    .fetch_all(&mut sql)
    .await
    .unwrap();
    assert_eq!(envelopes.len(), 6, "accepted, tried twice, made, taken twice");
    for mut envelope in envelopes {
        envelope["id"] = json!(kernel::EventId::new());
        let envelope: contracts::Envelope = serde_json::from_value(envelope).unwrap();
        for answer in stage.bus.publish(&[envelope]).await {
            answer.unwrap();
        }
    }
    stage.settle().await;
    assert_eq!(counts(&stage).await, before);
}

#[tokio::test]
async fn each_kind_of_row_takes_the_right_to_make_it_where_it_belongs() {
    let stage = whole().await;
    let manager = manager(&stage);
    let (ours, theirs) = (project(&manager, "A").await, project(&manager, "B").await);
    let lead = stage.client(Role::ProjectLead, Scope::Project(ours));
    import(&manager, "/v1/imports", &[("workers", WORKERS)]).await.expect(403);
    import(&manager, "/v1/imports", &[("tasks", TASKS)]).await.expect(403);
    import(&lead, "/v1/imports", &[("projects", PROJECTS)]).await.expect(403);
    let crew = stage.client(Role::CrewMember, Scope::Tenant);
    import(&crew, "/v1/imports", &[("sites", SITES)]).await.expect(403);
    let sites = "project,name,lat,lon\nA,Ici,0,0\nB,Ailleurs,0,0\n";
    let refused = import(&lead, "/v1/imports", &[("sites", sites)]).await.expect(422);
    let unseen = (3, "project".to_owned(), "reference".to_owned());
    assert_eq!(findings(&refused["report"]), [unseen], "another's project is not told of");
    let site_lead = stage.client(Role::SiteLead, Scope::Site(site(&manager, theirs).await));
    let sites = "project,name,lat,lon\nB,Ici,0,0\n";
    import(&site_lead, "/v1/imports", &[("sites", sites)]).await.expect(403);
    let ours = "project,name,lat,lon\nA,Ici,0,0\n";
    import(&lead, "/v1/imports", &[("sites", ours)]).await.expect(201);
    let refused = import(&lead, "/v1/imports", &[("sites", ours)]).await.expect(422);
    assert_eq!(findings(&refused["report"])[0].2, "taken");
    stage.settle().await;
}

#[tokio::test]
async fn what_is_no_form_or_too_large_is_refused() {
    let stage = whole().await;
    let lead = lead(&stage);
    lead.post("/v1/imports", json!({})).await.expect(415);
    import(&lead, "/v1/imports", &[]).await.expect(422);
    import(&lead, "/v1/imports", &[("budget", PROJECTS)]).await.expect(422);
    import(&lead, "/v1/imports", &[("projects", PROJECTS), ("projects", PROJECTS)])
        .await
        .expect(422);
    let torn = form(&[("projects", PROJECTS.as_bytes())]);
    let torn = ("multipart/form-data; boundary=frontier", torn[..torn.len() - 20].to_vec());
    lead.raw(Method::POST, "/v1/imports", Some(torn)).await.expect(400);
    let large = "x".repeat(10 * 1024 * 1024 + 1);
    import(&lead, "/v1/imports", &[("projects", &large)]).await.expect(413);
    let keyed = lead.clone().header("idempotency-key", "large");
    import(&keyed, "/v1/imports", &[("projects", &"x".repeat(12 << 20))]).await.expect(413);
    let open = format!("code,name\nA,\"{}", "never closed ".repeat(10_000));
    let refused = import(&lead, "/v1/imports", &[("projects", &open)]).await.expect(422);
    assert_eq!(findings(&refused["report"])[0].2, "characters");
    stage.settle().await;
}

#[tokio::test]
async fn twenty_thousand_rows_arrive_and_one_more_is_refused() {
    let stage = whole().await;
    let lead = lead(&stage);
    let mut tasks = "project,site,title,starts_at,duration_min,ref,predecessors\n".to_owned();
    for nth in 0..19_998 {
        let (day, before) =
            (2 + nth / 8000, if nth % 8000 == 0 { String::new() } else { format!("T{}", nth - 1) });
        // Each follows the one before by a minute, in chains of 8,000.
        let (hours, minutes) = ((nth % 8000) / 60, nth % 8000 % 60);
        let start =
            chrono::NaiveDate::from_ymd_opt(2026, 3, day).unwrap().and_hms_opt(0, 0, 0).unwrap()
                + chrono::TimeDelta::hours(hours.into())
                + chrono::TimeDelta::minutes(minutes.into());
        writeln!(
            tasks,
            "DKR-01,Poste Almadies,Tâche {nth},{},1,T{nth},{before}",
            start.format("%Y-%m-%d %H:%M")
        )
        .unwrap();
    }
    let one_more = format!("{tasks}DKR-01,Poste Almadies,De trop,2026-03-02 08:00,1,,\n");
    let files = [("projects", PROJECTS), ("sites", SITES), ("tasks", one_more.as_str())];
    let refused = import(&lead, "/v1/imports", &files).await.expect(422);
    assert_eq!(findings(&refused["report"])[0].2, "too_many");
    let files = [("projects", PROJECTS), ("sites", SITES), ("tasks", tasks.as_str())];
    let made = import(&lead, "/v1/imports", &files).await.expect(201);
    let path = format!("/v1/imports/{}", made["id"].as_str().unwrap());
    // Longer than `eventually` waits, for a slow machine.
    for _ in 0..120 {
        let mut sql = stage.sql().await;
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from core.job where state in ('waiting', 'running')",
        )
        .fetch_one(&mut sql)
        .await
        .unwrap();
        if waiting == 0 && lead.get(&path).await.expect(200)["state"] != "running" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    }
    let done = lead.get(&path).await.expect(200);
    assert_eq!(done["state"], "done", "{done}");
    assert_eq!(counts(&stage).await, [1, 1, 0, 19_998, 19_995, 0]);
}
