//! A part of a site and its rules.

use contracts::{SitePartChange, SitePartChanged, SitePartKind};
use kernel::{ProjectId, SiteId, SitePartId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;
use web::{Versioned, check};

use crate::error::Delivery;

/// The most parts of one site.
pub(super) const MOST: i64 = 500;

/// A part of a site.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SitePart {
    /// Its id.
    pub id: SitePartId,
    /// Its site.
    pub site_id: SiteId,
    /// The zone a level lies in; none for what lies in the site itself.
    pub parent_id: Option<SitePartId>,
    /// What it is.
    pub kind: SitePartKind,
    /// Its name, once among its brothers.
    pub name: String,
    /// Its place among its brothers: levels from the lowest up.
    pub place: i32,
    /// Counts its changes.
    pub version: i64,
}

impl Versioned for SitePart {
    fn version(&self) -> i64 {
        self.version
    }
}

/// A part to be made.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSitePart {
    /// Its id, where the caller chooses it.
    pub id: Option<SitePartId>,
    /// Its site.
    pub site_id: SiteId,
    /// The zone a level lies in; zones lie in the site itself.
    pub parent_id: Option<SitePartId>,
    /// What it is.
    pub kind: SitePartKind,
    /// Its name, once among its brothers.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// Its place among its brothers; 0 unless said.
    #[serde(default)]
    #[validate(range(min = -1000, max = 1000))]
    #[schema(minimum = -1000, maximum = 1000, default = 0)]
    pub place: i32,
}

/// Changes to a part; what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SitePartPatch {
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Its place among its brothers.
    #[validate(range(min = -1000, max = 1000))]
    #[schema(minimum = -1000, maximum = 1000)]
    pub place: Option<i32>,
}

impl SitePart {
    /// A new part below `parent`: a zone lies in the site itself, a level there or in a zone of
    /// the same site.
    pub fn add(new: NewSitePart, parent: Option<&Self>) -> Result<Self, Delivery> {
        let fits = match (new.parent_id, parent) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(_), Some(parent)) => {
                new.kind == SitePartKind::Level
                    && parent.kind == SitePartKind::Zone
                    && parent.site_id == new.site_id
            }
        };
        if !fits {
            return Err(Delivery::PartElsewhere);
        }
        Ok(Self {
            id: new.id.unwrap_or_else(SitePartId::new),
            site_id: new.site_id,
            parent_id: new.parent_id,
            kind: new.kind,
            name: new.name,
            place: new.place,
            version: 1,
        })
    }

    /// The same part, changed.
    #[must_use]
    pub fn change(self, patch: SitePartPatch) -> Self {
        Self {
            name: patch.name.unwrap_or(self.name),
            place: patch.place.unwrap_or(self.place),
            version: self.version + 1,
            ..self
        }
    }

    /// The news of it.
    pub fn changed(&self, project: ProjectId, change: SitePartChange) -> SitePartChanged {
        SitePartChanged {
            part: self.id,
            version: self.version,
            change,
            site: self.site_id,
            project,
            parent: self.parent_id,
            kind: self.kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(site: SiteId, kind: SitePartKind, parent: Option<&SitePart>) -> NewSitePart {
        NewSitePart {
            id: None,
            site_id: site,
            parent_id: parent.map(|p| p.id),
            kind,
            name: "Bâtiment A".to_owned(),
            place: 0,
        }
    }

    #[test]
    fn a_level_lies_in_a_zone_of_the_same_site_and_a_zone_in_none() {
        let site = SiteId::new();
        let add = |kind, parent: Option<&SitePart>| SitePart::add(new(site, kind, parent), parent);
        let zone = add(SitePartKind::Zone, None).unwrap();
        let level = add(SitePartKind::Level, Some(&zone)).unwrap();
        assert_eq!(level.parent_id, Some(zone.id));
        assert!(add(SitePartKind::Level, None).is_ok());
        let wrong = |part: Result<SitePart, Delivery>| matches!(part, Err(Delivery::PartElsewhere));
        assert!(wrong(add(SitePartKind::Zone, Some(&zone))));
        assert!(wrong(add(SitePartKind::Level, Some(&level))));
        let elsewhere = new(SiteId::new(), SitePartKind::Level, Some(&zone));
        assert!(wrong(SitePart::add(elsewhere, Some(&zone))));
        let unknown = new(site, SitePartKind::Level, Some(&zone));
        assert!(wrong(SitePart::add(unknown, None)));
    }
}
