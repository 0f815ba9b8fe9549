//! Photos: what they are, and the rules.

use auth::Target;
use chrono::{DateTime, Utc};
use contracts::{PhotoChange, PhotoChanged, PhotoState};
use kernel::{Lang, PhotoId, Position, ProjectId, SiteId, TaskId, Text, UserId, WorkerId, sha256};
use serde::{Deserialize, Serialize};
use validator::{Validate, ValidationError};
use web::{Versioned, check};

use super::develop::Findings;

/// The largest photo, in bytes.
pub(crate) const MAX_BYTES: i64 = 64 * 1024 * 1024;

/// A photo that was taken; its bytes follow by `/v1/uploads`.
#[derive(Debug, Clone, Deserialize, Serialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPhoto {
    /// The photo's id, if the device chose one.
    pub id: Option<PhotoId>,
    /// The task it proves, if one; on the same site.
    pub task_id: Option<TaskId>,
    /// The site it was taken on.
    pub site_id: SiteId,
    /// When, by the device's clock.
    #[validate(custom(function = check::instant))]
    pub taken_at: DateTime<Utc>,
    /// Where, by the device.
    #[validate(custom(function = check::position))]
    pub position: Option<Position>,
    /// SHA-256 of the bytes in hexadecimal, if the device computed it: then no others are taken.
    #[validate(custom(function = hex_sha256))]
    #[schema(pattern = "^[0-9a-fA-F]{64}$")]
    pub sha256: Option<String>,
    /// How many bytes there are: at most 64 MiB.
    #[validate(range(min = 1, max = 67_108_864))]
    #[schema(minimum = 1, maximum = 67_108_864)]
    pub size: i64,
    /// What the device takes them for, such as `image/jpeg`. A hint: the bytes decide.
    #[validate(length(min = 3, max = 100), custom(function = media_type))]
    #[schema(min_length = 3, max_length = 100, pattern = r"^[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+$")]
    pub content_type: String,
    /// What is to be seen.
    #[validate(length(min = 1, max = 500), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 500)]
    pub caption: Option<String>,
}

fn hex_sha256(text: &str) -> Result<(), ValidationError> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(());
    }
    Err(ValidationError::new("sha256").with_message(
        "doit compter 64 chiffres hexadécimaux | must have 64 hexadecimal digits".into(),
    ))
}

fn media_type(text: &str) -> Result<(), ValidationError> {
    let word = |w: &str| {
        !w.is_empty() && w.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b))
    };
    if text.split_once('/').is_some_and(|(kind, sub)| word(kind) && word(sub)) {
        return Ok(());
    }
    Err(ValidationError::new("media-type").with_message(
        "doit être un type comme image/jpeg | must be a type such as image/jpeg".into(),
    ))
}

/// A photo.
#[derive(Debug, Clone)]
pub(crate) struct Photo {
    pub id: PhotoId,
    pub task_id: Option<TaskId>,
    pub site_id: SiteId,
    pub project_id: ProjectId,
    pub worker_id: Option<WorkerId>,
    pub created_by: UserId,
    pub taken_at: DateTime<Utc>,
    pub position: Option<Position>,
    /// Taken by a crew member who was not clocked in: nothing is kept of where.
    pub off_clock: bool,
    pub caption: Option<String>,
    pub content_type: String,
    pub size: i64,
    pub announced_sha256: Option<Vec<u8>>,
    pub state: PhotoState,
    pub reason: Option<Text>,
    pub original_key: Option<String>,
    pub watermarked_key: Option<String>,
    /// The copy whose watermark does not say where.
    pub unplaced_key: Option<String>,
    pub thumbnail_key: Option<String>,
    pub sha256: Option<Vec<u8>>,
    pub media_type: Option<String>,
    pub exif: Option<serde_json::Value>,
    pub code: Option<String>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub received_at: Option<DateTime<Utc>>,
    /// The workers on its task.
    pub task_workers: Vec<WorkerId>,
}

impl Photo {
    /// What a permission is asked for.
    pub fn target(&self) -> Target {
        Target::site(self.project_id, self.site_id)
            .with_workers(self.worker_id)
            .with_workers(self.task_workers.iter().copied())
    }

