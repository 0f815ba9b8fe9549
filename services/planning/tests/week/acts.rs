//! What a worker does, by what the phone shows: the state that was pulled and what was done since.

use std::collections::HashMap;

use kernel::SiteId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::phone::{Phone, What};

/// What the phone knows beyond what it pulled: what was done on it since.
#[derive(Debug, Default)]
pub struct Head {
    /// Where tasks stand.
    status: HashMap<Uuid, &'static str>,
    /// The run of a task's checklist, and how many of its two questions are answered.
    runs: HashMap<Uuid, (Uuid, usize)>,
    /// The stay that was begun or ended.
    stay: Option<Option<(Uuid, SiteId)>>,
}

impl Head {
    /// The pull shows everything: nothing waits any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// A task as the phone shows it.
struct Job {
    id: Uuid,
    site: SiteId,
    status: String,
    /// How many steps it took, those that wait on the phone counted.
    steps: i64,
    /// The checklist that nobody began.
    list: Option<Value>,
    run: Option<(Uuid, usize)>,
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> T {
    value.as_str().unwrap().parse().unwrap()
}

impl Phone {
    fn jobs(&self) -> Vec<Job> {
        let tasks = self.held.iter().filter(|((kind, _), _)| kind == "task");
        let job = |(_, held): (_, &Value)| {
            let task: Uuid = id(&held["task"]["id"]);
            let head = &self.head;
            let pulled = held["runs"].as_array().unwrap().first();
            let pulled =
                pulled.map(|run| (id(&run["id"]), run["answers"].as_array().unwrap().len()));
            let own = held["task"]["status"].as_str().unwrap();
            Job {
                id: task,
                site: id(&held["task"]["site_id"]),
                status: head.status.get(&task).copied().unwrap_or(own).to_owned(),
                steps: held["task"]["execution"]["steps"].as_i64().unwrap() + self.waiting(task),
                list: held["checklists"].as_array().unwrap().first().cloned(),
                run: head.runs.get(&task).copied().or(pulled),
            }
        };
        tasks.map(job).collect()
    }

    fn stay(&self) -> Option<(Uuid, SiteId)> {
        self.head.stay.unwrap_or_else(|| {
            let mut entries = self.held.iter().filter(|((kind, _), _)| kind == "time_entry");
            let (_, open) = entries.find(|(_, entry)| entry["out_at"].is_null())?;
            Some((id(&open["id"]), id(&open["site_id"])))
        })
    }

    /// Half an hour of work: the clock at its hours, and some acts.
    pub fn work(&mut self, moment: i64) {
        let jobs = self.jobs();
        match (moment, self.stay()) {
            (0..=7 | 10..=16, None) => {
                if let Some(job) = self.dice.pick(&jobs) {
                    let (entry, site) = (self.dice.id(), job.site);
                    let body = json!({"id": entry, "site_id": site, "inside_hint": true});
                    self.act(What::ClockIn, "/v1/time-entries".into(), body, site, entry);
                    self.head.stay = Some(Some((entry, site)));
                }
            }
            // A break, and the end of the day.
            (8 | 17.., Some((entry, site))) => {
                let path = format!("/v1/time-entries/{entry}/clock-out");
                self.act(What::ClockOut, path, json!({}), site, entry);
                self.head.stay = Some(None);
            }
            _ => {}
        }
        for _ in 0..self.dice.below(4) {
            let jobs = self.jobs();
            let Some(job) = self.dice.pick(&jobs) else { return };
            match self.dice.below(10) {
                0 => self.report(job),
                1 => self.photograph(job),
                2..5 => self.answer(job),
                _ => self.step(job),
            }
        }
    }

    fn report(&mut self, job: &Job) {
        let incident = self.dice.id();
        let body = json!({"id": incident, "site_id": job.site, "task_id": job.id,
                          "title": "Câble sectionné", "severity": "low", "cause": "material"});
        self.act(What::Incident, "/v1/incidents".into(), body, job.site, incident);
    }

    fn photograph(&mut self, job: &Job) {
        let photo = self.dice.id();
        let body = json!({"id": photo, "site_id": job.site, "task_id": job.id, "size": 1000,
                          "taken_at": "2026-03-02T08:00:00Z", "content_type": "image/jpeg"});
        self.act(What::Photo, "/v1/photos".into(), body, job.site, photo);
    }

    fn answer(&mut self, job: &Job) {
        if !matches!(job.status.as_str(), "planned" | "in_progress" | "paused") {
            return;
        }
        let ohm = self.dice.below(20);
        match (job.run, &job.list) {
            (None, Some(list)) => {
                let run = self.dice.id();
                let body = json!({"id": run, "task_id": job.id, "checklist_id": list["id"],
                                  "answers": [{"question": "ok", "value": true}]});
                self.act(What::BeginRun, "/v1/checklist-runs".into(), body, job.site, run);
                self.head.runs.insert(job.id, (run, 1));
            }
            (Some((run, 1)), _) => {
                let body = json!({"answers": [{"question": "ohm", "value": ohm}]});
                let path = format!("/v1/checklist-runs/{run}/answers");
                self.act(What::Answer, path, body, job.site, run);
                self.head.runs.insert(job.id, (run, 2));
            }
            _ => {}
        }
    }

    fn step(&mut self, job: &Job) {
        let complete = match (&job.run, &job.list) {
            (Some((_, answered)), _) => *answered == 2,
            (None, list) => list.is_none(),
        };
        let often = self.dice.percent(60);
        let (step, reached) = match job.status.as_str() {
            "planned" => ("start", "in_progress"),
            "in_progress" if complete && often => ("finish", "done"),
            "in_progress" => ("pause", "paused"),
            "paused" => ("resume", "in_progress"),
            _ => return,
        };
        let path = format!("/v1/tasks/{}/{step}?after_step={}", job.id, job.steps);
        self.act(What::Step(step), path, json!({}), job.site, job.id);
        self.head.status.insert(job.id, reached);
    }
}
