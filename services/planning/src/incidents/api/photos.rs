use auth::Action;
use contracts::IncidentChange;
use kernel::{IncidentId, PhotoId};
use serde::Deserialize;
use validator::Validate;
use web::{Changed, Ctx, PathId, Problem, ProblemBody, Reply, Valid, WriteHeaders, WriteRefused};

use super::{save, target};
use crate::checklists;
use crate::error::Error;
use crate::incidents::model::{Incident, MOST_PHOTOS};
use crate::incidents::store;

/// Photos that show an incident.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentPhotos {
    /// The photos, taken on the incident's site; those that are there already stay.
    #[validate(length(min = 1, max = 50))]
    #[schema(min_items = 1, max_items = 50)]
    photo_ids: Vec<PhotoId>,
}

/// Links photos to an incident.
///
/// Whoever may report incidents there may, also after it was resolved.
#[utoipa::path(
    post, path = "/v1/incidents/{id}/photos", tag = "planning", security(("bearer" = [])),
    params(("id" = IncidentId, Path, description = "The incident"), WriteHeaders),
    request_body(content = IncidentPhotos, description = "The photos"),
    responses(
        (status = 200, description = "Linked", body = Incident),
        WriteRefused,
        (status = 422, description = "No such photo of the site, or more than 50 in all",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(super) async fn add_incident_photos(
    cx: Ctx,
    PathId(id): PathId<IncidentId>,
    Valid(new): Valid<IncidentPhotos>,
) -> Result<Reply<Changed<Incident>>, Problem> {
    cx.write(async |tx| -> Result<_, Error> {
        store::lock(tx, id).await?;
        let mut incident = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
        cx.guard(Action::ReadIncident, Action::ReportIncident, &target(&incident))?;
        let mut photos = new.photo_ids;
        photos.sort();
        photos.dedup();
        if checklists::store::photos(tx, incident.site_id, &photos).await?.len() < photos.len() {
            return Err(Error::Unknown("/photo_ids"));
        }
        incident.photo_ids.extend(photos);
        incident.photo_ids.sort();
        incident.photo_ids.dedup();
        if incident.photo_ids.len() > MOST_PHOTOS {
            return Err(Error::Unknown("/photo_ids"));
        }
        incident.version += 1;
        save(tx, &incident, IncidentChange::Updated).await?;
        Ok(Changed(incident))
    })
    .await
}
