//! The day as a PDF: `templates/day.typ`, typeset with the day's data and pictures.

mod view;

use std::collections::HashMap;

use serde_json::json;
use typeset::{Sheet, Words};

use super::day::Day;

/// At most this many photos are printed.
pub const MAX_PHOTOS: usize = 60;

/// What goes on the pages.
pub struct Pages {
    /// The day.
    pub day: Day,
    /// The words of its language.
    pub words: Words,
    /// The SHA-256 of the day, in hexadecimal.
    pub seal: String,
    /// The photos' pictures (JPEG), in the day's order, [`MAX_PHOTOS`] at most.
    pub photos: Vec<Option<Vec<u8>>>,
    /// The signatures' pictures (PNG), in the day's order.
    pub signatures: Vec<Option<Vec<u8>>>,
}

/// The pages as the printer takes them.
pub fn sheet(pages: Pages) -> Sheet {
    let data = view::of(&pages);
    let mut files = HashMap::from([("data.json".to_owned(), json!(data).to_string().into_bytes())]);
    let photos = pages.photos.into_iter().enumerate();
    let signatures = pages.signatures.into_iter().enumerate();
    files.extend(photos.filter_map(|(n, bytes)| Some((view::photo_file(n), bytes?))));
    files.extend(signatures.filter_map(|(n, bytes)| Some((view::signature_file(n), bytes?))));
    Sheet { template: include_str!("../../../templates/day.typ"), files }
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;
    use kernel::Lang;
    use typeset::typeset;

    use super::*;
    use crate::reports::samples::{busy_day, picture};
    use crate::reports::words;

    fn pages(day: Day, lang: Lang) -> Pages {
        let photo = || Some(picture(ImageFormat::Jpeg, 800, 600));
        Pages {
            seal: hex::encode(day.seal().unwrap()),
            day,
            words: words::of(lang).unwrap(),
            photos: vec![photo(), photo(), Some(picture(ImageFormat::Jpeg, 600, 800)), None],
            signatures: vec![Some(picture(ImageFormat::Png, 600, 200))],
        }
    }

    #[test]
    fn a_busy_day_becomes_a_pdf_in_both_languages() {
        for lang in [Lang::Fr, Lang::En] {
            let pdf = typeset(sheet(pages(busy_day(), lang))).unwrap().pdf;
            assert!(pdf.starts_with(b"%PDF-"));
            let images = pdf.windows(14).filter(|w| w == b"/Subtype/Image").count();
            assert!(images >= 3, "{images} pictures");
        }
    }

    #[test]
    fn a_day_on_which_nothing_happened_becomes_one_too() {
        let busy = busy_day();
        let day = Day {
            tasks: Vec::new(),
            stays: Vec::new(),
            incidents: Vec::new(),
            checklists: Vec::new(),
            photos: Vec::new(),
            signatures: Vec::new(),
            client: None,
            address: None,
            ..busy
        };
        let quiet = Pages { photos: Vec::new(), signatures: Vec::new(), ..pages(day, Lang::Fr) };
        assert!(typeset(sheet(quiet)).unwrap().pdf.starts_with(b"%PDF-"));
    }

    #[test]
    fn what_a_report_says_decides_its_seal() {
        let day = busy_day();
        let seal = day.seal().unwrap();
        assert_eq!(day.clone().seal().unwrap(), seal);
        let mut other = day;
        other.tasks[0].status = "done".into();
        assert_ne!(other.seal().unwrap(), seal);
    }
}
