//! The pictures a crew member takes: real ones where a folder has them, else drawn ones.

use std::io::Cursor;
use std::path::Path;

use anyhow::{Context, Result};
use image::{ImageFormat, Rgb, RgbImage};

/// The largest file that is taken along.
const LARGEST: u64 = 16 << 20;

/// A picture on the phone.
#[derive(Debug, Clone)]
pub struct Picture {
    /// The file's name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// What a phone takes it for, by its name.
    pub fn content_type(&self) -> &'static str {
        let heic =
            Path::new(&self.name).extension().is_some_and(|e| e.eq_ignore_ascii_case("heic"));
        if heic { "image/heic" } else { "image/jpeg" }
    }
}

/// The pictures of `folder/photos` by name, or three drawn ones, of which the last is broken.
pub fn pictures(folder: Option<&Path>) -> Result<Vec<Picture>> {
    let Some(folder) = folder else { return drawn() };
    let photos = folder.join("photos");
    let entries =
        std::fs::read_dir(&photos).with_context(|| format!("cannot read {}", photos.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.metadata()?.is_file() && entry.metadata()?.len() <= LARGEST {
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push(Picture { name, bytes: std::fs::read(entry.path())? });
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

fn drawn() -> Result<Vec<Picture>> {
    let mut found = Vec::new();
    for (nth, name) in ["armoire.jpg", "tranchee.jpg"].into_iter().enumerate() {
        let mut picture = RgbImage::new(1280, 960);
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let shade = ((x / 40 + y / 40 + nth as u32) % 2) as u8 * 90;
            *pixel = Rgb([90 + shade, (x / 8) as u8, (y / 6) as u8]);
        }
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg)?;
        found.push(Picture { name: name.to_owned(), bytes: bytes.into_inner() });
    }
    let mut broken = found[0].clone();
    "corrupted.jpg".clone_into(&mut broken.name);
    let keep = broken.bytes.len() / 50;
    broken.bytes.truncate(keep);
    found.push(broken);
    Ok(found)
}
