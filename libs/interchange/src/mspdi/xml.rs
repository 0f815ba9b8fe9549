//! XML in bounded pieces: elements are visited one by one, or taken whole as small trees.

use std::io::BufRead;

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::text::Source;
use crate::{Fault, Finding, Limits, Place};

/// Elements in one tree at most: a calendar with its exceptions is the largest in use.
const NODES: usize = 400_000;

/// An element with its text and what stands within it.
#[derive(Debug)]
pub struct Node {
    /// Its name, without a prefix.
    pub name: String,
    /// Its own text.
    pub text: String,
    /// What stands within it.
    pub children: Vec<Node>,
    /// Where it begins.
    pub place: Place,
}

impl Node {
    /// Adds its number to its path, and to the paths of all within: `Task[UID=4]`.
    pub fn tell_uid(&mut self) {
        if let Some(uid) = self.text("UID").map(|uid| format!("[UID={uid}]")) {
            let at = self.place.what.len();
            self.tell(at, &uid);
        }
    }

    fn tell(&mut self, at: usize, uid: &str) {
        self.place.what.insert_str(at, uid);
        for child in &mut self.children {
            child.tell(at, uid);
        }
    }

    /// The first child called `name`.
    pub fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|c| c.name == name)
    }

    /// The children called `name`.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |c| c.name == name)
    }

    /// The text of the first child called `name`, where there is any.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.child(name).map(|c| c.text.as_str()).filter(|t| !t.is_empty())
    }
}

/// What comes next.
pub enum Step {
    /// An element begins; it is to be entered, taken or skipped.
    Open(String),
    /// The element one is in ends.
    Close,
}

/// An XML document, read from its beginning to its end.
pub struct Xml<R: BufRead> {
    reader: Reader<Source<R>>,
    buffer: Vec<u8>,
    path: Vec<String>,
    /// An empty element was opened; its end comes next.
    closing: bool,
    depth: usize,
    place: Place,
}

/// What stands next in the document, of what matters.
enum Piece {
    Open { name: String, empty: bool },
    Close,
    Text(String),
    End,
}

impl<R: BufRead> Xml<R> {
    /// The document in `input`.
    pub fn new(input: R, limits: &Limits) -> Result<Self, Fault> {
        let source = Source::new(input, limits, declared)
            .map_err(|error| Finding::of_input(&error, Place::default()))?;
        Ok(Self {
            reader: Reader::from_reader(source),
            buffer: Vec::new(),
            path: Vec::new(),
            closing: false,
            depth: limits.depth,
            place: Place::default(),
        })
    }

    /// Where the last element began.
    pub fn place(&self) -> Place {
        Place { what: self.path.join("/"), ..self.place.clone() }
    }

    /// The next element, or the end of the one we are in; text between is passed over.
    pub fn step(&mut self) -> Result<Step, Fault> {
        loop {
            match self.piece()? {
                Piece::Open { name, empty } => {
                    self.enter(&name, empty)?;
                    return Ok(Step::Open(name));
                }
                Piece::Close => {
                    self.path.pop();
                    return Ok(Step::Close);
                }
                Piece::Text(_) => {}
                Piece::End => return Err(self.cut_off()),
            }
        }
    }

    /// Everything in the element that was opened last, but what `leave` names.
    pub fn take(&mut self, leave: &[&str]) -> Result<Node, Fault> {
        let mut count = 0;
        let root = self.path.last().cloned().unwrap_or_default();
        self.tree(root, leave, &mut count)
    }

    fn tree(&mut self, name: String, leave: &[&str], count: &mut usize) -> Result<Node, Fault> {
        let mut node =
            Node { name, text: String::new(), children: Vec::new(), place: self.place() };
        loop {
            match self.piece()? {
                Piece::Open { name, empty } => {
                    self.enter(&name, empty)?;
                    *count += 1;
                    if *count > NODES {
                        return Err(self.limit("Élément trop grand.", "Element too large."));
                    }
                    if leave.contains(&name.as_str()) {
                        self.skip()?;
                    } else {
                        let child = self.tree(name, leave, count)?;
                        node.children.push(child);
                    }
                }
                Piece::Close => {
                    self.path.pop();
                    let text = node.text.trim();
                    if text.len() < node.text.len() {
                        node.text = String::from(text);
                    }
                    return Ok(node);
                }
                Piece::Text(text) => {
                    node.text.push_str(&text);
                    if node.text.len() > self.reader.get_ref().longest() {
                        return Err(self.limit("Texte trop long.", "Text too long."));
                    }
                }
                Piece::End => return Err(self.cut_off()),
            }
        }
    }

    /// Passes over the element that was opened last.
    pub fn skip(&mut self) -> Result<(), Fault> {
        let outside = self.path.len() - 1;
        while self.path.len() > outside {
            self.step()?;
        }
        Ok(())
    }

    fn enter(&mut self, name: &str, empty: bool) -> Result<(), Fault> {
        self.path.push(name.to_owned());
        self.closing = empty;
        if self.path.len() > self.depth {
            return Err(self.limit("Éléments trop imbriqués.", "Elements nested too deep."));
        }
        Ok(())
    }

    fn piece(&mut self) -> Result<Piece, Fault> {
        if std::mem::take(&mut self.closing) {
            return Ok(Piece::Close);
        }
        loop {
            let source = self.reader.get_mut();
            source.mark();
            self.place = source.place("");
            self.buffer.clear();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    let place = self.reader.get_ref().place(self.path.join("/"));
                    return Err(match error {
                        quick_xml::Error::Io(error) => Finding::of_input(&error, place),
                        other => Finding::new(
                            place,
                            "bad-xml",
                            format!("XML mal formé : {other}."),
                            format!("Malformed XML: {other}."),
                        ),
                    }
                    .into());
                }
            };
            return Ok(match event {
                Event::Start(start) => Piece::Open { name: local(&start), empty: false },
                Event::Empty(start) => Piece::Open { name: local(&start), empty: true },
                Event::End(_) => Piece::Close,
                Event::Text(text) => Piece::Text(text.into_inner().into_owned()),
                Event::CData(text) => Piece::Text(text.into_inner().into_owned()),
                Event::GeneralRef(reference) => {
                    let known = match &*reference.clone().into_inner() {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    let Some(char) = known else {
                        return Err(self.refused(
                            "entity",
                            "Les entités ne sont pas admises.",
                            "Entities are not allowed.",
                        ));
                    };
                    Piece::Text(char.to_string())
                }
                Event::DocType(_) => {
                    return Err(self.refused(
                        "doctype",
                        "Une DTD (<!DOCTYPE>) n'est pas admise.",
                        "A DTD (<!DOCTYPE>) is not allowed.",
                    ));
                }
                Event::Eof => Piece::End,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            });
        }
    }

    fn refused(&self, code: &'static str, fr: &str, en: &str) -> Fault {
        Finding::new(self.place(), code, fr, en).into()
    }

    fn limit(&self, fr: &str, en: &str) -> Fault {
        self.refused("limit", fr, en)
    }

    fn cut_off(&self) -> Fault {
        self.refused(
            "truncated",
            "Le fichier s'arrête avant la fin du document.",
            "The file ends before the document does.",
        )
    }
}

fn local(start: &BytesStart<'_>) -> String {
    let name = start.local_name();
    let name: &str = name.as_ref();
    name.to_owned()
}

/// The encoding an XML declaration names.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let end = head.iter().position(|byte| *byte == b'>')?;
    let declaration = std::str::from_utf8(&head[..end]).ok()?;
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Encoding::for_label(after[1..].split(quote).next()?.as_bytes())
}
