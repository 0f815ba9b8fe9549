//! What can be shown of good, odd, broken and hostile files.

use std::io::Cursor;
use std::path::Path;

use image::ImageFormat;
use testkit::photos::{jpeg_with_exif, png, samples, with_exif};

use super::*;

fn lines() -> Lines {
    let all = vec![
        "21/11/2026 20:43:10 UTC+00:00 (Africa/Dakar)".to_owned(),
        "GPS 14.74590, -17.52010 ±12 m".to_owned(),
        "P-001 Réseau HTA de l’été · Poste Médina".to_owned(),
        "Aïssatou N’Diaye · Code ABCD2345".to_owned(),
    ];
    Lines { all, place: Some(1) }
}

fn done(bytes: &[u8]) -> Developed {
    develop(bytes, |_| lines())
}

fn shown(bytes: &[u8]) -> (Developed, RgbImage) {
    let developed = done(bytes);
    let small = &developed.pictures.as_ref().unwrap().thumbnail;
    let small = image::load_from_memory(small).unwrap().into_rgb8();
    (developed, small)
}

fn reason(bytes: &[u8]) -> String {
    done(bytes).pictures.err().expect("nothing to be shown").en
}

/// Which corner is red: (right, bottom).
fn red_corner(picture: &RgbImage) -> (bool, bool) {
    let (w, h) = picture.dimensions();
    let mut red = Vec::new();
    for (x, y) in [(false, false), (true, false), (false, true), (true, true)] {
        let at = |far: bool, size: u32| if far { size - 5 } else { 4 };
        let pixel = picture.get_pixel(at(x, w), at(y, h));
        if pixel.0[0] > 150 && pixel.0[2] < 120 {
            red.push((x, y));
        }
    }
    assert_eq!(red.len(), 1);
    red[0]
}

#[test]
fn pictures_are_turned_upright_in_all_eight_ways() {
    let corners = [
        (false, false),
        (true, false),
        (true, true),
        (false, true),
        (false, false),
        (true, false),
        (true, true),
        (false, true),
    ];
    for (turn, corner) in (1..=8).zip(corners) {
        let (developed, small) = shown(&jpeg_with_exif(turn, None, None));
        assert_eq!(developed.findings.orientation, u8::try_from(turn).ok());
        assert_eq!(red_corner(&small), corner, "orientation {turn}");
        assert_eq!(small.dimensions(), if turn < 5 { (96, 64) } else { (64, 96) });
    }
}

#[test]
fn place_and_time_are_read_with_their_signs() {
    let (developed, _) =
        shown(&jpeg_with_exif(1, Some((-4.3217, 15.3125)), Some("2026:03:02 09:41:07")));
    let position = developed.findings.position.unwrap();
    assert!((position.lat + 4.3217).abs() < 1e-6 && (position.lon - 15.3125).abs() < 1e-6);
    assert_eq!(developed.findings.taken_at.as_deref(), Some("2026-03-02T09:41:07"));
    assert_eq!(developed.findings.offset.as_deref(), Some("+00:00"));
    assert!(developed.findings.remarks.is_empty());
}

#[test]
fn no_copy_holds_what_the_file_says_of_itself() {
    let whole = jpeg_with_exif(6, Some((-4.3217, 15.3125)), Some("2026:03:02 09:41:07"));
    assert!(exif::read(&whole).position.is_some());
    let pictures = done(&whole).pictures.ok().unwrap();
    let unplaced = pictures.unplaced.unwrap();
    assert_ne!(unplaced, pictures.watermarked, "one line less is written on it");
    for copy in [&pictures.watermarked, &unplaced, &pictures.thumbnail] {
        assert_eq!(exif::read(copy), Findings::default());
        assert!(!copy.windows(4).any(|w| w == b"Exif"));
    }
    let nowhere = develop(&whole, |_| Lines { place: None, ..lines() });
    assert!(nowhere.pictures.ok().unwrap().unplaced.is_none());
}

#[test]
fn absurd_exif_is_remarked_on_and_fails_nothing() {
    let (developed, _) =
        shown(&jpeg_with_exif(9, Some((95.0, 190.0)), Some("0000:00:00 00:00:00")));
    assert_eq!(developed.findings.remarks, ["date", "position", "orientation"]);
    assert_eq!((developed.findings.position, developed.findings.taken_at), (None, None));

    // An entry that claims four thousand million values, one that points to itself, and rubbish.
    let huge = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\xff\xff\xff\xff\x00\0\0\0\0\0\0\0";
    let looped = b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0";
    for tiff in [&huge[..], &looped[..], b"II*\0", b"", b"MM\0*\xff\xff\xff\xff"] {
        let (developed, _) = shown(&with_exif(&jpeg_with_exif(1, None, None), tiff));
        assert_eq!(developed.media, Media::Jpeg);
    }
}

