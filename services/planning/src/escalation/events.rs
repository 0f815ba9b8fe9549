//! What is told when the firm's times are set.

use kernel::EscalationId;
use web::Write;

use super::model::Setting;
use crate::incidents;

/// Tells that other times hold, and has the open incidents looked at: what is due sooner now is
/// passed on sooner.
pub(super) fn tell(tx: &mut Write<'_>, id: EscalationId, setting: &Setting) {
    tx.emit_about(&setting.event(id), &setting.times);
    incidents::look_again(tx, setting.version);
}
