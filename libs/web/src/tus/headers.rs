//! What tus says in headers, read and written.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kernel::Timestamp;

use crate::problem::Problem;

/// The version spoken here.
pub(super) const VERSION: &str = "1.0.0";
/// The media type of a piece.
const PIECE: &str = "application/offset+octet-stream";
/// The longest `Upload-Metadata`, in bytes.
const METADATA_LIMIT: usize = 4096;

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

fn bad(code: &'static str, fr: &str, en: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, code, fr, en)
}

/// 412 unless the client speaks our version of tus.
pub(super) fn check_version(headers: &HeaderMap) -> Result<(), Problem> {
    if text(headers, "tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "tus-version",
        "L'en-tête Tus-Resumable doit valoir 1.0.0",
        "The Tus-Resumable header must be 1.0.0",
    ))
}

/// A count of bytes in a header.
pub(super) fn count(headers: &HeaderMap, name: &'static str) -> Result<u64, Problem> {
    // i64 is what the database holds; digits alone, because `parse` would take a sign.
    text(headers, name)
        .filter(|v| !v.is_empty() && v.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|v| v.parse::<i64>().ok())
        .and_then(|v| u64::try_from(v).ok())
        .ok_or_else(|| {
            bad(
                "upload-header",
                "Un en-tête de téléversement est absent ou invalide",
                "An upload header is missing or invalid",
            )
            .field(
                name,
                "bytes",
                "doit être un nombre d'octets",
                "must be a number of bytes",
            )
        })
}

/// 415 unless a piece is sent as tus wants it.
pub(super) fn check_piece(headers: &HeaderMap) -> Result<(), Problem> {
    if text(headers, "content-type") == Some(PIECE) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "media-type",
        "Le type doit être application/offset+octet-stream",
        "The content type must be application/offset+octet-stream",
    ))
}

/// The pairs of `Upload-Metadata`: names with base64 values, parted by commas.
pub(super) fn metadata(headers: &HeaderMap) -> Result<BTreeMap<String, String>, Problem> {
    let Some(value) = headers.get("upload-metadata") else { return Ok(BTreeMap::new()) };
    let pair = |pair: &str| {
        let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        (!name.is_empty() && !value.contains('\0')).then(|| (name.to_owned(), value))
    };
    let pairs = |text: &str| text.split(',').map(pair).collect::<Option<_>>();
    value.to_str().ok().filter(|v| v.len() <= METADATA_LIMIT).and_then(pairs).ok_or_else(|| {
        bad(
            "upload-header",
            "Un en-tête de téléversement est absent ou invalide",
            "An upload header is missing or invalid",
        )
        .field(
            "Upload-Metadata",
            "format",
            "doit être « nom base64, nom base64 »",
            "must be \"name base64, name base64\"",
        )
    })
}

/// An answer with tus headers around it.
pub(super) struct Reply(pub Response<Body>);

impl Reply {
    pub fn of(answer: impl IntoResponse) -> Self {
        Self(answer.into_response()).with("tus-resumable", VERSION)
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    pub fn until(self, expires_at: Timestamp) -> Self {
        self.with("upload-expires", expires_at.format("%a, %d %b %Y %H:%M:%S GMT"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn counts_are_plain_numbers_that_fit() {
        let read = |value| count(&with("upload-length", value), "upload-length").ok();
        assert_eq!(read("0"), Some(0));
        assert_eq!(read("12"), Some(12));
        for bad in ["", "-1", "+1", "1.5", "1e3", "99999999999999999999", " "] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn metadata_is_read_and_nonsense_refused() {
        let read = |value| metadata(&with("upload-metadata", value)).ok();
        let pairs = read("photo_id cGhvdG8=, empty,sha256 YWI=").unwrap();
        assert_eq!(pairs["photo_id"], "photo");
        assert_eq!(pairs["empty"], "");
        assert_eq!(pairs["sha256"], "ab");
        for bad in ["photo_id ***", "photo_id /w==", "a AA==", " ,", &"a".repeat(5000)] {
            assert!(read(bad).is_none(), "{bad:?}");
        }
    }
}
