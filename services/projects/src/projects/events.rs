//! What is told when a project changed.

use contracts::{Change, ProjectChanged};

use super::model::Project;

/// The news of a project.
pub(crate) fn changed(project: &Project, change: Change) -> ProjectChanged {
    ProjectChanged {
        project: project.id,
        version: project.version,
        change,
        status: project.status,
        currency: project.currency,
    }
}
