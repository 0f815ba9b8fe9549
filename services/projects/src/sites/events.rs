//! What is told when a site changed.

use contracts::{Change, SiteChanged};

use super::model::Site;

/// The news of a site.
pub(crate) fn changed(site: &Site, change: Change) -> SiteChanged {
    SiteChanged {
        site: site.id,
        version: site.version,
        change,
        project: site.project_id,
        position: site.position,
        radius_m: site.radius_m,
        zone: site.zone.clone(),
    }
}
