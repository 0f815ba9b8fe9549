//! Draws the watermark: a dark band at the foot of the picture with what proves it.
//!
//! The font is DejaVu Sans Mono as `typst-assets` embeds it, so nothing depends on the fonts of a
//! machine, and every character takes the same width, which makes the layout a division.

use std::sync::OnceLock;

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

/// A picture narrower than this gets a wider canvas, so that the text can be read.
const MIN_WIDTH: u32 = 640;
/// How dark the band is: how much of the picture stays visible under it.
const SHINES_THROUGH: f32 = 0.35;

fn font() -> Option<&'static FontRef<'static>> {
    static FONT: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
    let holds = |data: &[u8], name: &[u8]| data.windows(name.len()).any(|w| w == name);
    FONT.get_or_init(|| {
        // By its PostScript name; those of the bold and oblique ones go on with a hyphen.
        typst_assets::fonts()
            .find(|data| holds(data, b"DejaVuSansMono") && !holds(data, b"DejaVuSansMono-"))
            .and_then(|data| FontRef::try_from_slice(data).ok())
    })
    .as_ref()
}

/// The picture with a band that says `lines`. The band lies over the picture's foot, or below it
/// where it would hide more than a third.
pub(crate) fn watermark(picture: RgbImage, lines: &[String]) -> RgbImage {
    let Some(font) = font() else { return picture };
    let (width, height) = (picture.width().max(MIN_WIDTH), picture.height());
    let px = (width as f32 / 50.0).clamp(14.0, 36.0);
    let scale = PxScale::from(px);
    let advance = font.as_scaled(scale).h_advance(font.glyph_id('0'));
    let margin = px * 0.6;
    let columns = ((width as f32 - 2.0 * margin) / advance).floor().max(1.0) as usize;
    let rows: Vec<String> = lines.iter().flat_map(|line| wrap(line, columns)).collect();
    let step = px * 1.25;
    let band = (rows.len() as f32 * step + 2.0 * margin * 0.7).ceil() as u32;
    let over = band * 3 <= height;
    let top = if over { height - band } else { height };

    let mut canvas = if over && width == picture.width() {
        picture
    } else {
        let mut canvas = RgbImage::new(width, top + band);
        let left = i64::from((width - picture.width()) / 2);
        image::imageops::replace(&mut canvas, &picture, left, 0);
        canvas
    };
    for y in top..top + band {
        for x in 0..width {
            for channel in &mut canvas.get_pixel_mut(x, y).0 {
                *channel = (f32::from(*channel) * SHINES_THROUGH) as u8;
            }
        }
    }
    let ascent = font.as_scaled(scale).ascent();
    for (row, text) in rows.iter().enumerate() {
        let base = top as f32 + margin * 0.7 + row as f32 * step + ascent;
        for (column, letter) in text.chars().enumerate() {
            let at = point(margin + column as f32 * advance, base);
            let glyph = font.glyph_id(letter).with_scale_and_position(scale, at);
            if let Some(outline) = font.outline_glyph(glyph) {
                let bounds = outline.px_bounds();
                outline.draw(|x, y, ink| {
                    blend(&mut canvas, bounds.min.x + x as f32, bounds.min.y + y as f32, ink);
                });
            }
        }
    }
    canvas
}

/// Puts white ink on a pixel, if it lies on the canvas.
fn blend(canvas: &mut RgbImage, x: f32, y: f32, ink: f32) {
    if x < 0.0 || y < 0.0 {
        return;
    }
    if let Some(Rgb(channels)) = canvas.get_pixel_mut_checked(x as u32, y as u32) {
        for channel in channels {
            let below = f32::from(*channel);
            *channel = (below + (255.0 - below) * ink.clamp(0.0, 1.0)) as u8;
        }
    }
}

/// Breaks a line at spaces; a word longer than the width is broken where it must be.
fn wrap(line: &str, columns: usize) -> Vec<String> {
    let mut rows = Vec::new();
    let mut row: Vec<char> = Vec::new();
    for word in line.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if !row.is_empty() && row.len() + 1 + word.len() > columns {
            rows.push(std::mem::take(&mut row).into_iter().collect());
        }
        while word.len() > columns {
            rows.push(word.drain(..columns).collect());
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row.append(&mut word);
    }
    if !row.is_empty() {
        rows.push(row.into_iter().collect());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_is_there_and_has_what_french_needs() {
        let font = font().unwrap();
        for letter in "éàçôœÉ’·±«»—".chars() {
            assert_ne!(font.glyph_id(letter).0, 0, "{letter}");
        }
    }

    #[test]
    fn lines_break_at_spaces_and_long_words_where_they_must() {
        assert_eq!(wrap("Projet Réseau Thiès", 9), ["Projet", "Réseau", "Thiès"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert!(wrap("  ", 3).is_empty());
    }

    #[test]
    fn every_size_of_picture_takes_its_band() {
        let lines = vec!["21/11/2026 20:43 UTC+00:00".to_owned(), "x".repeat(400)];
        for (w, h) in [(1, 1), (2048, 3), (3, 2048), (640, 480), (2048, 1536)] {
            let done = watermark(RgbImage::from_pixel(w, h, Rgb([200, 30, 30])), &lines);
            assert!(done.width() >= w.max(640) && done.height() >= h);
            assert!(done.pixels().any(|p| p.0 == [255, 255, 255]), "{w}x{h}");
        }
    }
}
