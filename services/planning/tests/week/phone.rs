//! A phone: what it holds, what waits on it, and how it sends and pulls when there is a network.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock as _, SiteId, TestClock, WorkerId};
use serde_json::{Value, json};
use testkit::{Answer, Client};
use uuid::Uuid;

use crate::acts::Head;
use crate::dice::Dice;
use crate::network::{brave, send};

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    ClockIn,
    ClockOut,
    /// A break or a journey begins, or work again.
    Switch(&'static str),
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
    /// When it was done in truth, and by how much the phone's clock was off then.
    pub truth: (DateTime<Utc>, TimeDelta),
    /// By how much it was off whenever the call was sent.
    pub sends: Vec<TimeDelta>,
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
    /// Refused with a status and a problem, and reported under an id.
    Refused(u16, Uuid, Value),
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
    /// What it pulls from the beginning, until that is whole.
    pub anew: Option<Held>,
    /// What calls answered since the last whole pull.
    pub learned: Vec<(What, Value)>,
    pub head: Head,
    pub dice: Dice,
    pub queue: VecDeque<usize>,
    /// Things that a call was refused about: those behind it are held back.
    stopped: HashSet<Uuid>,
    /// Copies of answered calls that the network delivers once more, late.
    ether: Vec<usize>,
    /// Calls that the phone gave up waiting for and that are still on their way.
    delayed: Vec<(usize, Call)>,
    pub cursor: Option<String>,
    /// Whether the worker went home without clocking out.
    pub forgetful: bool,
    online: bool,
    clock: Clock,
    pub time: Arc<TestClock>,
    acts: i64,
}

impl Phone {
    pub fn new(
        worker: WorkerId,
        client: Client,
        time: Arc<TestClock>,
        alone: bool,
        mut dice: Dice,
    ) -> Self {
        let minutes = [0, 0, 0, 40, -90, 180][dice.below(6)];
        let off = TimeDelta::minutes(minutes);
        let clock = if alone || dice.percent(50) { Clock::Steady(off) } else { Clock::Wild(off) };
        Self {
            worker,
            client,
            alone,
            log: Vec::new(),
            held: Held::new(),
            anew: None,
            learned: Vec::new(),
            head: Head::default(),
            dice,
            queue: VecDeque::new(),
            stopped: HashSet::new(),
            ether: Vec::new(),
            delayed: Vec::new(),
            cursor: None,
            forgetful: false,
            online: true,
            clock,
            time,
            acts: 0,
        }
    }

    /// What was done with it before a call, and that: for whoever looks for the reason.
    pub fn story(&self, last: &Call) -> String {
        let before = self.log.iter().take_while(|(call, _)| call.key != last.key);
        let lines = before.map(|(call, fate)| format!("{call:?}\n    {fate:?}\n"));
        lines.chain([format!("{last:?}")]).collect()
    }

    /// By how much its clock is off.
    fn off(&self) -> TimeDelta {
        let (Clock::Steady(off) | Clock::Wild(off)) = self.clock;
        off
    }

    /// What its clock shows.
    pub fn shows(&self) -> DateTime<Utc> {
        self.time.now() + self.off()
    }

    /// Half an hour of a day: the network comes and goes, the phone restarts, the worker works.
    pub fn live(&mut self, day: i64, moment: i64) {
        self.acts = 0;
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
        // A second apart, however fast the machine is.
        self.acts += 1;
        let truth = self.time.now() + TimeDelta::seconds(self.acts);
        let (off, key) = (self.off(), self.dice.id().to_string());
        let clock = Some((truth + off, truth + off));
        let sends = Vec::new();
        self.push(Call { what, key, path, body, clock, truth: (truth, off), sends, site, subject });
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

    /// Sends what waits, in order; whether all was answered. What is still on its way arrives.
    async fn drain(&mut self, good: bool) -> bool {
        let all = self.send_all(good).await;
        while !self.delayed.is_empty() {
            self.arrive().await;
        }
        all
    }

    /// Of the calls that the phone gave up waiting for, one arrives: between those that were sent
    /// after it, and those of others. Where it was answered meanwhile it gets that answer.
    async fn arrive(&mut self) {
        let late = self.dice.below(self.delayed.len());
        let (nth, call) = self.delayed.swap_remove(late);
        let answer = send(&self.client, &call).await;
        if !matches!(self.log[nth].1, Fate::Waiting) && !passing(&answer) {
            self.same(nth, &answer);
        }
    }

    async fn send_all(&mut self, good: bool) -> bool {
        while let Some(&nth) = self.queue.front() {
            if !self.delayed.is_empty() && self.dice.percent(50) {
                self.arrive().await;
            }
            let (sent, off) = (self.shows(), self.off());
            let (call, _) = &mut self.log[nth];
            if let Some((_, when)) = &mut call.clock {
                *when = sent;
            }
            if call.what != What::Note && self.stopped.contains(&call.subject) {
                self.refused(nth, 424, json!({"title": "held back behind a refused call"}));
                continue;
            }
            call.sends.push(off);
            let call = call.clone();
            if !good && self.dice.percent(5) {
                // It left, nothing came back, and it is not lost.
                self.delayed.push((nth, call));
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
            match status {
                200..=299 => {
                    self.queue.pop_front();
                    self.learn(call.what, &answer.json);
                    self.log[nth].1 = Fate::Done(answer.json);
                    if self.dice.percent(8) {
                        self.ether.push(nth);
                    }
                }
                _ if passing(&answer) => return false,
                400..=499 if call.what != What::Note => {
                    self.refused(nth, status, answer.json);
                    if self.dice.percent(50) {
                        self.ether.push(nth);
                    }
                }
                _ => panic!("{status} to {call:?}: {}", answer.json),
            }
        }
        self.stopped.clear();
        true
    }

    /// Takes a refused call off the queue and puts the report of it on.
    fn refused(&mut self, nth: usize, status: u16, problem: Value) {
        self.queue.pop_front();
        let id = self.dice.id();
        self.log[nth].1 = Fate::Refused(status, id, problem.clone());
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

    /// Late copies of answered calls arrive. Of a refused one too: what stood against it may be gone
    /// by now, and it does nothing all the same.
    async fn echo(&mut self) {
        for nth in std::mem::take(&mut self.ether) {
            let answer = send(&self.client, &self.log[nth].0).await;
            if passing(&answer) {
                self.ether.push(nth); // not even looked up: later still
            } else {
                self.same(nth, &answer);
            }
        }
    }

    /// A copy of a call that was answered gets the answer of then.
    fn same(&self, nth: usize, again: &Answer) {
        let (call, fate) = &self.log[nth];
        let (status, then) = match fate {
            Fate::Done(then) => (None, then),
            Fate::Refused(status, _, then) => (Some(*status), then),
            Fate::Waiting => panic!("{call:?} was not answered"),
        };
        assert_eq!(again.json, *then, "a late copy of {call:?} is answered as then");
        assert!(status.is_none_or(|status| again.status == status), "{call:?}: {}", again.status);
        assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
    }
}

/// Whether an answer says to come again later: nothing was decided.
fn passing(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 429 | 503)
        || answer.json["type"] == "urn:fieldops360:problem:in-flight"
}
