//! Text streams: whatever they were written in, read as UTF-8, with the place one stands at.

use std::io::{self, BufRead, Read};
use std::ops::Range;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{Finding, Limits, Place};

/// How many bytes are looked at to tell the encoding.
const HEAD: u64 = 1024;
/// How many bytes are decoded at once.
const ROOM: usize = 16 << 10;

/// A stream of UTF-8 that keeps count of lines and of what may still be read.
pub struct Source<R> {
    input: io::Take<io::Chain<io::Cursor<Vec<u8>>, R>>,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    ready: Vec<u8>,
    ready_at: usize,
    ended: bool,
    line: u64,
    column: u64,
    piece: usize,
    longest: usize,
    lenient: bool,
}

impl<R: BufRead> Source<R> {
    /// A stream over `input`, read as its byte order mark or `declared` (given its first bytes)
    /// tell, else as UTF-8. Bytes that are no text in that encoding end it with a finding.
    pub fn new(
        input: R,
        limits: &Limits,
        declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
    ) -> io::Result<Self> {
        Self::open(input, limits, declared, false)
    }

    /// A stream over `input` that declares nothing: what its byte order mark tells, else UTF-8, in
    /// which bytes that are none are read as Windows of western Europe writes them.
    pub fn undeclared(input: R, limits: &Limits) -> io::Result<Self> {
        Self::open(input, limits, |_| None, true)
    }

    fn open(
        mut input: R,
        limits: &Limits,
        declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
        lenient: bool,
    ) -> io::Result<Self> {
        let mut head = Vec::new();
        input.by_ref().take(HEAD).read_to_end(&mut head)?;
        let encoding = Encoding::for_bom(&head)
            .map(|(encoding, _)| encoding)
            .or_else(|| wide(&head))
            .or_else(|| declared(&head))
            .unwrap_or(UTF_8);
        Ok(Self {
            // One byte more than allowed tells a file that is too long from one that just fits.
            input: io::Cursor::new(head).chain(input).take(limits.bytes.saturating_add(1)),
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: Vec::new(),
            raw_at: 0,
            ready: Vec::new(),
            ready_at: 0,
            ended: false,
            line: 1,
            column: 1,
            piece: 0,
            longest: limits.text,
            lenient,
        })
    }

    /// Where the next unread character stands.
    pub fn place(&self, what: impl Into<String>) -> Place {
        Place { line: Some(self.line), column: Some(self.column), what: what.into() }
    }

    /// How long one text may be.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// From here on the reader sees to it that texts are not too long.
    pub fn unbounded(&mut self) {
        self.longest = usize::MAX;
    }

    /// A new piece of text begins here; none may be longer than the limit on texts allows.
    pub fn mark(&mut self) {
        self.piece = 0;
    }

    /// The error that ends the stream where it stands, with what is to be said of it.
    fn refuse(&self, code: &'static str, fr: &str, en: &str) -> io::Error {
        let finding = Finding::new(self.place(""), code, fr, en);
        io::Error::new(io::ErrorKind::InvalidData, finding)
    }

    /// Takes some more of the input; false at its end.
    fn refill(&mut self) -> io::Result<bool> {
        let chunk = self.input.fill_buf()?;
        // The last bytes stay: a character may turn out broken only in what follows it.
        let keep = self.raw.len().saturating_sub(4);
        self.raw.drain(..keep);
        self.raw_at = self.raw.len();
        self.raw.extend_from_slice(chunk);
        let read = chunk.len();
        self.input.consume(read);
        if self.input.limit() == 0 {
            return Err(self.refuse("limit", "Fichier trop volumineux.", "File too long."));
        }
        Ok(read > 0)
    }

    /// Decodes some more; nothing is ready before, and nothing after the end.
    fn decode(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.ready_at = 0;
        while self.ready.is_empty() && !self.ended {
            let last = self.raw_at == self.raw.len() && !self.refill()?;
            self.ready.resize(ROOM, 0);
            let (result, read, wrote) = self.decoder.decode_to_utf8_without_replacement(
                &self.raw[self.raw_at..],
                &mut self.ready,
                last,
            );
            self.raw_at += read;
            self.ready.truncate(wrote);
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(bad, after) => {
                    let end = self.raw_at.saturating_sub(usize::from(after));
                    let broken = end.saturating_sub(usize::from(bad))..end;
                    self.repair(broken)?;
                }
            }
        }
        // Databases and other programs stumble over it, and no text has it.
        if let Some(at) = self.ready.iter().position(|byte| *byte == 0) {
            self.ready.truncate(at);
            self.skip_to_ready();
            return Err(self.refuse("encoding", "Un caractère nul.", "A null character."));
        }
        Ok(())
    }

    /// What to do with bytes that are no text.
    fn repair(&mut self, broken: Range<usize>) -> io::Result<()> {
        let name = self.decoder.encoding().name();
        if self.lenient && self.decoder.encoding() == UTF_8 {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(&self.raw[broken]);
            self.ready.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        self.skip_to_ready();
        Err(self.refuse(
            "encoding",
            &format!("Ces octets ne sont pas du texte en {name}."),
            &format!("These bytes are no text in {name}."),
        ))
    }

    /// Moves the place to the end of what was decoded.
    fn skip_to_ready(&mut self) {
        let rest = self.ready.len() - self.ready_at;
        self.advance(rest);
    }

    fn advance(&mut self, count: usize) {
        for byte in &self.ready[self.ready_at..self.ready_at + count] {
            if *byte == b'\n' {
                self.line += 1;
                self.column = 1;
            } else if byte & 0xc0 != 0x80 {
                self.column += 1;
            }
        }
        self.ready_at += count;
    }
}

impl<R: BufRead> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece > self.longest {
            return Err(self.refuse("limit", "Texte trop long.", "Text too long."));
        }
        if self.ready_at == self.ready.len() && !self.ended {
            self.decode()?;
        }
        Ok(&self.ready[self.ready_at..])
    }

    fn consume(&mut self, count: usize) {
        self.advance(count);
        self.piece += count;
    }
}

/// UTF-16 without a byte order mark: every other of the first bytes is zero.
fn wide(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |from: usize| {
        let mut bytes = head.iter().skip(from).step_by(2).take(8);
        head.len() >= 8 && bytes.all(|byte| *byte == 0)
    };
    if zeros(1) {
        Some(UTF_16LE)
    } else if zeros(0) {
        Some(UTF_16BE)
    } else {
        None
    }
}
