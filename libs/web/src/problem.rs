//! One error body for all services: RFC 9457 problem details, in the language the caller asked
//! for. Inside a request the language and the request's id are found in a task-local value.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Lang, RequestId, Text};
use serde::Serialize;
use serde_json::{Map, Value};
use tenancy::TenancyError;

tokio::task_local! {
    /// The language and the id of the request that is being answered.
    pub(crate) static REQUEST: (Lang, RequestId);
}

/// The language the caller asked for; French outside a request.
pub fn current_lang() -> Lang {
    REQUEST.try_with(|r| r.0).unwrap_or_default()
}

/// The id of the request being answered; a new one outside a request.
pub fn current_request_id() -> RequestId {
    REQUEST.try_with(|r| r.1).unwrap_or_else(|_| RequestId::new())
}

/// Does `work` for the request `id`, telling its problems in `lang`; for a door of its own kind,
/// the gateway's.
pub async fn answering<T>(lang: Lang, id: RequestId, work: impl Future<Output = T>) -> T {
    REQUEST.scope((lang, id), work).await
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the body, or the parameter's name.
    pub pointer: String,
    /// A word for programs: `length`, `unknown_field`.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Why a request was not done.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    title: Text,
    detail: Option<Text>,
    errors: Vec<FieldError>,
    more: Map<String, Value>,
    retry_after: Option<u32>,
}

/// Marks the answer that tells a problem which is kept under the call's idempotency key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Final;

/// The body of a problem, as RFC 9457 lays it out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Names the kind of problem: `urn:fieldops360:problem:not-found`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened here and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// To be named when asking for help.
    pub request_id: RequestId,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// More about it, such as the present state after a 412.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub more: Map<String, Value>,
}

impl Problem {
    /// A problem with its status, its word for programs and its title in both languages.
    pub fn new(
        status: StatusCode,
        code: &'static str,
        fr: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            title: Text::new(fr, en),
            detail: None,
            errors: Vec::new(),
            more: Map::new(),
            retry_after: None,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn detail(mut self, fr: impl Into<String>, en: impl Into<String>) -> Self {
        self.detail = Some(Text::new(fr, en));
        self
    }

    /// Names a wrong field.
    #[must_use]
    pub fn field(
        mut self,
        pointer: impl Into<String>,
        code: impl Into<String>,
        fr: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let detail = Text::new(fr, en).get(current_lang()).to_owned();
        self.errors.push(FieldError { pointer: pointer.into(), code: code.into(), detail });
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Serialize) -> Self {
        self.more.insert(name.to_owned(), serde_json::to_value(value).unwrap_or(Value::Null));
        self
    }

    /// Says when to come back.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// 404: not there, or not for this caller; the two look the same.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Introuvable", "Not found")
    }

    /// 403: seen, but not allowed.
    pub fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "Votre rôle ne permet pas cette action",
            "Your role does not allow this",
        )
    }

    /// 401: no valid sign-in.
    pub fn unauthenticated() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "Connexion requise",
            "Sign-in required",
        )
    }

    /// 422: a field is wrong.
    pub fn invalid() -> Self {
        Self::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "La demande contient des valeurs invalides",
            "The request has invalid values",
        )
    }

    /// 409: it stands against what is there.
    pub fn conflict(code: &'static str, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, fr, en)
    }

    /// 413: the body is larger than `bytes`.
    pub fn too_large(bytes: usize) -> Self {
        let mib = bytes >> 20;
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("Le corps de la requête dépasse {mib} Mio"),
            format!("The request body is larger than {mib} MiB"),
        )
    }

    /// 412: changed by somebody else since; `current` is what it is now.
    pub fn stale(current: &impl Serialize) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "stale",
            "Modifié entre-temps par quelqu'un d'autre",
            "Changed by somebody else in the meantime",
        )
        .with("current", current)
    }

    /// 503: to be tried again.
    pub fn unavailable(seconds: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Momentanément indisponible, réessayez",
            "Unavailable for a moment, try again",
        )
        .retry_after(seconds)
    }

    /// 500: our fault. The cause is logged here, once; the answer says nothing of it.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Erreur interne ; donnez l'identifiant de la requête au support",
            "Internal error; give the request id to support",
        )
    }

    /// The status it answers with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Its word for programs.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Whether the same call, sent again, is to get this answer whatever has become of the world
    /// since: a refusal that turned on what is there, on who called or on the time. One that says
    /// when to come back is none, nor one of a caller who is not signed in; and what can be seen
    /// in the request alone is refused again anyway.
    fn is_final(&self) -> bool {
        let turned = matches!(
            self.status,
            StatusCode::FORBIDDEN
                | StatusCode::NOT_FOUND
                | StatusCode::CONFLICT
                | StatusCode::GONE
                | StatusCode::PRECONDITION_FAILED
                | StatusCode::UNPROCESSABLE_ENTITY
        );
        turned && self.retry_after.is_none()
    }

    /// What happened, in the language of the request being answered: for answers that tell of
    /// several things at once.
    pub fn title(&self) -> &str {
        self.title.get(current_lang())
    }
}

/// 405: the address exists, the method does not.
pub(crate) fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "Cette adresse n'accepte pas cette méthode",
        "This address does not take this method",
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let lang = current_lang();
        let last = self.is_final();
        let body = ProblemBody {
            kind: format!("urn:fieldops360:problem:{}", self.code),
            title: self.title.get(lang).to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.map(|d| d.get(lang).to_owned()),
            request_id: current_request_id(),
            errors: self.errors,
            more: self.more,
        };
        let mut response = (self.status, Json(body)).into_response();
        if last {
            response.extensions_mut().insert(Final);
        }
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(if lang == Lang::Fr { "fr" } else { "en" }),
        );
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<TenancyError> for Problem {
    fn from(error: TenancyError) -> Self {
        match error {
            TenancyError::Unknown(_) => Self::not_found(),
            TenancyError::Busy => Self::unavailable(1),
            TenancyError::Behind { .. } => {
                tracing::warn!(%error, "tenant refused");
                Self::unavailable(60)
            }
            TenancyError::Database(error) => error.into(),
            TenancyError::Sealed | TenancyError::Migration(_) => Self::internal(error),
        }
    }
}

/// PostgreSQL's own refusals are the caller's to mend where the caller's data caused them
/// (SQLSTATE classes 22 and 23), and to be tried again where the moment did.
impl From<sqlx::Error> for Problem {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
        match (&error, code.as_deref()) {
            (sqlx::Error::RowNotFound, _) => Self::not_found(),
            (_, Some("23505")) => Self::conflict("already-exists", "Existe déjà", "Already exists"),
            (_, Some("23503")) => Self::invalid().detail(
                "La demande renvoie à un élément qui n'existe pas",
                "The request refers to something that does not exist",
            ),
            (_, Some(code)) if code.starts_with("22") || code.starts_with("23") => {
                tracing::warn!(%error, "value refused by the database");
                Self::invalid()
            }
            (_, Some("40001" | "40P01" | "55P03" | "57014")) => {
                tracing::warn!(%error, "write gave way to another");
                Self::unavailable(1)
            }
            (_, Some("53100" | "53300" | "57P01" | "57P02" | "57P03" | "3D000" | "55000"))
            | (sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed, _) => {
                tracing::warn!(%error, "database unavailable");
                Self::unavailable(2)
            }
            _ => Self::internal(error),
        }
    }
}
