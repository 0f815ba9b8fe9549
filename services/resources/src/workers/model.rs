//! A worker and the rules.

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime, Timelike};
use kernel::{Currency, SkillId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use crate::Error;

/// A worker.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Worker {
    /// The id.
    pub id: WorkerId,
    /// The name.
    pub name: String,
    /// The telephone number, as people write it.
    pub phone: Option<String>,
    /// The account, where the worker has one.
    pub user_id: Option<UserId>,
    /// Whether the worker is still planned.
    pub active: bool,
    /// The usual hours.
    pub hours: Hours,
    /// The skills held.
    pub skills: Vec<HeldSkill>,
    /// What an hour costs the firm; shown to those who see budgets or manage workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hourly_cost: Option<HourlyCost>,
    /// Counts the changes.
    pub version: i64,
}

impl Versioned for Worker {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The usual hours of a week, in the zone of the site worked on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days worked: 1 is Monday, 7 Sunday (ISO 8601).
    #[validate(length(min = 1, max = 7), custom(function = week_days))]
    #[schema(min_items = 1, max_items = 7, example = json!([1, 2, 3, 4, 5]))]
    pub days: Vec<i16>,
    /// When the work day starts, to the minute.
    #[validate(custom(function = minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "08:00:00")]
    pub starts: NaiveTime,
    /// When it ends.
    #[validate(custom(function = minute))]
    #[schema(value_type = String, pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]:00$", example = "17:00:00")]
    pub ends: NaiveTime,
}

impl Default for Hours {
    /// Monday to Friday, 8 to 17.
    fn default() -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { days: (1..=5).collect(), starts: at(8), ends: at(17) }
    }
}

impl Hours {
    /// The days in order and the day not reversed.
    fn settle(mut self) -> Result<Self, Error> {
        self.days.sort_unstable();
        if self.ends > self.starts { Ok(self) } else { Err(Error::DayReversed) }
    }
}

fn week_days(days: &[i16]) -> Result<(), ValidationError> {
    let distinct: HashSet<_> = days.iter().filter(|d| (1..=7).contains(*d)).collect();
    if distinct.len() == days.len() {
        Ok(())
    } else {
        Err(ValidationError::new("days").with_message(
            "jours de 1 (lundi) à 7, chacun une fois | days from 1 (Monday) to 7, each once".into(),
        ))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // the validator hands references
fn minute(at: &NaiveTime) -> Result<(), ValidationError> {
    if at.second() == 0 && at.nanosecond() == 0 {
        Ok(())
    } else {
        Err(ValidationError::new("minute").with_message("à la minute près | to the minute".into()))
    }
}

/// A skill that a worker holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldSkill {
    /// The skill.
    pub skill_id: SkillId,
    /// The last day the certificate holds; none for what does not expire.
    #[validate(custom(function = check::day))]
    pub valid_until: Option<NaiveDate>,
}

/// What an hour of a worker costs the firm, charges included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HourlyCost {
    /// Minor units of `currency`.
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// A worker to be taken in.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWorker {
    /// The id, where the caller chooses it.
    pub id: Option<WorkerId>,
    /// The name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The telephone number, as people write it.
    #[validate(length(min = 3, max = 40), custom(function = check::text))]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<String>,
    /// The account, where the worker has one; an account is one worker at most.
    pub user_id: Option<UserId>,
    /// Whether the worker is planned; so unless said otherwise.
    pub active: Option<bool>,
    /// The usual hours; Monday to Friday, 8 to 17 unless said.
    #[validate(nested)]
    pub hours: Option<Hours>,
    /// The skills held.
    #[serde(default)]
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub skills: Vec<HeldSkill>,
    /// What an hour costs the firm.
    #[validate(nested)]
    pub hourly_cost: Option<HourlyCost>,
}

/// Changes to a worker; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerPatch {
    /// The name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The telephone number.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(length(min = 3, max = 40), custom(function = check::text))]
    #[schema(value_type = Option<String>, min_length = 3, max_length = 40)]
    pub phone: Option<Option<String>>,
    /// The account.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<UserId>)]
    pub user_id: Option<Option<UserId>>,
    /// Whether the worker is still planned.
    pub active: Option<bool>,
    /// The usual hours.
    #[validate(nested)]
    pub hours: Option<Hours>,
    /// All the skills held.
    #[validate(length(max = 100), nested)]
    #[schema(max_items = 100)]
    pub skills: Option<Vec<HeldSkill>>,
    /// What an hour costs the firm.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(nested)]
    #[schema(value_type = Option<HourlyCost>)]
    pub hourly_cost: Option<Option<HourlyCost>>,
}

