//! The status as a page: what `templates/status.typ` prints, in the reader's words and the
//! project's time. Lists are bounded and say how many more there are; what people wrote is bounded
//! too, so that whatever a project holds, the page stays one.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use chrono::NaiveDate;
use contracts::{Aim, Indicator, MilestoneStatus, SteeringItemKind};
use kernel::{Lang, Money, UserId, canonical_json, sha256};
use serde_json::{Value, json};
use typeset::{Sheet, Words, line, short_day};
use web::Label;

use super::model::{Light, ProjectStanding, StatusMilestone, StatusMoney};
use crate::indicators::Level;
use crate::risks::{Band, Risk};
use crate::steering::SteeringItem;

/// The most rows of a list.
const MILESTONES: usize = 8;
const RISKS: usize = 5;
const ITEMS: usize = 8;
const MEASURES: usize = 8;

/// The most characters of a firm's, a client's and a person's name.
const SHORT: usize = 40;
/// The most characters of a milestone's name.
const MEDIUM: usize = 60;
/// The most characters of a project's name, and of a risk's or an item's title.
const LONG: usize = 90;

/// A status ready to be printed.
pub(super) struct Page {
    /// What it says, but for when.
    said: Value,
    made: String,
    name: String,
}

/// Those who answer for something on the page.
pub(super) fn owners(standing: &ProjectStanding) -> Vec<UserId> {
    let risks = standing.top_risks.iter().filter_map(|risk| risk.owner_id);
    risks.chain(shown_items(standing).filter_map(|item| item.owner_id)).collect()
}

fn shown_items(standing: &ProjectStanding) -> impl Iterator<Item = &SteeringItem> {
    standing.open_items.iter().take(ITEMS)
}

impl Page {
    /// The page of a firm's project. Fails where the words do not read, the program's fault.
    pub(super) fn of(
        standing: &ProjectStanding,
        firm: &str,
        owners: &HashMap<UserId, String>,
        lang: Lang,
    ) -> Result<Self, serde_json::Error> {
        let json = match lang {
            Lang::Fr => include_str!("../../../templates/status.fr.json"),
            Lang::En => include_str!("../../../templates/status.en.json"),
        };
        let words = Words::read(lang, json)?;
        let local = standing.at.with_timezone(&standing.zone).naive_local();
        let writer = Writer { words: &words, owners, today: local.date() };
        Ok(Self {
            said: writer.page(standing, firm),
            made: typeset::moment(local),
            name: format!("{}-{}-{}.pdf", words.say("file"), standing.code, local.date()),
        })
    }

    /// What is said of the file: its tag tells what the page says, whenever it was made.
    pub(super) fn label(&self) -> Label {
        Label {
            tag: hex::encode(sha256(&[canonical_json(&self.said).as_bytes()])),
            media_type: "application/pdf".to_owned(),
            name: self.name.replace('/', "-"),
        }
    }

    /// As the printer takes it.
    pub(super) fn sheet(self) -> Sheet {
        let mut data = self.said;
        data["made"] = self.made.into();
        let files = HashMap::from([("data.json".to_owned(), data.to_string().into_bytes())]);
        Sheet { template: include_str!("../../../templates/status.typ"), files }
    }
}

/// Writes for one reader.
struct Writer<'a> {
    words: &'a Words,
    owners: &'a HashMap<UserId, String>,
    /// The day in the project's zone.
    today: NaiveDate,
}

