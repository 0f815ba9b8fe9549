//! The skills' rows.

use kernel::SkillId;
use sqlx::PgConnection;

use super::api::SkillFilter;
use super::model::Skill;
use crate::Error;
use crate::error::broke;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            Skill,
            r#"select id as "id: SkillId", code, name_fr, name_en, version from resources.skill "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The skill.
pub(crate) async fn find(db: &mut PgConnection, id: SkillId) -> Result<Skill, sqlx::Error> {
    select!("where id = $1", id as SkillId).fetch_one(db).await
}

/// The skill, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut PgConnection, id: SkillId) -> Result<Skill, sqlx::Error> {
    select!("where id = $1 for update", id as SkillId).fetch_one(tx).await
}

/// A page of the skills, and one more.
pub(crate) async fn list(
    db: &mut PgConnection,
    filter: &SkillFilter,
    after: Option<SkillId>,
    limit: i64,
) -> Result<Vec<Skill>, sqlx::Error> {
    select!(
        "where ($1::text is null
                or position(lower($1) in lower(concat_ws(' ', code, name_fr, name_en))) > 0)
           and ($2::uuid is null or id > $2)
         order by id limit $3",
        filter.q.as_deref(),
        after as Option<SkillId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new skill.
pub(crate) async fn insert(tx: &mut PgConnection, skill: &Skill) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into resources.skill (id, code, name_fr, name_en, version)
         values ($1, $2, $3, $4, $5)",
        skill.id as SkillId,
        skill.code,
        skill.name_fr,
        skill.name_en,
        skill.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a skill of the trade, unless its code is there.
pub(crate) async fn sow(db: &mut PgConnection, skill: &Skill) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.skill (id, code, name_fr, name_en, version)
         values ($1, $2, $3, $4, $5)
         on conflict (code) do nothing",
        skill.id as SkillId,
        skill.code,
        skill.name_fr,
        skill.name_en,
        skill.version
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Stores a changed skill.
pub(crate) async fn update(tx: &mut PgConnection, skill: &Skill) -> Result<(), Error> {
    let done = sqlx::query!(
        "update resources.skill set code = $2, name_fr = $3, name_en = $4, version = $5
         where id = $1",
        skill.id as SkillId,
        skill.code,
        skill.name_fr,
        skill.name_en,
        skill.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "skill_code") { Error::CodeTaken } else { error.into() }
}
