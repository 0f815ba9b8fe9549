//! What a worker does, by what the phone shows: the state that was pulled and what was done since.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::SiteId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dice::Dice;
use crate::phone::{Phone, What};

/// What the phone knows beyond what it pulled: what was done on it since.
#[derive(Debug, Default)]
pub struct Head {
    /// Where tasks stand.
    status: HashMap<Uuid, &'static str>,
    /// Where those that are blocked go on.
    blocked: HashMap<Uuid, &'static str>,
    /// The run of a task's checklist, and how many of its two questions are answered.
    runs: HashMap<Uuid, (Uuid, usize)>,
    /// The stay that was begun or ended.
    stay: Option<Option<(Uuid, SiteId)>>,
    /// What the worker turned to in it.
    activity: Option<&'static str>,
}

impl Head {
    /// The pull shows everything: nothing waits any more.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The words of the statuses that a step leads back to.
const STATUSES: [&str; 7] =
    ["planned", "dispatched", "travelling", "on_site", "in_progress", "paused", "reopened"];

/// A stay of which nobody said that it ended is over after so long: the phone shows it no more.
const FORGOTTEN: TimeDelta = TimeDelta::hours(12);

/// A task as the phone shows it.
struct Job {
    id: Uuid,
    site: SiteId,
    status: String,
    /// Where it goes on, if it is blocked.
    back: Option<&'static str>,
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
            let back = held["task"]["execution"]["block"]["from"].as_str();
            let back = back.and_then(|from| STATUSES.into_iter().find(|known| *known == from));
            Job {
                id: task,
                site: id(&held["task"]["site_id"]),
                status: head.status.get(&task).copied().unwrap_or(own).to_owned(),
                back: head.blocked.get(&task).copied().or(back),
                steps: held["task"]["execution"]["steps"].as_i64().unwrap() + self.waiting(task),
                list: held["checklists"].as_array().unwrap().first().cloned(),
                run: head.runs.get(&task).copied().or(pulled),
            }
        };
        tasks.map(job).collect()
    }

    fn stay(&self) -> Option<(Uuid, SiteId)> {
        self.head.stay.unwrap_or_else(|| {
            let open = self.open_entry()?;
            Some((id(&open["id"]), id(&open["site_id"])))
        })
    }

    fn open_entry(&self) -> Option<&Value> {
        let begun = |entry: &Value| -> DateTime<Utc> { id(&entry["in_at"]) };
        let entries = self.held.iter().filter(|((kind, _), _)| kind == "time_entry");
        let open = entries.map(|(_, entry)| entry).filter(|entry| entry["out_at"].is_null());
        let last = open.max_by_key(|entry| begun(entry))?;
        (self.shows() - begun(last) < FORGOTTEN).then_some(last)
    }

    /// What the worker is at in the stay.
    fn activity(&self) -> &'static str {
        self.head.activity.unwrap_or_else(|| {
            let last = self.open_entry().and_then(|entry| entry["segments"].as_array()?.last());
            match last.filter(|segment| segment["to"].is_null()).map(|one| one["kind"].as_str()) {
                Some(Some("break")) => "break",
                Some(_) => "travel",
                None => "work",
            }
        })
    }

    /// Half an hour of work: the clock at its hours, and some acts.
    pub fn work(&mut self, moment: i64) {
        if moment < 17 && std::mem::take(&mut self.forgetful) {
            // Yesterday's stay is over, whoever said so.
            self.head.stay = Some(None);
        }
        let jobs = self.jobs();
        match (moment, self.stay()) {
            (0..=7 | 10..=16, None) => {
                if let Some(job) = self.dice.pick(&jobs) {
                    let (entry, site) = (self.dice.id(), job.site);
                    let body = json!({"id": entry, "site_id": site, "inside_hint": true});
                    self.act(What::ClockIn, "/v1/time-entries".into(), body, site, entry);
                    self.head.stay = Some(Some((entry, site)));
                    self.head.activity = Some("work");
                }
            }
            // Some forget to, once in a while.
            (17, Some(_)) if self.dice.percent(10) => self.forgetful = true,
            (18.., Some(_)) if self.forgetful => {}
            // Noon, and the end of the day.
            (8 | 17.., Some((entry, site))) => {
                let path = format!("/v1/time-entries/{entry}/clock-out");
                self.act(What::ClockOut, path, json!({}), site, entry);
                self.head.stay = Some(None);
            }
            (_, Some((entry, site))) if self.dice.percent(30) => self.switch(entry, site),
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

    fn switch(&mut self, entry: Uuid, site: SiteId) {
        let to = match self.activity() {
            "work" => ["break", "break", "travel"][self.dice.below(3)],
            _ => "work",
        };
        let path = format!("/v1/time-entries/{entry}/switch");
        self.act(What::Switch(to), path, json!({"to": to}), site, entry);
        self.head.activity = Some(to);
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
        let one = |dice: &mut Dice, of: &[&'static str]| *dice.pick(of).unwrap();
        let step = match job.status.as_str() {
            "planned" | "dispatched" => {
                one(&mut self.dice, &["start", "start", "start", "travel", "arrive", "block"])
            }
            "travelling" => one(&mut self.dice, &["arrive", "arrive", "start"]),
            "in_progress" | "reopened" if complete && often => "finish",
            "on_site" | "reopened" => "start",
            "in_progress" => one(&mut self.dice, &["pause", "pause", "pause", "block"]),
            "paused" => one(&mut self.dice, &["resume", "resume", "resume", "travel", "arrive"]),
            "blocked" => "unblock",
            _ => return,
        };
        let reached = match step {
            "start" | "resume" => "in_progress",
            "travel" => "travelling",
            "arrive" => "on_site",
            "pause" => "paused",
            "block" => "blocked",
            "finish" => "done",
            _ => job.back.expect("what is blocked was somewhere before"),
        };
        let body = match step {
            "block" => json!({"reason": "Pas de courant", "by_client": often}),
            _ => json!({}),
        };
        let path = format!("/v1/tasks/{}/{step}?after_step={}", job.id, job.steps);
        self.act(What::Step(step), path, body, job.site, job.id);
        if step == "block" {
            let back = STATUSES.into_iter().find(|known| *known == job.status);
            self.head.blocked.insert(job.id, back.expect("an open status"));
        }
        self.head.status.insert(job.id, reached);
    }
}
