//! What bytes are, by the bytes themselves. Names and declared types are never asked.

use kernel::Text;

/// A kind of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// HEIF and its kin: kept, but not decoded here.
    Heif,
    /// Anything else.
    Other,
}

impl Media {
    /// Looks at the first bytes.
    pub fn of(bytes: &[u8]) -> Self {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Self::Jpeg,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Self::Png,
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Self::Webp,
            [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => match brand.get(..4) {
                Some(
                    b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1"
                    | b"avif" | b"avis",
                ) => Self::Heif,
                _ => Self::Other,
            },
            _ => Self::Other,
        }
    }

    /// The media type it is served as. What is unknown is served as bytes and nothing else.
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heif => "image/heif",
            Self::Other => "application/octet-stream",
        }
    }

    /// Why nothing of it can be shown, if that is so from the start.
    pub fn unshowable(self) -> Option<Text> {
        match self {
            Self::Jpeg | Self::Png | Self::Webp => None,
            Self::Heif => Some(Text::new(
                "Format HEIC : original conservé, aperçu impossible",
                "HEIC format: original kept, no preview possible",
            )),
            Self::Other => Some(Text::new(
                "Ce fichier n'est pas une image reconnue (JPEG, PNG, WebP) : original conservé, aperçu impossible",
                "This file is no known picture (JPEG, PNG, WebP): original kept, no preview possible",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_decide() {
        assert_eq!(Media::of(b"\xff\xd8\xff\xe0 <html>"), Media::Jpeg);
        assert_eq!(Media::of(b"RIFF\0\0\0\0WEBPVP8 "), Media::Webp);
        assert_eq!(Media::of(b"\0\0\0\x18ftypheic"), Media::Heif);
        let others: [&[u8]; 6] = [
            b"",
            b"\xff\xd8",
            b"PK\x03\x04",
            b"<svg onload=alert(1)>",
            b"%PDF-1.7",
            b"\0\0\0\x18ftyp",
        ];
        for bytes in others {
            assert_eq!(Media::of(bytes), Media::Other);
        }
    }
}
