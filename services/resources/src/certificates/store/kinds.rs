//! The rows of the kinds of certificates.

use kernel::{CertificateKindId, SkillId};
use sqlx::PgConnection;

use crate::Error;
use crate::certificates::api::CertificateKindFilter;
use crate::certificates::kinds::CertificateKind;
use crate::error::broke;

/// The columns, said once.
macro_rules! select {
    ($rest:tt $(, $arg:expr)*) => {
        sqlx::query_as!(
            CertificateKind,
            r#"select id as "id: CertificateKindId", code, name_fr, name_en,
                      skill_id as "skill_id: SkillId", months, reminder_days, version
               from resources.certificate_kind "#
                + $rest
            $(, $arg)*
        )
    };
}

/// The kind.
pub(in crate::certificates) async fn find(
    db: &mut PgConnection,
    id: CertificateKindId,
) -> Result<CertificateKind, sqlx::Error> {
    select!("where id = $1", id as CertificateKindId).fetch_one(db).await
}

/// The kind, where there is one.
pub(in crate::certificates) async fn known(
    db: &mut PgConnection,
    id: CertificateKindId,
) -> Result<Option<CertificateKind>, sqlx::Error> {
    select!("where id = $1", id as CertificateKindId).fetch_optional(db).await
}

/// The kind, held until the end of the transaction.
pub(in crate::certificates) async fn lock(
    tx: &mut PgConnection,
    id: CertificateKindId,
) -> Result<CertificateKind, sqlx::Error> {
    select!("where id = $1 for update", id as CertificateKindId).fetch_one(tx).await
}

/// A page of the kinds, and one more.
pub(in crate::certificates) async fn list(
    db: &mut PgConnection,
    filter: &CertificateKindFilter,
    after: Option<CertificateKindId>,
    limit: i64,
) -> Result<Vec<CertificateKind>, sqlx::Error> {
    select!(
        "where ($1::text is null
                or position(lower($1) in lower(concat_ws(' ', code, name_fr, name_en))) > 0)
           and ($2::uuid is null or id > $2)
         order by id limit $3",
        filter.q.as_deref(),
        after as Option<CertificateKindId>,
        limit + 1
    )
    .fetch_all(db)
    .await
}

/// Stores a new kind.
pub(in crate::certificates) async fn insert(
    tx: &mut PgConnection,
    kind: &CertificateKind,
) -> Result<(), Error> {
    let done = sqlx::query!(
        "insert into resources.certificate_kind
             (id, code, name_fr, name_en, skill_id, months, reminder_days, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        kind.id as CertificateKindId,
        kind.code,
        kind.name_fr,
        kind.name_en,
        kind.skill_id as Option<SkillId>,
        kind.months,
        &kind.reminder_days,
        kind.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

/// Stores a kind of the trade, unless its code is there, with the skill of that code where there is
/// one.
pub(in crate::certificates) async fn sow(
    db: &mut PgConnection,
    kind: &CertificateKind,
    skill: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into resources.certificate_kind
             (id, code, name_fr, name_en, skill_id, months, reminder_days, version)
         values ($1, $2, $3, $4, (select id from resources.skill where code = $5), $6, $7, $8)
         on conflict (code) do nothing",
        kind.id as CertificateKindId,
        kind.code,
        kind.name_fr,
        kind.name_en,
        skill,
        kind.months,
        &kind.reminder_days,
        kind.version
    )
    .execute(db)
    .await
    .map(|_| ())
}

/// Stores a changed kind.
pub(in crate::certificates) async fn update(
    tx: &mut PgConnection,
    kind: &CertificateKind,
) -> Result<(), Error> {
    let done = sqlx::query!(
        "update resources.certificate_kind
         set code = $2, name_fr = $3, name_en = $4, skill_id = $5, months = $6,
             reminder_days = $7, version = $8
         where id = $1",
        kind.id as CertificateKindId,
        kind.code,
        kind.name_fr,
        kind.name_en,
        kind.skill_id as Option<SkillId>,
        kind.months,
        &kind.reminder_days,
        kind.version
    )
    .execute(tx)
    .await;
    done.map(|_| ()).map_err(explain)
}

fn explain(error: sqlx::Error) -> Error {
    if broke(&error, "certificate_kind_code") {
        Error::KindCodeTaken
    } else if broke(&error, "certificate_kind_skill_id_fkey") {
        Error::SkillUnknown
    } else {
        error.into()
    }
}