impl Worker {
    /// A new worker.
    pub fn take_in(new: NewWorker) -> Result<Self, Error> {
        Ok(Self {
            id: new.id.unwrap_or_else(WorkerId::new),
            name: new.name,
            phone: new.phone,
            user_id: new.user_id,
            active: new.active.unwrap_or(true),
            hours: new.hours.unwrap_or_default().settle()?,
            skills: new.skills,
            hourly_cost: new.hourly_cost,
            version: 1,
        })
    }

    /// The same worker, changed.
    pub fn change(self, patch: WorkerPatch) -> Result<Self, Error> {
        Ok(Self {
            id: self.id,
            name: patch.name.unwrap_or(self.name),
            phone: patch.phone.unwrap_or(self.phone),
            user_id: patch.user_id.unwrap_or(self.user_id),
            active: patch.active.unwrap_or(self.active),
            hours: patch.hours.unwrap_or(self.hours).settle()?,
            skills: patch.skills.unwrap_or(self.skills),
            hourly_cost: patch.hourly_cost.unwrap_or(self.hourly_cost),
            version: self.version + 1,
        })
    }

    /// The same worker as those see it who see no money.
    #[must_use]
    pub fn without_cost(self) -> Self {
        Self { hourly_cost: None, ..self }
    }

    /// The same worker at the next version.
    #[must_use]
    pub fn touched(self) -> Self {
        Self { version: self.version + 1, ..self }
    }

    /// Every skill is known and there once.
    pub fn check_skills(&self, known: &HashSet<SkillId>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        let wrong =
            |held: &HeldSkill| !known.contains(&held.skill_id) || !seen.insert(held.skill_id);
        self.skills.iter().position(wrong).map_or(Ok(()), |place| Err(Error::Skill(place)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn new(more: serde_json::Value) -> NewWorker {
        let mut body = json!({ "name": "Awa Diop" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    fn hours(days: &[i16], starts: &str, ends: &str) -> NewWorker {
        new(json!({ "hours": { "days": days, "starts": starts, "ends": ends } }))
    }

    #[test]
    fn a_new_worker_is_planned_from_monday_to_friday() {
        let worker = Worker::take_in(new(json!({}))).unwrap();
        assert!(worker.active);
        assert_eq!(worker.hours.days, [1, 2, 3, 4, 5]);
        assert!(worker.hours.validate().is_ok());
    }

    #[test]
    fn hours_are_a_week_of_days_that_end_after_they_start() {
        assert!(hours(&[6, 7], "07:30:00", "16:00:00").validate().is_ok());
        assert!(hours(&[0], "07:30:00", "16:00:00").validate().is_err());
        assert!(hours(&[1, 1], "07:30:00", "16:00:00").validate().is_err());
        assert!(hours(&[1], "07:30:15", "16:00:00").validate().is_err());
        assert!(hours(&[1], "23:59:60", "16:00:00").validate().is_err());
        let reversed = Worker::take_in(hours(&[1], "16:00:00", "07:30:00"));
        assert!(matches!(reversed, Err(Error::DayReversed)));
    }

    #[test]
    fn an_unknown_skill_and_one_there_twice_are_named_by_their_place() {
        let (known, other) = (SkillId::new(), SkillId::new());
        let holds = |ids: &[SkillId]| {
            let skills: Vec<_> = ids.iter().map(|id| json!({ "skill_id": id })).collect();
            Worker::take_in(new(json!({ "skills": skills }))).unwrap()
        };
        let all = HashSet::from([known]);
        assert!(holds(&[known]).check_skills(&all).is_ok());
        assert!(matches!(holds(&[known, other]).check_skills(&all), Err(Error::Skill(1))));
        assert!(matches!(holds(&[known, known]).check_skills(&all), Err(Error::Skill(1))));
    }
}
