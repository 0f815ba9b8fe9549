//! What proofs says.

use kernel::{PhotoId, ProjectId, SignatureId, SiteId, TaskId, Timestamp};
use serde::{Deserialize, Serialize};

crate::words! {
    /// Where a photo stands.
    PhotoState {
        /// Its record is here, its bytes not yet.
        Announced = "announced",
        /// All bytes are here with their hash; the watermark is being made.
        Received = "received",
        /// The watermarked copy and the thumbnail are there.
        Ready = "ready",
        /// The bytes are no picture that can be shown; the original is kept, with the reason.
        Unreadable = "unreadable",
    }
}

crate::changes! {
    /// What happened to a photo.
    PhotoChange {
        /// Its record came.
        Announced => "photo.announced",
        /// Its bytes came.
        Received => "photo.received",
        /// Its watermarked copy was made.
        Watermarked => "photo.watermarked",
        /// No copy could be made of it.
        Unreadable => "photo.unreadable",
    }
}

/// A photo changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoChanged {
    /// The photo.
    pub photo: PhotoId,
    /// The version reached.
    pub version: i64,
    /// What happened.
    pub change: PhotoChange,
    /// The task it proves, if one.
    pub task: Option<TaskId>,
    /// The site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// Where it stands.
    pub state: PhotoState,
    /// When it was taken, by the device.
    pub taken_at: Timestamp,
}
crate::event!(PhotoChanged, "proofs.photo.v1", "photo", photo);

crate::changes! {
    /// What happened to a signature.
    SignatureChange {
        /// Was drawn.
        Taken => "signature.taken",
    }
}

/// Somebody signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignatureTaken {
    /// The signature.
    pub signature: SignatureId,
    /// The version reached; a signature never changes.
    pub version: i64,
    /// What happened.
    pub change: SignatureChange,
    /// The task signed for.
    pub task: TaskId,
    /// The task's site.
    pub site: SiteId,
    /// The site's project.
    pub project: ProjectId,
    /// When, by the device.
    pub signed_at: Timestamp,
}
crate::event!(SignatureTaken, "proofs.signature.v1", "signature", signature);
