//! Projects: what a client ordered. Who sees a site sees its project too.

mod api;
mod events;
pub(crate) mod model;
pub(crate) mod store;

use auth::{Action, Target, Visibility};
use kernel::ProjectId;
use sqlx::PgConnection;
use web::{Ctx, Problem};

pub(crate) use api::{ProjectFilter, routes};
pub(crate) use events::changed;
use model::Project;
pub(crate) use store::lock;

/// The projects the caller sees: those of a grant, and those of the sites of a grant.
pub(crate) async fn visible(cx: &Ctx, db: &mut PgConnection) -> Result<Visibility, Problem> {
    let mut seen = cx.caller.visibility(Action::ReadProject);
    if !seen.all && !seen.sites.is_empty() {
        seen.projects.extend(store::of_sites(db, &seen.sites).await?);
    }
    Ok(seen)
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
