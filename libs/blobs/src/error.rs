//! What can go wrong, told so that the caller knows what to do next.

use std::error::Error;
use std::io;

/// Why a blob operation did not happen.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// There is no such blob, or no such open upload.
    #[error("there is no such blob or upload")]
    NotFound,
    /// The upload stands elsewhere: go on from `expected`.
    #[error("the upload stands at byte {expected}")]
    OffsetMismatch {
        /// The present offset.
        expected: u64,
    },
    /// Another request is writing to this upload: ask again a little later.
    #[error("another request is writing to this upload")]
    Busy,
    /// The sender's stream failed; what arrived is durable.
    #[error("the sender stopped at byte {offset}: {source}")]
    Interrupted {
        /// The new offset.
        offset: u64,
        /// What the sender's stream said.
        source: io::Error,
    },
    /// The blob is longer than the caller is ready to hold in memory.
    #[error("the blob has {len} bytes, more than the {limit} wanted here")]
    TooLarge {
        /// The blob's length in bytes.
        len: u64,
        /// What the caller allowed.
        limit: u64,
    },
    /// No room is left in the store: an operator must act.
    #[error("the blob store is full")]
    Full,
    /// The store did not answer, or not as it should: try again later.
    #[error("the blob store is not available: {0}")]
    Unavailable(String),
    /// The request itself is wrong and will stay so.
    #[error("{0}")]
    Invalid(&'static str),
}

impl BlobError {
    /// An outage, with all its causes in one line.
    pub(crate) fn unavailable(error: impl Error) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            text = format!("{text}: {error}");
            cause = error.source();
        }
        Self::Unavailable(text)
    }
}

impl From<io::Error> for BlobError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::NotFound => Self::NotFound,
            Kind::StorageFull | Kind::QuotaExceeded | Kind::FileTooLarge => Self::Full,
            Kind::NotADirectory | Kind::IsADirectory => {
                Self::Invalid("this key lies below another blob, or is a folder of one")
            }
            _ => Self::unavailable(error),
        }
    }
}
