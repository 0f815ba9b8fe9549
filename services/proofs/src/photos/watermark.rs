//! The job that develops a photo once its bytes are here.

use async_trait::async_trait;
use blobs::BlobKey;
use bytes::Bytes;
use chrono_tz::Tz;
use contracts::{PhotoChange, PhotoState};
use jobs::{Handler, Job, JobError, NewJob};
use kernel::{PhotoId, Position, Timestamp};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use web::{App, Problem, Visit};

use super::develop::{Developed, Findings, Lines, Media, develop, undecodable};
use super::model::{MAX_BYTES, Photo};
use super::store::{self, Names};

const KIND: &str = "proofs.watermark";

/// The work that a received photo asks for.
pub(crate) fn job(photo: PhotoId, now: Timestamp) -> NewJob {
    NewJob {
        kind: KIND,
        key: Some(photo.to_string()),
        payload: json!({ "photo": photo }),
        run_at: now,
    }
}

/// Makes the watermarked copy and the thumbnail. The original is never touched.
pub(crate) struct Watermark {
    app: App,
    /// One picture at a time: a decoder may take half a gigabyte.
    turn: Semaphore,
}

impl Watermark {
    pub fn new(app: App) -> Self {
        Self { app, turn: Semaphore::new(1) }
    }

    async fn develop(&self, photo: &Photo, names: Names) -> Result<Developed, JobError> {
        let _turn = self.turn.acquire().await.map_err(retry)?;
        let key = photo.original_key.clone().unwrap_or_default();
        let key = BlobKey::new(key).map_err(|e| JobError::Fatal(e.to_string()))?;
        let bytes = self.app.blobs.get_bytes(&key, MAX_BYTES as u64).await.map_err(retry)?;
        let media = Media::of(&bytes);
        let label = Label::of(photo, names);
        let off_clock = photo.off_clock;
        let work = tokio::task::spawn_blocking(move || {
            let mut developed = develop(&bytes, |findings| label.lines(findings));
            if off_clock {
                developed.findings = developed.findings.unplaced();
            }
            developed
        });
        match work.await {
            Ok(developed) => Ok(developed),
            // A decoder that panics on a picture will do so each time.
            Err(error) if error.is_panic() => {
                Ok(Developed { media, findings: Findings::default(), pictures: Err(undecodable()) })
            }
            Err(error) => Err(retry(error)),
        }
    }

    /// Stores a copy under a name that holds its hash, so that doing it twice changes nothing.
    async fn keep(
        &self,
        photo: &Photo,
        tenant: impl ToString,
        copy: &str,
        jpeg: Vec<u8>,
    ) -> Result<String, JobError> {
        let hash = hex::encode(&Sha256::digest(&jpeg)[..16]);
        let key = format!("{}/photos/{}/{copy}-{hash}", tenant.to_string(), photo.id);
        let key = BlobKey::new(key).map_err(|e| JobError::Fatal(e.to_string()))?;
        self.app.blobs.put(&key, Bytes::from(jpeg)).await.map_err(retry)?;
        Ok(key.to_string())
    }
}

fn retry(error: impl ToString) -> JobError {
    JobError::Retry(error.to_string())
}

fn refused(problem: Problem) -> JobError {
    JobError::Retry(problem.code().to_owned())
}

