//! Files as an answer, stored or made for the call. Whatever they are, a browser must not take them
//! for a page: the type is the one read from the bytes, sniffing is off, they run in a sandbox
//! without anything, and what is neither a plain picture nor a PDF is only ever downloaded.

use std::ops::Range;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use blobs::BlobKey;

use crate::app::App;
use crate::problem::Problem;

/// What a browser may show by itself. SVG and HTML are not among it: they are programs.
const SHOWN: &[&str] = &["image/jpeg", "image/png", "image/webp", "image/heif", "application/pdf"];

/// What is said of a file beside its bytes.
#[derive(Debug, Clone)]
pub struct Label {
    /// What tells these bytes from any others: their hash.
    pub tag: String,
    /// What they are, by the bytes themselves.
    pub media_type: String,
    /// The name it is saved under.
    pub name: String,
}

/// A stored file.
#[derive(Debug, Clone)]
pub struct Content {
    /// Where its bytes are.
    pub key: String,
    /// What is said of it.
    pub label: Label,
}

impl Label {
    /// Whether the caller's `If-None-Match` says that these very bytes are known already.
    pub fn is_known(&self, headers: &HeaderMap) -> bool {
        crate::answer::knows(headers, &self.quoted())
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.tag)
    }

    /// What a browser is told of the bytes, so that it takes them for nothing else.
    fn headers(&self) -> [(HeaderName, String); 4] {
        [
            (header::CONTENT_DISPOSITION, self.disposition()),
            (header::CONTENT_TYPE, self.media_type.clone()),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
            (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        ]
    }

    /// `Content-Disposition` by RFC 6266, with the name in ASCII for old readers and in UTF-8.
    fn disposition(&self) -> String {
        let manner =
            if SHOWN.contains(&self.media_type.as_str()) { "inline" } else { "attachment" };
        let ascii = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '/' | '%' | ';');
        let plain: String =
            self.name.chars().map(|c| if ascii(c) || c == ' ' { c } else { '_' }).collect();
        let mut text = format!("{manner}; filename=\"{plain}\"");
        if plain != self.name {
            let escaped = |byte: u8| match byte {
                b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
                _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                _ => format!("%{byte:02X}"),
            };
            text.push_str("; filename*=UTF-8''");
            text.extend(self.name.bytes().map(escaped));
        }
        text
    }
}

