//! The office: site leads who change, meanwhile, what the phones work on.

use kernel::TaskId;
use serde_json::{Value, json};
use testkit::Answer;

use crate::dice::Dice;
use crate::firm::{Firm, Work};

/// Something the office did to a task, and the version that the task reached by it.
#[derive(Debug, Clone)]
pub struct Deed {
    pub task: TaskId,
    pub what: &'static str,
    pub version: i64,
}

pub struct Office {
    dice: Dice,
    /// The tasks that the office may change.
    shared: Vec<usize>,
    pub deeds: Vec<Deed>,
}

impl Office {
    pub fn new(firm: &Firm, dice: Dice) -> Self {
        let shared = (0..firm.work.len()).filter(|nth| firm.work[*nth].shared).collect();
        Self { dice, shared, deeds: Vec::new() }
    }

    /// Half an hour: some changes for each site.
    pub async fn work(&mut self, firm: &Firm) {
        for _ in 0..2 * firm.sites.len() {
            if !self.dice.percent(30) {
                continue;
            }
            let Some(nth) = self.dice.pick(&self.shared).copied() else { return };
            let work = &firm.work[nth];
            let lead = &firm.sites[work.site].lead;
            let path = format!("/v1/tasks/{}", work.id);
            let now = lead.get(&path).await;
            if now.status == 503 {
                continue;
            }
            let lead = lead.clone().header("if-match", format!("\"{}\"", now.version()));
            let post = |end: &str, body: Value| {
                let (lead, path) = (lead.clone(), format!("{path}/{end}"));
                async move { lead.post(&path, body).await }
            };
            let of = |count| json!({"worker_ids": work.workers[..count]});
            match self.dice.below(17) {
                0 => self.did(work, "cancel", &post("cancel", json!({"reason": "pluie"})).await),
                1..4 => self.did(work, "assign", &post("assignments", of(1)).await),
                4..7 => self.did(work, "assign", &post("assignments", of(2)).await),
                7..10 => self.did(work, "validate", &post("validate", json!({})).await),
                10..12 => self.did(work, "dispatch", &post("dispatch", json!({})).await),
                12 => self.did(work, "recall", &post("recall", json!({})).await),
                13..15 => {
                    let again = json!({"reason": "à refaire"});
                    self.did(work, "reopen", &post("reopen", again).await);
                }
                15 => {
                    let name = json!({"title": format!("Tâche {}", self.dice.below(1_000))});
                    let version = now.version();
                    self.did(work, "rename", &lead.patch_match(&path, version, name).await);
                }
                _ => {
                    let path = format!("/v1/checklists/{}", firm.checklist);
                    let now = firm.planner.get(&path).await;
                    let name = json!({"name": format!("Terre {}", self.dice.below(1_000))});
                    if now.status == 200 {
                        let named = firm.planner.patch_match(&path, now.version(), name).await;
                        assert!(matches!(named.status.as_u16(), 200 | 503), "{}", named.json);
                    }
                }
            }
        }
    }

    /// Notes what was done; what is refused (done already, cancelled already, changed by a phone at
    /// the same moment) is not.
    fn did(&mut self, work: &Work, what: &'static str, answer: &Answer) {
        if answer.status.is_success() {
            self.deeds.push(Deed { task: work.id, what, version: answer.version() });
        } else {
            let status = answer.status.as_u16();
            assert!(matches!(status, 409 | 412 | 503), "{what}: {status} {}", answer.json);
        }
    }
}
