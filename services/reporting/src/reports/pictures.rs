//! Pictures for reports: fetched, and made small enough to print.

use std::io::Cursor;

use blobs::{BlobError, BlobKey, BlobStore};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, ImageReader, Limits};

/// The largest picture that is fetched.
const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// The largest memory that decoding one may take.
const MAX_DECODED: u64 = 512 * 1024 * 1024;
/// How well a photo is kept: its watermark must stay readable.
const QUALITY: u8 = 80;

/// How a picture is to be laid down.
#[derive(Debug, Clone, Copy)]
pub enum Fit {
    /// As a photo (JPEG), at most this many pixels on its longer side.
    Photo(u32),
    /// As a drawing (PNG), at most this many pixels on its longer side.
    Drawing(u32),
}

/// Fetches pictures in their order; none where there is no key, no blob, or no readable picture.
/// Fails only where the store is out of reach. One is held in full size at a time.
pub async fn fetch(
    blobs: &dyn BlobStore,
    keys: impl Iterator<Item = Option<&str>>,
    fit: Fit,
) -> Result<Vec<Option<Vec<u8>>>, BlobError> {
    let mut pictures = Vec::new();
    for key in keys {
        let bytes = match key {
            Some(key) => get(blobs, key).await?,
            None => None,
        };
        pictures.push(match bytes {
            Some(bytes) => {
                tokio::task::spawn_blocking(move || shrink(&bytes, fit)).await.unwrap_or_default()
            }
            None => None,
        });
    }
    Ok(pictures)
}

async fn get(blobs: &dyn BlobStore, key: &str) -> Result<Option<bytes::Bytes>, BlobError> {
    match blobs.get_bytes(&BlobKey::new(key)?, MAX_BYTES).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(BlobError::NotFound | BlobError::TooLarge { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a picture at most as large as it is printed; none where it does not read.
fn shrink(bytes: &[u8], fit: Fit) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let mut out = Cursor::new(Vec::new());
    match fit {
        Fit::Photo(side) => {
            let rgb = DynamicImage::ImageRgb8(at_most(picture, side).into_rgb8());
            rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).ok()?;
        }
        Fit::Drawing(side) => at_most(picture, side).write_to(&mut out, ImageFormat::Png).ok()?,
    }
    Some(out.into_inner())
}

fn at_most(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) > side {
        picture.thumbnail(side, side)
    } else {
        picture
    }
}
