//! What a picture says of itself. Phones write odd EXIF and storage damages it: whatever cannot be
//! read is left out and remarked on; it never fails the photo.

use std::io::Cursor;

use exif::{Exif, In, Reader, Tag, Value};
use kernel::Position;
use serde::{Deserialize, Serialize};

/// What was read from a picture's EXIF. Findings, not facts: kept beside what the device said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub(crate) struct Findings {
    /// When the picture says it was taken, in the camera's local time.
    pub taken_at: Option<String>,
    /// The camera's offset from UTC, where it wrote one: `+02:00`.
    pub offset: Option<String>,
    /// Where the picture says it was taken.
    pub position: Option<Position>,
    /// How the picture is to be turned, 1 to 8 as TIFF counts.
    pub orientation: Option<u8>,
    /// The camera.
    pub camera: Option<String>,
    /// What was odd: `broken`, `date`, `position`, `orientation`.
    pub remarks: Vec<String>,
}

impl Findings {
    /// The same without where.
    pub fn unplaced(self) -> Self {
        Self { position: None, ..self }
    }
}

/// Reads the EXIF of JPEG, PNG, WebP and HEIF files.
pub(crate) fn read(bytes: &[u8]) -> Findings {
    let mut findings = Findings::default();
    let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(bytes));
    let exif = match read {
        Ok(exif) => exif,
        Err(exif::Error::NotFound(_)) => return findings,
        Err(error) => {
            findings.remarks.push("broken".to_owned());
            match error.distill_partial_result(|_| ()) {
                Ok(exif) => exif,
                Err(_) => return findings,
            }
        }
    };
    let mut take = |what: &str, found: Option<Option<()>>| {
        if found == Some(None) {
            findings.remarks.push(what.to_owned());
        }
    };
    let (mut taken_at, mut position, mut turn) = (None, None, None);
    take(
        "date",
        present(&exif, Tag::DateTimeOriginal).map(|()| {
            taken_at = date(&exif);
            taken_at.as_ref().map(|_| ())
        }),
    );
    take(
        "position",
        present(&exif, Tag::GPSLatitude).map(|()| {
            position = place(&exif);
            position.map(|_| ())
        }),
    );
    take(
        "orientation",
        present(&exif, Tag::Orientation).map(|()| {
            turn = orientation(&exif);
            turn.map(|_| ())
        }),
    );
    findings.taken_at = taken_at;
    findings.position = position;
    findings.orientation = turn;
    findings.offset = text(&exif, Tag::OffsetTimeOriginal).filter(|o| is_offset(o));
    findings.camera = camera(&exif);
    findings
}

fn present(exif: &Exif, tag: Tag) -> Option<()> {
    exif.get_field(tag, In::PRIMARY).map(|_| ())
}

/// A text value, cut to what people would read.
fn text(exif: &Exif, tag: Tag) -> Option<String> {
    let Value::Ascii(lines) = &exif.get_field(tag, In::PRIMARY)?.value else { return None };
    let line = lines.first()?;
    let text = String::from_utf8_lossy(&line[..line.len().min(100)]);
    let clean: String = text.chars().filter(|c| !c.is_control()).collect();
    Some(clean.trim().to_owned()).filter(|t| !t.is_empty())
}

fn date(exif: &Exif) -> Option<String> {
    let text = text(exif, Tag::DateTimeOriginal)?;
    chrono::NaiveDateTime::parse_from_str(&text, "%Y:%m:%d %H:%M:%S")
        .ok()
        .map(|at| at.format("%Y-%m-%dT%H:%M:%S").to_string())
}

fn is_offset(text: &str) -> bool {
    matches!(text.as_bytes(), [b'+' | b'-', h1, h2, b':', m1, m2]
        if [h1, h2, m1, m2].iter().all(|d| d.is_ascii_digit()))
}

fn orientation(exif: &Exif) -> Option<u8> {
    let turn = exif.get_field(Tag::Orientation, In::PRIMARY)?.value.get_uint(0)?;
    u8::try_from(turn).ok().filter(|t| (1..=8).contains(t))
}

fn camera(exif: &Exif) -> Option<String> {
    match (text(exif, Tag::Make), text(exif, Tag::Model)) {
        (Some(make), Some(model)) if model.starts_with(&make) => Some(model),
        (Some(make), Some(model)) => Some(format!("{make} {model}")),
        (one, other) => one.or(other),
    }
}

fn place(exif: &Exif) -> Option<Position> {
    let lat = degrees(exif, Tag::GPSLatitude)? * sign(exif, Tag::GPSLatitudeRef, 'N', 'S')?;
    let lon = degrees(exif, Tag::GPSLongitude)? * sign(exif, Tag::GPSLongitudeRef, 'E', 'W')?;
    let accuracy_m = rational(exif, Tag::GPSHPositioningError, 0);
    let position = Position { lat, lon, accuracy_m };
    if position.check().is_ok() {
        return Some(position);
    }
    let position = Position { accuracy_m: None, ..position };
    position.check().is_ok().then_some(position)
}

/// Degrees, minutes and seconds; phones leave the later ones out.
fn degrees(exif: &Exif, tag: Tag) -> Option<f64> {
    let part = |index| rational(exif, tag, index);
    Some(part(0)? + part(1).unwrap_or(0.0) / 60.0 + part(2).unwrap_or(0.0) / 3600.0)
}

fn rational(exif: &Exif, tag: Tag, index: usize) -> Option<f64> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Rational(values) => {
            values.get(index).filter(|v| v.denom != 0).map(exif::Rational::to_f64)
        }
        _ => None,
    }
}

fn sign(exif: &Exif, tag: Tag, plus: char, minus: char) -> Option<f64> {
    let word = text(exif, tag)?.to_ascii_uppercase();
    if word.starts_with(plus) {
        Some(1.0)
    } else if word.starts_with(minus) {
        Some(-1.0)
    } else {
        None
    }
}
