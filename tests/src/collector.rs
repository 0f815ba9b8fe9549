//! An OpenTelemetry collector as the services see one: takes OTLP over HTTP, and remembers which
//! services told of a trace that is watched.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use kernel::Service;

/// Lives as long as the process; its threads belong to no test's runtime.
#[derive(Clone)]
pub struct Collector {
    /// Where it listens.
    pub url: String,
    seen: Arc<Mutex<BTreeSet<&'static str>>>,
    watched: Arc<Mutex<[u8; 16]>>,
}

impl Collector {
    /// Listens on a free port.
    pub fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}", listener.local_addr()?);
        let collector = Self { url, seen: Arc::default(), watched: Arc::default() };
        let taking = collector.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let taking = taking.clone();
                // A connection that breaks is the exporter's to open anew.
                std::thread::spawn(move || taking.take(stream).ok());
            }
        });
        Ok(collector)
    }

    /// From now on notes who tells of this trace.
    pub fn watch(&self, trace: [u8; 16]) {
        *self.watched.lock().unwrap_or_else(PoisonError::into_inner) = trace;
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The services that told of it.
    pub fn seen(&self) -> BTreeSet<&'static str> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut answers = stream.try_clone()?;
        let mut requests = BufReader::new(stream);
        loop {
            let mut length = 0;
            let mut line = String::new();
            loop {
                line.clear();
                if requests.read_line(&mut line)? == 0 {
                    return Ok(());
                }
                let header = line.trim_end().to_ascii_lowercase();
                if let Some(value) = header.strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap_or(0);
                }
                if header.is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            requests.read_exact(&mut body)?;
            self.note(&body);
            answers.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
        }
    }

    /// Ids and names stand in the protocol buffer as they are.
    fn note(&self, body: &[u8]) {
        let holds = |part: &[u8]| body.windows(part.len()).any(|at| at == part);
        let trace = *self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if !holds(&trace) {
            return;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        // `service.name`, tag and length, then the value: string_value, tag 0x0a, in an AnyValue.
        for service in Service::ALL {
            let name = service.name().as_bytes();
            let value = [&[0x12, name.len() as u8 + 2, 0x0a, name.len() as u8], name].concat();
            if holds(&[b"service.name".as_slice(), &value].concat()) {
                seen.insert(service.name());
            }
        }
    }
}
