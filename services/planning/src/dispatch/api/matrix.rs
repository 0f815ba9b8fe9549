use auth::{Action, Target};
use axum::Json;
use axum::body::{Body, to_bytes};
use contracts::{TravelMatrixChange, TravelMatrixChanged};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use web::{
    Changed, Ctx, Done, Problem, ProblemBody, ReadRefused, Reply, WriteHeaders, WriteRefused,
};

use crate::dispatch::model::{MatrixInfo, read_matrix};
use crate::dispatch::store;
use crate::error::{DispatchError, Error};

/// The largest file: 500 places with generous fields.
const LARGEST: usize = 8 << 20;

/// The firm's own travel times.
#[derive(Debug, Serialize, ToSchema)]
pub struct TravelMatrixState {
    /// What is known of the table; none where the firm gave none.
    pub matrix: Option<MatrixInfo>,
}

/// Read what is known of the firm's own travel times.
#[utoipa::path(
    get, path = "/v1/dispatch/travel-matrix", tag = "planning", security(("bearer" = [])),
    responses(
        (status = 200, description = "The table, where there is one", body = TravelMatrixState),
        ReadRefused,
    ))]
pub async fn read_travel_matrix(cx: Ctx) -> Result<Json<TravelMatrixState>, Problem> {
    cx.visible(Action::ReadWorkers)?;
    let matrix = store::matrix::find(&mut *cx.db().await?).await?;
    Ok(Json(TravelMatrixState { matrix }))
}

/// Give the firm's own travel times.
///
/// The body is a table (CSV with commas or semicolons, up to 8 MiB) of at most 500 places: the
/// first line names them after an empty field by the ids of sites, depots and workers (for where
/// their day starts), each line after it begins with a place and gives the minutes to each. The
/// whole table takes the place of the one before. Where anything is wrong nothing changes, and
/// `findings` name line and column.
#[utoipa::path(
    put, path = "/v1/dispatch/travel-matrix", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    request_body(content = String, content_type = "text/csv", description = "The table"),
    responses(
        (status = 200, description = "The table", body = MatrixInfo),
        WriteRefused,
        (status = 413, description = "The file is too large",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "The file is wrong (`findings`: line, column, code)",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub async fn upload_travel_matrix(
    cx: Ctx,
    body: Body,
) -> Result<Reply<Changed<MatrixInfo>>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    let too_large = |_| Problem::from(DispatchError::TooLarge);
    let bytes = to_bytes(body, LARGEST).await.map_err(too_large)?;
    let read = tokio::task::spawn_blocking(move || read_matrix(&bytes));
    let table = read.await.map_err(Problem::internal)?.map_err(DispatchError::Matrix)?;
    cx.write(async |tx| -> Result<_, Error> {
        let unknown = store::matrix::unknown(tx, &table.places).await?;
        if !unknown.is_empty() {
            return Err(DispatchError::Matrix(table.unknown(&unknown)).into());
        }
        let now = tx.now();
        let info = store::matrix::replace(tx, &table, cx.actor, now).await?;
        let event = news(&info, TravelMatrixChange::Uploaded);
        tx.emit_about(&event, &json!({ "places": info.places }));
        Ok(Changed(info))
    })
    .await
}

/// Take the firm's own travel times away.
#[utoipa::path(
    delete, path = "/v1/dispatch/travel-matrix", tag = "planning", security(("bearer" = [])),
    params(WriteHeaders),
    responses(
        (status = 204, description = "There is none"),
        WriteRefused,
    ))]
pub async fn remove_travel_matrix(cx: Ctx) -> Result<Reply<Done>, Problem> {
    cx.may(Action::ManageWorkers, &Target::tenant())?;
    cx.write(async |tx| -> Result<_, Error> {
        if let Some(info) = store::matrix::remove(tx).await? {
            let gone = MatrixInfo { version: info.version + 1, ..info };
            tx.emit(&news(&gone, TravelMatrixChange::Removed));
        }
        Ok(Done)
    })
    .await
}

fn news(info: &MatrixInfo, change: TravelMatrixChange) -> TravelMatrixChanged {
    TravelMatrixChanged { matrix: info.id, version: info.version, change, places: info.places }
}
