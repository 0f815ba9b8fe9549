//! What is told when a template of recurring tasks changes.

use contracts::{TaskTemplateChange, TaskTemplateChanged};
use serde::Serialize;
use web::Write;

use super::generate;
use super::model::TaskTemplate;

/// Tells that a template changed, and lets its tasks be planned.
pub(super) fn tell(
    tx: &mut Write<'_>,
    template: &TaskTemplate,
    change: TaskTemplateChange,
    about: &impl Serialize,
) {
    let event = TaskTemplateChanged {
        template: template.id,
        version: template.version,
        change,
        site: template.site_id,
        project: template.project_id,
    };
    tx.emit_about(&event, about);
    generate::soon(tx, template);
}
