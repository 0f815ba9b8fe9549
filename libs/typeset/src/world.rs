//! The small world a template is typeset in: its own source, some files in memory, and the fonts
//! that come with typst. No disk, no network, no clock.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, comemo};
use typst_layout::PagedDocument;
use typst_pdf::PdfOptions;

use crate::Printed;

/// What every world shares.
struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let fonts: Vec<Font> =
        typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
    Shared {
        library: LazyHash::new(Library::default()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

struct Desk {
    main: Source,
    files: HashMap<String, Bytes>,
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &SHARED.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHARED.book
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(missing(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(id.vpath().get_without_slash()).cloned().ok_or_else(|| missing(id))
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHARED.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn missing(id: FileId) -> FileError {
    FileError::NotFound(PathBuf::from(id.vpath().get_without_slash()))
}

/// Typesets `template`, which may read `files` by their names, into a PDF; fails with what typst
/// says of the template.
pub(crate) fn typeset(template: &str, files: HashMap<String, Vec<u8>>) -> Result<Printed, String> {
    let path = VirtualPath::new("main.typ").map_err(|e| e.to_string())?;
    let main = FileId::new(RootedPath::new(VirtualRoot::Project, path));
    let desk = Desk {
        main: Source::new(main, template.to_owned()),
        files: files.into_iter().map(|(name, data)| (name, Bytes::new(data))).collect(),
    };
    let result = typst::compile::<PagedDocument>(&desk).output.and_then(|document| {
        let options = PdfOptions {
            creator: Smart::Custom(Some("FieldOps360".to_owned())),
            ..PdfOptions::default()
        };
        let pdf = typst_pdf::pdf(&document, &options)?;
        Ok(Printed { pdf, pages: document.pages().len() })
    });
    comemo::evict(0); // what typst remembers of one document is of no use to the next
    result.map_err(|errors| {
        let messages: Vec<_> = errors.iter().map(|e| e.message.to_string()).collect();
        messages.join("; ")
    })
}
