//! A document and its rules.

use auth::{Action, Caller, Role, Target};
use chrono::{DateTime, NaiveDate, Utc};
use contracts::DocumentKind;
use kernel::{DocumentId, ProjectId, SiteId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use super::Refusal;

/// How many days before its last day a document is called to mind, unless told otherwise.
const REMINDER_DAYS: [i32; 3] = [30, 7, 0];

/// A document of a project or of one of its sites.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Its project.
    pub project_id: ProjectId,
    /// Its site; none: it is the whole project's.
    pub site_id: Option<SiteId>,
    /// What it is.
    pub kind: DocumentKind,
    /// Its name.
    pub name: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The roles that see it; none named: all that see the place.
    pub roles: Vec<Role>,
    /// Whether it is released to the field: crews see it then.
    pub released: bool,
    /// Whether readers are asked to say that they have read and understood it.
    pub must_acknowledge: bool,
    /// The last day it holds.
    pub expires_on: Option<NaiveDate>,
    /// How many days before that day it is called to mind.
    pub reminder_days: Vec<i32>,
    /// The number of the version in force; none before the first.
    pub current: Option<i32>,
    /// Who added it.
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Counts the changes of this record.
    pub version: i64,
}

impl Versioned for Document {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A document to be added; its versions follow.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDocument {
    /// Its id, where the caller chooses it.
    pub id: Option<DocumentId>,
    /// Its project.
    pub project_id: ProjectId,
    /// Its site, one of the project; none: it is the whole project's.
    pub site_id: Option<SiteId>,
    /// What it is.
    pub kind: DocumentKind,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Words to find it by.
    #[serde(default)]
    #[validate(length(max = 20), custom(function = good_tags))]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
    /// The roles that see it; none named: all that see the place.
    #[serde(default)]
    #[validate(length(max = 5), custom(function = good_roles))]
    #[schema(max_items = 5)]
    pub roles: Vec<Role>,
    /// Whether it is released to the field: crews with work there see it then.
    #[serde(default)]
    pub released: bool,
    /// Whether readers are asked to say that they have read and understood it.
    #[serde(default)]
    pub must_acknowledge: bool,
    /// The last day it holds.
    #[validate(custom(function = check::day))]
    pub expires_on: Option<NaiveDate>,
    /// How many days before that day it is called to mind: 30, 7 and 0 unless said.
    #[validate(length(max = 8), custom(function = check::reminders))]
    #[schema(max_items = 8)]
    pub reminder_days: Option<Vec<i32>>,
}

/// Changes to a document's record; what is absent stays, `null` clears.
#[derive(Debug, Clone, Default, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentPatch {
    /// What it is.
    pub kind: Option<DocumentKind>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Words to find it by.
    #[validate(length(max = 20), custom(function = good_tags))]
    #[schema(max_items = 20)]
    pub tags: Option<Vec<String>>,
    /// The roles that see it; none named: all that see the place.
    #[validate(length(max = 5), custom(function = good_roles))]
    #[schema(max_items = 5)]
    pub roles: Option<Vec<Role>>,
    /// Whether it is released to the field.
    pub released: Option<bool>,
    /// Whether readers are asked to say that they have read and understood it.
    pub must_acknowledge: Option<bool>,
    /// The last day it holds.
    #[serde(default, deserialize_with = "web::nullable")]
    #[validate(custom(function = check::day))]
    #[schema(value_type = Option<NaiveDate>)]
    pub expires_on: Option<Option<NaiveDate>>,
    /// How many days before that day it is called to mind.
    #[validate(length(max = 8), custom(function = check::reminders))]
    #[schema(max_items = 8)]
    pub reminder_days: Option<Vec<i32>>,
}

fn good_tags(tags: &[String]) -> Result<(), ValidationError> {
    if tags.iter().any(|t| t.chars().count() > 40) {
        return Err(ValidationError::new("length")
            .with_message("40 caractères au plus par mot | at most 40 characters each".into()));
    }
    tags.iter().try_for_each(|tag| check::text(tag))
}

fn good_roles(roles: &[Role]) -> Result<(), ValidationError> {
    if roles.contains(&Role::PlatformAdmin) {
        return Err(ValidationError::new("role")
            .with_message("un rôle de l'entreprise | a role of the firm".into()));
    }
    Ok(())
}

/// The same without repetitions, in the order given.
fn once<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut kept = Vec::with_capacity(all.len());
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

impl Document {
    /// A new document without a version.
    pub fn add(new: NewDocument, by: UserId, at: Timestamp) -> Self {
        Self {
            id: new.id.unwrap_or_else(DocumentId::new),
            project_id: new.project_id,
            site_id: new.site_id,
            kind: new.kind,
            name: new.name,
            tags: once(new.tags),
            roles: once(new.roles),
            released: new.released,
            must_acknowledge: new.must_acknowledge,
            expires_on: new.expires_on,
            reminder_days: once(new.reminder_days.unwrap_or_else(|| REMINDER_DAYS.to_vec())),
            current: None,
            created_by: by,
            created_at: at,
            version: 1,
        }
    }

