//! Photos to test with: real ones where `FIELDOPS_DATA` names them, else made here.

use std::io::Cursor;
use std::path::PathBuf;

use image::{ImageFormat, Rgb, RgbImage};

/// Photos by name: those of `$FIELDOPS_DATA/photos` where that is set, else pictures and broken
/// files made here. Never empty.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = std::env::var_os("FIELDOPS_DATA").map(|data| PathBuf::from(data).join("photos"));
    let mut found = Vec::new();
    for entry in folder.iter().filter_map(|f| std::fs::read_dir(f).ok()).flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        found.push((name, std::fs::read(&path).unwrap()));
    }
    if found.is_empty() {
        found = made();
    }
    found.sort();
    found
}

fn made() -> Vec<(String, Vec<u8>)> {
    let upright = jpeg_with_exif(1, Some((14.7459, -17.5201)), Some("2026:03:02 09:41:07"));
    let truncated = upright[..upright.len() / 2].to_vec();
    let photos = [
        ("upright.jpg", upright),
        ("turned.jpg", jpeg_with_exif(6, Some((-4.3217, 15.3125)), Some("2026:03:02 09:42:00"))),
        ("plain.jpg", jpeg_with_exif(1, None, None)),
        ("no-date.jpg", jpeg_with_exif(3, None, Some("0000:00:00 00:00:00"))),
        ("picture.png", png()),
        ("truncated.jpg", truncated),
        ("archive.jpg", b"PK\x03\x04\x14\0\0\0\x08\0not a picture at all".to_vec()),
    ];
    photos.map(|(name, bytes)| (name.to_owned(), bytes)).to_vec()
}

/// 96 by 64 pixels, blue with a red top left quarter: what is up can be told.
fn picture() -> RgbImage {
    RgbImage::from_fn(96, 64, |x, y| {
        if x < 48 && y < 32 { Rgb([220, 30, 30]) } else { Rgb([30, 60, 200]) }
    })
}

/// A PNG without any EXIF.
pub fn png() -> Vec<u8> {
    let mut bytes = Vec::new();
    picture().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

/// A JPEG of 96 by 64 pixels, blue with a red top left quarter as stored, with EXIF that says how
/// to turn it (1 to 8), where it was taken (degrees north and east) and when
/// (`2026:03:02 09:41:07`).
pub fn jpeg_with_exif(
    orientation: u16,
    gps: Option<(f64, f64)>,
    datetime: Option<&str>,
) -> Vec<u8> {
    let mut jpeg = Vec::new();
    picture().write_to(&mut Cursor::new(&mut jpeg), ImageFormat::Jpeg).unwrap();
    with_exif(&jpeg, &tiff(orientation, gps, datetime))
}

/// Puts an EXIF segment (APP1) with this TIFF behind the start of a JPEG.
pub fn with_exif(jpeg: &[u8], tiff: &[u8]) -> Vec<u8> {
    let length = u16::try_from(2 + 6 + tiff.len()).unwrap();
    let mut bytes = jpeg[..2].to_vec();
    bytes.extend([0xff, 0xe1]);
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

/// A directory of a TIFF: entries first, then the values that do not fit into them.
struct Directory {
    at: u32,
    entries: Vec<u8>,
    values: Vec<u8>,
    count: u16,
    planned: u16,
}

const SHORT: u16 = 3;
const LONG: u16 = 4;
const ASCII: u16 = 2;
const RATIONAL: u16 = 5;

impl Directory {
    fn new(at: u32, planned: u16) -> Self {
        Self { at, entries: Vec::new(), values: Vec::new(), count: 0, planned }
    }

    fn entry(&mut self, tag: u16, kind: u16, count: u32, value: &[u8]) {
        self.entries.extend(tag.to_le_bytes());
        self.entries.extend(kind.to_le_bytes());
        self.entries.extend(count.to_le_bytes());
        if value.len() <= 4 {
            let mut four = [0; 4];
            four[..value.len()].copy_from_slice(value);
            self.entries.extend(four);
        } else {
            let head = 2 + 12 * u32::from(self.planned) + 4;
            let offset = self.at + head + u32::try_from(self.values.len()).unwrap();
            self.entries.extend(offset.to_le_bytes());
            self.values.extend(value);
        }
        self.count += 1;
    }

    fn text(&mut self, tag: u16, text: &str) {
        let bytes = [text.as_bytes(), b"\0"].concat();
        self.entry(tag, ASCII, u32::try_from(bytes.len()).unwrap(), &bytes);
    }

    fn degrees(&mut self, tag: u16, degrees: f64) {
        let (whole, minutes) = (degrees.abs().trunc(), degrees.abs().fract() * 60.0);
        let parts = [
            (whole as u32, 1),
            (minutes.trunc() as u32, 1),
            ((minutes.fract() * 60.0 * 10_000.0).round() as u32, 10_000_u32),
        ];
        let bytes: Vec<u8> =
            parts.iter().flat_map(|(n, d)| [n.to_le_bytes(), d.to_le_bytes()].concat()).collect();
        self.entry(tag, RATIONAL, 3, &bytes);
    }

    fn bytes(self) -> Vec<u8> {
        assert_eq!(self.count, self.planned);
        let count = self.count.to_le_bytes();
        [&count[..], &self.entries, &[0; 4], &self.values].concat()
    }
}

fn tiff(orientation: u16, gps: Option<(f64, f64)>, datetime: Option<&str>) -> Vec<u8> {
    let exif = datetime.map(|at| {
        move |offset| {
            let mut exif = Directory::new(offset, 2);
            exif.text(0x9003, at);
            exif.text(0x9011, "+00:00");
            exif.bytes()
        }
    });
    let gps = gps.map(|(lat, lon)| {
        move |offset| {
            let mut gps = Directory::new(offset, 4);
            gps.text(1, if lat < 0.0 { "S" } else { "N" });
            gps.degrees(2, lat);
            gps.text(3, if lon < 0.0 { "W" } else { "E" });
            gps.degrees(4, lon);
            gps.bytes()
        }
    });
    let entries = 1 + u16::from(exif.is_some()) + u16::from(gps.is_some());
    let mut main = Directory::new(8, entries);
    let mut next = 8 + 2 + 12 * u32::from(entries) + 4;
    let mut rest = Vec::new();
    main.entry(0x0112, SHORT, 1, &orientation.to_le_bytes());
    if let Some(exif) = exif {
        main.entry(0x8769, LONG, 1, &next.to_le_bytes());
        let bytes = exif(next);
        next += u32::try_from(bytes.len()).unwrap();
        rest.extend(bytes);
    }
    if let Some(gps) = gps {
        main.entry(0x8825, LONG, 1, &next.to_le_bytes());
        rest.extend(gps(next));
    }
    [b"II*\0\x08\0\0\0".as_slice(), &main.bytes(), &rest].concat()
}