#[test]
fn a_png_without_exif_is_shown() {
    let (developed, _) = shown(&png());
    assert_eq!((developed.media, developed.findings), (Media::Png, Findings::default()));
}

#[test]
fn pixel_bombs_are_refused_before_they_are_decoded() {
    assert!(reason(&declared_png(30_000, 30_000)).starts_with("Picture too large"));
    assert!(reason(&declared_png(1, 4_000_000)).starts_with("Picture too large"));
    assert!(reason(&declared_png(11_000, 11_000)).starts_with("Picture too large"));
    // A real JPEG whose frame header is changed to claim the most that JPEG can.
    let mut bomb = jpeg_with_exif(1, None, None);
    let frame = bomb.windows(2).position(|w| w == [0xff, 0xc0]).unwrap();
    bomb[frame + 5..frame + 9].fill(0xff);
    assert!(reason(&bomb).starts_with("Picture too large"));
}

/// A PNG that says it is this large and holds nothing.
fn declared_png(width: u32, height: u32) -> Vec<u8> {
    let mut png = png();
    png[16..20].copy_from_slice(&width.to_be_bytes());
    png[20..24].copy_from_slice(&height.to_be_bytes());
    let crc = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&crc.to_be_bytes());
    png
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 }
        })
    })
}

#[test]
fn what_is_no_picture_is_kept_with_a_reason() {
    let others: [&[u8]; 5] = [
        b"PK\x03\x04 a zip named .jpg",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a",
        b"",
    ];
    for bytes in others {
        assert!(reason(bytes).contains("no known picture"));
        assert_eq!(done(bytes).media.mime(), "application/octet-stream");
    }
    assert!(reason(b"\0\0\0\x18ftypheic\0\0\0\0heic").starts_with("HEIC"));
}

#[test]
fn a_polyglot_is_shown_as_the_picture_it_begins_with() {
    let polyglot = [jpeg_with_exif(1, None, None), b"<script>alert(1)</script>".to_vec()].concat();
    let (developed, _) = shown(&polyglot);
    assert_eq!(developed.media.mime(), "image/jpeg");
    let clean = developed.pictures.unwrap().watermarked;
    assert!(!clean.windows(7).any(|w| w == b"<script"));
}

#[test]
fn a_picture_cut_anywhere_or_with_any_byte_changed_never_brings_the_house_down() {
    let whole = jpeg_with_exif(6, Some((14.0, -17.0)), Some("2026:03:02 09:41:07"));
    for cut in (0..whole.len()).step_by(29) {
        let _ = done(&whole[..cut]);
    }
    for at in (0..whole.len()).step_by(23) {
        let mut changed = whole.clone();
        changed[at] ^= 0xff;
        // A decoder may panic; the job catches it where this test does.
        let _ = std::panic::catch_unwind(|| done(&changed));
    }
    let mut big = Vec::new();
    RgbImage::from_fn(800, 600, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 90]))
        .write_to(&mut Cursor::new(&mut big), ImageFormat::Jpeg)
        .unwrap();
    big.truncate(big.len() * 2 / 3);
    assert!(done(&big).pictures.is_ok(), "what is there is shown");
}

/// Every sample ends in a picture or in a reason; with `FIELDOPS_SHOW` set to a folder the
/// pictures are written there, to be looked at.
#[test]
fn every_sample_is_shown_or_explained() {
    for (name, bytes) in samples() {
        let developed = done(&bytes);
        match &developed.pictures {
            Ok(pictures) => {
                println!("{name}: {:?} {:?}", developed.media, developed.findings);
                if let Some(folder) = std::env::var_os("FIELDOPS_SHOW") {
                    let shown = image::load_from_memory(&pictures.watermarked).unwrap();
                    let to = Path::new(&folder).join(format!("{name}.png"));
                    shown.thumbnail(1000, 1000).save(to).unwrap();
                }
            }
            Err(reason) => {
                println!("{name}: {:?} {:?} — {}", developed.media, developed.findings, reason.fr);
            }
        }
    }
}
