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
            let lead = lead.clone().header("if-match", format!("\"{}\"", now.version()));
            let post = |end: &str, body: Value| {
                let (lead, path) = (lead.clone(), format!("{path}/{end}"));
                async move { lead.post(&path, body).await }
            };
            let of = |count| json!({"worker_ids": work.workers[..count]});
            match self.dice.below(12) {
                0 => self.did(work, "cancel", &post("cancel", json!({"reason": "pluie"})).await),
                1..4 => self.did(work, "assign", &post("assignments", of(1)).await),
                4..7 => self.did(work, "assign", &post("assignments", of(2)).await),
                7..10 => self.did(work, "validate", &post("validate", json!({})).await),
                10 => {
                    let name = json!({"title": format!("Tâche {}", self.dice.below(1_000))});
                    let version = now.version();
                    self.did(work, "rename", &lead.patch_match(&path, version, name).await);
                }
                _ => {
                    let path = format!("/v1/checklists/{}", firm.checklist);
                    let version = firm.planner.get(&path).await.version();
                    let name = json!({"name": format!("Terre {}", self.dice.below(1_000))});
                    firm.planner.patch_match(&path, version, name).await.expect(200);
                }
            }
        }
    }

    /// Notes what was done; what is refused (done already, cancelled already) is not.
    fn did(&mut self, work: &Work, what: &'static str, answer: &Answer) {
        if answer.status.is_success() {
            self.deeds.push(Deed { task: work.id, what, version: answer.version() });
        } else {
            assert_eq!(answer.status, 409, "{what}: {}", answer.json);
        }
    }
}
