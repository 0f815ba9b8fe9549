//! `/v1/availability`.

use auth::{Action, Target};
use axum::Json;
use chrono_tz::Tz;
use kernel::{CrewId, SkillId, Timestamp, VehicleId, WorkerId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;
use web::{App, Ctx, Listed, Page, PageParams, Problem, ReadRefused, check};

use super::model::{Asked, Availability};
use super::store;

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_availability))
}

/// Of what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = AvailabilityOf)]
pub(crate) enum Of {
    /// Of workers.
    #[default]
    Workers,
    /// Of vehicles.
    Vehicles,
}

/// Who or what, and when.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AvailabilityFilter {
    /// Of workers, unless said otherwise, or of vehicles.
    #[serde(default)]
    #[param(inline, default = "workers")]
    pub of: Of,
    /// From when.
    #[validate(custom(function = check::instant))]
    #[param(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Timestamp,
    /// Until when, 31 days later at most.
    #[validate(custom(function = check::instant))]
    #[param(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Timestamp,
    /// The IANA time zone of the work: usual hours are local. The firm's unless said.
    #[validate(custom(function = check::zone))]
    #[param(example = "Africa/Dakar")]
    pub zone: Option<String>,
    /// Only this worker, also where no longer planned.
    pub worker_id: Option<WorkerId>,
    /// Only those of this crew.
    pub crew_id: Option<CrewId>,
    /// For work that asks for this skill: who lacks it is told as not free.
    pub skill_id: Option<SkillId>,
    /// At this level at least.
    #[serde(default = "any_level")]
    #[validate(range(min = 1, max = 5))]
    #[param(minimum = 1, maximum = 5, default = 1)]
    pub level: i16,
    /// Only this vehicle, also where no longer used.
    pub vehicle_id: Option<VehicleId>,
}

fn any_level() -> i16 {
    1
}

/// Say who or what is free from when to when, and why not
///
/// Against a worker stand: being no longer planned, the usual hours, absences in force, tasks that
/// are not finished, and a skill asked for that is missing, too low or past. Against a vehicle:
/// being no longer used, and who drives it.
#[utoipa::path(
    get, path = "/v1/availability", tag = "resources", params(AvailabilityFilter, PageParams),
    responses((status = 200, description = "A page of workers or vehicles", body = Page<Availability>), ReadRefused),
    security(("bearer" = []))
)]
async fn read_availability(
    cx: Ctx,
    Listed(filter, page): Listed<AvailabilityFilter>,
) -> Result<Json<Page<Availability>>, Problem> {
    let seen = cx.visible(Action::ReadWorkers)?;
    let zone = filter.zone.as_deref().and_then(|zone| zone.parse::<Tz>().ok());
    let skill = filter.skill_id.map(|skill| (skill, filter.level));
    let span = (filter.from, filter.to);
    let asked = Asked::new(span, zone.unwrap_or(cx.tenant.zone), skill)?;
    let after = page.after()?;
    let mut db = cx.db().await?;
    let told: Vec<_> = match filter.of {
        Of::Workers => {
            let people = store::people(&mut db, &seen, &filter, after, page.limit).await?;
            people.iter().map(|person| person.availability(&asked)).collect()
        }
        Of::Vehicles => {
            cx.may(Action::ReadWorkers, &Target::tenant())?;
            let machines = store::machines(&mut db, &filter, after, page.limit).await?;
            machines.iter().map(|machine| machine.availability(&asked)).collect()
        }
    };
    Ok(Json(Page::of(told, page.limit, |one| one.id)))
}
