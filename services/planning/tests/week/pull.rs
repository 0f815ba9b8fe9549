//! What a phone takes in: what calls answered, and what it pulls.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::phone::{Held, Phone, What};

impl Phone {
    /// Takes what a call answered for the state of its thing, unless a newer one is known: a pull may
    /// not show it yet, since it waits for the oldest writer on the server.
    pub fn learn(&mut self, what: What, answer: &Value) {
        learn(&mut self.held, what, answer);
        self.learned.push((what, answer.clone()));
    }

    /// Pulls until nothing more waits, or an answer is lost.
    pub async fn pull(&mut self, good: bool) {
        loop {
            let since = self.cursor.as_ref().map_or(String::new(), |c| format!("&since={c}"));
            let limit = 1 + self.dice.below(20);
            let path = format!("/v1/field/changes?limit={limit}{since}");
            let answer = self.client.get(&path).await;
            if answer.status == 503 || !good && self.dice.percent(10) {
                return; // not now, or nobody heard: the same cursor again, next time
            }
            let news = answer.expect(200);
            self.take(&news);
            if news["more"] != true {
                break;
            }
        }
        if let Some(whole) = self.anew.take() {
            self.held = whole;
            for (what, answer) in &self.learned {
                learn(&mut self.held, *what, answer);
            }
        }
        self.learned.clear();
        if self.queue.is_empty() {
            self.head.forget();
        }
    }

    /// What begins anew is shown when it is whole: half of it would hide a stay that goes on.
    fn take(&mut self, news: &Value) {
        if news["reset"] == true {
            self.anew = Some(Held::new());
        }
        let held = self.anew.as_mut().unwrap_or(&mut self.held);
        let kinds = [
            ("tasks", "task", "/task/id"),
            ("time_entries", "time_entry", "/id"),
            ("incidents", "incident", "/id"),
            ("sites", "site", "/id"),
            ("documents", "document", "/id"),
        ];
        for (list, kind, id) in kinds {
            for thing in news[list].as_array().unwrap() {
                let id = thing.pointer(id).unwrap().as_str().unwrap();
                held.insert((kind.to_owned(), id.to_owned()), thing.clone());
            }
        }
        for gone in news["gone"].as_array().unwrap() {
            let word = |name: &str| gone[name].as_str().unwrap().to_owned();
            held.remove(&(word("kind"), word("id")));
        }
        self.cursor = Some(news["next"].as_str().unwrap().to_owned());
    }

    /// What a new phone of the same worker gets.
    pub async fn fresh(&self) -> Held {
        let (client, time) = (self.client.clone(), Arc::clone(&self.time));
        let mut fresh = Self::new(self.worker, client, time, self.alone, self.dice.clone());
        fresh.pull(true).await;
        fresh.held
    }
}

fn learn(held: &mut Held, what: What, answer: &Value) {
    let (kind, member) = match what {
        What::Step(_) => ("task", "id"),
        What::BeginRun | What::Answer => ("task", "task_id"),
        What::ClockIn | What::ClockOut | What::Switch(_) => ("time_entry", "id"),
        What::Incident => ("incident", "id"),
        What::Photo | What::Note => return,
    };
    let key = (kind.to_owned(), answer[member].as_str().unwrap().to_owned());
    let newer = |known: &Value| answer["version"].as_i64() > known["version"].as_i64();
    match (what, held.get_mut(&key)) {
        // A task that is no longer the worker's does not come back by this.
        (What::Step(_) | What::BeginRun | What::Answer, None) => {}
        (What::Step(_), Some(known)) => {
            if newer(&known["task"]) {
                known["task"] = answer.clone();
            }
        }
        (What::BeginRun | What::Answer, Some(known)) => {
            if newer(&known["runs"][0]) {
                known["runs"] = json!([answer]);
                known["checklists"] = json!([]);
            }
        }
        (_, Some(known)) => {
            if newer(known) {
                *known = answer.clone();
            }
        }
        (_, None) => {
            held.insert(key, answer.clone());
        }
    }
}
