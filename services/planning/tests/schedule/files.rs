//! Plans read from files and written to them.

use auth::{Role, Scope};
use serde_json::Value;
use testkit::{Answer, Client};

use crate::world::World;
use crate::{plan, row};

async fn import(client: &Client, world: &World, format: &str, file: &str) -> Answer {
    let path = format!("/v1/schedule/imports?site_id={}&format={format}", world.site);
    let body = ("application/octet-stream", file.as_bytes().to_vec());
    client.raw(http::Method::POST, &path, Some(body)).await
}

const TABLE: &str = "id,name,duration,constraint,constraint date,predecessors,notes\n\
    1,Tranchée,2d,SNET,2026-03-02,,Attention au gaz\n\
    2,Pose du câble,1d,,,1,\n\
    3,Mise en service,0d,,,2,\n";

fn titled<'a>(plan: &'a Value, title: &str) -> &'a Value {
    plan["tasks"].as_array().unwrap().iter().find(|t| t["title"] == title).unwrap()
}

#[tokio::test]
async fn a_table_becomes_tasks_with_links_and_working_days() {
    let world = World::new().await;
    let done = import(&world.lead, &world, "csv", TABLE).await.expect(200);
    assert_eq!((&done["tasks"], &done["links"]), (&3.into(), &2.into()), "{done}");
    let now = plan(&world).await;
    assert_eq!(titled(&now, "Tranchée")["starts_at"], "2026-03-02T08:00:00Z");
    assert_eq!(titled(&now, "Tranchée")["ends_at"], "2026-03-03T17:00:00Z");
    assert_eq!(titled(&now, "Pose du câble")["starts_at"], "2026-03-04T08:00:00Z");
    assert_eq!(titled(&now, "Mise en service")["work_min"], 0);
    let trench = world.read(titled(&now, "Tranchée")).await;
    assert_eq!(trench["description"], "Attention au gaz");
    assert_eq!(trench["version"], 1);
    world.stage.settle().await;
}

#[tokio::test]
async fn a_bad_last_row_leaves_nothing_and_says_where_it_is() {
    let world = World::new().await;
    for (bad, line) in
        [("4,Essais,demain,,,3,\n", 5), ("4,Essais,1d,,,99,\n", 5), ("4,,1d,,,3,\n", 5)]
    {
        let refused = import(&world.lead, &world, "csv", &format!("{TABLE}{bad}")).await;
        let refused = refused.expect(422);
        assert_eq!(refused["type"], "urn:fieldops360:problem:file-refused", "{bad}");
        assert_eq!(refused["findings"][0]["line"], line, "{refused}");
        assert!(!refused["findings"][0]["reason"].as_str().unwrap().is_empty());
    }
    for (format, file) in [
        ("mspdi", "<Project xmlns=\"http://schemas.microsoft.com/project\"><Tasks><Task>"),
        ("mspdi", "pas du XML"),
        ("xer", "ERMHDR\t19.12\n%T\tTASK\n"),
        ("csv", ""),
        (
            "mspdi",
            "<!DOCTYPE p [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><Project>&b;</Project>",
        ),
    ] {
        let refused = import(&world.lead, &world, format, file).await;
        assert_eq!(refused.status.as_u16(), 422, "{format} {file}: {}", refused.json);
    }
    assert_eq!(plan(&world).await["tasks"], serde_json::json!([]));
    world.stage.settle().await;
}

#[tokio::test]
async fn what_is_written_reads_the_same_again() {
    let world = World::new().await;
    import(&world.lead, &world, "csv", TABLE).await.expect(200);
    let path = format!("/v1/schedule/export?project_id={}", world.project);
    let file = world.planner().get(&format!("{path}&format=mspdi")).await;
    assert_eq!(
        (file.status.as_u16(), &file.headers["content-type"]),
        (200, &"application/xml".parse().unwrap())
    );
    let again = World::new().await;
    let xml = String::from_utf8(file.bytes).unwrap();
    import(&again.lead, &again, "mspdi", &xml).await.expect(200);
    let (first, second) = (plan(&world).await, plan(&again).await);
    for title in ["Tranchée", "Pose du câble", "Mise en service"] {
        let (a, b) = (titled(&first, title), titled(&second, title));
        for field in ["starts_at", "ends_at", "work_min", "total_float_min", "critical", "wbs"] {
            assert_eq!(a[field], b[field], "{title} {field}");
        }
    }
    let calendar = world.planner().get(&format!("{path}&format=ics")).await;
    let text = String::from_utf8(calendar.bytes).unwrap();
    assert_eq!(text.matches("BEGIN:VEVENT").count(), 3);
    let task = titled(&first, "Tranchée");
    assert!(text.contains(row(&first, task)["id"].as_str().unwrap()));

    let other = world.stage.client(Role::SiteLead, Scope::Site(world.elsewhere));
    other.get(&format!("{path}&format=ics")).await.expect(404);
    import(&other, &world, "csv", TABLE).await.expect(404);
    let manager = world.stage.client(Role::Manager, Scope::Tenant);
    import(&manager, &world, "csv", TABLE).await.expect(403);
    world.planner().get(&format!("{path}&format=docx")).await.expect(400);
}

/// A plan of that size has more tasks than one write takes: no upload in pieces would help.
#[tokio::test]
async fn a_file_of_200_megabytes_is_refused_and_what_fits_is_bounded_by_what_it_holds() {
    let world = World::new().await;
    let open = "<Project xmlns=\"http://schemas.microsoft.com/project\"><Tasks>";
    let task = "<Task><UID>1</UID><Name>Tranchée</Name><Duration>PT8H0M0S</Duration></Task>";
    let huge = format!("{open}{}", task.repeat(200_000_000 / task.len()));
    let refused = import(&world.lead, &world, "mspdi", &huge).await.expect(413);
    assert_eq!(refused["type"], "urn:fieldops360:problem:too-large");
    let rows: Vec<_> = (1..=20_001).map(|nth| format!("{nth},Tranchée,1d\n")).collect();
    let many = format!("id,name,duration\n{}", rows.concat());
    let refused = import(&world.lead, &world, "csv", &many).await.expect(422);
    assert_eq!(refused["findings"][0]["code"], "limit", "{refused}");
    assert_eq!(plan(&world).await["tasks"], serde_json::json!([]));
}
