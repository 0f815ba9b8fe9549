//! What bytes are, by the bytes themselves. Names and declared types are never asked.

use kernel::Text;
use pictures::Media;

/// A sort of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A picture.
    Picture(Media),
    /// A PDF: only where its mark stands at the very beginning.
    Pdf,
    /// A ZIP; an office document perhaps.
    Zip,
    /// Plain text, which CSV and Markdown are too.
    Plain,
    /// A web page: text, and never shown as what it is.
    Html,
    /// A drawing that can hold programs: never shown as what it is.
    Svg,
    /// A drawing of AutoCAD.
    Dwg,
    /// Anything else.
    Other,
}

impl Sort {
    /// Looks at a file's beginning.
    pub fn of(head: &[u8]) -> Self {
        match Media::of(head) {
            Media::Other => {}
            media => return Self::Picture(media),
        }
        match head {
            [b'%', b'P', b'D', b'F', b'-', ..] => Self::Pdf,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Self::Zip,
            [b'A', b'C', b'1', b'0', _, _, ..] => Self::Dwg,
            _ if is_text(head) => markup(head),
            _ => Self::Other,
        }
    }

    /// The media type it is served as. What is unknown is served as bytes and nothing else.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Picture(media) => media.mime(),
            Self::Pdf => "application/pdf",
            Self::Zip => "application/zip",
            Self::Plain => "text/plain",
            Self::Html => "text/html",
            Self::Svg => "image/svg+xml",
            Self::Dwg => "image/vnd.dwg",
            Self::Other => "application/octet-stream",
        }
    }

    /// Why there is neither text nor preview, where that is so from the start.
    pub fn nothing_inside(self) -> Option<(Text, Text)> {
        let both = |fr: &str, en: &str| {
            let say = || Text::new(fr, en);
            Some((say(), say()))
        };
        match self {
            Self::Picture(_) | Self::Pdf | Self::Zip | Self::Plain => None,
            Self::Html | Self::Svg => both(
                "Page web ou dessin SVG : peut contenir des programmes, donc ni lu ni montré",
                "Web page or SVG drawing: may hold programs, so neither read nor shown",
            ),
            Self::Dwg => both(
                "Dessin AutoCAD (DWG) : format fermé, conservé sans texte ni aperçu",
                "AutoCAD drawing (DWG): a closed format, kept without text or preview",
            ),
            Self::Other => both(
                "Format inconnu : conservé sans texte ni aperçu",
                "Unknown format: kept without text or preview",
            ),
        }
    }
}

/// No control characters but line breaks, tabs and form feeds.
fn is_text(head: &[u8]) -> bool {
    !head.is_empty()
        && head.iter().all(|b| *b >= 0x20 && *b != 0x7f || matches!(b, b'\t' | b'\n' | b'\r' | 12))
}

fn markup(head: &[u8]) -> Sort {
    let text = String::from_utf8_lossy(head).to_lowercase();
    let text = text.trim_start_matches(|c: char| c == '\u{feff}' || c.is_whitespace());
    if !text.starts_with('<') {
        return Sort::Plain;
    }
    if text.contains("<svg") {
        Sort::Svg
    } else if ["<!doctype html", "<html", "<head", "<body", "<script", "<iframe"]
        .iter()
        .any(|mark| text.contains(mark))
    {
        Sort::Html
    } else {
        Sort::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide_whatever_else_the_file_may_be_too() {
        assert_eq!(Sort::of(b"%PDF-1.7\n<html><script>"), Sort::Pdf);
        assert_eq!(Sort::of(b"\xff\xd8\xff\xe0%PDF-1.7"), Sort::Picture(Media::Jpeg));
        assert_eq!(Sort::of(b"PK\x03\x04"), Sort::Zip);
        assert_eq!(Sort::of(b"AC1032\0\0"), Sort::Dwg);
        assert_eq!(Sort::of("Désignation;Prix\n".as_bytes()), Sort::Plain);
        assert_eq!(Sort::of(b"D\xe9signation;Prix\r\n"), Sort::Plain);
        assert_eq!(Sort::of(b" \n<!DOCTYPE HTML><p>"), Sort::Html);
        assert_eq!(Sort::of("\u{feff}<?xml version='1.0'?><SVG onload=x>".as_bytes()), Sort::Svg);
        assert_eq!(Sort::of(b"junk %PDF-1.7"), Sort::Plain);
        for other in [&b""[..], b"MZ\x90\0", b"\x7fELF", b"a\0b"] {
            assert_eq!(Sort::of(other), Sort::Other);
        }
    }
}
