//! The SQL of checklists.

mod versions;

use std::collections::HashMap;

use auth::Visibility;
use kernel::{
    ChecklistId, ChecklistRunId, PhotoId, ProjectId, SiteId, TaskId, Timestamp, UserId, WorkerId,
};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::model::{Answered, Checklist, ChecklistRef, Question, Run, Value};

/// A template at its newest version.
pub(crate) async fn find(
    conn: &mut PgConnection,
    id: ChecklistId,
) -> Result<Option<Checklist>, sqlx::Error> {
    Ok(newest(conn, Some(id), None, 1).await?.pop())
}

/// A template at its newest version, locked until the end of the transaction.
pub(crate) async fn lock(
    tx: &mut PgConnection,
    id: ChecklistId,
) -> Result<Option<Checklist>, sqlx::Error> {
    sqlx::query!("select id from planning.checklist where id = $1 for update", id as ChecklistId)
        .fetch_optional(&mut *tx)
        .await?;
    find(tx, id).await
}

/// The templates after the one of this id, each at its newest version.
pub(crate) async fn list(
    conn: &mut PgConnection,
    after: Option<ChecklistId>,
    limit: i64,
) -> Result<Vec<Checklist>, sqlx::Error> {
    newest(conn, None, after, limit).await
}

/// A template at one of its versions.
pub(crate) async fn find_version(
    conn: &mut PgConnection,
    id: ChecklistId,
    version: i64,
) -> Result<Option<Checklist>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select c.code, v.name, v.questions as "questions: Json<Vec<Question>>"
           from planning.checklist c join planning.checklist_version v on v.checklist_id = c.id
           where c.id = $1 and v.version = $2"#,
        id as ChecklistId,
        version
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Checklist { id, code: r.code, name: r.name, questions: r.questions.0, version }))
}

/// Which of these photos were taken on the site.
pub(crate) async fn photos(
    conn: &mut PgConnection,
    site: SiteId,
    photos: &[PhotoId],
) -> Result<Vec<PhotoId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id!: PhotoId" from proofs_pub.photo where site_id = $1 and id = any($2)"#,
        site as SiteId,
        photos as &[PhotoId]
    )
    .fetch_all(conn)
    .await
}

async fn newest(
    conn: &mut PgConnection,
    id: Option<ChecklistId>,
    after: Option<ChecklistId>,
    limit: i64,
) -> Result<Vec<Checklist>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.id as "id: ChecklistId", c.code, v.name, c.version,
               v.questions as "questions: Json<Vec<Question>>"
           from planning.checklist c
           join planning.checklist_version v on v.checklist_id = c.id and v.version = c.version
           where ($1::uuid is null or c.id = $1) and ($2::uuid is null or c.id > $2)
           order by c.id limit $3"#,
        id as Option<ChecklistId>,
        after as Option<ChecklistId>,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Checklist {
            id: r.id,
            code: r.code,
            name: r.name,
            questions: r.questions.0,
            version: r.version,
        })
        .collect())
}

/// Stores a new template; false where its id or its code is there already.
pub(crate) async fn insert(
    tx: &mut PgConnection,
    checklist: &Checklist,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "insert into planning.checklist (id, code, version) values ($1, $2, $3)
         on conflict do nothing",
        checklist.id as ChecklistId,
        checklist.code,
        checklist.version
    )
    .execute(&mut *tx)
    .await?;
    if stored.rows_affected() == 0 {
        return Ok(false);
    }
    versions::insert(tx, checklist, now).await?;
    Ok(true)
}

/// Stores the template as its next version.
pub(crate) async fn save(
    tx: &mut PgConnection,
    checklist: &mut Checklist,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    checklist.version = sqlx::query_scalar!(
        "update planning.checklist set version = version + 1 where id = $1 returning version",
        checklist.id as ChecklistId
    )
    .fetch_one(&mut *tx)
    .await?;
    versions::insert(tx, checklist, now).await?;
    versions::forget(tx, checklist.id, now).await
}

