//! The routes of templates of recurring tasks, one operation per file; reading shares one.

mod change;
mod create;
mod read;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::ValidationError;
use web::App;

use super::model::Rule;

/// The slice's routes.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(read::list_task_templates, create::create_task_template))
        .routes(routes!(read::read_task_template, change::change_task_template))
        .routes(routes!(read::list_task_occurrences))
}

/// A rule of RFC 5545 that is known here.
fn rule(text: &str) -> Result<(), ValidationError> {
    match text.parse::<Rule>() {
        Ok(_) => Ok(()),
        Err(_) => Err(ValidationError::new("rule").with_message(
            "règle de la RFC 5545 : FREQ=DAILY, WEEKLY, MONTHLY ou YEARLY, avec INTERVAL, BYDAY, \
             BYMONTHDAY, et UNTIL ou COUNT | a rule of RFC 5545: FREQ=DAILY, WEEKLY, MONTHLY or \
             YEARLY, with INTERVAL, BYDAY, BYMONTHDAY, and UNTIL or COUNT"
                .into(),
        )),
    }
}
