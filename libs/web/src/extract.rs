//! Reading what was asked: bodies and ids (query parameters: `query`). What is wrong is named by its JSON
//! pointer, in the caller's language; nothing of the parser's insides is told.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::edge::read_body;
use crate::problem::Problem;

/// A JSON body that was read and checked. Its type should `deny_unknown_fields`.
#[derive(Debug, Clone)]
pub struct Valid<T>(pub T);

impl<T: DeserializeOwned + Validate, S: Send + Sync> FromRequest<S> for Valid<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json =
            request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).is_some_and(
                |v| v.split(';').next().is_some_and(|m| m.trim() == "application/json"),
            );
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Le corps doit être du JSON (Content-Type: application/json)",
                "The body must be JSON (Content-Type: application/json)",
            ));
        }
        let body = read_body(request.into_body()).await?;
        let value = read_json(&body)?;
        check(&value)?;
        Ok(Self(value))
    }
}

/// An id in the path. What is no id is not found.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_: PathRejection| Problem::not_found())
    }
}

/// Reads a field of a change where an absent one means "as it is" and `null` means "none" (JSON
/// Merge Patch, RFC 7396): `#[serde(default, deserialize_with = "web::nullable")]`.
#[allow(clippy::option_option)] // absent, null and a value are three things
pub fn nullable<'de, T, D>(field: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    Option::deserialize(field).map(Some)
}

fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if let Some(pointer) = nul_in(body) {
        return Err(Problem::invalid().field(
            pointer,
            "characters",
            "le caractère nul n'est pas admis",
            "the null character is not allowed",
        ));
    }
    // A list of nothing would pass for an object whose fields may all be left out.
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(match serde_json::from_slice::<serde::de::IgnoredAny>(body) {
            Ok(_) => Problem::invalid().field(
                String::new(),
                "type",
                "un objet est attendu, pas une liste",
                "an object is expected, not a list",
            ),
            Err(error) => explain(error, String::new()),
        });
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = pointer(e.path());
        explain(e.into_inner(), path)
    })?;
    reader.end().map_err(|e| explain(e, String::new()))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut text = String::new();
    for segment in path {
        text.push('/');
        match segment {
            Segment::Seq { index } => text.push_str(&index.to_string()),
            Segment::Map { key } => text.push_str(&key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => text.push_str(variant),
            Segment::Unknown => text.push('?'),
        }
    }
    text
}

/// Turns the parser's words into ours: the field, and what kind of mistake it is.
fn explain(error: serde_json::Error, mut path: String) -> Problem {
    let text = error.to_string();
    let quoted = || text.split('`').nth(1).unwrap_or_default().to_owned();
    match error.classify() {
        Category::Syntax | Category::Eof | Category::Io => Problem::new(
            StatusCode::BAD_REQUEST,
            "syntax",
            "Le corps n'est pas du JSON valide",
            "The body is not valid JSON",
        )
        .detail(
            format!("Ligne {}, colonne {}.", error.line(), error.column()),
            format!("Line {}, column {}.", error.line(), error.column()),
        ),
        Category::Data if text.starts_with("unknown field") => {
            if !path.ends_with(&format!("/{}", quoted())) {
                path = format!("{path}/{}", quoted());
            }
            Problem::invalid().field(path, "unknown_field", "champ inconnu", "unknown field")
        }
        Category::Data if text.starts_with("missing field") => Problem::invalid().field(
            format!("{path}/{}", quoted()),
            "missing_field",
            "champ obligatoire",
            "required field",
        ),
        Category::Data => Problem::invalid().field(
            path,
            "type",
            "type ou valeur inattendus",
            "unexpected type or value",
        ),
    }
}

/// PostgreSQL's text knows no null character: where one stands, if any.
fn nul_in(body: &[u8]) -> Option<String> {
    fn find(value: &serde_json::Value, path: String) -> Option<String> {
        match value {
            serde_json::Value::String(s) => s.contains('\0').then_some(path),
            serde_json::Value::Array(items) => {
                items.iter().enumerate().find_map(|(i, v)| find(v, format!("{path}/{i}")))
            }
            serde_json::Value::Object(map) => map.iter().find_map(|(k, v)| {
                if k.contains('\0') { Some(path.clone()) } else { find(v, format!("{path}/{k}")) }
            }),
            _ => None,
        }
    }
    // The escape is the only way a null gets into JSON; without it there is nothing to look for.
    if !body.windows(6).any(|w| w == br"\u0000") {
        return None;
    }
    find(&serde_json::from_slice(body).ok()?, String::new())
}

pub(crate) fn check(value: &impl Validate) -> Result<(), Problem> {
    check_all([value.validate()])
}

/// What is wrong with any of them, in one answer.
pub(crate) fn check_all<const N: usize>(
    found: [Result<(), ValidationErrors>; N],
) -> Result<(), Problem> {
    let wrong = found.into_iter().filter_map(Result::err).fold(None, |problem, errors| {
        Some(gather(&errors, "", problem.unwrap_or_else(Problem::invalid)))
    });
    wrong.map_or(Ok(()), Err)
}

fn gather(errors: &ValidationErrors, path: &str, mut problem: Problem) -> Problem {
    let mut fields: Vec<_> = errors.errors().iter().collect();
    fields.sort_by(|a, b| a.0.cmp(b.0));
    for (name, kind) in fields {
        let here = format!("{path}/{name}");
        match kind {
            ValidationErrorsKind::Struct(inner) => problem = gather(inner, &here, problem),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    problem = gather(inner, &format!("{here}/{index}"), problem);
                }
            }
            ValidationErrorsKind::Field(list) => {
                for error in list {
                    let (fr, en) = sentence(error);
                    problem = problem.field(here.clone(), error.code.to_string(), fr, en);
                }
            }
        }
    }
    problem
}

/// What a failed check says to people, in French and in English.
pub fn sentence(error: &validator::ValidationError) -> (String, String) {
    let bound = |name: &str| error.params.get(name).map(ToString::to_string);
    let bounds = match (bound("min"), bound("max")) {
        (Some(min), Some(max)) => Some((format!("de {min} à {max}"), format!("{min} to {max}"))),
        (Some(min), None) => Some((format!("au moins {min}"), format!("at least {min}"))),
        (None, Some(max)) => Some((format!("au plus {max}"), format!("at most {max}"))),
        (None, None) => None,
    };
    match (error.code.as_ref(), bounds, &error.message) {
        ("length", Some((fr, en)), _) => (format!("longueur {fr}"), format!("length {en}")),
        ("range", Some((fr, en)), _) => (format!("valeur {fr}"), format!("value {en}")),
        ("email", _, _) => ("adresse e-mail invalide".into(), "not an e-mail address".into()),
        (_, _, Some(message)) => {
            // checks of our own write both sentences: « français | english »
            let (fr, en) = message.split_once(" | ").unwrap_or((message, message));
            (fr.to_owned(), en.to_owned())
        }
        (code, _, None) => (format!("invalide ({code})"), format!("invalid ({code})")),
    }
}
