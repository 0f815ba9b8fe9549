//! Tools of depots that are out: whoever fetches one has it for the day. No I/O.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Duration, NaiveDate};
use chrono_tz::Tz;
use kernel::{TaskId, Timestamp, WorkerId};

use super::person::{DepotStock, Person};
use super::rules::{Reason, zone};
use crate::tasks::Task;

/// Who has which tools of depots out on which days, and for which tasks.
#[derive(Debug, Default)]
pub struct ToolsOut<'a> {
    by: BTreeMap<(&'a str, NaiveDate), BTreeSet<(WorkerId, TaskId)>>,
}

impl Person {
    /// The days that a span of work counts to.
    fn days_at(&self, zone: Tz, from: Timestamp, to: Timestamp) -> impl Iterator<Item = NaiveDate> {
        let last = self.day_at(zone, (to - Duration::seconds(1)).max(from));
        self.day_at(zone, from).iter_days().take_while(move |day| *day <= last)
    }
}

impl<'a> ToolsOut<'a> {
    /// What is out for the tasks that hold these people, but for some of them on some tasks; days
    /// are those of a zone.
    pub fn of(
        people: impl Iterator<Item = &'a Person>,
        zone: Tz,
        but: impl Fn(WorkerId, TaskId) -> bool,
    ) -> Self {
        let mut out = Self::default();
        for person in people {
            for held in person.tasks.iter().filter(|held| !but(person.id, held.id)) {
                let fetched = held.tools.iter().filter(|tool| !person.tools.contains(*tool));
                for tool in fetched {
                    for day in person.days_at(zone, held.from, held.to) {
                        out.add(tool, day, person.id, held.id);
                    }
                }
            }
        }
        out
    }

    /// Somebody has a tool out on a day, for a task.
    pub fn add(&mut self, tool: &'a str, day: NaiveDate, worker: WorkerId, task: TaskId) {
        self.by.entry((tool, day)).or_default().insert((worker, task));
    }

    /// Each tool and day with those who have it out, each once.
    pub fn each(&self) -> impl Iterator<Item = (&'a str, NaiveDate, BTreeSet<WorkerId>)> {
        let who = |out: &BTreeSet<(WorkerId, TaskId)>| out.iter().map(|it| it.0).collect();
        self.by.iter().map(move |((tool, day), out)| (*tool, *day, who(out)))
    }

    /// The tools of a task that are all out for somebody on one of its days, where some of these
    /// tasks are what is asked about.
    pub fn reasons(
        &self,
        person: &Person,
        task: &Task,
        depots: &[DepotStock],
        asked: &[TaskId],
    ) -> Vec<Reason> {
        let all: Vec<_> = person.days_at(zone(task), task.starts_at, task.ends_at).collect();
        let tools = task.needs.tools.iter();
        let first =
            |tool: &String| all.iter().find_map(|day| self.out(person, tool, *day, depots, asked));
        tools.filter_map(first).collect()
    }

    /// The tools of a task that are all out for somebody on every one of these days.
    pub fn always(
        &self,
        person: &Person,
        task: &Task,
        depots: &[DepotStock],
        days: impl Iterator<Item = NaiveDate> + Clone,
    ) -> Vec<Reason> {
        let every = |tool: &String| {
            let mut days = days.clone().map(|day| self.out(person, tool, day, depots, &[task.id]));
            let first = days.next()??;
            days.all(|out| out.is_some()).then_some(first)
        };
        task.needs.tools.iter().filter_map(every).collect()
    }