/// Answers with bytes that `make` makes for this call and nobody keeps, or with 304 where the
/// caller has them: then they are not made. The caller asks each time whether they still hold.
pub async fn made(
    label: &Label,
    headers: &HeaderMap,
    make: impl AsyncFnOnce() -> Result<Vec<u8>, Problem>,
) -> Result<Response, Problem> {
    let always = [
        (header::ETAG, label.quoted()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::VARY, "accept-language".to_owned()),
    ];
    if label.is_known(headers) {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    Ok((always, label.headers(), make().await?).into_response())
}

/// Answers with a file, or with the one part of it that `Range` asks for (RFC 9110, 14), or with
/// 304 where the caller has it.
pub async fn serve(app: &App, content: Content, headers: &HeaderMap) -> Result<Response, Problem> {
    let Content { key, label } = content;
    let always = [
        (header::ETAG, label.quoted()),
        // The bytes under this tag never change, and are for this caller alone.
        (header::CACHE_CONTROL, "private, max-age=31536000, immutable".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    if label.is_known(headers) {
        return Ok((StatusCode::NOT_MODIFIED, always).into_response());
    }
    let what = label.headers();
    let key = BlobKey::new(key)?;
    let Some(asked) = asked_range(headers, &label.quoted()) else {
        let blob = app.blobs.get(&key).await?;
        let length: (HeaderName, String) = (header::CONTENT_LENGTH, blob.len.to_string());
        return Ok((always, what, [length], Body::from_stream(blob.body)).into_response());
    };
    let whole = app.blobs.head(&key).await?;
    let Some(part) = asked.within(whole) else {
        let problem = Problem::new(
            StatusCode::RANGE_NOT_SATISFIABLE,
            "range",
            "La plage demandée est hors du fichier",
            "The range asked for lies outside the file",
        );
        return Ok(([(header::CONTENT_RANGE, format!("bytes */{whole}"))], problem).into_response());
    };
    let length = part.end - part.start;
    let body = app.blobs.get_range(&key, part.start, length).await?;
    let place = [
        (header::CONTENT_RANGE, format!("bytes {}-{}/{whole}", part.start, part.end - 1)),
        (header::CONTENT_LENGTH, length.to_string()),
    ];
    let body = Body::from_stream(body);
    Ok((StatusCode::PARTIAL_CONTENT, always, what, place, body).into_response())
}

/// One range of bytes as `Range` writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// `bytes=FIRST-LAST`, the last one included.
    Between(u64, u64),
    /// `bytes=FIRST-`.
    From(u64),
    /// `bytes=-COUNT`.
    Last(u64),
}

impl Asked {
    /// The bytes of a file of `whole` bytes; none where there are none such.
    fn within(self, whole: u64) -> Option<Range<u64>> {
        let part = match self {
            Self::Between(first, last) => first..last.saturating_add(1).min(whole),
            Self::From(first) => first..whole,
            Self::Last(count) => whole.saturating_sub(count)..whole,
        };
        (part.start < part.end).then_some(part)
    }
}

/// What `Range` asks for. Several ranges, another unit, nonsense, or an `If-Range` of other bytes:
/// then the whole file is the answer, as the RFC allows.
fn asked_range(headers: &HeaderMap, tag: &str) -> Option<Asked> {
    let text = headers.get(header::RANGE)?.to_str().ok()?;
    if headers.get(header::IF_RANGE).is_some_and(|v| v.as_bytes() != tag.as_bytes()) {
        return None;
    }
    let (first, last) = text.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number = |digits: &str| {
        let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse().ok()).flatten()
    };
    match (first.is_empty(), last.is_empty()) {
        (true, _) => number(last).map(Asked::Last),
        (false, true) => number(first).map(Asked::From),
        (false, false) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Asked::Between(first, last))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, media_type: &str) -> String {
        let tag = String::new();
        Label { tag, media_type: media_type.to_owned(), name: name.to_owned() }.disposition()
    }

    #[test]
    fn only_plain_pictures_and_pdf_are_shown_and_names_cannot_break_out() {
        assert_eq!(named("plan.pdf", "application/pdf"), "inline; filename=\"plan.pdf\"");
        for program in ["image/svg+xml", "text/html", "text/plain", "application/octet-stream"] {
            assert!(named("x", program).starts_with("attachment"), "{program}");
        }
        assert_eq!(
            named("é\"; a=b.pdf", "application/pdf"),
            "inline; filename=\"___ a=b.pdf\"; filename*=UTF-8''%C3%A9%22%3B%20a%3Db.pdf"
        );
    }

    #[test]
    fn a_range_is_read_and_kept_within_the_file() {
        let read = |text: &str| {
            let headers = HeaderMap::from_iter([(header::RANGE, text.parse().unwrap())]);
            asked_range(&headers, "\"t\"")
        };
        let part = |text| read(text).and_then(|r| r.within(10));
        assert_eq!(part("bytes=0-3"), Some(0..4));
        assert_eq!(part("bytes=5-"), Some(5..10));
        assert_eq!(part("bytes=-3"), Some(7..10));
        assert_eq!(part("bytes=-99"), Some(0..10));
        assert_eq!(part("bytes=8-18446744073709551615"), Some(8..10));
        assert_eq!(part("bytes=10-"), None);
        assert_eq!(part("bytes=-0"), None);
        for whole in
            ["bytes=3-2", "bytes=0-1,3-4", "lines=1-2", "bytes=-", "bytes=a-b", "bytes=+1-"]
        {
            assert_eq!(read(whole), None, "{whole}");
        }
    }
}
