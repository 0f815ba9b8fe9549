//! What the template prints: sentences and figures, in the reader's language and the site's time.

use chrono::{NaiveDateTime, TimeDelta};
use kernel::Timestamp;
use serde_json::{Value, json};
use typeset::{Words, clock, moment, span};

use super::{MAX_PHOTOS, Pages};
use crate::reports::day::{Day, Incident, Photo, Signature, Task, hours_by_worker};
use crate::reports::model::lang_word;

/// The file name of the n-th photo.
pub fn photo_file(n: usize) -> String {
    format!("photo-{n}.jpg")
}

/// The file name of the n-th signature.
pub fn signature_file(n: usize) -> String {
    format!("signature-{n}.png")
}

/// The data of the template.
pub fn of(pages: &Pages) -> Value {
    let Pages { day, words, .. } = pages;
    let hours = hours_by_worker(day);
    let worked: TimeDelta = hours.iter().map(|h| h.worked).sum();
    let finished = day.tasks.iter().filter(|t| matches!(&*t.status, "done" | "validated")).count();
    json!({
        "words": words,
        "lang": lang_word(words.lang()),
        "firm": day.firm,
        "project": format!("{} — {}", day.project_code, day.project_name),
        "site": day.site_name,
        "address": day.address,
        "client": day.client,
        "day": words.day(day.day),
        "zone": zone(day),
        "made": moment(day.local(day.as_of)),
        "seal": pages.seal,
        "summary": [
            [words.say("tasks"), format!("{finished} / {}", day.tasks.len()), words.say("done_of")],
            [words.say("hours"), span(worked), format!("{} {}", hours.len(), words.say("on_site"))],
            [words.say("incidents"), day.incidents.len().to_string(), ""],
            [words.say("nonconformities"),
             day.checklists.iter().map(|c| c.nonconformities).sum::<i32>().to_string(), ""],
            [words.say("photos"), day.photos.len().to_string(), ""],
        ],
        "tasks": day.tasks.iter().map(|t| task(day, words, t)).collect::<Vec<_>>(),
        "hours": hours.iter().map(|h| json!({
            "worker": h.worker,
            "in": stamp(day, h.first_in),
            "out": h.last_out.map_or_else(|| words.say("still_there").to_owned(), |at| stamp(day, at)),
            "worked": span(h.worked),
            "inside": h.inside,
        })).collect::<Vec<_>>(),
        "worked": span(worked),
        "incidents": day.incidents.iter().map(|i| incident(day, words, i)).collect::<Vec<_>>(),
        "checklists": day.checklists.iter().map(|c| json!({
            "task": c.task,
            "name": c.name,
            "answered": format!("{} / {}", c.answered, c.questions),
            "complete": c.answered >= c.questions,
            "nonconformities": c.nonconformities,
            "completed": c.completed_at.map(|at| stamp(day, at)),
        })).collect::<Vec<_>>(),
        "photos": day.photos.iter().take(MAX_PHOTOS).enumerate().map(|(n, p)| {
            let there = pages.photos.get(n).is_some_and(Option::is_some);
            photo(day, words, p, there.then(|| photo_file(n)))
        }).collect::<Vec<_>>(),
        "more_photos": day.photos.len().saturating_sub(MAX_PHOTOS),
        "signatures": day.signatures.iter().enumerate().map(|(n, s)| {
            let there = pages.signatures.get(n).is_some_and(Option::is_some);
            signature(day, words, s, there.then(|| signature_file(n)))
        }).collect::<Vec<_>>(),
    })
}

/// `Africa/Dakar (UTC+00:00)`.
fn zone(day: &Day) -> String {
    let offset = day.as_of.with_timezone(&day.zone).format("%:z").to_string();
    format!("{} (UTC{offset})", day.zone.name())
}

/// A time of the day, with its date where that is another day.
fn stamp(day: &Day, at: Timestamp) -> String {
    let local: NaiveDateTime = day.local(at);
    if local.date() == day.day { clock(local) } else { local.format("%d/%m %H:%M").to_string() }
}

fn task(day: &Day, words: &Words, t: &Task) -> Value {
    let real = match (t.started_at, t.finished_at) {
        (None, _) => "—".to_owned(),
        (Some(start), None) => format!("{} – …", stamp(day, start)),
        (Some(start), Some(end)) => format!("{} – {}", stamp(day, start), stamp(day, end)),
    };
    let end = t.finished_at.unwrap_or(day.as_of);
    json!({
        "title": t.title,
        "status": t.status,
        "status_word": words.say_of("status", &t.status),
        "late": t.status != "cancelled" && end > t.ends_at,
        "plan": format!("{} – {}", stamp(day, t.starts_at), stamp(day, t.ends_at)),
        "real": real,
        "workers": t.workers.join(", "),
    })
}

fn incident(day: &Day, words: &Words, i: &Incident) -> Value {
    json!({
        "title": i.title,
        "severity": i.severity,
        "severity_word": words.say_of("severity", &i.severity),
        "status_word": words.say_of("incident", &i.status),
        "reported": stamp(day, i.reported_at),
        "reporter": i.reporter,
        "task": i.task,
        "resolution": i.resolution,
    })
}

fn photo(day: &Day, words: &Words, p: &Photo, file: Option<String>) -> Value {
    let position = p.lat.zip(p.lon).map(|(lat, lon)| {
        let accuracy = p.accuracy_m.map(|a| format!(" ± {a:.0} m")).unwrap_or_default();
        format!("{lat:.5}, {lon:.5}{accuracy}")
    });
    let caption = p.caption.as_deref().or(p.task.as_deref()).unwrap_or(words.say("photo"));
    json!({
        "file": file,
        "caption": caption,
        "task": p.caption.as_ref().and(p.task.as_ref()),
        "when": stamp(day, p.taken_at),
        "who": p.worker,
        "where": position,
        "code": p.code,
        "sha256": p.sha256,
        "missing": words.say(if p.state == "unreadable" { "unreadable_picture" } else { "no_picture" }),
    })
}

fn signature(day: &Day, words: &Words, s: &Signature, file: Option<String>) -> Value {
    json!({
        "file": file,
        "signer": s.signer,
        "role": words.say_of("role", &s.role),
        "when": moment(day.local(s.signed_at)),
        "task": s.task,
        "sha256": s.sha256,
    })
}
