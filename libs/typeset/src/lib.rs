//! Pages for people: templates typeset as PDF by typst, and the words, dates and amounts of French
//! and English. One printer for all services.
//!
//! A template is part of the program (`&'static str`), never somebody's text. What people wrote
//! reaches it as strings of a JSON file, which typst sets as they are: nothing in them is markup.
//! [`line`] bounds such a string for a page.

mod figures;
mod line;
mod words;
mod world;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

pub use figures::{amount, decimal, percent};
pub use line::line;
pub use words::{Words, clock, moment, short_day, span};

/// Documents typeset at the same time in this process: each takes a core and, with photos, some
/// hundred megabytes.
static SEATS: Semaphore = Semaphore::const_new(2);
/// How long a document waits for a seat.
const QUEUE: Duration = Duration::from_secs(20);

/// A document to be typeset.
#[derive(Debug, Clone)]
pub struct Sheet {
    /// The source of its template.
    pub template: &'static str,
    /// The files the template may read, by name.
    pub files: HashMap<String, Vec<u8>>,
}

/// A document that was typeset.
#[derive(Debug, Clone)]
pub struct Printed {
    /// The PDF.
    pub pdf: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
}

/// Why a document was not typeset.
#[derive(Debug, thiserror::Error)]
pub enum TypesetError {
    /// Others are being typeset; later it may work.
    #[error("too many documents are being typeset")]
    Busy,
    /// The template's fault, not the data's.
    #[error("the template does not typeset: {0}")]
    Template(String),
    /// The work ended early.
    #[error("the layout ended early: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

/// Typesets a document into a PDF, on a thread of its own. The seat goes with the work: a caller
/// that went away frees nothing before it is over.
pub async fn print(sheet: Sheet) -> Result<Printed, TypesetError> {
    let seat: SemaphorePermit<'static> = tokio::time::timeout(QUEUE, SEATS.acquire())
        .await
        .map_err(|_| TypesetError::Busy)?
        .map_err(|_| TypesetError::Busy)?;
    let work = tokio::task::spawn_blocking(move || {
        let printed = typeset(sheet);
        drop(seat);
        printed
    });
    work.await?
}

/// Typesets a document into a PDF. Takes a while: [`print()`] is for where blocking is not allowed.
pub fn typeset(sheet: Sheet) -> Result<Printed, TypesetError> {
    world::typeset(sheet.template, sheet.files).map_err(TypesetError::Template)
}