/// The task's checklists with required questions that are not all answered: of those that nobody
/// has begun, which are asked in any case.
pub(crate) async fn incomplete(
    conn: &mut PgConnection,
    task: TaskId,
) -> Result<Vec<ChecklistRef>, sqlx::Error> {
    sqlx::query_as!(
        ChecklistRef,
        r#"select c.id as "id: ChecklistId", v.name, r.id as "run_id?"
           from planning.task_checklist l
           join planning.checklist c on c.id = l.checklist_id
           left join planning.checklist_run r
               on r.task_id = l.task_id and r.checklist_id = l.checklist_id
           join planning.checklist_version v on v.checklist_id = c.id
               and v.version = coalesce(r.checklist_version, c.version)
           where l.task_id = $1 and (v.required or r.id is not null) and r.completed_at is null
           order by v.name, c.id"#,
        task as TaskId
    )
    .fetch_all(conn)
    .await
}

/// The run of this id.
pub(crate) async fn find_run(
    conn: &mut PgConnection,
    id: ChecklistRunId,
) -> Result<Option<Run>, sqlx::Error> {
    Ok(runs(conn, &[id]).await?.pop())
}

/// The run, locked until the end of the transaction.
pub(crate) async fn lock_run(
    tx: &mut PgConnection,
    id: ChecklistRunId,
) -> Result<Option<Run>, sqlx::Error> {
    sqlx::query!(
        "select id from planning.checklist_run where id = $1 for update",
        id as ChecklistRunId
    )
    .fetch_optional(&mut *tx)
    .await?;
    find_run(tx, id).await
}

/// The task's run of a checklist.
pub(crate) async fn run_of(
    conn: &mut PgConnection,
    task: TaskId,
    checklist: ChecklistId,
) -> Result<Option<ChecklistRunId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select id as "id: ChecklistRunId" from planning.checklist_run
           where task_id = $1 and checklist_id = $2"#,
        task as TaskId,
        checklist as ChecklistId
    )
    .fetch_optional(conn)
    .await
}

/// The visible runs, of one task where it is given.
pub(crate) async fn list_runs(
    conn: &mut PgConnection,
    seen: &Visibility,
    task: Option<TaskId>,
    after: Option<ChecklistRunId>,
    limit: i64,
) -> Result<Vec<Run>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select r.id as "id: ChecklistRunId"
           from planning.checklist_run r join planning.task t on t.id = r.task_id
           where ($1 or t.project_id = any($2) or t.site_id = any($3) or exists (
                      select 1 from planning.assignment a
                      where a.task_id = t.id and a.worker_id = any($4)))
             and ($5::uuid is null or r.task_id = $5)
             and ($6::uuid is null or r.id > $6)
           order by r.id limit $7"#,
        seen.all,
        &seen.projects as &[ProjectId],
        &seen.sites as &[SiteId],
        &seen.workers as &[WorkerId],
        task as Option<TaskId>,
        after as Option<ChecklistRunId>,
        limit
    )
    .fetch_all(&mut *conn)
    .await?;
    runs(conn, &ids).await
}

/// All runs of these tasks.
pub(crate) async fn runs_of_tasks(
    conn: &mut PgConnection,
    tasks: &[TaskId],
) -> Result<Vec<Run>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select id as "id: ChecklistRunId" from planning.checklist_run
           where task_id = any($1) order by id"#,
        tasks as &[TaskId]
    )
    .fetch_all(&mut *conn)
    .await?;
    runs(conn, &ids).await
}

