//! A phone: what it holds, what waits on it, and how it sends and pulls when there is a network.

use std::collections::{BTreeMap, HashSet, VecDeque};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{SiteId, WorkerId};
use serde_json::{Value, json};
use testkit::Client;
use uuid::Uuid;

use crate::acts::Head;
use crate::dice::Dice;
use crate::network::{brave, send};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    ClockIn,
    ClockOut,
    Step(&'static str),
    BeginRun,
    Answer,
    Incident,
    Photo,
    /// Tells of a refused call.
    Note,
}

/// A call that waits to be sent, or was.
#[derive(Debug, Clone)]
pub struct Call {
    pub what: What,
    pub key: String,
    pub path: String,
    pub body: Value,
    /// When it was done and when it is sent, by the phone's clock.
    pub clock: Option<(DateTime<Utc>, DateTime<Utc>)>,
    pub site: SiteId,
    /// The task, run, stay, incident or photo that it is about.
    pub subject: Uuid,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Fate {
    Waiting,
    /// Done, with the answer.
    Done(Value),
    /// Refused with a status, and reported under an id.
    Refused(u16, Uuid),
}

/// How the phone's clock goes.
#[derive(Debug, Clone, Copy)]
enum Clock {
    /// It is always so far off.
    Steady(TimeDelta),
    /// It jumps now and then.
    Wild(TimeDelta),
}

/// What a phone holds: things by kind and id.
pub type Held = BTreeMap<(String, String), Value>;

pub struct Phone {
    pub worker: WorkerId,
    pub client: Client,
    /// Whether nobody else meddles with its tasks.
    pub alone: bool,
    /// Everything that was ever done with it.
    pub log: Vec<(Call, Fate)>,
    pub held: Held,
    pub head: Head,
    pub dice: Dice,
    queue: VecDeque<usize>,
    /// Things that a call was refused about: those behind it are held back.
    stopped: HashSet<Uuid>,
    /// Copies that the network delivers once more, late.
    ether: Vec<usize>,
    cursor: Option<String>,
    online: bool,
    clock: Clock,
    now: DateTime<Utc>,
    acts: i64,
}

impl Phone {
    pub fn new(worker: WorkerId, client: Client, alone: bool, mut dice: Dice) -> Self {
        let minutes = [0, 0, 0, 40, -90, 180][dice.below(6)];
        let off = TimeDelta::minutes(minutes);
        let clock = if alone || dice.percent(50) { Clock::Steady(off) } else { Clock::Wild(off) };
        Self {
            worker,
            client,
            alone,
            log: Vec::new(),
            held: Held::new(),
            head: Head::default(),
            dice,
            queue: VecDeque::new(),
            stopped: HashSet::new(),
            ether: Vec::new(),
            cursor: None,
            online: true,
            clock,
            now: DateTime::UNIX_EPOCH,
            acts: 0,
        }
    }

    /// What its clock shows.
    fn shows(&self) -> DateTime<Utc> {
        let (Clock::Steady(off) | Clock::Wild(off)) = self.clock;
        self.now + TimeDelta::seconds(self.acts) + off
    }

    /// Half an hour of a day: the network comes and goes, the phone restarts, the worker works.
    pub fn live(&mut self, now: DateTime<Utc>, day: i64, moment: i64) {
        (self.now, self.acts) = (now, 0);
        self.online = if self.online { !self.dice.percent(30) } else { self.dice.percent(25) };
        if let Clock::Wild(_) = self.clock
            && self.dice.percent(10)
        {
            let minutes = [0, 0, -45, 300, -2_000, 3_000][self.dice.below(6)];
            self.clock = Clock::Wild(TimeDelta::minutes(minutes));
        }
        if self.dice.percent(4) {
            // The battery was empty: what it held is pulled anew, what waits is kept.
            self.cursor = None;
        }
        // The first day begins with a pull: nobody works on what they never saw.
        if day > 0 || moment > 0 {
            self.work(moment);
        }
    }

    /// Puts a call behind those that wait.
    pub fn act(&mut self, what: What, path: String, body: Value, site: SiteId, subject: Uuid) {
        self.acts += 1;
        let at = self.shows();
        let key = self.dice.id().to_string();
        self.push(Call { what, key, path, body, clock: Some((at, at)), site, subject });
    }

    fn push(&mut self, call: Call) {
        self.queue.push_back(self.log.len());
        self.log.push((call, Fate::Waiting));
    }

    /// How many steps of a task wait to be sent.
    pub fn waiting(&self, task: Uuid) -> i64 {
        let waiting = self.queue.iter().filter(|&&nth| {
            let (call, _) = &self.log[nth];
            call.subject == task && matches!(call.what, What::Step(_))
        });
        i64::try_from(waiting.count()).unwrap()
    }

    /// Sends what waits and pulls, as far as the network lets it.
    pub async fn sync(&mut self) {
        if self.online && self.drain(false).await {
            self.echo().await;
            self.pull(false).await;
        }
    }

