//! A firm with sites, leads, and workers whose phones are about to go offline.

use std::sync::Arc;

use auth::{Role, Scope};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, ProjectId, SiteId, TaskId, WorkerId};
use serde_json::{Value, json};
use testkit::{Client, Stage};

use crate::dice::Dice;
use crate::phone::Phone;

/// How much of it.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub phones: usize,
    pub days: i64,
}

/// So many workers share a site and its lead.
const PER_SITE: usize = 20;
/// Tasks of a worker and day.
const TASKS: i64 = 3;

pub struct Place {
    pub id: SiteId,
    pub lead: Client,
}

/// A task of the week.
pub struct Work {
    pub id: TaskId,
    pub site: usize,
    pub workers: Vec<WorkerId>,
    /// Whether two phones and the office meddle with it; else one phone has it alone.
    pub shared: bool,
}

pub struct Firm {
    pub stage: Stage,
    pub sites: Vec<Place>,
    pub work: Vec<Work>,
    pub planner: Client,
    pub checklist: String,
}

impl Firm {
    /// Half of the phones have their tasks alone; the others share each with one more, and the
    /// office changes them.
    pub async fn found(dice: &mut Dice, size: Size) -> (Self, Vec<Phone>) {
        let stage = Stage::new(&[planning::module, proofs::module]).await;
        let project = ProjectId::new();
        let mut sql = stage.sql().await;
        sqlx::query(
            "insert into projects.project (id, code, name, status, currency, version)
             values ($1, 'P1', 'Fibre Thiès', 'active', 'XOF', 1)",
        )
        .bind(project)
        .execute(&mut sql)
        .await
        .unwrap();
        let mut sites = Vec::new();
        for nth in 0..size.phones.div_ceil(PER_SITE) {
            let id = SiteId::new();
            sqlx::query(
                "insert into projects.site
                     (id, project_id, name, lat, lon, radius_m, zone, version)
                 values ($1, $2, $3, 14.7, -17.4, 100, 'Africa/Dakar', 1)",
            )
            .bind(id)
            .bind(project)
            .bind(format!("Poste {nth}"))
            .execute(&mut sql)
            .await
            .unwrap();
            sites.push(Place { id, lead: stage.client(Role::SiteLead, Scope::Site(id)) });
        }
        let workers: Vec<WorkerId> = (0..size.phones).map(|_| WorkerId::new()).collect();
        for (nth, worker) in workers.iter().enumerate() {
            sqlx::query(
                "insert into resources.worker
                     (id, name, active, days, day_starts, day_ends, version)
                 values ($1, $2, true, '{1,2,3,4,5,6,7}', '00:00', '23:59', 1)",
            )
            .bind(worker)
            .bind(format!("Ouvrier {nth}"))
            .execute(&mut sql)
            .await
            .unwrap();
        }
        let planner = stage.client(Role::ProjectLead, Scope::Tenant);
        let questions = json!([
            {"key": "ok", "label": "En ordre ?", "kind": "yes_no", "required": true},
            {"key": "ohm", "label": "Terre", "kind": "number", "max": 10.0, "unit": "Ω",
             "required": true}]);
        let checklist = json!({"name": "Mise à la terre", "questions": questions});
        let checklist = planner.post("/v1/checklists", checklist).await.expect(201);
        let checklist = checklist["id"].as_str().unwrap().to_owned();
        let mut firm = Self { stage, sites, work: Vec::new(), planner, checklist };
        for (nth, pair) in workers.chunks(2).enumerate() {
            let place = 2 * nth / PER_SITE;
            if nth % 2 == 0 {
                for worker in pair {
                    firm.plan(size.days, place, &[*worker]).await;
                }
            } else {
                firm.plan(size.days, place, pair).await;
            }
        }
        let phone = |(nth, worker): (usize, &WorkerId)| {
            let client = firm.stage.client(Role::CrewMember, Scope::Own).as_worker(*worker);
            let alone = (nth / 2).is_multiple_of(2);
            Phone::new(*worker, client, Arc::clone(&firm.stage.clock), alone, dice.fork())
        };
        let phones = workers.iter().enumerate().map(phone).collect();
        (firm, phones)
    }

    /// The tasks of workers for the days to come, one after the other.
    async fn plan(&mut self, days: i64, site: usize, workers: &[WorkerId]) {
        for nth in 0..days * TASKS {
            let start = self.minutes((nth / TASKS) * 24 * 60 + (nth % TASKS) * 180);
            let lists = if nth % 2 == 0 { json!([self.checklist]) } else { json!([]) };
            let place = &self.sites[site];
            let new = json!({"site_id": place.id, "title": format!("Tâche {nth}"),
                             "duration_min": 60, "starts_at": start, "checklists": lists});
            let task = place.lead.post("/v1/tasks", new).await.expect(201);
            let id: TaskId = task["id"].as_str().unwrap().parse().unwrap();
            let lead = place.lead.clone().header("if-match", "\"1\"");
            let path = format!("/v1/tasks/{id}/assignments");
            lead.post(&path, json!({"worker_ids": workers})).await.expect(200);
            let shared = workers.len() > 1;
            self.work.push(Work { id, site, workers: workers.to_vec(), shared });
        }
    }

    /// The present time, moved by so many minutes.
    pub fn minutes(&self, minutes: i64) -> DateTime<Utc> {
        self.stage.clock.now() + TimeDelta::minutes(minutes)
    }

    /// All items of a list, page by page.
    pub async fn all(client: &Client, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = client.get(&format!("{path}limit=200{cursor}")).await.expect(200);
            items.extend(page["items"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return items,
            }
        }
    }
}
