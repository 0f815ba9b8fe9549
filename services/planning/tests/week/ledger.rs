//! The ledger: what was done on the phones and in the office, beside what the server has.

use std::collections::{BTreeMap, BTreeSet};

use kernel::TaskId;
use serde_json::Value;
use testkit::eventually;
use uuid::Uuid;

use crate::course::Course;
use crate::firm::Firm;
use crate::office::Office;
use crate::phone::{Call, Fate, Phone, What};

pub struct Ledger<'a> {
    pub firm: &'a Firm,
    pub phones: &'a mut [Phone],
    pub office: &'a Office,
}

pub fn id(value: &Value) -> Uuid {
    value.as_str().unwrap().parse().unwrap()
}

/// The ids of a list, none of them twice.
fn once(items: &[Value]) -> BTreeSet<Uuid> {
    let ids: BTreeSet<Uuid> = items.iter().map(|item| id(&item["id"])).collect();
    assert_eq!(ids.len(), items.len(), "some stand twice");
    ids
}

impl Ledger<'_> {
    /// Panics with what does not agree.
    pub async fn agrees(&mut self) {
        self.firm.stage.settle().await;
        self.everything_was_answered();
        self.refusals_are_seen().await;
        self.things_are_there().await;
        self.tasks_went_as_told().await;
        self.times_are_true().await;
        self.answers_are_kept().await;
        self.phones_hold_the_state().await;
    }

    fn calls(&self) -> impl Iterator<Item = (&Phone, &Call, &Fate)> {
        self.phones.iter().flat_map(|p| p.log.iter().map(move |(call, fate)| (p, call, fate)))
    }

    /// The calls of a kind that were done, each with its answer.
    fn done(&self, what: impl Fn(What) -> bool) -> Vec<(&Call, &Value)> {
        self.calls()
            .filter_map(|(_, call, fate)| match fate {
                Fate::Done(answer) if what(call.what) => Some((call, answer)),
                _ => None,
            })
            .collect()
    }

    fn everything_was_answered(&self) {
        let (mut done, mut refused) = (0, 0);
        for (phone, call, fate) in self.calls().filter(|(_, call, _)| call.what != What::Note) {
            match fate {
                Fate::Waiting => panic!("{call:?} still waits"),
                Fate::Done(_) => done += 1,
                Fate::Refused(_, _, why) => {
                    refused += 1;
                    assert!(!phone.alone, "nobody meddled, and yet {why} to {}", phone.story(call));
                }
            }
        }
        eprintln!("{done} acts done, {refused} refused, {} in the office", self.office.deeds.len());
        assert!(done > 10 * self.phones.len() && done > 2 * refused, "a lazy week proves nothing");
        assert!(refused > 0, "a week without a conflict proves nothing");
    }

    /// What was refused is seen by the lead of its site, each once, and nothing else is.
    async fn refusals_are_seen(&self) {
        for site in &self.firm.sites {
            let seen = Firm::all(&site.lead, "/v1/field/refusals?").await;
            once(&seen);
            let seen: BTreeMap<Uuid, (u64, String)> = seen
                .iter()
                .map(|one| {
                    let path = one["path"].as_str().unwrap().to_owned();
                    (id(&one["id"]), (one["status"].as_u64().unwrap(), path))
                })
                .collect();
            let told = self.calls().filter(|(_, call, _)| call.site == site.id);
            let told: BTreeMap<Uuid, (u64, String)> = told
                .filter_map(|(_, call, fate)| match fate {
                    Fate::Refused(status, note, _) => {
                        Some((*note, (u64::from(*status), call.path.clone())))
                    }
                    _ => None,
                })
                .collect();
            assert_eq!(seen, told, "refused calls, seen and told");
        }
    }

    /// Stays, incidents and photos: those that were acknowledged, and no others.
    async fn things_are_there(&self) {
        for (what, path) in [
            (What::ClockIn, "/v1/time-entries?"),
            (What::Incident, "/v1/incidents?"),
            (What::Photo, "/v1/photos?"),
        ] {
            let mut there = Vec::new();
            for site in &self.firm.sites {
                there.extend(Firm::all(&site.lead, path).await);
            }
            if what == What::Incident {
                // Those that checklists opened: one for each run with too high a value.
                let (found, told) = there.into_iter().partition(|i| i["run_id"].is_string());
                there = told;
                self.findings_are_there(&found);
            }
            let made = self.done(|w| w == what);
            let made: BTreeSet<Uuid> = made.iter().map(|(call, _)| call.subject).collect();
            assert_eq!(once(&there), made, "{path} there and acknowledged");
            if what == What::ClockIn {
                let left = self.done(|w| w == What::ClockOut);
                let left: BTreeSet<Uuid> = left.iter().map(|(call, _)| call.subject).collect();
                let ended = there.iter().filter(|entry| !entry["out_at"].is_null());
                assert_eq!(ended.map(|e| id(&e["id"])).collect::<BTreeSet<_>>(), left, "left");
            }
        }
    }

    fn findings_are_there(&self, found: &[Value]) {
        let found_in: BTreeSet<Uuid> = found.iter().map(|i| id(&i["run_id"])).collect();
        assert_eq!(found_in.len(), found.len(), "some were found twice");
        let high = |call: &Call| {
            let answers = call.body["answers"].as_array().unwrap();
            answers.iter().any(|a| a["value"].as_f64().is_some_and(|ohm| ohm > 10.0))
        };
        let answers = self.done(|w| w == What::Answer);
        let high: BTreeSet<Uuid> =
            answers.iter().filter(|(call, _)| high(call)).map(|(call, _)| call.subject).collect();
        assert_eq!(found_in, high, "runs with a finding, there and told");
    }

    /// Each task reached its versions one by one, by deeds that were acknowledged and that the
    /// model allows, and stands where the model says.
    async fn tasks_went_as_told(&self) {
        let mut history: BTreeMap<Uuid, BTreeMap<i64, &str>> = BTreeMap::new();
        let mut note = |task: Uuid, version: i64, what| {
            let before = history.entry(task).or_default().insert(version, what);
            assert_eq!(before, None, "version {version} of {task} was reached twice");
        };
        for (call, answer) in self.done(|w| matches!(w, What::Step(_))) {
            let What::Step(step) = call.what else { continue };
            note(call.subject, answer["version"].as_i64().unwrap(), step);
        }
        for deed in &self.office.deeds {
            note(deed.task.uuid(), deed.version, deed.what);
        }
        let mut sql = self.firm.stage.sql().await;
        for work in &self.firm.work {
            let path = format!("/v1/tasks/{}", work.id);
            let there = self.firm.sites[work.site].lead.get(&path).await.expect(200);
            let deeds = history.remove(&work.id.uuid()).unwrap_or_default();
            let (mut course, mut version, mut steps) = (Course::NEW, 2, 0);
            for (reached, deed) in deeds {
                // What was blocked and goes on is planned anew, which is a version of its own.
                let moved = i64::from(deed == "unblock" && reached == version + 2);
                version += 1 + moved;
                assert_eq!(reached, version, "{deed} of {path}: a version nobody told of");
                let before = course;
                assert!(course.step(deed), "{deed} of {path} which was {before:?}");
                steps += i64::from(!matches!(deed, "assign" | "rename"));
            }
            assert_eq!(there["status"], course.status, "{path}");
            assert_eq!(there["version"], version, "{path}");
            assert_eq!(steps, transitions(&mut sql, work.id).await, "steps of {path}");
        }
        assert!(history.is_empty(), "acknowledged of tasks that are not there: {history:?}");
    }

    /// Each run reached its versions one by one, and shows what was answered last.
    async fn answers_are_kept(&self) {
        let mut told: BTreeMap<Uuid, BTreeMap<i64, &Value>> = BTreeMap::new();
        for (call, answer) in self.done(|w| matches!(w, What::BeginRun | What::Answer)) {
            let version = answer["version"].as_i64().unwrap();
            let of_run = told.entry(call.subject).or_default();
            let before = of_run.insert(version, &call.body["answers"][0]);
            assert_eq!(before, None, "version {version} of {} was reached twice", call.subject);
        }
        let there = Firm::all(&self.firm.planner, "/v1/checklist-runs?").await;
        assert_eq!(once(&there), told.keys().copied().collect(), "runs there and acknowledged");
        for run in there {
            let mut answers: BTreeMap<&str, &Value> = BTreeMap::new();
            for (nth, (version, answer)) in told[&id(&run["id"])].iter().enumerate() {
                assert_eq!(*version, i64::try_from(nth).unwrap() + 1, "{run}");
                let question = answer["question"].as_str().unwrap();
                let before = answers.insert(question, &answer["value"]);
                assert!(before.is_none(), "{question} of {run} was overwritten unseen");
            }
            let kept: BTreeMap<&str, &Value> = (run["answers"].as_array().unwrap().iter())
                .map(|a| (a["question"].as_str().unwrap(), &a["value"]))
                .collect();
            let same = |(question, value): (&&str, &&Value)| {
                let alike = |kept: &&Value| {
                    (kept.as_f64(), kept.as_bool()) == (value.as_f64(), value.as_bool())
                };
                kept.get(question).is_some_and(alike)
            };
            assert!(kept.len() == answers.len() && answers.iter().all(same), "{run}");
        }
    }

    /// What the phones came to by their changes is what new ones get, and the tasks are those of
    /// their workers.
    async fn phones_hold_the_state(&mut self) {
        let mut tasks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for site in &self.firm.sites {
            for task in Firm::all(&site.lead, "/v1/tasks?").await {
                let open = task["status"] != "cancelled";
                for worker in task["workers"].as_array().unwrap().iter().filter(|_| open) {
                    let of_worker = tasks.entry(worker.as_str().unwrap().to_owned()).or_default();
                    of_worker.insert(task["id"].as_str().unwrap().to_owned());
                }
            }
        }
        for phone in self.phones.iter_mut() {
            let worker = phone.worker.to_string();
            eventually("the phone holds what a new one gets", async || {
                phone.pull(true).await;
                (phone.fresh().await == phone.held).then_some(())
            })
            .await;
            let ids = phone.held.keys().filter(|(kind, _)| kind == "task");
            let ids: BTreeSet<String> = ids.map(|(_, id)| id.clone()).collect();
            assert_eq!(ids, tasks.remove(&worker).unwrap_or_default(), "tasks of {worker}");
        }
    }
}

async fn transitions(sql: &mut sqlx::PgConnection, task: TaskId) -> i64 {
    sqlx::query_scalar("select count(*) from planning.task_transition where task_id = $1")
        .bind(task)
        .fetch_one(sql)
        .await
        .unwrap()
}
