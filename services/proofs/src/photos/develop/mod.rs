//! From the bytes of a photo to what can be shown of it. Pure computing, in bounded memory; run it
//! where it may block.

mod draw;
mod exif;
mod sniff;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use kernel::Text;

pub(crate) use exif::Findings;
pub(crate) use sniff::Media;

/// The longest side of a picture that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;
/// The most pixels that are decoded: more than phones make, few enough for every decoder's memory.
const MAX_PIXELS: u64 = 100_000_000;
/// The most a decoder may allocate, in bytes.
const MAX_ALLOC: u64 = 512 * 1024 * 1024;
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
    /// Small, without.
    pub thumbnail: Vec<u8>,
}

/// Reads the photo, turns it upright, scales it down, and writes `lines` on it. `lines` is asked
/// what to say once it is known what the picture says of itself.
pub(crate) fn develop(bytes: &[u8], lines: impl FnOnce(&Findings) -> Vec<String>) -> Developed {
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

fn decode(bytes: &[u8], media: Media) -> Result<DynamicImage, ImageError> {
    let format = match media {
        Media::Png => ImageFormat::Png,
        Media::Webp => ImageFormat::WebP,
        Media::Jpeg | Media::Heif | Media::Other => ImageFormat::Jpeg,
    };
    let reader = || ImageReader::with_format(Cursor::new(bytes), format);
    let (width, height) = reader().into_dimensions()?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    reader.decode()
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

fn print(picture: RgbImage, lines: &[String]) -> Result<Pictures, ImageError> {
    let small = DynamicImage::ImageRgb8(picture.clone());
    let small = if picture.width().max(picture.height()) > THUMBNAIL_SIDE {
        small.thumbnail(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
    } else {
        small
    };
    Ok(Pictures {
        thumbnail: jpeg(&small.into_rgb8(), 80)?,
        watermarked: jpeg(&draw::watermark(picture, lines), 85)?,
    })
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

fn explain(error: ImageError) -> Text {
    match error {
        ImageError::Limits(_) => Text::new(
            "Image trop grande (plus de 12 000 pixels de côté ou de 100 millions de pixels) : original conservé, aperçu impossible",
            "Picture too large (more than 12,000 pixels a side or 100 million pixels): original kept, no preview possible",
        ),
        ImageError::Unsupported(_) => Text::new(
            "Variante du format d'image non prise en charge : original conservé, aperçu impossible",
            "Unsupported variant of the picture format: original kept, no preview possible",
        ),
        _ => Text::new(
            "Image endommagée : original conservé, aperçu impossible",
            "Damaged picture: original kept, no preview possible",
        ),
    }
}

/// Why nothing is shown of a picture on which a decoder gave up altogether.
pub(crate) fn undecodable() -> Text {
    Text::new(
        "Image endommagée au point de bloquer le décodeur : original conservé, aperçu impossible",
        "Picture damaged so badly that the decoder gave up: original kept, no preview possible",
    )
}

#[cfg(test)]
mod tests;