#[async_trait]
impl Handler for Watermark {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn run(&self, job: &Job) -> Result<(), JobError> {
        let id: PhotoId = serde_json::from_value(job.payload["photo"].clone())
            .map_err(|e| JobError::Fatal(e.to_string()))?;
        let visit = Visit::system(&self.app, job.tenant).await.map_err(refused)?;
        let (photo, names) = {
            let mut db = visit.db().await.map_err(refused)?;
            let photo = store::find(&mut db, id).await?;
            if photo.state != PhotoState::Received {
                return Ok(()); // done before
            }
            let names = store::names(&mut db, &photo).await?;
            (photo, names)
        };
        let developed = self.develop(&photo, names).await?;
        let findings = developed.findings;
        let mut next = Photo {
            media_type: Some(developed.media.mime().to_owned()),
            exif: serde_json::to_value(&findings).ok(),
            version: photo.version + 1,
            ..photo.clone()
        };
        let unplaced = findings.unplaced();
        let change = match developed.pictures {
            Ok(pictures) => {
                let tenant = job.tenant;
                let shown = self.keep(&photo, tenant, "watermarked", pictures.watermarked).await?;
                let small = self.keep(&photo, tenant, "thumbnail", pictures.thumbnail).await?;
                next.unplaced_key = Some(match pictures.unplaced {
                    Some(jpeg) => self.keep(&photo, tenant, "unplaced", jpeg).await?,
                    None => shown.clone(),
                });
                next.watermarked_key = Some(shown);
                next.thumbnail_key = Some(small);
                next.state = PhotoState::Ready;
                PhotoChange::Watermarked
            }
            Err(reason) => {
                next.reason = Some(reason);
                next.state = PhotoState::Unreadable;
                PhotoChange::Unreadable
            }
        };
        visit
            .commit(async |tx| {
                if store::lock(tx, id).await?.version != photo.version {
                    return Err(Problem::stale(&()));
                }
                store::update(tx, &next).await?;
                tx.emit_about(
                    &next.event(change),
                    // Not where: what the trail keeps of places goes with their time.
                    &json!({
                        "media_type": next.media_type,
                        "exif": unplaced,
                        "reason": next.reason.as_ref().map(|r| &r.fr),
                    }),
                );
                Ok(())
            })
            .await
            .map_err(refused)
    }
}

/// What a watermark says.
struct Label {
    at: String,
    position: Option<Position>,
    /// Whether the place that the picture holds may stand on it.
    places: bool,
    place: String,
    by: String,
}

impl Label {
    fn of(photo: &Photo, names: Names) -> Self {
        let zone: Tz = names.zone.parse().unwrap_or(Tz::UTC);
        let at = photo.taken_at.with_timezone(&zone);
        let person = names.person.unwrap_or_else(|| "—".to_owned());
        Self {
            at: format!("{} ({})", at.format("%d/%m/%Y %H:%M:%S UTC%:z"), zone.name()),
            position: photo.position,
            places: !photo.off_clock,
            place: format!("{} · {}", names.project, names.site),
            by: format!("{person} · Code {}", photo.code.as_deref().unwrap_or("—")),
        }
    }

    /// The device's own position comes first; else the one the picture holds.
    fn lines(self, findings: &Findings) -> Lines {
        let found = findings.position.filter(|_| self.places);
        let place = self.position.or(found).map(|_| 1);
        let position = match (self.position, found) {
            (Some(at), _) => format!("GPS {}", shown(at)),
            (None, Some(at)) => format!("GPS (EXIF) {}", shown(at)),
            (None, None) => "GPS indisponible".to_owned(),
        };
        Lines { all: vec![self.at, position, self.place, self.by], place }
    }
}

fn shown(at: Position) -> String {
    let accuracy = at.accuracy_m.map_or(String::new(), |m| format!(" ±{m:.0} m"));
    format!("{:.5}, {:.5}{accuracy}", at.lat, at.lon)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_prefers_the_devices_position_and_says_where_another_is_from() {
        let at = |lat| Position { lat, lon: -17.446_71, accuracy_m: Some(12.4) };
        let label = |position| Label {
            at: String::new(),
            position,
            places: true,
            place: String::new(),
            by: String::new(),
        };
        let exif = Findings { position: Some(at(48.0)), ..Findings::default() };
        let said = |lines: Lines| (lines.all[1].clone(), lines.place);
        let by_device = label(Some(at(14.7))).lines(&exif);
        assert_eq!(said(by_device), ("GPS 14.70000, -17.44671 ±12 m".to_owned(), Some(1)));
        let by_picture = label(None).lines(&exif);
        assert_eq!(said(by_picture), ("GPS (EXIF) 48.00000, -17.44671 ±12 m".to_owned(), Some(1)));
        let off_clock = Label { places: false, ..label(None) }.lines(&exif);
        for nowhere in [label(None).lines(&Findings::default()), off_clock] {
            assert_eq!(said(nowhere), ("GPS indisponible".to_owned(), None));
        }
    }
}
