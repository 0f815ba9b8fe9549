//! Names of blobs.

use std::fmt;
use std::str::FromStr;

use crate::BlobError;

/// The longest key, in bytes.
const MAX_LEN: usize = 200;
/// Ends the name under which an upload's bytes wait; no key may use it.
pub(crate) const UPLOAD_SUFFIX: &str = ".part";

/// A blob's name, such as `TENANT/photos/PHOTO/original`; safe as a path and as an S3 key.
///
/// Segments of `a-z`, `0-9`, `-`, `_` and `.`, parted by `/`; none is empty, begins with a dot or
/// ends in `.part`; 200 characters at most.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

impl BlobKey {
    /// Checks a name.
    pub fn new(name: impl Into<String>) -> Result<Self, BlobError> {
        let name = name.into();
        let sound = name.len() <= MAX_LEN && name.split('/').all(is_sound_segment);
        if sound { Ok(Self(name)) } else { Err(BlobError::Invalid("this is not a blob key")) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_sound_segment(segment: &str) -> bool {
    !segment.is_empty()
        && !segment.starts_with('.')
        && !segment.ends_with(UPLOAD_SUFFIX)
        && segment.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.'))
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BlobKey {
    type Err = BlobError;

    fn from_str(name: &str) -> Result<Self, BlobError> {
        Self::new(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_keys_are_accepted() {
        for name in ["a", "0190-ab/photos/77/original", "t/reports/day_1.pdf", "a.b/c..d"] {
            assert_eq!(BlobKey::new(name).unwrap().as_str(), name);
        }
        assert!(BlobKey::new("a".repeat(200)).is_ok());
    }

    #[test]
    fn path_tricks_are_refused() {
        let long = "a".repeat(201);
        for name in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "../a",
            "a/../b",
            "a/./b",
            "a/.hidden",
            "A/b",
            "a\\b",
            "a%2e",
            "a b",
            "a\0b",
            "a\nb",
            "é",
            "a.part",
            "a.part/b",
            &long,
        ] {
            assert!(BlobKey::new(name).is_err(), "{name:?} was accepted");
        }
    }
}
