//! Office documents: ZIP with XML in it. What a small file unpacks to is bounded before anything
//! is unpacked, and nothing is ever written to a disk.

use std::io::{self, BufReader, Cursor, Read, Take};

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
/// The most that all that holds a document's words unpacks to, in bytes.
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
    let (media_type, parts) = if has(WORDS) {
        (DOCX, vec![WORDS.to_owned()])
    } else if has("xl/workbook.xml") {
        // Texts stand once in a table of their own, or in the cells themselves.
        (XLSX, parts(&archive, &["xl/sharedStrings.xml", "xl/worksheets/sheet"]))
    } else if has("ppt/presentation.xml") {
        (PPTX, parts(&archive, &["ppt/slides/slide", "ppt/notesSlides/notesSlide"]))
    } else {
        return (ZIP, Err(unread()));
    };
    (media_type, words(&mut archive, &parts).map_err(broken))
}

fn unread() -> Text {
    Text::new(
        "Archive : conservée, son texte n'est pas indexé",
        "Archive: kept, its text is not indexed",
    )
}

/// The files of an archive whose names begin in these ways, slide 2 before slide 10.
fn parts(archive: &ZipArchive<Cursor<&[u8]>>, prefixes: &[&str]) -> Vec<String> {
    let mut parts: Vec<(usize, String)> = archive
        .file_names()
        // A name that cannot be read is none of these.
        .filter_map(Result::ok)
        .filter(|name| name.ends_with(".xml"))
        .filter_map(|name| {
            let place = prefixes.iter().position(|prefix| name.starts_with(prefix))?;
            Some((place, name.into_owned()))
        })
        .collect();
    parts.sort_by(|one, other| {
        (one.0, one.1.len(), &one.1).cmp(&(other.0, other.1.len(), &other.1))
    });
    parts.into_iter().map(|(_, name)| name).collect()
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

/// The words of these files of an archive, paragraph by paragraph, cell by cell.
fn words(archive: &mut ZipArchive<Cursor<&[u8]>>, parts: &[String]) -> io::Result<String> {
    let (mut text, mut room) = (String::new(), MAX_UNPACKED);
    for part in parts {
        if text.len() >= MAX_TEXT || room == 0 {
            break;
        }
        let entry = archive.by_name(part).map_err(io::Error::other)?;
        // The sizes in the ZIP are claims: what comes out is counted.
        room = read(entry.take(room), &mut text)?;
    }
    Ok(text)
}

/// Adds the words of one file, and answers how much may still be unpacked. Word, Excel and
/// PowerPoint write them alike, in elements `t` of different namespaces; entities are not expanded.
fn read<R: Read>(part: Take<R>, text: &mut String) -> io::Result<u64> {
    let mut xml = Reader::from_reader(BufReader::new(part));
    let (mut buffer, mut inside) = (Vec::new(), false);
    while text.len() < MAX_TEXT {
        match xml.read_event_into(&mut buffer).map_err(io::Error::other)? {
            Event::Start(tag) => inside = tag.local_name().as_ref() == "t",
            Event::End(tag) => {
                inside = false;
                if matches!(tag.local_name().as_ref(), "p" | "si" | "is") {
                    text.push('\n');
                }
            }
            Event::Empty(tag) if matches!(tag.local_name().as_ref(), "tab" | "br") => {
                text.push(' ');
            }
            Event::Text(part) if inside => text.push_str(&part),
            Event::GeneralRef(name) if inside => text.push(plain(&name)),
            Event::Eof => break,
            _ => {}
        }
        buffer.clear();
    }
    Ok(xml.into_inner().into_inner().limit())
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
    fn a_workbooks_texts_and_a_presentations_slides_are_read_in_their_order() {
        let strings = "<sst><si><t>Câble HTA</t></si><si><r><t>R&amp;D</t></r></si></sst>";
        let sheet = "<worksheet><c t=\"inlineStr\"><is><t>Tranchée</t></is></c>\
                     <c><f>SUM(A1)</f><v>42</v></c></worksheet>";
        let book = zipped(&[
            ("xl/workbook.xml", b"<workbook/>"),
            ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
            ("xl/sharedStrings.xml", strings.as_bytes()),
        ]);
        let (media_type, text) = open(&book);
        assert_eq!((media_type, text.unwrap().as_str()), (XLSX, "Câble HTA\nR&D\nTranchée\n"));
        let slide =
            |words: &str| format!("<p:sld><a:p><a:r><a:t>{words}</a:t></a:r></a:p></p:sld>");
        let slides = zipped(&[
            ("ppt/presentation.xml", b"<p/>"),
            ("ppt/slides/slide10.xml", slide("dixième").as_bytes()),
            ("ppt/slides/slide2.xml", slide("deuxième").as_bytes()),
            ("ppt/slides/_rels/slide2.xml.rels", b"<a:t>lien</a:t>"),
            ("ppt/notesSlides/notesSlide2.xml", slide("à dire").as_bytes()),
        ]);
        let (media_type, text) = open(&slides);
        assert_eq!((media_type, text.unwrap().as_str()), (PPTX, "deuxième\ndixième\nà dire\n"));
    }

    #[test]
    fn many_sheets_that_unpack_to_a_mountain_together_are_bounded() {
        let hill = format!("<worksheet>{}</worksheet>", " ".repeat(8 * 1024 * 1024));
        let names: Vec<_> = (1..=40).map(|nth| format!("xl/worksheets/sheet{nth}.xml")).collect();
        let last = "<worksheet><is><t>jamais lu</t></is></worksheet>";
        let mut files = vec![("xl/workbook.xml", &b"<workbook/>"[..])];
        files.extend(names.iter().map(|name| (name.as_str(), hill.as_bytes())));
        files.push(("xl/worksheets/sheet99.xml", last.as_bytes()));
        let bomb = zipped(&files);
        assert!(bomb.len() < 1024 * 1024);
        assert!(!open(&bomb).1.unwrap_or_default().contains("jamais"));
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
