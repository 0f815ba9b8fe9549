//! Elements, written one by one.

use std::fmt::Display;
use std::io::{self, Write};

/// XML on its way out.
pub struct Out<W> {
    to: W,
}

impl<W: Write> Out<W> {
    /// A document that begins with its declaration.
    pub fn new(mut to: W) -> io::Result<Self> {
        writeln!(to, r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#)?;
        Ok(Self { to })
    }

    /// Begins an element, with attributes written as they are.
    pub fn open(&mut self, name: &str, attributes: &str) -> io::Result<()> {
        writeln!(self.to, "<{name}{attributes}>")
    }

    /// Ends it.
    pub fn close(&mut self, name: &str) -> io::Result<()> {
        writeln!(self.to, "</{name}>")
    }

    /// An element with a value of the format's own words or a number.
    pub fn value(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        writeln!(self.to, "<{name}>{value}</{name}>")
    }

    /// The same, where there is a value.
    pub fn maybe(&mut self, name: &str, value: Option<impl Display>) -> io::Result<()> {
        value.map_or(Ok(()), |value| self.value(name, value))
    }

    /// The same with 1 for yes and 0 for no.
    pub fn flag(&mut self, name: &str, value: bool) -> io::Result<()> {
        self.value(name, u8::from(value))
    }

    /// An element with people's words, where there are any.
    pub fn text(&mut self, name: &str, text: &str) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.value(name, escaped(text)) }
    }

    /// Hands everything over.
    pub fn finish(mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// `text` with what would be markup written otherwise; characters XML cannot say (XML 1.0, 2.2)
/// are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(char),
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => {}
            _ => out.push(char),
        }
    }
    out
}