async fn runs(conn: &mut PgConnection, ids: &[ChecklistRunId]) -> Result<Vec<Run>, sqlx::Error> {
    let mut answers = answers(conn, ids).await?;
    let rows = sqlx::query!(
        r#"select r.id as "id: ChecklistRunId", r.task_id as "task_id: TaskId",
               r.checklist_id as "checklist_id: ChecklistId", r.checklist_version, v.name,
               v.questions as "questions: Json<Vec<Question>>", r.nonconformities,
               r.completed_at, r.version
           from planning.checklist_run r
           join planning.checklist_version v
               on v.checklist_id = r.checklist_id and v.version = r.checklist_version
           where r.id = any($1) order by r.id"#,
        ids as &[ChecklistRunId]
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Run {
            answers: answers.remove(&r.id).unwrap_or_default(),
            id: r.id,
            task_id: r.task_id,
            checklist_id: r.checklist_id,
            checklist_version: r.checklist_version,
            name: r.name,
            questions: r.questions.0,
            nonconformities: r.nonconformities,
            completed_at: r.completed_at,
            version: r.version,
        })
        .collect())
}

async fn answers(
    conn: &mut PgConnection,
    runs: &[ChecklistRunId],
) -> Result<HashMap<ChecklistRunId, Vec<Answered>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select run_id as "run: ChecklistRunId", question, value as "value: Json<Value>",
               conforms, photo_id as "photo_id: PhotoId", answered_at, at,
               answered_by as "answered_by: UserId"
           from planning.checklist_answer where run_id = any($1)
           order by run_id, answered_at, question"#,
        runs as &[ChecklistRunId]
    )
    .fetch_all(conn)
    .await?;
    let mut by_run: HashMap<_, Vec<_>> = HashMap::new();
    for r in rows {
        by_run.entry(r.run).or_default().push(Answered {
            question: r.question,
            value: r.value.0,
            conforms: r.conforms,
            photo_id: r.photo_id,
            answered_at: r.answered_at,
            at: r.at,
            answered_by: r.answered_by,
        });
    }
    Ok(by_run)
}

/// Stores a new run with its first answers.
pub(crate) async fn insert_run(tx: &mut PgConnection, run: &Run) -> Result<(), sqlx::Error> {
    let (answered, asked) = run.counts();
    sqlx::query!(
        "insert into planning.checklist_run
             (id, task_id, checklist_id, checklist_version, answered, questions,
              nonconformities, completed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        run.id as ChecklistRunId,
        run.task_id as TaskId,
        run.checklist_id as ChecklistId,
        run.checklist_version,
        answered,
        asked,
        run.nonconformities,
        run.completed_at
    )
    .execute(&mut *tx)
    .await?;
    save_answers(tx, run).await
}

/// Stores a run and its answers under its next version.
pub(crate) async fn save_run(tx: &mut PgConnection, run: &mut Run) -> Result<(), sqlx::Error> {
    let (answered, asked) = run.counts();
    run.version = sqlx::query_scalar!(
        "update planning.checklist_run
         set answered = $2, nonconformities = $3, completed_at = $4, questions = $5,
             version = version + 1
         where id = $1 returning version",
        run.id as ChecklistRunId,
        answered,
        run.nonconformities,
        run.completed_at,
        asked
    )
    .fetch_one(&mut *tx)
    .await?;
    save_answers(tx, run).await
}

async fn save_answers(tx: &mut PgConnection, run: &Run) -> Result<(), sqlx::Error> {
    for answer in &run.answers {
        sqlx::query!(
            "insert into planning.checklist_answer
                 (run_id, question, value, conforms, answered_at, at, answered_by, photo_id)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (run_id, question) do update
             set value = excluded.value, conforms = excluded.conforms,
                 answered_at = excluded.answered_at, at = excluded.at,
                 answered_by = excluded.answered_by, photo_id = excluded.photo_id",
            run.id as ChecklistRunId,
            answer.question,
            Json(&answer.value) as Json<&Value>,
            answer.conforms,
            answer.answered_at,
            answer.at,
            answer.answered_by as Option<UserId>,
            answer.photo_id as Option<PhotoId>
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
