//! `/v1/audit`.

use auth::{Action, Target};
use axum::Json;
use chrono::{DateTime, Utc};
use contracts::MONEY_ENTITIES;
use kernel::{AuditId, Position, RequestId, TaskId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;
use web::{App, Ctx, Listed, Page, PageParams, Params, Problem, ReadRefused, check};

use super::store::{self, Read};
use super::verify::{Verification, verify};
use crate::photos;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_audit)).routes(routes!(verify_audit))
}

/// Which acts to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AuditFilter {
    /// Only acts on this kind of thing: `task`, `photo`, `site`. For a task, those of its photos,
    /// signatures, checklists and incidents too.
    #[validate(length(min = 1, max = 50), custom(function = check::text))]
    #[param(min_length = 1, max_length = 50)]
    entity: Option<String>,
    /// Only acts on this one.
    entity_id: Option<Uuid>,
}

/// Somebody did something.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
struct Act {
    /// The entry.
    id: AuditId,
    /// What was done: `task.started`.
    action: String,
    /// The kind of thing it was done to.
    entity: String,
    /// The thing.
    entity_id: Uuid,
    /// The version the thing reached.
    entity_version: i64,
    /// When the server recorded it.
    at: DateTime<Utc>,
    /// When the device says it happened.
    device_at: Option<DateTime<Utc>>,
    /// Where the device was; none once that is forgotten.
    position: Option<Position>,
    /// Who did it; none for the platform itself, or where the person was erased.
    actor: Option<Actor>,
    /// The values, as the writer gave them.
    about: Value,
    /// Whether the personal part was erased.
    erased: bool,
    /// The request it came with.
    request_id: RequestId,
    /// Its place in the chain; none while it waits to be sealed.
    link: Option<Link>,
}

/// Who did it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
struct Actor {
    /// The user.
    id: UserId,
    /// The name, where the user is known.
    name: Option<String>,
}

/// A place in the chain.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
struct Link {
    /// Counted from 1.
    position: i64,
    /// The link's hash, in hexadecimal.
    hash: String,
}

impl From<Read> for Act {
    fn from(read: Read) -> Self {
        let erased = read.detail.is_none();
        let mut detail = read.detail.unwrap_or_default();
        let mut take = |name: &str| detail.get_mut(name).map(Value::take).unwrap_or_default();
        let actor: Option<UserId> = serde_json::from_value(take("actor")).unwrap_or(None);
        Self {
            id: read.id,
            action: read.action,
            entity: read.entity,
            entity_id: read.entity_id,
            entity_version: read.entity_version,
            at: read.at,
            device_at: serde_json::from_value(take("device_at")).unwrap_or(None),
            // Before it stood apart the place was among the rest.
            position: read.place.or_else(|| Some(take("position"))).and_then(position),
            actor: actor.map(|id| Actor { id, name: read.name }),
            about: take("about"),
            erased,
            request_id: RequestId(read.request_id),
            link: read
                .position
                .zip(read.hash)
                .map(|(position, hash)| Link { position, hash: hex::encode(hash) }),
        }
    }
}

fn position(place: Value) -> Option<Position> {
    serde_json::from_value(place).unwrap_or(None)
}

/// List what was done
///
/// In order. Who sees the whole firm may ask for anything; who sees less asks for one task.
#[utoipa::path(
    get, path = "/v1/audit", tag = "proofs", params(AuditFilter, PageParams),
    responses((status = 200, description = "A page of acts", body = Page<Act>), ReadRefused),
    security(("bearer" = []))
)]
async fn list_audit(
    cx: Ctx,
    Listed(filter, page): Listed<AuditFilter>,
) -> Result<Json<Page<Act>>, Problem> {
    let seen = cx.visible(Action::ReadAudit)?;
    let after = page.after()?;
    let task = filter.entity_id.filter(|_| filter.entity.as_deref() == Some("task")).map(TaskId);
    let mut db = cx.db().await?;
    let rows = match task {
        Some(task) => {
            if !seen.all {
                let place = photos::task(&mut db, task).await?;
                let target =
                    Target::site(place.project_id, place.site_id).with_workers(place.workers);
                cx.sees(Action::ReadAudit, &target)?;
            }
            store::acts_of_task(&mut db, task, after, page.limit).await?
        }
        None if seen.all => {
            let (entity, id) = (filter.entity.as_deref(), filter.entity_id);
            // Whoever sees the whole firm's acts does not always see its money.
            let money = cx.caller.visibility(Action::ReadBudget).all;
            let hidden = if money { &[][..] } else { &MONEY_ENTITIES[..] };
            let hidden: Vec<_> = hidden.iter().map(|entity| (*entity).to_owned()).collect();
            store::acts(&mut db, entity, id, &hidden, after, page.limit).await?
        }
        None => {
            return Err(Problem::forbidden().detail(
                "Précisez entity=task et entity_id : votre droit de lecture s'arrête à vos chantiers.",
                "Name entity=task and entity_id: your right to read ends at your sites.",
            ));
        }
    };
    let acts = rows.into_iter().map(Act::from).collect();
    Ok(Json(Page::of(acts, page.limit, |act: &Act| act.id)))
}

/// How to verify.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct VerifyParams {
    /// Whether the stored photos and signatures are read again too, which takes longer.
    #[serde(default)]
    photos: bool,
}

/// Verify the trail
///
/// Recomputes every link and names what was changed: one byte in an entry, in its detail, in a
/// link, and with `photos` in a stored photo or signature.
#[utoipa::path(
    get, path = "/v1/audit/verify", tag = "proofs", params(VerifyParams),
    responses((status = 200, description = "What was found", body = Verification), ReadRefused),
    security(("bearer" = []))
)]
async fn verify_audit(
    cx: Ctx,
    Params(params): Params<VerifyParams>,
) -> Result<Json<Verification>, Problem> {
    cx.may(Action::ReadAudit, &Target::tenant())?;
    Ok(Json(verify(&cx.app, cx.tenant.id, params.photos).await?))
}
