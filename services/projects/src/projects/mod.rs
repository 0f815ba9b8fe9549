//! Projects: what a client ordered. Who sees a site sees its project too.

mod api;
mod events;
mod filter;
pub(crate) mod model;
pub(crate) mod store;

use auth::{Action, Target, Visibility};
use kernel::ProjectId;
use sqlx::PgConnection;
use web::{Ctx, Problem};

pub(crate) use api::{ProjectFilter, routes};
pub(crate) use events::changed;
pub(crate) use filter::OfProject;
use model::Project;
pub(crate) use store::{lock, zone};

/// The projects the caller sees: those of a grant, and those of the sites of a grant.
pub(crate) async fn visible(cx: &Ctx, db: &mut PgConnection) -> Result<Visibility, Problem> {
    reached(cx, db, Action::ReadProject).await
}

/// The projects that `action` reaches: those of a grant, and those of the sites of a grant.
pub(crate) async fn reached(
    cx: &Ctx,
    db: &mut PgConnection,
    action: Action,
) -> Result<Visibility, Problem> {
    let mut reached = cx.caller.visibility(action);
    if !reached.all && !reached.sites.is_empty() {
        reached.projects.extend(store::of_sites(db, &reached.sites).await?);
    }
    Ok(reached)
}

/// 404 unless `see` reaches this project, then 403 unless `action` is allowed on the whole of it.
pub(crate) async fn guard_by(
    cx: &Ctx,
    db: &mut PgConnection,
    see: Action,
    action: Action,
    id: ProjectId,
) -> Result<(), Problem> {
    if !reached(cx, db, see).await?.covers(&Target::project(id)) {
        return Err(Problem::not_found());
    }
    cx.may(action, &Target::project(id))
}

/// 404 unless this project is there and the caller sees it.
pub(crate) async fn sees(
    cx: &Ctx,
    db: &mut PgConnection,
    id: ProjectId,
) -> Result<Project, Problem> {
    let project = store::find(db, id).await?;
    if visible(cx, db).await?.covers(&Target::project(id)) {
        Ok(project)
    } else {
        Err(Problem::not_found())
    }
}

/// The same, and 403 unless `action` is allowed on it.
pub(crate) async fn guard(
    cx: &Ctx,
    db: &mut PgConnection,
    action: Action,
    id: ProjectId,
) -> Result<Project, Problem> {
    let project = sees(cx, db, id).await?;
    cx.may(action, &Target::project(id))?;
    Ok(project)
}