    /// Whether none of a tool is left for somebody on a day. Who has one for a task that is not asked
    /// about has it for the others as well; of what lies in no depot another rule tells.
    fn out(
        &self,
        person: &Person,
        tool: &str,
        day: NaiveDate,
        depots: &[DepotStock],
        asked: &[TaskId],
    ) -> Option<Reason> {
        if person.tools.contains(tool) {
            return None;
        }
        let there = depots.iter().filter_map(|depot| depot.tools.get(tool)).sum::<u32>();
        let out = self.by.get(&(tool, day))?;
        if out.iter().any(|(who, task)| *who == person.id && !asked.contains(task)) {
            return None;
        }
        let others = out.iter().map(|it| it.0).filter(|who| *who != person.id);
        let others = u32::try_from(others.collect::<BTreeSet<_>>().len()).unwrap_or(u32::MAX);
        let tool = tool.to_owned();
        (there > 0 && others >= there).then_some(Reason::ToolOut { tool, day, there, out: others })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{DepotId, Position};

    use super::*;
    use crate::dispatch::model::draw::tests::{person, work};
    use crate::dispatch::model::{Held, Work};
    use crate::tasks::Needs;

    fn lift(from: &str, to: &str) -> Work {
        let tools = vec!["nacelle".to_owned()];
        work(from, to, Needs { tools, ..Needs::default() })
    }

    fn depots(count: u32) -> Vec<DepotStock> {
        let at = Position { lat: 48.0, lon: 2.0, accuracy_m: None };
        let tools = [("nacelle".to_owned(), count)].into();
        vec![DepotStock { id: DepotId::new(), at, tools, parts: BTreeMap::new() }]
    }

    fn words(reasons: &[Reason]) -> Vec<(&'static str, u32, u32)> {
        let figures = |reason: &Reason| match reason {
            Reason::ToolOut { there, out, .. } => (reason.word(), *there, *out),
            other => (other.word(), 0, 0),
        };
        reasons.iter().map(figures).collect()
    }

    #[test]
    fn one_tool_is_with_one_worker_a_day() {
        let mut one = person(&[1, 2, 3, 4, 5], 8, 17);
        let two = person(&[1, 2, 3, 4, 5], 8, 17);
        let morning = lift("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z").task;
        let evening = lift("2026-03-02T15:00:00Z", "2026-03-02T16:00:00Z").task;
        let next = lift("2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z").task;
        one.tasks.push(Held::of(&morning));
        let paris = chrono_tz::Europe::Paris;
        let told = |people: &[Person], person: &Person, task: &Task, count| {
            let out = ToolsOut::of(people.iter(), paris, |_, _| false);
            words(&out.reasons(person, task, &depots(count), &[task.id]))
        };
        let people = [one.clone(), two.clone()];
        assert_eq!(told(&people, &two, &evening, 1), [("tool_out", 1, 1)], "out for the day");
        assert_eq!(told(&people, &two, &evening, 2), []);
        assert_eq!(told(&people, &two, &next, 1), []);
        assert_eq!(told(&people, &one, &evening, 1), [], "they have it already");
        assert_eq!(told(&people, &two, &evening, 0), [], "of what is nowhere another rule tells");
        let mut own = two.clone();
        own.tools.insert("nacelle".into());
        assert_eq!(told(&people, &own, &evening, 1), [], "with one of their own");
        // What carries its own takes none.
        one.tools.insert("nacelle".into());
        assert_eq!(told(&[one, two.clone()], &two, &evening, 1), []);
        let out = ToolsOut::of(people.iter(), paris, |_, task| task == morning.id);
        assert_eq!(out.reasons(&two, &evening, &depots(1), &[]), [], "the task itself left aside");
    }

    #[test]
    fn two_tasks_asked_about_together_count_against_each_other() {
        let (mut one, mut two) = (person(&[1], 8, 17), person(&[1], 8, 17));
        let first = lift("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z").task;
        let second = lift("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z").task;
        one.tasks.push(Held::of(&first));
        two.tasks.push(Held::of(&second));
        let people = [one, two];
        let asked = [first.id, second.id];
        let out = ToolsOut::of(people.iter(), chrono_tz::Europe::Paris, |_, _| false);
        for (person, task) in people.iter().zip([&first, &second]) {
            let told = out.reasons(person, task, &depots(1), &asked);
            assert_eq!(words(&told), [("tool_out", 1, 1)]);
            assert_eq!(out.reasons(person, task, &depots(2), &asked), []);
        }
    }

    #[test]
    fn a_night_is_the_day_it_began_on_and_days_that_are_all_full_are_told() {
        let night = person(&[1, 2], 20, 6);
        let mut day = person(&[2, 3], 8, 17);
        let dawn = lift("2026-03-03T03:00:00Z", "2026-03-03T04:00:00Z").task;
        let morning = lift("2026-03-03T08:00:00Z", "2026-03-03T09:00:00Z").task;
        day.tasks.push(Held::of(&morning));
        let people = [night.clone(), day];
        let paris = chrono_tz::Europe::Paris;
        let out = ToolsOut::of(people.iter(), paris, |_, _| false);
        assert_eq!(out.reasons(&night, &dawn, &depots(1), &[]), [], "Monday's, not Tuesday's");
        let tuesday: NaiveDate = "2026-03-03".parse().unwrap();
        let always = |days: i64| {
            let days = tuesday.iter_days().take(usize::try_from(days).unwrap());
            words(&out.always(&night, &dawn, &depots(1), days))
        };
        assert_eq!(always(1), [("tool_out", 1, 1)]);
        assert_eq!(always(2), []);
        assert_eq!(always(0), []);
        // A task of several days has it on all of them.
        let long = lift("2026-03-03T08:00:00Z", "2026-03-05T09:00:00Z").task;
        let mut other = person(&[2, 3, 4], 8, 17);
        other.tasks.push(Held::of(&long));
        let people = [other, night.clone()];
        let out = ToolsOut::of(people.iter(), paris, |_, _| false);
        assert_eq!(out.each().count(), 3);
        let wednesday = lift("2026-03-04T15:00:00Z", "2026-03-04T16:00:00Z").task;
        let told = out.reasons(&night, &wednesday, &depots(1), &[]);
        assert_eq!(words(&told), [("tool_out", 1, 1)]);
    }
}
