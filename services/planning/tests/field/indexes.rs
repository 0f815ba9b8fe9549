//! What is asked of tables that grow is found by an index, not by reading them whole.

use crate::world::World;

#[tokio::test]
async fn nothing_that_grows_is_read_whole() {
    let world = World::new().await;
    let mut sql = world.stage.sql().await;
    sqlx::query("set enable_seqscan = off").execute(&mut sql).await.unwrap();
    let nil = "'00000000-0000-0000-0000-000000000000'::uuid";
    for (index, from) in [
        ("change_by_thing", format!("planning.change where kind = 'site' and entity_id = {nil}")),
        ("transition_by_worker", format!("planning.task_transition where worker_id = {nil}")),
        (
            "transition_located",
            "planning.task_transition where at < now() and lat is not null".into(),
        ),
        ("refusal_by_age", "planning.refusal where noted_at < now()".into()),
        ("refusal_by_worker", format!("planning.refusal where worker_id = {nil}")),
        ("timesheet_by_age", "planning.timesheet where to_at < now()".into()),
    ] {
        let plan: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
            "explain (costs off) select * from {from}"
        )))
        .fetch_all(&mut sql)
        .await
        .unwrap();
        assert!(plan.iter().any(|line| line.contains(index)), "{index}: {plan:?}");
    }
}
