//! Text and preview of a file that was read whole.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use kernel::Text;
use pictures::Media;
use tokio::time::timeout;

use super::poppler::Trouble;
use super::sniff::Sort;
use super::{Findings, MAX_TEXT, PREVIEW_SIDE, office, poppler};

/// How long a file is worked on in this process.
const WORK: Duration = Duration::from_mins(1);

/// Reads a file of this sort.
pub(super) async fn extract(sort: Sort, bytes: Bytes) -> Findings {
    match sort {
        Sort::Picture(media) => Findings {
            media_type: sort.mime(),
            text: Err(no_words()),
            preview: blocking(move || shrink(&bytes, media)).await,
        },
        Sort::Pdf => {
            let text = poppler::text(bytes.clone()).await.map_err(tell).and_then(worth_keeping);
            let preview = match poppler::first_page(bytes, PREVIEW_SIDE).await {
                // What another program drew is a stranger's picture again.
                Ok(page) => {
                    let page = Bytes::from(page);
                    blocking(move || shrink(&page, Media::of(&page))).await
                }
                Err(trouble) => Err(tell(trouble)),
            };
            Findings { media_type: sort.mime(), text, preview }
        }
        Sort::Zip => {
            let opened = blocking(move || Ok(office::open(&bytes))).await;
            let (media_type, text) = match opened {
                Ok((media_type, text)) => (media_type, text.and_then(worth_keeping)),
                Err(why) => (sort.mime(), Err(why)),
            };
            Findings { media_type, text, preview: Err(no_page()) }
        }
        Sort::Plain | Sort::Html | Sort::Svg | Sort::Dwg | Sort::Other => Findings {
            media_type: sort.mime(),
            text: worth_keeping(plain(&bytes)),
            preview: Err(no_page()),
        },
    }
}

/// Computes where it may block. A panic on a hostile file is told as what it is: a broken file.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Text> + Send + 'static,
) -> Result<T, Text> {
    match timeout(WORK, tokio::task::spawn_blocking(work)).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(pictures::undecodable()),
        Err(_) => Err(too_slow()),
    }
}

fn shrink(bytes: &[u8], media: Media) -> Result<Vec<u8>, Text> {
    if let Some(why) = media.unshowable() {
        return Err(why);
    }
    pictures::decode(bytes, media)
        .and_then(|picture| pictures::jpeg(&pictures::thumbnail(picture, PREVIEW_SIDE), 80))
        .map_err(pictures::explain)
}

/// Text as UTF-8, or as the Latin alphabet of old spreadsheets.
fn plain(bytes: &[u8]) -> String {
    let part = &bytes[..bytes.len().min(MAX_TEXT)];
    match std::str::from_utf8(part) {
        Ok(text) => text.to_owned(),
        // Cut in the middle of its last character.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&part[..error.valid_up_to()]).into_owned()
        }
        Err(_) => part.iter().copied().map(char::from).collect(),
    }
}

/// Cuts a text to at most so many bytes, between two characters.
pub(super) fn cut(text: &mut String, bytes: usize) {
    text.truncate(text.floor_char_boundary(bytes));
}

/// The text without what PostgreSQL does not take, cut to what is kept; refused where nothing is
/// left of it.
fn worth_keeping(mut text: String) -> Result<String, Text> {
    text.retain(|c| c != '\0');
    cut(&mut text, MAX_TEXT);
    if text.trim().is_empty() { Err(no_words()) } else { Ok(text) }
}

fn tell(trouble: Trouble) -> Text {
    match trouble {
        Trouble::Missing => Text::new(
            "L'outil poppler-utils n'est pas installé sur le serveur : PDF conservé, ni lu ni montré",
            "The tool poppler-utils is not installed on the server: PDF kept, neither read nor shown",
        ),
        Trouble::TooSlow => too_slow(),
        Trouble::Refused => Text::new(
            "PDF endommagé ou protégé : conservé, mais illisible ici",
            "Damaged or protected PDF: kept, but not readable here",
        ),
        Trouble::Broken(error) => {
            tracing::warn!(%error, "poppler-utils cannot be run");
            io_trouble()
        }
    }
}

fn io_trouble() -> Text {
    Text::new(
        "Le serveur n'a pas pu lire ce PDF ; il est conservé",
        "The server could not read this PDF; it is kept",
    )
}

fn too_slow() -> Text {
    Text::new(
        "Fichier trop long à lire : conservé, lecture abandonnée",
        "The file takes too long to read: kept, reading given up",
    )
}

fn no_words() -> Text {
    Text::new(
        "Aucun texte dans ce fichier (une image ou un document numérisé)",
        "No text in this file (a picture or a scanned document)",
    )
}

fn no_page() -> Text {
    Text::new("Ce format n'a pas d'aperçu", "This format has no preview")
}

/// A file that cannot be opened is told as broken.
pub(super) fn broken(error: impl Into<io::Error>) -> Text {
    tracing::debug!(error = %error.into(), "an office document cannot be read");
    Text::new(
        "Document endommagé ou démesuré : conservé, mais illisible ici",
        "Damaged or monstrous document: kept, but not readable here",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_read_in_either_alphabet_and_cut_between_characters() {
        assert_eq!(plain("Été;1".as_bytes()), "Été;1");
        assert_eq!(plain(b"\xc9t\xe9;1"), "Été;1");
        let long = "é".repeat(MAX_TEXT);
        assert_eq!(plain(long.as_bytes()).len(), MAX_TEXT);
        let odd = format!("x{long}");
        assert_eq!(plain(odd.as_bytes()).len(), MAX_TEXT - 1);
        assert_eq!(worth_keeping("a\0b".to_owned()).unwrap(), "ab");
        assert!(worth_keeping(" \n\0".to_owned()).is_err());
    }
}