    /// A good network at last: everything is sent, and what was late comes in.
    pub async fn come_home(&mut self) {
        self.now += TimeDelta::minutes(30);
        for _ in 0..10_000 {
            if self.drain(true).await {
                self.echo().await;
                self.pull(true).await;
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the queue of {} never got empty", self.worker);
    }

    /// Sends what waits, in order; whether all was answered.
    async fn drain(&mut self, good: bool) -> bool {
        while let Some(&nth) = self.queue.front() {
            let sent = self.shows();
            let (call, _) = &mut self.log[nth];
            if let Some((_, when)) = &mut call.clock {
                *when = sent;
            }
            let call = call.clone();
            if call.what != What::Note && self.stopped.contains(&call.subject) {
                self.refused(nth, 424, json!({"title": "held back behind a refused call"}));
                continue;
            }
            let answer = if good {
                Some(send(&self.client, &call).await)
            } else {
                brave(&self.client, &call, &mut self.dice).await
            };
            let Some(answer) = answer else {
                self.online = self.dice.percent(50);
                if self.online {
                    continue;
                }
                return false;
            };
            let status = answer.status.as_u16();
            let in_flight = answer.json["type"] == "urn:fieldops360:problem:in-flight";
            match status {
                200..=299 => {
                    self.queue.pop_front();
                    self.learn(call.what, &answer.json);
                    self.log[nth].1 = Fate::Done(answer.json);
                    if self.dice.percent(8) {
                        self.ether.push(nth);
                    }
                }
                409 if in_flight => return false,
                429 | 503 => return false,
                400..=499 if call.what != What::Note => self.refused(nth, status, answer.json),
                _ => panic!("{status} to {call:?}: {}", answer.json),
            }
        }
        self.stopped.clear();
        true
    }

    /// Takes what a call answered for the state of its thing, unless a newer one is known: a pull may
    /// not show it yet, since it waits for the oldest writer on the server.
    fn learn(&mut self, what: What, answer: &Value) {
        let (kind, member) = match what {
            What::Step(_) => ("task", "id"),
            What::BeginRun | What::Answer => ("task", "task_id"),
            What::ClockIn | What::ClockOut => ("time_entry", "id"),
            What::Incident => ("incident", "id"),
            What::Photo | What::Note => return,
        };
        let key = (kind.to_owned(), answer[member].as_str().unwrap().to_owned());
        let newer = |known: &Value| answer["version"].as_i64() > known["version"].as_i64();
        match (what, self.held.get_mut(&key)) {
            // A task that is no longer the worker's does not come back by this.
            (What::Step(_) | What::BeginRun | What::Answer, None) => {}
            (What::Step(_), Some(held)) => {
                if newer(&held["task"]) {
                    held["task"] = answer.clone();
                }
            }
            (What::BeginRun | What::Answer, Some(held)) => {
                if newer(&held["runs"][0]) {
                    held["runs"] = json!([answer]);
                    held["checklists"] = json!([]);
                }
            }
            (_, Some(held)) => {
                if newer(held) {
                    *held = answer.clone();
                }
            }
            (_, None) => {
                self.held.insert(key, answer.clone());
            }
        }
    }

    /// Takes a refused call off the queue and puts the report of it on.
    fn refused(&mut self, nth: usize, status: u16, problem: Value) {
        self.queue.pop_front();
        let id = self.dice.id();
        self.log[nth].1 = Fate::Refused(status, id);
        let (call, _) = self.log[nth].clone();
        self.stopped.insert(call.subject);
        let at = call.clock.map(|(at, _)| at);
        let body = json!({"id": id, "site_id": call.site, "method": "POST", "path": call.path,
                          "status": status, "problem": problem, "acted_at": at});
        let key = self.dice.id().to_string();
        let path = "/v1/field/refusals".to_owned();
        let note = Call { what: What::Note, key, path, body, clock: None, ..call };
        self.push(note);
    }

    /// Late copies of calls that were done arrive: each is answered as it was then.
    async fn echo(&mut self) {
        for nth in std::mem::take(&mut self.ether) {
            let (call, fate) = &self.log[nth];
            let Fate::Done(then) = fate else { panic!("{call:?}") };
            let again = send(&self.client, call).await;
            assert_eq!(again.json, *then, "a late copy of {call:?} is answered as then");
            assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
        }
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
        if self.queue.is_empty() {
            self.head.forget();
        }
    }

    fn take(&mut self, news: &Value) {
        if news["reset"] == true {
            self.held.clear();
        }
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
                self.held.insert((kind.to_owned(), id.to_owned()), thing.clone());
            }
        }
        for gone in news["gone"].as_array().unwrap() {
            let word = |name: &str| gone[name].as_str().unwrap().to_owned();
            self.held.remove(&(word("kind"), word("id")));
        }
        self.cursor = Some(news["next"].as_str().unwrap().to_owned());
    }

    /// What a new phone of the same worker gets.
    pub async fn anew(&self) -> Held {
        let mut fresh = Self::new(self.worker, self.client.clone(), self.alone, self.dice.clone());
        fresh.pull(true).await;
        fresh.held
    }
}
