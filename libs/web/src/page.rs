//! Lists are pages: at most 200 items, and an opaque cursor to what follows.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use validator::Validate;

use crate::problem::Problem;

/// Which page of a list is asked for. A list that takes more than that is asked for by
/// [`crate::Listed`].
#[derive(Debug, Clone, Deserialize, Validate, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageParams {
    /// How many items at most.
    #[serde(default = "PageParams::usual_limit")]
    #[validate(range(min = 1, max = 200))]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: i64,
    /// Where the page before ended, as it said.
    #[validate(length(max = 500))]
    #[param(max_length = 500)]
    pub cursor: Option<String>,
}

impl PageParams {
    /// What its parameters are called.
    pub(crate) const NAMES: [&str; 2] = ["limit", "cursor"];

    /// The length of a page that was asked for without one.
    pub fn usual_limit() -> i64 {
        50
    }

    /// The key after which this page begins.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok())
            .map(Some)
            .ok_or_else(|| {
                Problem::invalid().field(
                    "cursor",
                    "cursor",
                    "curseur inconnu : reprenez celui de la page précédente",
                    "unknown cursor: take the one the page before gave",
                )
            })
    }
}

/// A page of a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the page after this one; none at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page from rows that were fetched with one more than `limit`, to know whether any follow.
    pub fn of<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(0);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|last| {
            serde_json::to_vec(&key(last)).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
        });
        Self { items: rows, next }
    }
}
