//! The public keys for whoever wants to verify our tokens (RFC 7517, RFC 8037).

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::{App, Problem, ProblemBody};

use super::store;

/// An Ed25519 public key.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Jwk {
    /// The key's id.
    kid: String,
    /// The kind of key: `OKP`.
    kty: &'static str,
    /// The curve: `Ed25519`.
    crv: &'static str,
    /// What it is for: `sig`.
    #[serde(rename = "use")]
    usage: &'static str,
    /// The algorithm: `EdDSA`.
    alg: &'static str,
    /// The 32 bytes of the point in base64url.
    x: String,
}

/// The keys that verify access tokens now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Jwks {
    /// The newest, which signs, first.
    keys: Vec<Jwk>,
}

pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(jwks))
}

/// The public keys.
///
/// The public halves of the keys that sign access tokens, as a JSON Web Key Set.
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "identity", security(()), responses(
    (status = 200, description = "The keys", body = Jwks),
    (status = 503, description = "The database is away for a moment", body = ProblemBody),
))]
pub(crate) async fn jwks(State(app): State<App>) -> Result<impl IntoResponse, Problem> {
    let keys = store::published(app.tenants.control(), app.clock.now()).await?;
    let keys = keys
        .into_iter()
        .map(|key| Jwk {
            kid: key.kid,
            kty: "OKP",
            crv: "Ed25519",
            usage: "sig",
            alg: "EdDSA",
            x: URL_SAFE_NO_PAD.encode(key.bytes),
        })
        .collect();
    Ok(([(header::CACHE_CONTROL, "public, max-age=300")], Json(Jwks { keys })))
}
