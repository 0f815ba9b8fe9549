//! The times that the server keeps, beside when things were done in truth.
//!
//! A clock that is off by more than two minutes is corrected by what it shows when the call is sent;
//! so what is kept is the truth, but for how far the clock jumped between the act and the sending.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use uuid::Uuid;

use crate::firm::Firm;
use crate::ledger::{Ledger, id};
use crate::phone::{Call, Fate, What};

/// What is not corrected.
const WAY: TimeDelta = TimeDelta::minutes(2);

/// That the server keeps, at `kept`, when a call was done.
#[track_caller]
fn agree(what: &str, kept: &Value, call: &Call) {
    let at: DateTime<Utc> = kept.as_str().unwrap().parse().unwrap();
    let (truth, off) = call.truth;
    let told = call.sends.iter().any(|sent| (at - (truth + off - *sent)).abs() <= WAY);
    assert!(told, "{what} {kept}: {call:?}");
    if call.sends.iter().all(|sent| *sent == off) {
        assert!((at - truth).abs() <= WAY, "{what} {kept}, in truth {truth}: {call:?}");
    }
}

/// How long a task was worked on that one phone has alone.
fn worked(steps: &[(&str, DateTime<Utc>)]) -> TimeDelta {
    let (mut sum, mut since, mut cut_off) = (TimeDelta::zero(), None, false);
    for (step, at) in steps {
        let going = since.take();
        sum += going.map_or(TimeDelta::zero(), |since| *at - since);
        match *step {
            "start" | "resume" => since = Some(*at),
            "unblock" if cut_off => since = Some(*at),
            _ => {}
        }
        cut_off = *step == "block" && going.is_some();
    }
    sum
}

/// Breaks and journeys as they were told: what, and the calls by which each began and ended.
fn told<'a>(calls: &[&'a Call]) -> Vec<(&'static str, &'a Call, Option<&'a Call>)> {
    let mut segments: Vec<(&'static str, &Call, Option<&Call>)> = Vec::new();
    for &call in calls {
        let to = match call.what {
            What::Switch(to) => to,
            What::ClockOut => "work",
            _ => continue,
        };
        if let Some((.., end @ None)) = segments.last_mut() {
            *end = Some(call);
        }
        if to != "work" {
            segments.push((to, call, None));
        }
    }
    segments
}

impl Ledger<'_> {
    /// Stays and their breaks, and the work on the tasks that one phone has alone.
    pub async fn times_are_true(&self) {
        self.stays_are_true().await;
        self.work_is_true().await;
    }

    /// The calls that were done, by what they are about, each phone's in the order of its acts.
    fn by_subject(&self, wanted: impl Fn(What) -> bool) -> BTreeMap<Uuid, Vec<&Call>> {
        let mut calls: BTreeMap<Uuid, Vec<&Call>> = BTreeMap::new();
        for (call, fate) in self.phones.iter().flat_map(|phone| &phone.log) {
            if wanted(call.what) && matches!(fate, Fate::Done(_)) {
                calls.entry(call.subject).or_default().push(call);
            }
        }
        calls
    }

    async fn stays_are_true(&self) {
        use What::{ClockIn, ClockOut, Switch};
        let calls = self.by_subject(|what| matches!(what, ClockIn | ClockOut | Switch(_)));
        let (mut segments, mut open) = (0, 0);
        for site in &self.firm.sites {
            for stay in Firm::all(&site.lead, "/v1/time-entries?").await {
                let calls = &calls[&id(&stay["id"])];
                for call in calls {
                    match call.what {
                        ClockIn => agree("came", &stay["in_at"], call),
                        ClockOut => agree("left", &stay["out_at"], call),
                        _ => {}
                    }
                }
                open += usize::from(stay["out_at"].is_null());
                let (kept, told) = (stay["segments"].as_array().unwrap(), told(calls));
                assert_eq!(kept.len(), told.len(), "{stay}: {told:?}");
                for (kept, (kind, begun, ended)) in kept.iter().zip(told) {
                    segments += 1;
                    assert_eq!(kept["kind"], kind, "{stay}");
                    agree("begun", &kept["from"], begun);
                    assert_eq!(kept["to"].is_null(), ended.is_none(), "{stay}");
                    if let Some(ended) = ended {
                        agree("ended", &kept["to"], ended);
                    }
                }
            }
        }
        eprintln!("{segments} breaks and journeys, {open} stays that nobody ended");
        assert!(segments > 0, "a week without a break proves nothing");
    }

    async fn work_is_true(&self) {
        let calls = self.by_subject(|what| matches!(what, What::Step(_)));
        let mut begun = 0;
        for work in self.firm.work.iter().filter(|work| !work.shared) {
            let Some(calls) = calls.get(&work.id.uuid()) else { continue };
            let path = format!("/v1/tasks/{}", work.id);
            let task = self.firm.sites[work.site].lead.get(&path).await.expect(200);
            let first = calls.iter().find(|call| call.what == What::Step("start"));
            let last = calls.iter().rfind(|call| call.what == What::Step("finish"));
            assert_eq!(task["started_at"].is_null(), first.is_none(), "{task}");
            if let Some(first) = first {
                begun += 1;
                agree("started", &task["started_at"], first);
            }
            if let Some(last) = last {
                agree("finished", &task["finished_at"], last);
            }
            let steps = calls.iter().map(|call| match call.what {
                What::Step(step) => (step, call.truth.0),
                other => panic!("{other:?}"),
            });
            let steps: Vec<_> = steps.collect();
            let kept = TimeDelta::minutes(task["execution"]["worked_min"].as_i64().unwrap());
            let told = worked(&steps);
            assert!((kept - told).abs() <= WAY, "worked {kept}, not {told}: {steps:?} {task}");
        }
        assert!(begun > 0, "a week without work proves nothing");
    }
}