impl Writer<'_> {
    fn page(&self, standing: &ProjectStanding, firm: &str) -> Value {
        let words = self.words;
        let lang = words.lang();
        let counts = standing.counts;
        let kpis: Vec<_> = standing
            .kpis
            .iter()
            .map(|k| self.measure(k.indicator, k.value, (k.aim, k.target), k.level))
            .collect();
        let indicators: Vec<_> = standing
            .indicators
            .iter()
            .map(|i| self.measure(i.indicator, i.value, (Aim::AtMost, i.warning), i.level))
            .collect();
        json!({
            "lang": match lang { Lang::Fr => "fr", Lang::En => "en" },
            "words": words,
            "firm": line(firm, SHORT),
            "project": line(&format!("{} — {}", standing.code, standing.name), LONG),
            "client": standing.client.as_deref().map(|client| line(client, SHORT)),
            "day": words.day(self.today),
            "zone": standing.zone.name(),
            "lights": self.lights(standing),
            "progress": {
                "share": standing.progress,
                "text": standing.progress.map_or("—".to_owned(), |p| typeset::percent(p, lang)),
            },
            "money": standing.money.as_ref().map(|money| self.money(money)),
            "milestones": self.list(
                standing.milestones.iter().take(MILESTONES).map(|m| self.milestone(m)).collect(),
                counts.milestones,
            ),
            "risks": self.list(
                standing.top_risks.iter().take(RISKS).map(|r| self.risk(r)).collect(),
                counts.risks,
            ),
            "items": self.list(
                shown_items(standing).map(|i| self.item(i)).collect(),
                counts.open_items,
            ),
            "kpis": self.bounded(kpis),
            "indicators": self.bounded(indicators),
        })
    }

    /// The first rows of a list, and how many more there are.
    fn list(&self, rows: Vec<Value>, all: i64) -> Value {
        let more = match all.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX)) {
            ..=0 => None,
            1 => Some(self.words.say("more_one").to_owned()),
            n => Some(self.words.say("more_many").replace("{n}", &n.to_string())),
        };
        json!({ "rows": rows, "more": more })
    }

    fn bounded(&self, mut rows: Vec<Value>) -> Value {
        let all = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.truncate(MEASURES);
        self.list(rows, all)
    }

    fn lights(&self, standing: &ProjectStanding) -> Vec<Value> {
        let lights = standing.lights;
        let all = [
            ("schedule", Some(lights.schedule)),
            ("scope", Some(lights.scope)),
            ("risks_light", Some(lights.risks)),
            ("safety", Some(lights.safety)),
            ("steering", Some(lights.steering)),
            ("budget", lights.money),
        ];
        let shown = all.into_iter().filter_map(|(label, light)| Some((label, light?)));
        shown
            .map(|(label, light)| {
                json!({ "label": self.words.say(label), "light": light, "word": self.light(light) })
            })
            .collect()
    }

    fn light(&self, light: Light) -> &str {
        self.words.say(match light {
            Light::Grey => "light_grey",
            Light::Green => "light_green",
            Light::Amber => "light_amber",
            Light::Red => "light_red",
        })
    }

    /// Two lines of figures: the budget, and the earned value.
    fn money(&self, money: &StatusMoney) -> Value {
        let StatusMoney { budget, earned_value } = money;
        let lang = self.words.lang();
        let amount = |minor: i64| typeset::amount(Money { minor, currency: budget.currency }, lang);
        let index = |index: &Option<String>| {
            let value = index.as_ref().and_then(|index| index.parse().ok());
            value.map_or("—".to_owned(), |value| typeset::decimal(value, lang))
        };
        let line = |figures: [(&str, String); 6]| {
            figures.map(|(label, value)| json!([self.words.say(label), value]))
        };
        json!([
            line([
                ("contract", amount(budget.contract_minor)),
                ("planned", amount(budget.planned_minor)),
                ("committed", amount(budget.committed_minor)),
                ("actual", amount(budget.actual_minor)),
                ("forecast", amount(budget.forecast_minor)),
                ("margin", amount(budget.margin_minor)),
            ]),
            line([
                ("pv", amount(earned_value.pv_minor)),
                ("ev", amount(earned_value.ev_minor)),
                ("cv", amount(earned_value.cv_minor)),
                ("sv", amount(earned_value.sv_minor)),
                ("cpi", index(&earned_value.cpi)),
                ("spi", index(&earned_value.spi)),
            ]),
        ])
    }

    fn milestone(&self, milestone: &StatusMilestone) -> Value {
        let (light, state) = match milestone.status {
            MilestoneStatus::Refused => (Light::Red, "milestone_refused"),
            _ if milestone.overdue => (Light::Red, "milestone_late"),
            MilestoneStatus::Pending | MilestoneStatus::Accepted => {
                (Light::Grey, "milestone_pending")
            }
        };
        json!({
            "name": line(&milestone.name, MEDIUM),
            "due": short_day(milestone.due_on),
            "light": light,
            "state": self.words.say(state),
        })
    }

    fn risk(&self, risk: &Risk) -> Value {
        let (light, band) = match risk.band {
            Band::Low => (Light::Green, "band_low"),
            Band::Medium => (Light::Green, "band_medium"),
            Band::High => (Light::Amber, "band_high"),
            Band::Critical => (Light::Red, "band_critical"),
        };
        json!({
            "title": line(&risk.title, LONG),
            "owner": self.owner(risk.owner_id),
            "score": risk.score.to_string(),
            "light": light,
            "band": self.words.say(band),
        })
    }

    fn item(&self, item: &SteeringItem) -> Value {
        let kind = match item.kind {
            SteeringItemKind::Decision => "kind_decision",
            SteeringItemKind::Action => "kind_action",
        };
        json!({
            "kind": self.words.say(kind),
            "title": line(&item.title, LONG),
            "owner": self.owner(item.owner_id),
            "due": item.due_on.map_or("—".to_owned(), short_day),
            "late": item.due_on.is_some_and(|due| due < self.today),
        })
    }

    fn owner(&self, owner: Option<UserId>) -> Option<String> {
        self.owners.get(&owner?).map(|name| line(name, SHORT))
    }

    fn measure(
        &self,
        indicator: Indicator,
        value: Option<f64>,
        (aim, limit): (Aim, f64),
        level: Level,
    ) -> Value {
        let lang = self.words.lang();
        let write = |value: f64| match indicator {
            Indicator::LateTasks
            | Indicator::AbsenceRate
            | Indicator::ValidatedTasks
            | Indicator::TasksInTime
            | Indicator::AcceptedMilestones => typeset::percent(value, lang),
            Indicator::IncidentRate
            | Indicator::OverdueMilestones
            | Indicator::UnvalidatedTasks
            | Indicator::UnstaffedTasks
            | Indicator::OverdueItems
            | Indicator::CriticalRisks => typeset::decimal(value, lang),
        };
        let bound = match aim {
            Aim::AtLeast => "≥",
            Aim::AtMost => "≤",
        };
        let light = Light::from(level);
        json!({
            "name": self.words.say_of("indicator", indicator.as_str()),
            "value": value.map_or("—".to_owned(), write),
            "limit": format!("{bound}\u{a0}{}", write(limit)),
            "light": light,
            "state": self.light(light),
        })
    }
}
