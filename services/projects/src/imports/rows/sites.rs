//! A row of `sites`.

use kernel::{Position, ProjectId};
use validator::Validate;

use crate::imports::finding::Findings;
use crate::imports::table::{Cells, Column};
use crate::sites::model::NewSite;

pub(super) const COLUMNS: &[Column] = &[
    Column { name: "project", fr: "projet", required: true },
    Column { name: "name", fr: "nom", required: true },
    Column { name: "lat", fr: "latitude", required: true },
    Column { name: "lon", fr: "longitude", required: true },
    Column { name: "address", fr: "adresse", required: false },
    Column { name: "client_name", fr: "client", required: false },
    Column { name: "sector", fr: "secteur", required: false },
    Column { name: "radius_m", fr: "rayon_m", required: false },
    Column { name: "zone", fr: "fuseau", required: false },
    Column { name: "access_notes", fr: "acces", required: false },
];

/// A site to be made.
pub(in crate::imports) struct SiteRow {
    /// The line it stands on.
    pub line: u64,
    /// The code of its project.
    pub project: String,
    /// The site; its project is filled in once it is found.
    pub new: NewSite,
}

/// Reads a row; none where something is wrong with it.
pub(super) fn read(cells: &Cells<'_>, findings: &mut Findings) -> Option<SiteRow> {
    let before = findings.count();
    let lat = cells.number("lat", findings);
    let lon = cells.number("lon", findings);
    let radius_m = cells.number("radius_m", findings);
    let new = NewSite {
        id: None,
        project_id: ProjectId(uuid::Uuid::nil()),
        name: cells.text("name")?,
        address: cells.text("address"),
        client_name: cells.text("client_name"),
        sector: cells.text("sector"),
        position: Position { lat: lat?, lon: lon?, accuracy_m: None },
        radius_m,
        polygon: None,
        zone: cells.text("zone"),
        contacts: Vec::new(),
        opening_hours: Vec::new(),
        access_notes: cells.text("access_notes"),
    };
    if let Err(errors) = new.validate() {
        findings.add_all(cells.at, &errors, |name| match name {
            "position" => Some("lat"),
            other => COLUMNS.iter().map(|c| c.name).find(|column| *column == other),
        });
    }
    let project = cells.text("project")?;
    (findings.count() == before).then_some(SiteRow { line: cells.at.1, project, new })
}
