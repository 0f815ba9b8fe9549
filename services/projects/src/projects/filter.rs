//! How lists of what belongs to projects are asked for.

use kernel::ProjectId;
use serde::Deserialize;
use validator::Validate;
use web::PageParams;

/// Which to list.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OfProject {
    /// Only those of this project.
    pub project_id: Option<ProjectId>,
    /// How many items at most.
    #[serde(default = "PageParams::usual_limit")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
}

impl OfProject {
    /// The page that is asked for.
    pub fn page(&self) -> PageParams {
        PageParams { limit: self.limit, cursor: self.cursor.clone() }
    }
}
