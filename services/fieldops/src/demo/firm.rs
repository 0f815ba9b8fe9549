//! Steps 1 and 2: the platform makes the tenant, its admin brings the people in.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::client::{Api, Target, text};
use super::stream::follow_run;
use super::tell::Tell;
use crate::up::Person;

/// A tenant that was just made.
pub struct Firm {
    /// Its host, nobody signed in.
    pub visitor: Api,
    /// Its id.
    pub id: String,
    /// The secret of the first admin's invitation.
    invitation: String,
}

/// The people of a firm, signed in.
pub struct Team {
    /// Runs the account.
    pub admin: Api,
    /// Watches.
    pub manager: Api,
    /// Plans.
    pub lead: Api,
    /// Runs the day.
    pub site_lead: Api,
    /// The crew members, each with the id of their worker.
    pub crew: Vec<(Api, String)>,
    /// A worker without an account.
    pub loner: String,
    /// The skill that the work requires.
    pub skill: String,
}

impl Firm {
    /// Has the platform make the tenant and follows the run to its end. None where the host name
    /// is taken: it was made before.
    pub async fn found(
        target: &Target,
        platform: &Api,
        slug: &str,
        name: &str,
        admin_email: &str,
        tell: &Tell,
    ) -> Result<Option<Self>> {
        let new = json!({
            "name": name, "slug": slug, "sector": "electricity", "country": "SN",
            "zone": "Africa/Dakar", "currency": "XOF",
            "admin_email": admin_email, "admin_name": "Aïssatou Ba",
        });
        let answer =
            platform.send(reqwest::Method::POST, "/v1/platform/tenants", Some(&new)).await?;
        if answer.status.as_u16() == 409 {
            return Ok(None);
        }
        let founded = answer.ok().context("creating the tenant")?;
        tell.say(&format!("the platform admin creates « {name} » at {slug}.{}", target.base));
        let run = text(&founded, "run_id")?;
        for step in follow_run(platform, run).await? {
            tell.say(&format!("  provisioning: {step}"));
        }
        Ok(Some(Self {
            visitor: target.tenant(slug)?,
            id: text(&founded["tenant"], "id")?.to_owned(),
            invitation: text(&founded, "invitation_token")?.to_owned(),
        }))
    }

    /// The admin accepts, invites everybody, and links workers to users. `people` begins with the
    /// admin; the others follow by role, crew members last.
    pub async fn staff(&self, people: &[Person], tell: &Tell) -> Result<Team> {
        let [chief, others @ ..] = people else { bail!("a firm needs an admin") };
        let accept = json!({"token": self.invitation, "password": chief.password});
        self.visitor.post("/v1/auth/accept-invitation", &accept).await?;
        let admin = self.visitor.sign_in(&chief.email, &chief.password).await?;
        tell.say(&format!("{} accepts the invitation and signs in", chief.name));
        let mut users = Vec::new();
        for person in others {
            users.push(self.invite(&admin, person).await?);
        }
        tell.say(&format!("{} people are invited and have chosen a password", others.len()));
        let skills = admin.get("/v1/skills?limit=200").await?;
        let skill = skills["items"]
            .as_array()
            .and_then(|all| all.iter().find(|s| s["code"] == "B0").or(all.first()))
            .context("the sector's skills")?;
        let skill = text(skill, "id")?.to_owned();
        let mut crew = Vec::new();
        let (mut manager, mut lead, mut site_lead) = (None, None, None);
        for (person, user) in others.iter().zip(users) {
            let worker = match person.role {
                "crew_member" => Some(worker(&admin, person.name, Some(&user), &skill).await?),
                _ => None,
            };
            // Signed in after the link, so that the token knows the worker.
            let api = self.visitor.sign_in(&person.email, &person.password).await?;
            match (person.role, worker) {
                ("manager", _) => manager = Some(api),
                ("project_lead", _) => lead = Some(api),
                ("site_lead", _) => site_lead = Some(api),
                (_, Some(worker)) => crew.push((api, worker)),
                (role, None) => bail!("unexpected role {role}"),
            }
        }
        let loner = worker(&admin, "Baba Thiam", None, &skill).await?;
        tell.say("each crew member is linked to a worker; Baba Thiam has no account");
        ensure!(crew.len() >= 2, "a crew of two at least");
        Ok(Team {
            admin,
            manager: manager.context("a manager")?,
            lead: lead.context("a project lead")?,
            site_lead: site_lead.context("a site lead")?,
            crew,
            loner,
            skill,
        })
    }

    async fn invite(&self, admin: &Api, person: &Person) -> Result<String> {
        let scope = if person.role == "crew_member" { "own" } else { "tenant" };
        let invite = json!({
            "email": person.email, "name": person.name,
            "grants": [{"role": person.role, "scope": {"kind": scope}}],
        });
        let issued = admin.post("/v1/invitations", &invite).await?;
        let accept = json!({"token": text(&issued, "token")?, "password": person.password});
        self.visitor.post("/v1/auth/accept-invitation", &accept).await?;
        Ok(text(&issued["invitation"], "user_id")?.to_owned())
    }
}

async fn worker(admin: &Api, name: &str, user: Option<&str>, skill: &str) -> Result<String> {
    let mut new: Value = json!({"name": name, "skills": [{"skill_id": skill}]});
    if let Some(user) = user {
        new["user_id"] = json!(user);
    }
    Ok(text(&admin.post("/v1/workers", &new).await?, "id")?.to_owned())
}
