//! A firm with one of everything: two sites of a project, another project, and what happens on
//! them, so that every operation has something to be about.

mod documents;
mod projects;
mod resources;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use chrono::{Duration as Days, SecondsFormat};
use fieldops::demo::{Api, Firm, Phone, Picture, Target, Team, Tell, story_people, text};
use fieldops::up::Person;
use kernel::{Clock, SystemClock};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::calls::{ANNOUNCED, Things};

const HERE: (f64, f64) = (14.6687, -17.4381);

/// The firm, its people and its things.
pub struct World {
    /// Its name in host names.
    pub slug: String,
    /// The firm.
    pub firm: Firm,
    /// Its people, in the order of [`story_people`].
    pub people: Vec<Person>,
    /// Its people, signed in. The first crew member works on `task`, the second on the other site.
    pub team: Team,
    /// One of everything by name; `other_…` is on the project's other site, `far_…` in the other
    /// project.
    pub things: Things,
    /// What the names of project-wide things contain.
    pub project_mark: String,
    /// What the names of things of `site` contain.
    pub site_mark: String,
}

/// Somebody who was invited.
pub struct Guest {
    /// Signed in.
    pub api: Api,
    /// E-mail address.
    pub email: String,
    /// Password.
    pub password: String,
}

/// The platform's admin, signed in; the account is made right after the door opens.
pub async fn platform(target: &Target, admin: &Person) -> Result<Api> {
    for _ in 0..300 {
        let signed = target.platform()?.sign_in_platform(&admin.email, &admin.password).await;
        if let Ok(api) = signed {
            return Ok(api);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    bail!("the platform's admin cannot sign in")
}

fn id(thing: &Value) -> Result<String> {
    text(thing, "id").map(str::to_owned)
}

fn now() -> String {
    SystemClock.now().to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl World {
    /// Founds a firm and furnishes it; names contain `mark`.
    pub async fn make(target: &Target, platform: &Api, mark: &str) -> Result<Self> {
        let slug = format!("w-{}", &Uuid::new_v4().simple().to_string()[..12]);
        let people = story_people(&slug);
        let quiet = Tell::new(false);
        let firm = Firm::found(target, platform, &slug, mark, &people[0].email, &quiet).await?;
        let firm = firm.context("the host name is free")?;
        let team = firm.staff(&people, &quiet).await?;
        let things = Things::from([("tenant", firm.id.clone()), ("slug", slug.clone())]);
        let (project_mark, site_mark) = (format!("{mark}-projet"), format!("{mark}-chantier"));
        let mut world = Self { slug, firm, people, team, things, project_mark, site_mark };
        world.moments();
        world.plan().await?;
        world.steering().await?;
        world.staff().await?;
        world.tasks().await?;
        world.work().await?;
        world.proofs().await?;
        world.documents().await?;
        world.identity().await?;
        world.reporting().await?;
        Ok(world)
    }

    fn put(&mut self, name: &'static str, made: &Value) -> Result<String> {
        let made = id(made).with_context(|| name.to_owned())?;
        self.things.insert(name, made.clone());
        Ok(made)
    }

    fn moments(&mut self) {
        let today = SystemClock.now().date_naive();
        for (name, day) in [
            ("today", today),
            ("earlier", today - Days::days(1)),
            ("later", today + Days::days(20)),
        ] {
            self.things.insert(name, day.to_string());
        }
    }

    async fn plan(&mut self) -> Result<()> {
        let lead = self.team.lead.clone();
        let (whole, here) = (self.project_mark.clone(), self.site_mark.clone());
        let new = json!({"code": "A-1", "name": whole, "status": "active"});
        let project = self.put("project", &lead.post("/v1/projects", &new).await?)?;
        let new = json!({"code": "B-1", "name": "Projet voisin", "status": "active"});
        let far = self.put("far_project", &lead.post("/v1/projects", &new).await?)?;
        for (name, title, project) in [
            ("site", here.as_str(), &project),
            ("other_site", "Deuxième chantier", &project),
            ("far_site", "Chantier voisin", &far),
        ] {
            let new = json!({"project_id": project, "name": title, "zone": "Africa/Dakar",
                             "position": {"lat": HERE.0, "lon": HERE.1}, "radius_m": 150.0});
            self.put(name, &lead.post("/v1/sites", &new).await?)?;
        }
        let new = json!({"project_id": project, "name": whole});
        self.put("phase", &lead.post("/v1/phases", &new).await?)?;
        let new = json!({"project_id": project, "name": whole, "due_on": self.things["later"]});
        self.put("milestone", &lead.post("/v1/milestones", &new).await?)?;
        self.money().await?;
        self.delivery(&lead, &project).await?;
        let new = json!({"name": "Contrôle", "questions": [
            {"key": "ok", "label": "En ordre ?", "kind": "yes_no", "required": true}]});
        self.put("checklist", &lead.post("/v1/checklists", &new).await?)?;
        let day = json!([{"from": "08:00", "to": "17:00"}]);
        let new = json!({"project_id": project, "name": whole,
                         "week": [day, day, day, day, day, [], []]});
        self.put("calendar", &lead.post("/v1/calendars", &new).await?)?;
        Ok(())
    }

    async fn staff(&mut self) -> Result<()> {
        let admin = self.team.admin.clone();
        let (worker, other) = (self.team.crew[0].1.clone(), self.team.crew[1].1.clone());
        let new = json!({"code": "PROPRE", "name_fr": "Propre", "name_en": "Own"});
        self.put("skill", &admin.post("/v1/skills", &new).await?)?;
        let new = json!({"name": "Équipe", "members": [worker]});
        self.put("crew", &admin.post("/v1/crews", &new).await?)?;
        self.things.insert("worker", worker);
        self.things.insert("other_worker", other);
        self.things.insert("fresh_absence", self.fresh("fresh_absence", 0).await?);
        self.fleet().await
    }

    async fn tasks(&mut self) -> Result<()> {
        let lead = self.team.lead.clone();
        let here = self.site_mark.clone();
        let terms = json!({"priorities": ["normal"], "resolve_min": 527_040, "counts": "always"});
        let new = json!({"site_id": self.things["site"], "name": here, "terms": terms});
        self.put("service_level", &lead.post("/v1/service-levels", &new).await?)?;
        for (name, site, title) in [
            ("task", "site", here.as_str()),
            ("task_b", "site", here.as_str()),
            ("task_c", "site", here.as_str()),
            ("other_task", "other_site", "Tâche du deuxième chantier"),
            ("far_task", "far_site", "Tâche voisine"),
        ] {
            let mut new = json!({"site_id": self.things[site], "title": title,
                                 "starts_at": now(), "duration_min": 30});
            if name == "task" {
                new["checklists"] = json!([self.things["checklist"]]);
            }
            self.put(name, &lead.post("/v1/tasks", &new).await?)?;
        }
        let timers = format!("/v1/service-timers?task_id={}", self.things["task"]);
        self.put("service_timer", &lead.get(&timers).await?["items"][0])?;
        self.things.insert("fresh_site_code", self.fresh("fresh_site_code", 0).await?);
        for (task, worker) in [("task", "worker"), ("other_task", "other_worker")] {
            let path = format!("/v1/tasks/{}", self.things[task]);
            let version = lead.get(&path).await?["version"].clone();
            let agreed = json!({"rules": ["outside_hours"], "reason": "À toute heure"});
            let set = json!({"worker_ids": [self.things[worker]], "override": agreed});
            let lead = lead.with("if-match", format!("\"{version}\""));
            lead.post(&format!("{path}/assignments"), &set).await?;
        }
        let link = json!({"predecessor": self.things["task"], "successor": self.things["task_b"],
                          "shift": true});
        self.put("dependency", &lead.post("/v1/dependencies", &link).await?)?;
        let search = json!({"site_ids": [self.things["site"]], "from": self.things["today"],
                            "to": self.things["today"], "rounds": 5, "what_if": true});
        self.put("dispatch_run", &lead.post("/v1/dispatch/runs", &search).await?)?;
        let new = json!({"site_id": self.things["site"], "title": here, "duration_min": 30,
                         "rule": "FREQ=YEARLY", "starts_on": "2099-01-05", "starts_at": "08:00"});
        self.put("task_template", &lead.post("/v1/task-templates", &new).await?)?;
        Ok(())
    }

    async fn work(&mut self) -> Result<()> {
        let (one, two) = (self.team.crew[0].0.clone(), self.team.crew[1].0.clone());
        let here = self.site_mark.clone();
        for (api, entry, incident, site, task, title) in [
            (&one, "time_entry", "incident", "site", "task", here.as_str()),
            (&two, "other_entry", "other_incident", "other_site", "other_task", "Câble nu"),
        ] {
            let (site, task) = (self.things[site].clone(), self.things[task].clone());
            let stay = api.post("/v1/time-entries", &json!({"site_id": site})).await?;
            self.put(entry, &stay)?;
            api.post(&format!("/v1/tasks/{task}/start"), &json!({})).await?;
            let new = json!({"site_id": site, "task_id": task, "title": title, "cause": "safety",
                             "severity": "critical", "description": title});
            self.put(incident, &api.post("/v1/incidents", &new).await?)?;
        }
        let week = json!({"week": self.things["today"]});
        let opened = one.post("/v1/timesheets", &week).await?;
        self.put("timesheet", &opened["items"][0])?;
        let code = format!("/v1/clock-codes/{}", self.things["site"]);
        self.team.site_lead.post(&code, &json!({})).await?;
        let run = json!({"task_id": self.things["task"], "checklist_id": self.things["checklist"]});
        self.put("checklist_run", &one.post("/v1/checklist-runs", &run).await?)?;
        let refused = json!({"site_id": self.things["site"], "method": "POST", "status": 422,
                             "path": "/v1/incidents", "acted_at": now(), "problem": {"title": here}});
        self.put("refusal", &one.post("/v1/field/refusals", &refused).await?)?;
        Ok(())
    }

    async fn proofs(&mut self) -> Result<()> {
        let api = self.team.crew[0].0.clone();
        let bytes = testkit::photos::jpeg_with_exif(1, None, None);
        let photo = self.announce(bytes.len()).await?;
        self.things.insert("photo", photo.clone());
        let phone = Phone::new(api.clone(), SystemClock.now(), HERE);
        let picture = Picture { name: "armoire.jpg".to_owned(), bytes };
        phone.upload(&photo, &picture, false).await?;
        self.things.insert("announced", self.announce(ANNOUNCED).await?);
        self.things.insert("upload", self.fresh("fresh_upload", 0).await?);
        let sign = json!({"task_id": self.things["task"], "signer_name": self.site_mark,
                          "signer_role": "client", "strokes": [[[0.1, 0.1], [0.9, 0.2]]]});
        self.put("signature", &api.post("/v1/signatures", &sign).await?)?;
        let path = format!("/v1/photos/{photo}");
        until("the photo is ready", async || Ok(api.get(&path).await?["state"] == "ready")).await
    }

    async fn announce(&self, size: usize) -> Result<String> {
        let new = json!({"site_id": self.things["site"], "task_id": self.things["task"],
                         "taken_at": now(), "size": size, "content_type": "image/jpeg",
                         "caption": self.site_mark});
        id(&self.team.crew[0].0.post("/v1/photos", &new).await?)
    }

    async fn identity(&mut self) -> Result<()> {
        let issued = self.invite_only(0).await?;
        self.things.insert("invitation", id(&issued["invitation"])?);
        let user = text(&issued["invitation"], "user_id")?.to_owned();
        self.things.insert("user", user);
        let who = &self.people[4];
        let signed = json!({"email": who.email, "password": who.password});
        let signed = self.firm.visitor.post("/v1/auth/sign-in", &signed).await?;
        self.things.insert("session", text(&signed, "session_id")?.to_owned());
        Ok(())
    }

    async fn reporting(&mut self) -> Result<()> {
        let new = json!({"kind": "day", "site_id": self.things["site"], "format": "pdf",
                         "day": self.things["today"]});
        let site_lead = self.team.site_lead.clone();
        let report = self.put("report", &site_lead.post("/v1/reports", &new).await?)?;
        let path = format!("/v1/reports/{report}");
        until("the report is ready", async || Ok(site_lead.get(&path).await?["state"] == "ready"))
            .await?;
        let (manager, incidents) = (self.team.manager.clone(), ["incident", "other_incident"]);
        until("both alerts are raised", async || {
            let alerts = manager.get("/v1/alerts?limit=200").await?;
            for (name, incident) in ["alert", "other_alert"].into_iter().zip(incidents) {
                let incident = &self.things[incident];
                let mut all = alerts["items"].as_array().into_iter().flatten();
                let Some(alert) = all.find(|a| a["entity_id"] == incident.as_str()) else {
                    return Ok(false);
                };
                self.things.insert(name, id(alert)?);
            }
            Ok(true)
        })
        .await
    }

    /// Makes what a call uses up.
    pub async fn fresh(&self, name: &'static str, nth: i64) -> Result<String> {
        match name {
            "fresh_absence" => {
                let day = SystemClock.now().date_naive() + Days::days(40 + nth);
                let new = json!({"from": format!("{day}T08:00:00Z"), "to": format!("{day}T09:00:00Z"),
                                 "kind": "training"});
                let path = format!("/v1/workers/{}/absences", self.things["worker"]);
                id(&self.team.admin.post(&path, &new).await?)
            }
            "fresh_drive" => self.drive(nth).await,
            "fresh_site_part" => {
                let name = Uuid::new_v4().to_string();
                let part = json!({"site_id": self.things["site"], "kind": "level", "name": name});
                id(&self.team.lead.post("/v1/site-parts", &part).await?)
            }
            "fresh_invitation" => id(&self.invite_only(nth).await?["invitation"]),
            "fresh_dependency" => {
                let new = json!({"site_id": self.things["site"], "title": self.site_mark,
                                 "starts_at": now(), "duration_min": 30});
                let task = id(&self.team.lead.post("/v1/tasks", &new).await?)?;
                let link = json!({"predecessor": self.things["task_b"], "successor": task,
                                  "shift": true});
                id(&self.team.lead.post("/v1/dependencies", &link).await?)
            }
            "fresh_upload" => {
                let photo = self.announce(ANNOUNCED).await?;
                let things = Things::from([("announced", photo.clone())]);
                let begin = crate::calls::operations();
                let begin =
                    begin.iter().find(|o| o.id == "create_upload").context("create_upload")?;
                begin.call(&things).by(&self.team.crew[0].0).await?.ok()?;
                Ok(photo)
            }
            "fresh_steering_kpi" => {
                // A project follows an indicator once: the one a refused caller left goes first.
                let (lead, project) = (&self.team.lead, &self.things["project"]);
                let new = json!({"project_id": project, "indicator": "overdue_items",
                                 "aim": "at_most", "target": 0.0, "warning": 3.0});
                let all = lead.get(&format!("/v1/steering/kpis?project_id={project}")).await?;
                let mut all = all["items"].as_array().into_iter().flatten();
                if let Some(old) = all.find(|kpi| kpi["indicator"] == new["indicator"]) {
                    let path = format!("/v1/steering/kpis/{}", id(old)?);
                    lead.send(Method::DELETE, &path, None).await?.ok()?;
                }
                id(&lead.post("/v1/steering/kpis", &new).await?)
            }
            "fresh_site_code" => {
                let site = self.things["site"].clone();
                self.team.site_lead.post(&format!("/v1/clock-codes/{site}"), &json!({})).await?;
                Ok(site)
            }
            "fresh_document_upload" => self.document_upload().await,
            other => bail!("{other} cannot be made afresh"),
        }
    }

    async fn invite_only(&self, nth: i64) -> Result<Value> {
        let new = json!({"email": format!("i{nth}-{}@invited.example", Uuid::new_v4().simple()),
                         "name": "Personne invitée",
                         "grants": [{"role": "crew_member", "scope": {"kind": "own"}}]});
        self.team.admin.post("/v1/invitations", &new).await
    }

    /// Brings somebody in with these grants; as a worker of the crew where `mate` says so.
    pub async fn guest(&self, grants: &Value, mate: bool) -> Result<Guest> {
        let admin = &self.team.admin;
        let email = format!("{}@guest.example", Uuid::new_v4().simple());
        let password = Uuid::new_v4().to_string();
        let new = json!({"email": email, "name": "Invité", "grants": grants});
        let issued = admin.post("/v1/invitations", &new).await?;
        let accept = json!({"token": text(&issued, "token")?, "password": password});
        self.firm.visitor.post("/v1/auth/accept-invitation", &accept).await?;
        if mate {
            let user = text(&issued["invitation"], "user_id")?;
            let new = json!({"name": "Coéquipier", "user_id": user});
            let worker = id(&admin.post("/v1/workers", &new).await?)?;
            let path = format!("/v1/crews/{}", self.things["crew"]);
            let crew = admin.get(&path).await?;
            let members = json!({"members": [self.things["worker"], worker]});
            let admin = admin.with("if-match", format!("\"{}\"", crew["version"]));
            admin.send(Method::PATCH, &path, Some(&members)).await?.ok()?;
        }
        let api = self.firm.visitor.sign_in(&email, &password).await?;
        Ok(Guest { api, email, password })
    }
}

async fn until(what: &str, mut ready: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
    for _ in 0..600 {
        if ready().await? {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("waited in vain until {what}")
}
