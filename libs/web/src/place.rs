//! Where a device was when somebody acted: dropped by every write that does not say what it is for.
//!
//! So no route can forget to drop it: what the device sent is readable here alone, and neither a row
//! nor the audit trail holds it unless the write asked. docs/privacy.md says who may.

use kernel::{Position, Timestamp};

use crate::context::Ctx;
use crate::write::Write;

impl Write<'_> {
    /// Where the device is, which the audit trail keeps from here on. For a press of the time
    /// clock; whatever else somebody does asks [`Write::keep_position_at_work`].
    pub fn keep_position(&mut self) -> Option<Position> {
        self.device.position = self.visit.device.position;
        self.device.position
    }

    /// The same for what proves work on a site, done by the caller at `at`: none, and nothing kept,
    /// where the caller may not be located then ([`Write::may_locate`]).
    pub async fn keep_position_at_work(
        &mut self,
        cx: &Ctx,
        at: Timestamp,
    ) -> Result<Option<Position>, sqlx::Error> {
        let sent = self.visit.device.position.is_some();
        Ok(if sent && self.may_locate(cx, at).await? { self.keep_position() } else { None })
    }

    /// Whether the caller may be located who did something beside the time clock at `at`: a crew
    /// member while clocked in alone, somebody with another role as well always. A stay open for
    /// longer than twelve hours is a forgotten clock-out, and says nothing of where they are.
    pub async fn may_locate(&mut self, cx: &Ctx, at: Timestamp) -> Result<bool, sqlx::Error> {
        if !cx.caller.is_crew() {
            return Ok(true);
        }
        let Some(worker) = cx.caller.worker else { return Ok(false) };
        sqlx::query_scalar!(
            r#"select exists(select 1 from planning_pub.time_entry
                             where worker_id = $1 and in_at <= $2
                               and (out_at >= $2 or out_at is null
                                    and in_at > $2::timestamptz - interval '12 hours'))
               as "there!""#,
            worker.uuid(),
            at
        )
        .fetch_one(&mut **self)
        .await
    }
}
