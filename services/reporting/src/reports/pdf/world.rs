//! The small world a template is typeset in: its own source, some files in memory, and the fonts
//! that come with typst. No disk, no network, no clock.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, comemo};
use typst_pdf::PdfOptions;

/// Why a report could not be typeset; the template's fault, not the data's.
#[derive(Debug, thiserror::Error)]
#[error("the template does not typeset: {0}")]
pub struct TypesetError(String);

impl From<&[SourceDiagnostic]> for TypesetError {
    fn from(errors: &[SourceDiagnostic]) -> Self {
        let messages: Vec<_> = errors.iter().map(|e| e.message.to_string()).collect();
        Self(messages.join("; "))
    }
}

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

/// Typesets `template`, which may read `files` by their names, into a PDF. Takes a while: call it
/// where blocking is allowed.
pub fn typeset(template: &str, files: HashMap<String, Vec<u8>>) -> Result<Vec<u8>, TypesetError> {
    let path = VirtualPath::new("main.typ").map_err(|e| TypesetError(e.to_string()))?;
    let main = FileId::new(RootedPath::new(VirtualRoot::Project, path));
    let desk = Desk {
        main: Source::new(main, template.to_owned()),
        files: files.into_iter().map(|(name, data)| (name, Bytes::new(data))).collect(),
    };
    let result = typst::compile(&desk).output.and_then(|document| {
        let options = PdfOptions {
            creator: Smart::Custom(Some("FieldOps360".to_owned())),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options)
    });
    comemo::evict(0); // what typst remembers of one report is of no use to the next
    result.map_err(|errors| TypesetError::from(&errors[..]))
}
