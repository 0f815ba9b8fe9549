//! What happens on the site, and what it means for the plan: how far a task is, and until when it
//! cannot go on. The field's word is never refused because a plan cannot follow it.

use contracts::PlanChange;
use kernel::{TaskId, Timestamp, UserId};
use serde_json::{Value, json};
use sqlx::Connection;
use web::Write;

use super::model::{Book, Edit, edit};
use super::{Ask, carry_out, misfit, tell};
use crate::error::Error;
use crate::tasks::Task;

/// Says in the plan how much of a task that has begun is done.
pub(crate) async fn progress(
    tx: &mut Write<'_>,
    task: &Task,
    percent: i32,
    by: Option<UserId>,
) -> Result<bool, Error> {
    let edit = Edit::Progress { task_id: task.id, percent };
    let asked = json!({"kind": "progress", "task_id": task.id, "percent": percent});
    follow(tx, task, edit.word(), asked, by, |book| {
        edit.apply(book).map_err(|unfit| misfit(book, unfit))
    })
    .await
}

/// Lets what remains of a task begin no earlier than `until`.
pub(crate) async fn hold(
    tx: &mut Write<'_>,
    task: &Task,
    until: Timestamp,
    by: Option<UserId>,
) -> Result<bool, Error> {
    let asked = json!({"kind": "hold", "task_id": task.id, "until": until});
    follow(tx, task, "hold", asked, by, |book| {
        book.hold(task.id, until);
        Ok(())
    })
    .await
}

/// Changes the plan where it can follow, and tells whether it did: where a bound would break or
/// somebody would be on two tasks at a time, the plan stays and is to be mended by hand.
async fn follow(
    tx: &mut Write<'_>,
    task: &Task,
    kind: &'static str,
    asked: Value,
    by: Option<UserId>,
    change: impl Fn(&mut Book) -> Result<(), Error>,
) -> Result<bool, Error> {
    let mut ask = Ask::new(kind, task.project_id, by, tx.now());
    ask.edit = asked;
    let mut attempt = Connection::begin(&mut **tx).await?;
    match carry_out(&mut attempt, &ask, change).await {
        Ok(made) => {
            attempt.commit().await?;
            tell(tx, &made, PlanChange::Moved, &ask.edit).await?;
            Ok(true)
        }
        Err(Error::Database(error)) if !crate::error::took_a_held_worker(&error) => {
            Err(Error::Database(error))
        }
        Err(_) => {
            attempt.rollback().await?;
            Ok(false)
        }
    }
}

impl Book {
    /// Lets what remains of a task begin no earlier than a moment: a task that has not begun
    /// starts then, one that has is interrupted until then where its work stands.
    fn hold(&mut self, id: TaskId, until: Timestamp) {
        let Some(item) = self.item(id) else { return };
        if item.is_ahead() {
            if until > item.starts_at
                && let Some(terms) = self.terms(id)
            {
                terms.start_at(until);
            }
            return;
        }
        let Some(started_at) = item.started_at else { return };
        let done = i64::from(item.terms.done_min);
        let place = done.max(1);
        let earlier = item.terms.splits.iter().filter(|(after, _)| *after < place);
        let stood: i64 = earlier.map(|(_, pause)| *pause).sum();
        let mut pause = self.work_between(item, started_at, until) - done - stood;
        if let Some(status_at) = self.frame.status_at {
            pause = pause.min(self.work_between(item, status_at, until));
        }
        let Some(terms) = self.terms(id) else { return };
        terms.splits.retain(|(after, _)| *after != place);
        let fits = place < i64::from(terms.work_min) && terms.splits.len() < edit::MOST_SPLITS;
        if pause > 0 && fits {
            terms.splits.push((place, pause.min(i64::from(edit::LONGEST))));
            terms.splits.sort_unstable();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use chrono_tz::Tz;
    use contracts::TaskStatus;
    use kernel::{ProjectId, SiteId};

    use super::*;
    use crate::schedule::model::{Frame, Item, Mode, Terms};
    use crate::tasks::model::Span;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A plan of one task of four elapsed hours from eight on.
    fn book(status: TaskStatus, started_at: Option<Timestamp>, done_min: i32) -> (Book, TaskId) {
        let span = Span::plan(at("2026-03-02T08:00:00Z"), None, Some(240)).unwrap();
        let id = TaskId::new();
        let item = Item {
            id,
            site_id: SiteId::new(),
            zone: Tz::Africa__Dakar,
            title: "Tirage".into(),
            status,
            starts_at: span.starts_at,
            ends_at: span.ends_at,
            started_at,
            finished_at: None,
            staffed: true,
            seen: true,
            version: 1,
            terms: Terms { done_min, ..Terms::pinned(span) },
        };
        let frame = Frame {
            project: ProjectId::new(),
            version: 1,
            starts_at: span.starts_at,
            status_at: None,
            calendar_id: None,
        };
        let calendars = HashMap::new();
        let site_calendars = HashMap::new();
        (Book { frame, items: vec![item], links: Vec::new(), calendars, site_calendars }, id)
    }

    fn finish(book: &Book) -> Timestamp {
        let (drawn, schedule) = book.calculate(Mode::Judge).unwrap();
        drawn.wall.moment(schedule.dates[0].unwrap().finish)
    }

    #[test]
    fn what_has_not_begun_starts_when_the_block_is_expected_to_end_and_never_earlier_than_planned()
    {
        let (mut plan, id) = book(TaskStatus::Blocked, None, 0);
        plan.hold(id, at("2026-03-02T07:00:00Z"));
        assert_eq!(finish(&plan), at("2026-03-02T12:00:00Z"));
        plan.hold(id, at("2026-03-03T10:00:00Z"));
        assert_eq!(finish(&plan), at("2026-03-03T14:00:00Z"));
    }

    #[test]
    fn what_has_begun_goes_on_with_the_rest_when_the_block_is_expected_to_end() {
        for (done, rest_min) in [(0, 240), (60, 180), (239, 1)] {
            let begun = Some(at("2026-03-02T08:30:00Z"));
            let (mut plan, id) = book(TaskStatus::Blocked, begun, done);
            for until in ["2026-03-04T09:00:00Z", "2026-03-03T09:00:00Z"] {
                plan.hold(id, at(until));
                let expected = at(until) + chrono::Duration::minutes(rest_min);
                assert_eq!(finish(&plan), expected, "{done} done, until {until}");
            }
        }
    }

    #[test]
    fn an_earlier_pause_and_the_reported_date_are_not_counted_twice() {
        let begun = Some(at("2026-03-02T08:00:00Z"));
        let (mut plan, id) = book(TaskStatus::Blocked, begun, 60);
        plan.hold(id, at("2026-03-02T10:00:00Z"));
        plan.terms(id).unwrap().done_min = 120;
        plan.hold(id, at("2026-03-02T15:00:00Z"));
        assert_eq!(finish(&plan), at("2026-03-02T17:00:00Z"));
        plan.frame.status_at = Some(at("2026-03-02T14:00:00Z"));
        plan.hold(id, at("2026-03-02T15:00:00Z"));
        assert_eq!(finish(&plan), at("2026-03-02T17:00:00Z"));
    }
}