    /// The event that tells of `change`.
    pub fn event(&self, change: PhotoChange) -> PhotoChanged {
        PhotoChanged {
            photo: self.id,
            version: self.version,
            change,
            task: self.task_id,
            site: self.site_id,
            project: self.project_id,
            state: self.state,
            taken_at: self.taken_at,
        }
    }

    /// As the API shows it; where it was taken to those who may see that.
    pub fn shown(&self, lang: Lang, places: bool) -> PhotoView {
        let exif = self.exif.clone().and_then(|e| serde_json::from_value::<Findings>(e).ok());
        PhotoView {
            id: self.id,
            task_id: self.task_id,
            site_id: self.site_id,
            project_id: self.project_id,
            worker_id: self.worker_id,
            taken_at: self.taken_at,
            position: self.position.filter(|_| places),
            caption: self.caption.clone(),
            content_type: self.content_type.clone(),
            size: self.size,
            state: self.state,
            reason: self.reason.as_ref().map(|r| r.get(lang).to_owned()),
            sha256: self.sha256.as_ref().map(hex::encode),
            media_type: self.media_type.clone(),
            exif: if places { exif } else { exif.map(Findings::unplaced) },
            code: self.code.clone(),
            created_at: self.created_at,
            received_at: self.received_at,
            version: self.version,
        }
    }
}

/// A photo.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Photo)]
pub(crate) struct PhotoView {
    /// The photo.
    pub id: PhotoId,
    /// The task it proves.
    pub task_id: Option<TaskId>,
    /// The site it was taken on.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// The worker who took it, where the user is one.
    pub worker_id: Option<WorkerId>,
    /// When, by the device's clock.
    pub taken_at: DateTime<Utc>,
    /// Where, by the device; for who took it and those who read the audit trail there.
    pub position: Option<Position>,
    /// What is to be seen.
    pub caption: Option<String>,
    /// What the device took the bytes for.
    pub content_type: String,
    /// How many bytes.
    pub size: i64,
    /// Where it stands.
    pub state: PhotoState,
    /// Why no picture can be shown.
    pub reason: Option<String>,
    /// SHA-256 of the original, in hexadecimal, once it is here.
    pub sha256: Option<String>,
    /// What the bytes are.
    pub media_type: Option<String>,
    /// What the picture says of itself; its position as the one above.
    pub exif: Option<Findings>,
    /// Stands on the watermark: ties a print to its original.
    pub code: Option<String>,
    /// When the record came.
    pub created_at: DateTime<Utc>,
    /// When the bytes were whole.
    pub received_at: Option<DateTime<Utc>>,
    /// Rises with each change.
    pub version: i64,
}

impl Versioned for PhotoView {
    fn version(&self) -> i64 {
        self.version
    }
}

/// Eight characters that stand for this photo and exactly these bytes: the first 40 bits of a
/// SHA-256, in the base-32 alphabet of RFC 4648, which has no 0, 1 or 8 to be misread.
pub(crate) fn code(photo: PhotoId, original: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let hash = sha256(&[photo.uuid().as_bytes(), original]);
    let bits = hash[..5].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    (0..8).rev().map(|i| char::from(ALPHABET[(bits >> (i * 5) & 31) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_eight_clear_characters_and_changes_with_photo_and_bytes() {
        let (photo, other) = (PhotoId::new(), PhotoId::new());
        let a = code(photo, &[1; 32]);
        assert_eq!(a.len(), 8);
        assert!(a.chars().all(|c| c.is_ascii_uppercase() || ('2'..='7').contains(&c)));
        assert_eq!(a, code(photo, &[1; 32]));
        assert_ne!(a, code(photo, &[2; 32]));
        assert_ne!(a, code(other, &[1; 32]));
    }

    #[test]
    fn hashes_and_media_types_are_checked() {
        assert!(hex_sha256(&"aF".repeat(32)).is_ok());
        assert!(hex_sha256(&"g".repeat(64)).is_err());
        assert!(hex_sha256("é").is_err());
        assert!(media_type("image/svg+xml").is_ok());
        for bad in ["image", "/", "a/", "image/jpeg; x", "image/\"", "a/b/c"] {
            assert!(media_type(bad).is_err(), "{bad}");
        }
    }
}
