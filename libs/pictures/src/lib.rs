//! Pictures that strangers send: what they are by their own bytes, decoded within limits, and
//! scaled down. Pure computing in bounded memory; run it where it may block.

mod sniff;

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageError, ImageFormat, ImageReader, Limits, RgbImage};
use kernel::Text;

pub use sniff::Media;

/// The longest side of a picture that is decoded, in pixels.
const MAX_SIDE: u32 = 12_000;
/// The most pixels that are decoded: more than phones make, few enough for every decoder's memory.
const MAX_PIXELS: u64 = 100_000_000;
/// The most a decoder may allocate, in bytes.
const MAX_ALLOC: u64 = 512 * 1024 * 1024;

/// Decodes a picture. One that would take too much memory is refused before it is decoded.
pub fn decode(bytes: &[u8], media: Media) -> Result<DynamicImage, ImageError> {
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

/// The picture in small: no side longer than `side` pixels.
pub fn thumbnail(picture: DynamicImage, side: u32) -> RgbImage {
    let small = if picture.width().max(picture.height()) > side {
        picture.thumbnail(side, side)
    } else {
        picture
    };
    small.into_rgb8()
}

/// The picture as a JPEG file; `quality` is from 1 to 100.
pub fn jpeg(picture: &RgbImage, quality: u8) -> Result<Vec<u8>, ImageError> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(picture)?;
    Ok(bytes)
}

/// Why a picture cannot be shown.
pub fn explain(error: ImageError) -> Text {
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
pub fn undecodable() -> Text {
    Text::new(
        "Image endommagée au point de bloquer le décodeur : original conservé, aperçu impossible",
        "Picture damaged so badly that the decoder gave up: original kept, no preview possible",
    )
}
