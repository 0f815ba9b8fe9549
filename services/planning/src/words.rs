//! Words of the database read as the enums they stand for.

use contracts::{
    DispatchState, IncidentSeverity, IncidentStatus, ServiceTarget, ServiceTimerChange,
    ServiceTimerState, TaskStatus,
};
use sqlx::Postgres;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgTypeInfo, PgValueRef};

/// A text column whose words are those of the enum `T` of the contracts, which know no database:
/// `status as "status!: Word<TaskStatus>"`.
#[derive(Debug)]
pub(crate) struct Word<T>(T);

impl<T> sqlx::Type<Postgres> for Word<T> {
    fn type_info() -> PgTypeInfo {
        <String as sqlx::Type<Postgres>>::type_info()
    }
    fn compatible(ty: &PgTypeInfo) -> bool {
        <String as sqlx::Type<Postgres>>::compatible(ty)
    }
}

impl<'r, T: TryFrom<String, Error = String>> sqlx::Decode<'r, Postgres> for Word<T> {
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let word = <String as sqlx::Decode<'r, Postgres>>::decode(value)?;
        Ok(Self(T::try_from(word)?))
    }
}

macro_rules! read_as {
    ($($name:ident),+) => {$(
        impl From<Word<$name>> for $name {
            fn from(word: Word<Self>) -> Self {
                word.0
            }
        }
    )+};
}
read_as!(
    DispatchState,
    TaskStatus,
    IncidentStatus,
    IncidentSeverity,
    ServiceTarget,
    ServiceTimerState,
    ServiceTimerChange
);
