//! Signatures: what they are, and the rules.

use auth::Target;
use chrono::{DateTime, Utc};
use contracts::{SignatureChange, SignatureTaken};
use kernel::{Position, ProjectId, SignatureId, SiteId, TaskId, UserId, WorkerId};
use serde::{Deserialize, Serialize};
use validator::Validate;
use web::{Versioned, check};

use crate::Error;

/// The most points a drawing may have.
const MAX_POINTS: usize = 5000;

/// In which quality somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SignerRole {
    /// The client the work is done for.
    Client,
    /// Who runs the site.
    SiteLead,
    /// Who did the work.
    Worker,
}

impl SignerRole {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::SiteLead => "site_lead",
            Self::Worker => "worker",
        }
    }
}

impl std::str::FromStr for SignerRole {
    type Err = String;
    fn from_str(word: &str) -> Result<Self, String> {
        [Self::Client, Self::SiteLead, Self::Worker]
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| format!("unknown signer role: {word}"))
    }
}

/// A point of a drawing: x from the left, y from the top, both 0 to 1, on a pad that is two and a
/// half times as wide as it is high.
pub(crate) type Point = [f32; 2];

/// A signature that was drawn.
#[derive(Debug, Clone, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSignature {
    /// The signature's id, if the device chose one.
    pub id: Option<SignatureId>,
    /// The task signed for.
    pub task_id: TaskId,
    /// Who signs.
    #[validate(length(min = 1, max = 200), custom(function = check::text))]
    #[schema(min_length = 1, max_length = 200)]
    pub signer_name: String,
    /// In which quality.
    pub signer_role: SignerRole,
    /// When, by the device's clock; else the call's own `Device-Time`, else now.
    #[validate(custom(function = check::instant))]
    pub signed_at: Option<DateTime<Utc>>,
    /// The lines of the drawing, in order. Each point is x from the left and y from the top, both
    /// 0 to 1, on a pad two and a half times as wide as high. At most 5000 points in all.
    #[validate(length(min = 1, max = 500))]
    #[schema(min_items = 1, max_items = 500)]
    pub strokes: Vec<Vec<Vec<f32>>>,
}

impl NewSignature {
    /// The drawing. Refused if it shows nothing, is too long, or leaves the pad.
    pub fn drawing(&self) -> Result<Vec<Vec<Point>>, Error> {
        drawing(&self.strokes).ok_or(Error::Drawing)
    }
}

fn drawing(strokes: &[Vec<Vec<f32>>]) -> Option<Vec<Vec<Point>>> {
    let on_pad = |v: &f32| (0.0..=1.0).contains(v);
    let point = |p: &Vec<f32>| Point::try_from(&p[..]).ok().filter(|p| p.iter().all(on_pad));
    let line = |l: &Vec<Vec<f32>>| l.iter().map(point).collect::<Option<Vec<_>>>();
    let lines = strokes.iter().map(line).collect::<Option<Vec<_>>>()?;
    let points: usize = lines.iter().map(Vec::len).sum();
    let whole = lines.iter().all(|line| !line.is_empty());
    let says_something = lines.iter().any(|line| line.len() > 1);
    (points <= MAX_POINTS && whole && says_something).then_some(lines)
}

/// A signature.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub view: SignatureView,
    pub created_by: UserId,
    pub blob_key: String,
    pub strokes_key: String,
    pub strokes_sha256: Vec<u8>,
    /// The workers on its task.
    pub task_workers: Vec<WorkerId>,
}

impl Signature {
    /// What a permission is asked for.
    pub fn target(&self) -> Target {
        Target::site(self.view.project_id, self.view.site_id)
            .with_workers(self.task_workers.iter().copied())
    }

    /// As the API shows it; where it was drawn to those who may see that.
    pub fn shown(self, places: bool) -> SignatureView {
        SignatureView { position: self.view.position.filter(|_| places), ..self.view }
    }
}

/// A signature.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[schema(as = Signature)]
pub(crate) struct SignatureView {
    /// The signature.
    pub id: SignatureId,
    /// The task signed for.
    pub task_id: TaskId,
    /// The task's site.
    pub site_id: SiteId,
    /// The site's project.
    pub project_id: ProjectId,
    /// Who signed.
    pub signer_name: String,
    /// In which quality.
    pub signer_role: SignerRole,
    /// When, by the device's clock.
    pub signed_at: DateTime<Utc>,
    /// Where, by the device; for who had it drawn and those who read the audit trail there.
    pub position: Option<Position>,
    /// SHA-256 of the picture, in hexadecimal.
    pub sha256: String,
    /// When the server recorded it.
    pub created_at: DateTime<Utc>,
    /// Always 1: a signature never changes.
    pub version: i64,
}

impl SignatureView {
    /// The event that tells of it.
    pub fn event(&self) -> SignatureTaken {
        SignatureTaken {
            signature: self.id,
            version: self.version,
            change: SignatureChange::Taken,
            task: self.task_id,
            site: self.site_id,
            project: self.project_id,
            signed_at: self.signed_at,
        }
    }
}

impl Versioned for SignatureView {
    fn version(&self) -> i64 {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_says_something_and_stays_on_the_pad() {
        let p = |x: f32, y: f32| vec![x, y];
        assert!(drawing(&[vec![p(0.1, 0.2), p(0.9, 1.0)], vec![p(0.5, 0.5)]]).is_some());
        let endless = vec![p(0.5, 0.5); MAX_POINTS + 1];
        for bad in [
            vec![],
            vec![vec![]],
            vec![vec![p(0.5, 0.5)]],
            vec![vec![p(0.1, 0.2), p(0.9, 1.1)]],
            vec![vec![p(0.1, 0.2), p(f32::NAN, 0.1)]],
            vec![vec![p(0.1, 0.2), vec![0.1, 0.2, 0.3]]],
            vec![vec![p(0.1, 0.2), vec![]]],
            vec![vec![p(0.1, 0.2), p(0.2, 0.2)], vec![]],
            vec![endless],
        ] {
            assert!(drawing(&bad).is_none());
        }
    }
}