    /// The same document, changed.
    pub fn change(self, patch: DocumentPatch) -> Self {
        Self {
            kind: patch.kind.unwrap_or(self.kind),
            name: patch.name.unwrap_or(self.name),
            tags: patch.tags.map_or(self.tags, once),
            roles: patch.roles.map_or(self.roles, once),
            released: patch.released.unwrap_or(self.released),
            must_acknowledge: patch.must_acknowledge.unwrap_or(self.must_acknowledge),
            expires_on: patch.expires_on.unwrap_or(self.expires_on),
            reminder_days: patch.reminder_days.map_or(self.reminder_days, once),
            version: self.version + 1,
            ..self
        }
    }

    /// What a permission is asked for.
    pub fn target(&self) -> Target {
        Target { project: Some(self.project_id), site: self.site_id, workers: Vec::new() }
    }

    /// Nobody shuts themselves out: one of the roles by which the caller manages it must see it.
    pub fn stays_open_to(&self, caller: &Caller) -> Result<(), Refusal> {
        let target = self.target();
        let manages = caller.visibility_of_roles(Action::ManageDocument);
        let sees = |role| self.roles.is_empty() || self.roles.contains(role);
        if manages.iter().any(|(role, where_to)| where_to.covers(&target) && sees(role)) {
            Ok(())
        } else {
            Err(Refusal::ShutOut)
        }
    }
}

/// Whose eyes look: each entry is a role and one place where it sees documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Eyes {
    /// The roles.
    pub roles: Vec<String>,
    /// `all`, `project`, `site` or `worker`; `platform` for the platform itself.
    pub scopes: Vec<String>,
    /// The project, site or worker.
    pub ids: Vec<Uuid>,
}

impl Eyes {
    /// Those of the platform at work: they see all.
    pub fn platform() -> Self {
        let word = || vec!["platform".to_owned()];
        Self { roles: word(), scopes: word(), ids: vec![Uuid::nil()] }
    }

    /// Those of a caller.
    pub fn of(caller: &Caller) -> Self {
        let mut eyes = Self::default();
        for (role, seen) in caller.visibility_of_roles(Action::ReadDocument) {
            let mut look = |scope: &str, id| {
                eyes.roles.push(role.as_str().to_owned());
                eyes.scopes.push(scope.to_owned());
                eyes.ids.push(id);
            };
            if seen.all {
                look("all", Uuid::nil());
            }
            seen.projects.iter().for_each(|id| look("project", id.uuid()));
            seen.sites.iter().for_each(|id| look("site", id.uuid()));
            seen.workers.iter().for_each(|id| look("worker", id.uuid()));
        }
        eyes
    }
}

/// The largest file of a kind of document, in bytes.
pub(crate) const fn max_bytes(kind: DocumentKind) -> i64 {
    const MIB: i64 = 1024 * 1024;
    match kind {
        DocumentKind::Plan | DocumentKind::Other => 500 * MIB,
        DocumentKind::Report => 200 * MIB,
        DocumentKind::Contract | DocumentKind::MethodStatement => 100 * MIB,
        DocumentKind::Permit => 50 * MIB,
    }
}

/// The largest file of all.
pub(crate) const MAX_BYTES: i64 = max_bytes(DocumentKind::Plan);

#[cfg(test)]
mod tests {
    use auth::{Grant, Scope};
    use kernel::{Clock, SessionId, SystemClock, WorkerId};

    use super::*;

    fn caller(role: Role, scope: Scope) -> Caller {
        Caller {
            user: UserId::new(),
            session: SessionId::new(),
            grants: vec![Grant { role, scope }],
            worker: Some(WorkerId::new()),
            mates: Vec::new(),
        }
    }

    fn permit(project: ProjectId) -> Document {
        let json = serde_json::json!({
            "project_id": project, "kind": "permit", "name": "Arrêté de voirie",
            "tags": ["voirie", "voirie"], "expires_on": "2026-12-31",
        });
        Document::add(serde_json::from_value(json).unwrap(), UserId::new(), SystemClock.now())
    }

    #[test]
    fn a_new_document_calls_itself_to_mind_thrice_and_says_no_word_twice() {
        let permit = permit(ProjectId::new());
        assert_eq!(permit.reminder_days, [30, 7, 0]);
        assert_eq!(permit.tags, ["voirie"]);
        assert_eq!(permit.current, None);
    }

    #[test]
    fn nobody_shuts_themselves_out() {
        let project = ProjectId::new();
        let lead = caller(Role::ProjectLead, Scope::Project(project));
        let open = permit(project);
        assert!(open.stays_open_to(&lead).is_ok());
        let patch = |roles| DocumentPatch { roles: Some(roles), ..DocumentPatch::default() };
        let kept = open.clone().change(patch(vec![Role::ProjectLead, Role::Manager]));
        assert!(kept.stays_open_to(&lead).is_ok());
        let lost = open.change(patch(vec![Role::Manager]));
        assert!(matches!(lost.stays_open_to(&lead), Err(Refusal::ShutOut)));
        assert!(permit(ProjectId::new()).stays_open_to(&lead).is_err());
    }

    #[test]
    fn a_crew_member_looks_through_the_own_work_alone() {
        let crew = caller(Role::CrewMember, Scope::Tenant);
        let eyes = Eyes::of(&crew);
        assert_eq!(eyes.scopes, ["worker"]);
        assert_eq!(eyes.ids, [crew.worker.unwrap().uuid()]);
        assert_eq!(Eyes::of(&caller(Role::PlatformAdmin, Scope::Tenant)), Eyes::default());
    }
}
