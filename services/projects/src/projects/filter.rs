//! How lists of what belongs to projects are asked for.

use kernel::ProjectId;
use serde::Deserialize;
use validator::Validate;

/// Which to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OfProject {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
}
