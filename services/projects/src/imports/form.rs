//! The form that brings an import's files (`multipart/form-data`, RFC 7578).

use axum::extract::Request;
use http::{StatusCode, header};
use multer::{Constraints, Multipart, SizeLimit};
use utoipa::ToSchema;
use web::{FORM_LIMIT, Problem};

use super::finding::File;

/// The largest total of the files, in bytes.
const FILES_LIMIT: usize = 10 * 1024 * 1024;

/// The files of an import, each once at most and one at least: CSV with a heading, separated by
/// `,`, `;` or tabs, in UTF-8 (with or without a byte order mark) or Windows-1252. 10 MiB and
/// 20,000 rows in all. Columns have the names of the API's fields, or French ones.
#[derive(Debug, ToSchema)]
#[allow(dead_code)] // describes the form, which is read part by part
pub struct ImportForm {
    /// Columns: code, name; client, status, currency, starts_on, ends_on.
    #[schema(value_type = Option<String>, format = Binary)]
    pub projects: Option<Vec<u8>>,
    /// Columns: project (its code), name, lat, lon; address, client_name, sector, radius_m, zone,
    /// access_notes.
    #[schema(value_type = Option<String>, format = Binary)]
    pub sites: Option<Vec<u8>>,
    /// Columns: name; phone, skills (codes separated by `|`, each with `:2027-12-31` where it
    /// expires).
    #[schema(value_type = Option<String>, format = Binary)]
    pub workers: Option<Vec<u8>>,
    /// Columns: project, site (its name), title, starts_at (RFC 3339, or `2026-06-30 08:00` in
    /// the site's zone); ref, description, ends_at, duration_min, priority, workers_needed, skills,
    /// predecessors (refs separated by `|`, each with `+60` for minutes between).
    #[schema(value_type = Option<String>, format = Binary)]
    pub tasks: Option<Vec<u8>>,
}

/// Reads the files of a request, in the order of [`File::ALL`].
pub(super) async fn read(request: Request) -> Result<Vec<(File, Vec<u8>)>, Problem> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let boundary = multer::parse_boundary(kind.unwrap_or_default()).map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "Le corps doit être un formulaire (Content-Type: multipart/form-data)",
            "The body must be a form (Content-Type: multipart/form-data)",
        )
    })?;
    let limit = SizeLimit::new().whole_stream(FORM_LIMIT as u64);
    let body = request.into_body().into_data_stream();
    let mut form =
        Multipart::with_constraints(body, boundary, Constraints::new().size_limit(limit));
    let (mut files, mut total): (Vec<(File, Vec<u8>)>, usize) = (Vec::new(), 0);
    while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file) = File::ALL.into_iter().find(|f| f.name() == name) else {
            return Err(Problem::invalid().field(
                format!("/{name}"),
                "unknown_field",
                "champ inconnu",
                "unknown field",
            ));
        };
        if files.iter().any(|(known, _)| *known == file) {
            return Err(Problem::invalid().field(
                format!("/{name}"),
                "twice",
                "fichier présent deux fois",
                "file there twice",
            ));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
            total += chunk.len();
            if total > FILES_LIMIT {
                return Err(Problem::too_large(FILES_LIMIT));
            }
            bytes.extend_from_slice(&chunk);
        }
        files.push((file, bytes));
    }
    if files.is_empty() {
        return Err(Problem::invalid().detail(
            "Joignez au moins un fichier : projects, sites, workers ou tasks.",
            "Attach one file at least: projects, sites, workers or tasks.",
        ));
    }
    files.sort_by_key(|(file, _)| *file);
    Ok(files)
}

fn unreadable(error: multer::Error) -> Problem {
    match error {
        multer::Error::StreamSizeExceeded { .. } | multer::Error::FieldSizeExceeded { .. } => {
            Problem::too_large(FILES_LIMIT)
        }
        _ => Problem::new(
            StatusCode::BAD_REQUEST,
            "syntax",
            "Le formulaire est illisible",
            "The form cannot be read",
        ),
    }
}
