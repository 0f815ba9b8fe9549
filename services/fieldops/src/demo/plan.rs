//! Steps 3 and 4: the project lead plans, the crew is assigned, the site lead sees the day.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Duration, NaiveDate, Timelike, Utc};
use kernel::{Clock, SystemClock};
use serde_json::{Value, json};

use super::client::{Api, text};
use super::firm::Team;
use super::tell::Tell;

/// The place of the main site: Plateau, Dakar.
pub const SITE: (f64, f64) = (14.6687, -17.4381);

/// A project under way.
pub struct Plan {
    /// The project.
    pub project: String,
    /// Its two sites.
    pub sites: [String; 2],
    /// Its milestone.
    pub milestone: String,
    /// The checklist that the main task asks for.
    pub checklist: Value,
    /// The tasks of the main site in their order; the first is the phone's.
    pub tasks: Vec<String>,
    /// The day they are planned on.
    pub day: NaiveDate,
}

impl Plan {
    /// Plans today: a project with two sites, phases, a milestone, and linked tasks.
    pub async fn make(team: &Team, tell: &Tell) -> Result<Self> {
        let now = SystemClock.now();
        let day = now.date_naive();
        let lead = &team.lead;
        let id = |v: &Value| text(v, "id").map(str::to_owned);
        let project = id(&lead
            .post(
                "/v1/projects",
                &json!({
                    "code": "DKR-MT-01", "name": "Bouclage moyenne tension Dakar Plateau",
                    "client": "Ville de Dakar", "status": "active", "currency": "XOF",
                    "starts_on": day, "ends_on": day + Duration::days(60),
                }),
            )
            .await?)?;
        let site = async |name: &str, lat: f64, lon: f64| -> Result<String> {
            let new = json!({
                "project_id": project, "name": name, "client_name": "Ville de Dakar",
                "address": "Avenue Léopold Sédar Senghor, Dakar",
                "position": {"lat": lat, "lon": lon}, "radius_m": 150.0, "zone": "Africa/Dakar",
            });
            text(&lead.post("/v1/sites", &new).await?, "id").map(str::to_owned)
        };
        let sites = [
            site("Poste Plateau", SITE.0, SITE.1).await?,
            site("Poste Médina", 14.6829, -17.4500).await?,
        ];
        for (order, name) in ["Études", "Travaux", "Réception"].iter().enumerate() {
            let new = json!({"project_id": project, "name": name, "order": order + 1});
            lead.post("/v1/phases", &new).await?;
        }
        let milestone = id(&lead
            .post(
                "/v1/milestones",
                &json!({
                    "project_id": project, "name": "Mise sous tension",
                    "due_on": day + Duration::days(30),
                    "acceptance_criteria": "Essais d'isolement conformes, PV signé par le client",
                }),
            )
            .await?)?;
        tell.say("Fatou creates the project, two sites in Dakar, three phases and a milestone");
        let checklist = checklist(lead).await?;
        let plan = Self { project, sites, milestone, checklist, tasks: Vec::new(), day };
        plan.with_tasks(team, now, tell).await
    }

    async fn with_tasks(mut self, team: &Team, now: DateTime<Utc>, tell: &Tell) -> Result<Self> {
        // One after the other within the day, wherever in it the story is told.
        let start = now - Duration::minutes(i64::from(now.minute()));
        let titles = ["Consignation du poste", "Tirage du câble HTA", "Raccordement des têtes"];
        for (nth, title) in (0_i32..).zip(titles) {
            let begins = start + Duration::minutes(5) * nth;
            let mut new = json!({
                "site_id": self.sites[0], "title": title, "starts_at": begins,
                "duration_min": 5, "skills": [team.skill], "workers_needed": 1,
            });
            if nth == 0 {
                new["checklists"] = json!([self.checklist["id"]]);
            }
            let task = team.lead.post("/v1/tasks", &new).await?;
            self.tasks.push(text(&task, "id")?.to_owned());
        }
        for pair in self.tasks.windows(2) {
            let link = json!({"predecessor": pair[0], "successor": pair[1], "shift": true});
            team.lead.post("/v1/dependencies", &link).await?;
        }
        tell.say("three tasks, each after the one before, with a required skill and a checklist");
        self.assign(team, tell).await?;
        Ok(self)
    }

    /// The first task is the first crew member's; the rule finds workers for the others.
    async fn assign(&self, team: &Team, tell: &Tell) -> Result<()> {
        let (first, rest) = self.tasks.split_first().context("tasks")?;
        let task = team.lead.get(&format!("/v1/tasks/{first}")).await?;
        let tag = format!("\"{}\"", task["version"]);
        // A demonstration is given at any hour.
        let agreed = json!({"rules": ["outside_hours"], "reason": "Démonstration"});
        let set = json!({"worker_ids": [team.crew[0].1], "override": agreed});
        team.lead
            .with("if-match", tag)
            .post(&format!("/v1/tasks/{first}/assignments"), &set)
            .await?;
        team.lead
            .post("/v1/dispatch/assign", &json!({"task_ids": rest, "override": agreed}))
            .await?;
        let path = format!("/v1/tasks?site_id={}&day={}", self.sites[0], self.day);
        let today = team.site_lead.get(&path).await?;
        let planned = today["items"].as_array().map_or(0, Vec::len);
        ensure!(planned >= 1, "the site lead sees no task today: {today}");
        tell.say(&format!("the tasks are assigned; Ousmane sees {planned} of them for today"));
        Ok(())
    }
}

/// The trade's own checklist if it is there, else one is written: the first with a yes-no and a
/// number.
async fn checklist(lead: &Api) -> Result<Value> {
    let new = json!({
        "name": "Vérification d'absence de tension",
        "questions": [
            {"key": "consigned", "label": "Ouvrage consigné et condamné ?", "kind": "yes_no", "required": true},
            {"key": "voltage", "label": "Tension mesurée", "kind": "number", "unit": "V",
             "min": 0.0, "max": 1.0, "required": true},
        ],
    });
    lead.post("/v1/checklists", &new).await
}
