//! From the bytes of a photo to what can be shown of it. Pure computing, in bounded memory; run it
//! where it may block.

mod draw;
mod exif;

use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageError, RgbImage};
use kernel::Text;
use pictures::{decode, explain, jpeg, thumbnail};

pub(crate) use exif::Findings;
pub(crate) use pictures::{Media, undecodable};

/// The longest side of the watermarked copy.
const SHOWN_SIDE: u32 = 2048;
/// The longest side of the thumbnail.
const THUMBNAIL_SIDE: u32 = 320;

/// What a photo turned out to be.
pub(crate) struct Developed {
    /// What the bytes are.
    pub media: Media,
    /// What the picture says of itself.
    pub findings: Findings,
    /// What can be shown, or why nothing can.
    pub pictures: Result<Pictures, Text>,
}

/// The copies, as JPEG files.
pub(crate) struct Pictures {
    /// With the watermark.
    pub watermarked: Vec<u8>,
    /// With the watermark but for where it was taken; none where it does not say.
    pub unplaced: Option<Vec<u8>>,
    /// Small, without.
    pub thumbnail: Vec<u8>,
}

/// What is written on a photo.
pub(crate) struct Lines {
    /// Line by line.
    pub all: Vec<String>,
    /// Which of them says where it was taken, if one does.
    pub place: Option<usize>,
}

impl Lines {
    /// Without where it was taken; none where that is the same.
    fn unplaced(&self) -> Option<Vec<String>> {
        let place = self.place?;
        let rest = self.all.iter().enumerate().filter(|(at, _)| *at != place);
        Some(rest.map(|(_, line)| line.clone()).collect())
    }
}

/// Reads the photo, turns it upright, scales it down, and writes `lines` on it. `lines` is asked
/// what to say once it is known what the picture says of itself.
pub(crate) fn develop(bytes: &[u8], lines: impl FnOnce(&Findings) -> Lines) -> Developed {
    let media = Media::of(bytes);
    let findings = if media == Media::Other { Findings::default() } else { exif::read(bytes) };
    let pictures = match media.unshowable() {
        Some(reason) => Err(reason),
        None => decode(bytes, media)
            .map(|picture| show(picture, findings.orientation))
            .and_then(|picture| print(picture, &lines(&findings)))
            .map_err(explain),
    };
    Developed { media, findings, pictures }
}

/// Scales first, because turning the small picture is cheaper; the limit is the same both ways.
fn show(picture: DynamicImage, turn: Option<u8>) -> RgbImage {
    let mut picture = if picture.width().max(picture.height()) > SHOWN_SIDE {
        picture.resize(SHOWN_SIDE, SHOWN_SIDE, FilterType::Triangle)
    } else {
        picture
    };
    picture.apply_orientation(
        turn.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms),
    );
    picture.into_rgb8()
}

/// The copies are drawn anew from the pixels: nothing of what the file says of itself, where it was
/// taken above all, comes along.
fn print(picture: RgbImage, lines: &Lines) -> Result<Pictures, ImageError> {
    let small = thumbnail(DynamicImage::ImageRgb8(picture.clone()), THUMBNAIL_SIDE);
    let unplaced = lines.unplaced().map(|rest| jpeg(&draw::watermark(picture.clone(), &rest), 85));
    Ok(Pictures {
        thumbnail: jpeg(&small, 80)?,
        unplaced: unplaced.transpose()?,
        watermarked: jpeg(&draw::watermark(picture, &lines.all), 85)?,
    })
}

#[cfg(test)]
mod tests;
