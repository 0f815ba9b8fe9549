//! Who may do what: every operation of the API by every role and scope, against one golden table.
//!
//! In the table: `ok` the call was let in (also where it then met another's change or a conflict),
//! `ok:N` it was shown N of the fixture's things, else the status. A call that is refused for what
//! it says, rather than for who says it, fails the test, as does an operation without a call.
//! `UPDATE_GOLDEN=1` writes the table anew; read what changed as if it were code.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use fieldops::demo::{Answer, Api};
use journeys::System;
use journeys::calls::{Operation, bearing, operations};
use journeys::up::Up;
use journeys::world::{World, platform};
use serde_json::json;
use uuid::Uuid;

/// Somebody who calls everything.
struct Caller {
    name: &'static str,
    api: Api,
    /// The same person, signed in once more, to be signed out.
    spare: Option<Api>,
    /// What no answer to this caller may contain.
    hidden: Vec<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_operation_answers_every_role_as_the_golden_table_says() {
    let up = Up::fresh().await.unwrap();
    let admin = up.platform_admin();
    let root = platform(up.target(), admin).await.unwrap();
    let mut world = World::make(up.target(), &root, "canari").await.unwrap();
    world.things.insert("run", run_of_another_tenant(&root).await);
    let spare_root = platform(up.target(), admin).await.unwrap();
    let callers = callers(&world, root, spare_root).await;

    let mut wrong = Vec::new();
    let mut rows = Vec::new();
    for operation in in_order() {
        let mut row = Vec::new();
        for (nth, caller) in (1..).zip(&callers) {
            let (answer, cell) = ask(&world, &operation, caller, nth).await;
            let fits = ["ok", "401", "403", "404"].iter().any(|start| cell.starts_with(start));
            let body = String::from_utf8_lossy(&answer.bytes);
            if !fits && !operation.public {
                wrong.push(format!("{} by {}: {cell} {body}", operation.id, caller.name));
            }
            if let Some(seen) = caller.hidden.iter().find(|h| body.contains(h.as_str())) {
                wrong.push(format!("{} shows {} `{seen}`", operation.id, caller.name));
            }
            row.push(cell);
        }
        rows.push((operation.label(), row));
    }
    rows.sort();
    let table = laid_out(&callers, &rows);
    let golden =
        Path::new(&std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("golden/permissions.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, &table).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let known = std::fs::read_to_string(&golden).unwrap_or_default();
    let new: Vec<_> = table.lines().filter(|l| !known.lines().any(|k| k == *l)).collect();
    let gone: Vec<_> = known.lines().filter(|l| !table.lines().any(|k| k == *l)).collect();
    assert!(known == table, "not in the table:\n{}\nin it:\n{}", new.join("\n"), gone.join("\n"));
}

/// What looks comes first, so that it sees the same for all; what ends every session comes last.
fn in_order() -> Vec<Operation> {
    let mut all = operations();
    all.sort_by_key(|o| (o.id == "sign_out_everywhere", !o.reads()));
    all
}

async fn ask(world: &World, operation: &Operation, caller: &Caller, nth: i64) -> (Answer, String) {
    let mut things = world.things.clone();
    things.insert("unique", Uuid::new_v4().simple().to_string());
    for name in operation.names() {
        if name.starts_with("fresh_") {
            things.insert(name, world.fresh(name, nth).await.unwrap());
        }
    }
    let ends = if caller.name == "platform" { "platform_sign_out" } else { "sign_out" };
    let api = caller.spare.as_ref().filter(|_| operation.id == ends).unwrap_or(&caller.api);
    let answer = operation.call(&things).by(api).await.unwrap();
    let cell = match answer.status.as_u16() {
        409 | 412 => "ok".to_owned(),
        200..300 => {
            let shown = shown(world, operation, &answer).filter(|_| operation.reads());
            shown.unwrap_or_else(|| "ok".to_owned())
        }
        status => status.to_string(),
    };
    (answer, cell)
}

/// How many items of a list concern something of the fixture.
fn shown(world: &World, operation: &Operation, answer: &Answer) -> Option<String> {
    let json = answer.json();
    let items = ["items", "tasks", "sites"].iter().find_map(|list| json[*list].as_array())?;
    let known: BTreeSet<&str> = world.things.values().map(String::as_str).collect();
    let ids = ["/id", "/entity_id", "/task_id", "/task/id", "/site_id"];
    let ours = items.iter().filter(|item| {
        let mut ids = ids.iter().filter_map(|pointer| item.pointer(pointer)?.as_str());
        // A list below a thing of the fixture is about that thing.
        operation.path.contains("{id}") || ids.any(|id| known.contains(id))
    });
    match ours.count() {
        // Beyond a handful the exact number says nothing about who may see it.
        10.. => Some("ok:10+".to_owned()),
        few => Some(format!("ok:{few}")),
    }
}

async fn run_of_another_tenant(root: &Api) -> String {
    let slug = format!("v-{}", &Uuid::new_v4().simple().to_string()[..12]);
    let new = json!({"name": "Voisins", "slug": slug, "sector": "electricity", "country": "SN",
                     "zone": "Africa/Dakar", "currency": "XOF",
                     "admin_email": "chef@voisins.example", "admin_name": "Chef"});
    let founded = root.post("/v1/platform/tenants", &new).await.unwrap();
    founded["run_id"].as_str().unwrap().to_owned()
}

async fn callers(world: &World, root: Api, spare_root: Api) -> Vec<Caller> {
    let visitor = world.firm.visitor.clone();
    let at_firm = bearing(&visitor, root.token.clone());
    let mut callers = vec![
        Caller { name: "nobody", api: visitor.clone(), spare: None, hidden: both(world) },
        Caller { name: "platform", api: root, spare: Some(spare_root), hidden: both(world) },
        Caller { name: "platf@firm", api: at_firm, spare: None, hidden: both(world) },
    ];
    let team = &world.team;
    for (name, api, person, hidden) in [
        ("admin", &team.admin, 0, Vec::new()),
        ("manager", &team.manager, 1, Vec::new()),
        ("lead", &team.lead, 2, Vec::new()),
        ("sitelead", &team.site_lead, 3, Vec::new()),
        ("crew:own", &team.crew[0].0, 4, Vec::new()),
        ("crew:other", &team.crew[1].0, 5, vec![world.site_mark.clone()]),
    ] {
        let person = &world.people[person];
        let spare = visitor.sign_in(&person.email, &person.password).await.unwrap();
        callers.push(Caller { name, api: api.clone(), spare: Some(spare), hidden });
    }
    let things = &world.things;
    for (name, role, kind, id, hidden) in [
        ("mgr@proj", "manager", "project", "project", Vec::new()),
        ("mgr@far", "manager", "project", "far_project", both(world)),
        ("lead@proj", "project_lead", "project", "project", Vec::new()),
        ("lead@far", "project_lead", "project", "far_project", both(world)),
        ("sl@site", "site_lead", "site", "site", Vec::new()),
        ("sl@other", "site_lead", "site", "other_site", vec![world.site_mark.clone()]),
        ("crew@crew", "crew_member", "crew", "crew", vec![world.site_mark.clone()]),
    ] {
        let grants = json!([{"role": role, "scope": {"kind": kind, "id": things[id]}}]);
        let guest = world.guest(&grants, name == "crew@crew").await.unwrap();
        let spare = visitor.sign_in(&guest.email, &guest.password).await.unwrap();
        callers.push(Caller { name, api: guest.api, spare: Some(spare), hidden });
    }
    let order = [
        "nobody",
        "platform",
        "platf@firm",
        "admin",
        "manager",
        "mgr@proj",
        "mgr@far",
        "lead",
        "lead@proj",
        "lead@far",
        "sitelead",
        "sl@site",
        "sl@other",
        "crew:own",
        "crew:other",
        "crew@crew",
    ];
    callers.sort_by_key(|c| order.iter().position(|name| *name == c.name));
    callers
}

fn both(world: &World) -> Vec<String> {
    vec![world.project_mark.clone(), world.site_mark.clone()]
}

fn laid_out(callers: &[Caller], rows: &[(String, Vec<String>)]) -> String {
    let names = callers.iter().map(|c| c.name.to_owned()).collect();
    let mut table = String::new();
    let width = rows.iter().map(|(operation, _)| operation.len()).max().unwrap_or_default();
    for (operation, cells) in [(String::new(), names)].iter().chain(rows) {
        write!(table, "{operation:width$}").unwrap();
        for (cell, caller) in cells.iter().zip(callers) {
            write!(table, "  {cell:width$}", width = caller.name.len().max(5)).unwrap();
        }
        table.truncate(table.trim_end().len());
        table.push('\n');
    }
    table
}
