//! A worker and the rules.

use std::collections::HashSet;

use chrono::{Months, NaiveDate};
use kernel::{Currency, DepotId, Position, SkillId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use super::hours::Hours;
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
    /// The depot where the day starts and ends; where there is none, it does so at home.
    pub depot_id: Option<DepotId>,
    /// Where the worker lives; shown to those who manage workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home: Option<Position>,
    /// The day of the eighteenth birthday of a worker under age; shown to those who manage workers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minor_until: Option<NaiveDate>,
    /// Counts the changes.
    pub version: i64,
}

impl Versioned for Worker {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A skill that a worker holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HeldSkill {
    /// The skill.
    pub skill_id: SkillId,
    /// How well: 1 learns it, 2 works beside somebody, 3 works alone (unless said otherwise),
    /// 4 masters it, 5 teaches it.
    #[serde(default = "works_alone")]
    #[validate(range(min = 1, max = 5))]
    #[schema(minimum = 1, maximum = 5, default = 3)]
    pub level: i16,
    /// The last day the skill holds; none for what does not expire. A certificate that proves the
    /// skill counts in its place.
    #[validate(custom(function = check::day))]
    pub valid_until: Option<NaiveDate>,
}

fn works_alone() -> i16 {
    3
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
    /// The depot where the day starts and ends.
    pub depot_id: Option<DepotId>,
    /// Where the worker lives.
    #[validate(custom(function = check::position))]
    pub home: Option<Position>,
    /// The day of the eighteenth birthday of a worker under age.
    #[validate(custom(function = check::day))]
    pub minor_until: Option<NaiveDate>,
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
    /// The depot where the day starts and ends.
    #[serde(default, deserialize_with = "web::nullable")]
    #[schema(value_type = Option<DepotId>)]
    pub depot_id: Option<Option<DepotId>>,
    /// Where the worker lives.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::position))]
    #[schema(value_type = Option<Position>)]
    pub home: Option<Option<Position>>,
    /// The day of the eighteenth birthday of a worker under age.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub minor_until: Option<Option<NaiveDate>>,
}

/// The youngest who may work at all, in months: France lets nobody under 14 work, and at 14 in
/// holidays only (Code du travail, L4153-1 and L4153-3); Senegal and Côte d'Ivoire draw the line
/// higher.
const YOUNGEST: Months = Months::new(14 * 12);
const OF_AGE: Months = Months::new(18 * 12);

/// The eighteenth birthday, of those who are under age and may work.
fn under_age(birthday: NaiveDate, today: NaiveDate) -> Result<NaiveDate, Error> {
    let youngest = today.checked_sub_months(YOUNGEST).and_then(|d| d.checked_add_months(OF_AGE));
    if birthday > today && youngest.is_some_and(|youngest| birthday <= youngest) {
        Ok(birthday)
    } else {
        Err(Error::NotUnderAge)
    }
}

/// A place to start from is a point.
fn spot(home: Position) -> Position {
    Position { accuracy_m: None, ..home }
}

impl Worker {
    /// A new worker, on this day.
    pub fn take_in(new: NewWorker, today: NaiveDate) -> Result<Self, Error> {
        Ok(Self {
            id: new.id.unwrap_or_else(WorkerId::new),
            name: new.name,
            phone: new.phone,
            user_id: new.user_id,
            active: new.active.unwrap_or(true),
            hours: new.hours.unwrap_or_default().settle()?,
            skills: new.skills,
            hourly_cost: new.hourly_cost,
            depot_id: new.depot_id,
            home: new.home.map(spot),
            minor_until: new.minor_until.map(|day| under_age(day, today)).transpose()?,
            version: 1,
        })
    }

    /// The same worker, changed on this day. The birthday of who has come of age is forgotten.
    pub fn change(self, patch: WorkerPatch, today: NaiveDate) -> Result<Self, Error> {
        Ok(Self {
            id: self.id,
            name: patch.name.unwrap_or(self.name),
            phone: patch.phone.unwrap_or(self.phone),
            user_id: patch.user_id.unwrap_or(self.user_id),
            active: patch.active.unwrap_or(self.active),
            hours: patch.hours.unwrap_or(self.hours).settle()?,
            skills: patch.skills.unwrap_or(self.skills),
            hourly_cost: patch.hourly_cost.unwrap_or(self.hourly_cost),
            depot_id: patch.depot_id.unwrap_or(self.depot_id),
            home: patch.home.map_or(self.home, |home| home.map(spot)),
            minor_until: match patch.minor_until {
                Some(day) => day.map(|day| under_age(day, today)).transpose()?,
                None => self.minor_until.filter(|day| *day > today),
            },
            version: self.version + 1,
        })
    }

    /// The same worker as those see it who see no money.
    #[must_use]
    pub fn without_cost(self) -> Self {
        Self { hourly_cost: None, ..self }
    }

    /// The same worker as those see it who do not manage workers.
    #[must_use]
    pub fn without_private(self) -> Self {
        Self { home: None, minor_until: None, ..self }
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

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn taken(more: serde_json::Value) -> Result<Worker, Error> {
        Worker::take_in(new(more), day("2026-03-02"))
    }

    #[test]
    fn a_new_worker_is_planned_from_monday_to_friday() {
        let worker = taken(json!({})).unwrap();
        assert!(worker.active);
        assert_eq!(worker.hours.days, [1, 2, 3, 4, 5]);
    }

    #[test]
    fn only_who_is_under_age_has_a_birthday_and_only_until_it_comes() {
        for (birthday, fine) in [
            ("2026-03-02", false),
            ("2026-03-03", true),
            ("2030-03-02", true),
            ("2030-03-03", false),
            ("2100-01-01", false),
        ] {
            let worker = taken(json!({ "minor_until": birthday }));
            assert_eq!(worker.is_ok(), fine, "{birthday}");
        }
        let worker = taken(json!({ "minor_until": "2027-01-15" })).unwrap();
        let kept = worker.clone().change(WorkerPatch::default(), day("2027-01-14")).unwrap();
        assert_eq!(kept.minor_until, Some(day("2027-01-15")));
        let grown = worker.change(WorkerPatch::default(), day("2027-01-15")).unwrap();
        assert_eq!(grown.minor_until, None);
    }

    #[test]
    fn a_skill_that_says_no_level_is_worked_alone() {
        let held = |more: serde_json::Value| {
            let mut skill = json!({ "skill_id": SkillId::new() });
            skill.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            new(json!({ "skills": [skill] }))
        };
        assert_eq!(held(json!({})).skills[0].level, 3);
        assert!(held(json!({ "level": 5 })).validate().is_ok());
        assert!(held(json!({ "level": 0 })).validate().is_err());
        assert!(held(json!({ "level": 6 })).validate().is_err());
    }

    #[test]
    fn an_unknown_skill_and_one_there_twice_are_named_by_their_place() {
        let (known, other) = (SkillId::new(), SkillId::new());
        let holds = |ids: &[SkillId]| {
            let skills: Vec<_> = ids.iter().map(|id| json!({ "skill_id": id })).collect();
            taken(json!({ "skills": skills })).unwrap()
        };
        let all = HashSet::from([known]);
        assert!(holds(&[known]).check_skills(&all).is_ok());
        assert!(matches!(holds(&[known, other]).check_skills(&all), Err(Error::Skill(1))));
        assert!(matches!(holds(&[known, known]).check_skills(&all), Err(Error::Skill(1))));
    }
}
