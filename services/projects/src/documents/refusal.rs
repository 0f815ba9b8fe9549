//! Why something about a document is refused, and how each refusal is told.

use axum::http::StatusCode;
use kernel::Text;
use web::Problem;

/// Why something about a document is refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The site is unknown or belongs to another project.
    #[error("the site is not one of this project")]
    SiteElsewhere,
    /// None of the caller's own roles would see it.
    #[error("the caller would be shut out")]
    ShutOut,
    /// The file is larger than this kind of document may be, in bytes.
    #[error("larger than {0} bytes")]
    TooLarge(i64),
    /// The upload does not say of which version it is.
    #[error("the upload names no version")]
    VersionUnnamed,
    /// The upload has another length than the version announced.
    #[error("the upload has another length than announced")]
    SizeDiffers,
    /// The version's bytes came already.
    #[error("the version has its bytes")]
    AlreadyReceived,
    /// The document has no version that may be served.
    #[error("no version is in force")]
    NothingHere,
    /// The virus scanner has not spoken yet.
    #[error("being scanned")]
    Scanning,
    /// The virus scanner found this.
    #[error("infected by {0}")]
    Infected(String),
    /// There is no preview, and why.
    #[error("no preview")]
    NoPreview(Option<Text>),
    /// Another version is in force than the one named.
    #[error("another version is in force")]
    NotInForce,
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::SiteElsewhere => Self::invalid().field(
                "/site_id",
                "reference",
                "n'est pas un chantier de ce projet",
                "is not a site of this project",
            ),
            Refusal::ShutOut => Self::invalid().field(
                "/roles",
                "shut-out",
                "doit contenir votre propre rôle, sinon vous ne verriez plus ce document",
                "must hold your own role, or you would no longer see this document",
            ),
            Refusal::TooLarge(max) => Self::invalid().field(
                "/size",
                "range",
                format!("{max} octets au plus pour ce genre de document"),
                format!("at most {max} bytes for this kind of document"),
            ),
            Refusal::VersionUnnamed => Self::invalid().field(
                "Upload-Metadata",
                "version_id",
                "version_id doit nommer la version annoncée",
                "version_id must name the version that was announced",
            ),
            Refusal::SizeDiffers => Self::invalid().field(
                "Upload-Length",
                "size",
                "n'est pas la taille annoncée de la version",
                "is not the size that the version announced",
            ),
            Refusal::AlreadyReceived => Self::conflict(
                "already-received",
                "Cette version est déjà reçue en entier",
                "This version has already been received whole",
            ),
            Refusal::NothingHere => Self::not_found().detail(
                "Ce document n'a pas encore de version, ou pas celle-là",
                "This document has no version yet, or not this one",
            ),
            Refusal::Scanning => Self::conflict(
                "scanning",
                "L'antivirus n'a pas encore examiné cette version ; réessayez plus tard",
                "The virus scanner has not looked at this version yet; try later",
            )
            .retry_after(30),
            Refusal::Infected(threat) => Self::new(
                StatusCode::CONFLICT,
                "infected",
                "Cette version est infectée et n'est jamais servie",
                "This version is infected and is never served",
            )
            .with("threat", threat),
            Refusal::NoPreview(reason) => match reason {
                Some(why) => Self::not_found().detail(why.fr, why.en),
                None => Self::not_found()
                    .detail("L'aperçu n'est pas encore prêt", "The preview is not ready yet"),
            },
            Refusal::NotInForce => Self::conflict(
                "not-in-force",
                "Une autre version est en vigueur : lisez-la d'abord",
                "Another version is in force: read it first",
            ),
        }
    }
}
