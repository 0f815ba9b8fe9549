//! Office documents: ZIP with XML in it. What a small file unpacks to is bounded before anything
//! is unpacked, and nothing is ever written to a disk.

use std::io::{self, BufReader, Cursor, Read};

use kernel::Text;
use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::MAX_TEXT;
use super::extract::broken;

/// The largest office document that is opened, in bytes.
const MAX_FILE: usize = 32 * 1024 * 1024;
/// The most files an office document holds.
const MAX_ENTRIES: usize = 10_000;
/// The most that a document's words unpack to, in bytes.
const MAX_UNPACKED: u64 = 48 * 1024 * 1024;
/// Where the words of a Word document stand.
const WORDS: &str = "word/document.xml";

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
const ZIP: &str = "application/zip";

/// What a ZIP is, and its words or why there are none.
pub(super) fn open(bytes: &[u8]) -> (&'static str, Result<String, Text>) {
    if bytes.len() > MAX_FILE || entries(bytes).is_none_or(|n| n > MAX_ENTRIES) {
        return (ZIP, Err(broken(io::Error::other("too large, or too many files"))));
    }
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => return (ZIP, Err(broken(error))),
    };
    let has = |name| archive.index_for_name(name).is_some();
    if has(WORDS) {
        (DOCX, words(&mut archive).map_err(broken))
    } else if has("xl/workbook.xml") {
        (XLSX, Err(unread()))
    } else if has("ppt/presentation.xml") {
        (PPTX, Err(unread()))
    } else {
        (ZIP, Err(unread()))
    }
}

fn unread() -> Text {
    Text::new(
        "Archive ou classeur : conservé, son texte n'est pas indexé",
        "Archive or workbook: kept, its text is not indexed",
    )
}

/// How many files a ZIP says it holds, by the record at its end; none where there is no such
/// record. One of 65 535 and more says so elsewhere, and is no office document.
fn entries(bytes: &[u8]) -> Option<usize> {
    const END: [u8; 4] = [b'P', b'K', 5, 6];
    let tail = &bytes[bytes.len().saturating_sub(22 + 65_535)..];
    let at = tail.windows(4).rposition(|w| w == END)?;
    let count = tail.get(at + 10..at + 12)?;
    Some(usize::from(u16::from_le_bytes([count[0], count[1]])))
}

/// The words of a Word document, paragraph by paragraph. Entities are not expanded.
fn words(archive: &mut ZipArchive<Cursor<&[u8]>>) -> io::Result<String> {
    let entry = archive.by_name(WORDS).map_err(io::Error::other)?;
    // The sizes in the ZIP are claims: what comes out is counted.
    let mut xml = Reader::from_reader(BufReader::new(entry.take(MAX_UNPACKED)));
    let (mut text, mut buffer, mut inside) = (String::new(), Vec::new(), false);
    while text.len() < MAX_TEXT {
        match xml.read_event_into(&mut buffer).map_err(io::Error::other)? {
            Event::Start(tag) => inside = tag.name().as_ref() == "w:t",
            Event::End(tag) => {
                inside = false;
                if tag.name().as_ref() == "w:p" {
                    text.push('\n');
                }
            }
            Event::Empty(tag) if matches!(tag.name().as_ref(), "w:tab" | "w:br") => text.push(' '),
            Event::Text(part) if inside => text.push_str(&part),
            Event::GeneralRef(name) if inside => text.push(plain(&name)),
            Event::Eof => return Ok(text),
            _ => {}
        }
        buffer.clear();
    }
    Ok(text)
}

/// The five entities that XML knows by itself; any other is a blank.
fn plain(name: &str) -> char {
    match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "quot" => '"',
        _ => ' ',
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::write::{SimpleFileOptions, ZipWriter};

    use super::*;

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn document(body: &str) -> Vec<u8> {
        let xml = format!("<w:document><w:body>{body}</w:body></w:document>");
        zipped(&[("[Content_Types].xml", b"<Types/>"), (WORDS, xml.as_bytes())])
    }

    #[test]
    fn words_are_read_and_everything_between_them_is_not() {
        let body = "<w:p><w:r><w:t>Tranchée</w:t><w:tab/><w:t>R&amp;D</w:t></w:r></w:p>\
                    <w:p><w:instrText>PAGE</w:instrText><w:t>blindée</w:t></w:p>";
        let (media_type, text) = open(&document(body));
        assert_eq!(media_type, DOCX);
        assert_eq!(text.unwrap(), "Tranchée R&D\nblindée\n");
    }

    #[test]
    fn a_small_file_that_unpacks_to_a_mountain_is_bounded() {
        let mountain = vec![b' '; 256 * 1024 * 1024];
        let bomb = zipped(&[(WORDS, &mountain)]);
        assert!(bomb.len() < 1024 * 1024);
        assert!(open(&bomb).1.unwrap_or_default().len() <= MAX_TEXT);
        let wordy = document(&format!("<w:t>{}</w:t>", "mot ".repeat(4 * 1024 * 1024)));
        let text = open(&wordy).1.unwrap();
        assert!(text.len() >= MAX_TEXT && text.len() < 20 * MAX_TEXT);
    }

    #[test]
    fn entities_are_not_expanded_and_broken_archives_are_told() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>\
                    <w:document><w:p><w:t>&b;</w:t></w:p></w:document>";
        let text = open(&zipped(&[(WORDS, bomb.as_bytes())])).1.unwrap();
        assert_eq!(text.trim(), "");
        let whole = document("<w:t>x</w:t>");
        for broken in [&whole[..whole.len() / 2], b"PK\x03\x04", b"PK\x05\x06"] {
            assert!(open(broken).1.is_err());
        }
        assert_eq!(open(&zipped(&[("xl/workbook.xml", b"")])).0, XLSX);
        assert_eq!(open(&zipped(&[("../../etc/passwd", b"x")])).0, ZIP);
    }
}
