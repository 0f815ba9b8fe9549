//! A reminder is told once, whatever the clock and the jobs do.

use chrono::{Days, TimeDelta};
use kernel::Clock;

use super::*;

async fn reminders(stage: &Stage) -> i64 {
    stage.settle().await;
    audited(stage, "document.expiring").await
}

#[tokio::test]
async fn each_reminder_comes_once_under_replays_and_jumps_of_the_clock() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let today = stage.clock.now().date_naive();
    let last = today + Days::new(60);
    let permit = json!({ "kind": "permit", "expires_on": last });
    let permit = document(&manager, ours, permit).await;
    assert_eq!(reminders(&stage).await, 0);
    stage.clock.advance(TimeDelta::days(31));
    assert_eq!(reminders(&stage).await, 1);

    // The same jobs once more, as after a crash or a restore.
    let mut sql = stage.sql().await;
    let again = "update core.job set state = 'waiting', finished_at = null
                 where kind = 'projects.remind_document' and state = 'done'";
    sqlx::query(again).execute(&mut sql).await.unwrap();
    stage.app(kernel::Service::Projects).jobs.wake(stage.tenant.id);
    assert_eq!(reminders(&stage).await, 1);

    // Back and forth over the same moment.
    stage.clock.advance(TimeDelta::days(-5));
    assert_eq!(reminders(&stage).await, 1);
    stage.clock.advance(TimeDelta::days(5));
    assert_eq!(reminders(&stage).await, 1);

    // Over two at once: the more urgent speaks for both.
    stage.clock.advance(TimeDelta::days(40));
    assert_eq!(reminders(&stage).await, 2);
    let given: i64 = sqlx::query_scalar("select count(*) from projects.document_reminder")
        .fetch_one(&mut sql)
        .await
        .unwrap();
    assert_eq!(given, 3);

    // Another last day has its own.
    let version = manager.get(&path(&permit)).await.version();
    let later = json!({ "expires_on": last + Days::new(15), "reminder_days": [7] });
    manager.patch_match(&path(&permit), version, later).await.expect(200);
    assert_eq!(reminders(&stage).await, 3);
    let expired = manager.get(&format!("/v1/documents?expires_by={}", last + Days::new(15))).await;
    assert_eq!(ids(&expired.expect(200)).len(), 1);
    let early = manager.get(&format!("/v1/documents?expires_by={last}")).await;
    assert!(ids(&early.expect(200)).is_empty());
}

#[tokio::test]
async fn a_day_that_is_taken_back_reminds_nobody() {
    let stage = stage().await;
    let manager = manager(&stage);
    let ours = project(&manager, "A").await;
    let last = stage.clock.now().date_naive() + Days::new(60);
    let permit = document(&manager, ours, json!({ "expires_on": last })).await;
    let version = manager.get(&path(&permit)).await.version();
    let never = json!({ "expires_on": null });
    manager.patch_match(&path(&permit), version, never).await.expect(200);
    stage.clock.advance(TimeDelta::days(100));
    assert_eq!(reminders(&stage).await, 0);
}
