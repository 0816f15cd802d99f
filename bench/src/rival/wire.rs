//! The PostgreSQL protocol, version 3: as much of it as a measurement needs.
//!
//! By hand, since it decides what is measured: a message is encoded before the clock starts and
//! written in one call, an answer is read without a copy. Libraries for it bring a runtime for
//! each connection, two thread changes a round trip and some twenty packages.
//!
//! Words: a *bundle* is what is sent before a `Sync`: one implicit transaction, one round trip.
//!
//! Limits: a socket in a folder, no password, no TLS.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// Name of the socket in its folder: the port is only a part of the name.
const SOCKET: &str = ".s.PGSQL.5432";
/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;
/// Bytes of COPY sent at once.
const COPY_BYTES: usize = 1 << 20;
/// Parameters and results of a statement: as text or in their stored form.
const TEXT: i16 = 0;
const BINARY: i16 = 1;

/// How rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As text.
    Text,
    /// In their stored form, big-endian.
    Binary,
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: UnixStream,
    out: Vec<u8>,
    input: Vec<u8>,
    from: usize,
    to: usize,
}

/// A row as it came: its columns, absent ones `None`.
pub(crate) type Row<'a> = Vec<Option<&'a [u8]>>;

impl Connection {
    /// Connects to the server whose socket lies in a folder.
    pub(crate) fn open(folder: &Path, database: &str) -> Result<Self> {
        let stream = UnixStream::connect(folder.join(SOCKET)).context("connect to PostgreSQL")?;
        let input = vec![0; READ_BYTES];
        let mut connection = Self { stream, out: Vec::new(), input, from: 0, to: 0 };
        let mut body = vec![0, 3, 0, 0];
        for text in ["user", "postgres", "database", database, "client_encoding", "UTF8"] {
            put_text(&mut body, text);
        }
        body.push(0);
        let length = i32::try_from(body.len() + 4)?;
        connection.out.extend(length.to_be_bytes());
        connection.out.extend(body);
        connection.finish(|_| Ok(()))?;
        Ok(connection)
    }

    /// Runs statements one after another, as written.
    pub(crate) fn run(&mut self, sql: &str) -> Result<()> {
        message(&mut self.out, b'Q', |body| put_text(body, sql));
        self.finish(|_| Ok(()))?;
        Ok(())
    }

    /// Gives a statement a name, to be bound as often as wanted.
    pub(crate) fn prepare(&mut self, name: &str, sql: &str) -> Result<()> {
        message(&mut self.out, b'P', |body| {
            put_text(body, name);
            put_text(body, sql);
            body.extend([0, 0]);
        });
        message(&mut self.out, b'S', |_| ());
        self.finish(|_| Ok(()))?;
        Ok(())
    }

    /// Sends a bundle that [`bundle`] made and takes its rows; answers how many there were.
    pub(crate) fn send(
        &mut self,
        bundle: &[u8],
        on_row: impl FnMut(&Row<'_>) -> Result<()>,
    ) -> Result<u64> {
        self.stream.write_all(bundle).context("send to PostgreSQL")?;
        self.finish(on_row)
    }

    /// Copies rows in, as text, a line each.
    pub(crate) fn copy_in(
        &mut self,
        sql: &str,
        mut rows: impl FnMut(&mut Vec<u8>) -> bool,
    ) -> Result<()> {
        message(&mut self.out, b'Q', |body| put_text(body, sql));
        self.flush()?;
        let mut lines = Vec::with_capacity(COPY_BYTES + 1024);
        let mut more = true;
        while more {
            while more && lines.len() < COPY_BYTES {
                more = rows(&mut lines);
            }
            message(&mut self.out, b'd', |body| body.extend_from_slice(&lines));
            lines.clear();
            self.flush()?;
        }
        message(&mut self.out, b'c', |_| ());
        self.finish(|_| Ok(()))?;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.stream.write_all(&self.out).context("send to PostgreSQL")?;
        self.out.clear();
        Ok(())
    }

    /// Sends what is written and reads until the server is ready again.
    fn finish(&mut self, mut on_row: impl FnMut(&Row<'_>) -> Result<()>) -> Result<u64> {
        self.flush()?;
        let mut rows = 0;
        let mut failed = None;
        loop {
            let (kind, body) = self.message()?;
            match kind {
                b'D' => {
                    rows += 1;
                    on_row(&columns(body)?)?;
                }
                b'E' => failed = Some(error_text(body)),
                b'R' => ensure!(body.starts_with(&[0; 4]), "PostgreSQL asks for a password"),
                b'Z' => break,
                // Parameters, notices, completions, descriptions of rows: nothing to do.
                _ => {}
            }
        }
        match failed {
            Some(error) => bail!("PostgreSQL: {error}"),
            None => Ok(rows),
        }
    }

    fn message(&mut self) -> Result<(u8, &[u8])> {
        self.fill(5)?;
        let head = &self.input[self.from..self.from + 5];
        let kind = head[0];
        let length = i32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let length = usize::try_from(length)?.checked_sub(4).context("a message without length")?;
        self.from += 5;
        self.fill(length)?;
        let body = &self.input[self.from..self.from + length];
        self.from += length;
        Ok((kind, body))
    }

    /// Makes sure that so many bytes are there to read.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        if self.to - self.from >= wanted {
            return Ok(());
        }
        self.input.copy_within(self.from..self.to, 0);
        self.to -= self.from;
        self.from = 0;
        if self.input.len() < wanted {
            self.input.resize(wanted + READ_BYTES, 0);
        }
        while self.to < wanted {
            let read = self.stream.read(&mut self.input[self.to..]).context("hear PostgreSQL")?;
            ensure!(read > 0, "PostgreSQL closed the connection");
            self.to += read;
        }
        Ok(())
    }
}

/// Encodes calls of prepared statements that go together, parameters as text.
pub(crate) fn bundle(calls: &[(&str, &[&str])], shape: Shape) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, parameters) in calls {
        message(&mut out, b'B', |body| {
            body.push(0);
            put_text(body, name);
            body.extend(1_i16.to_be_bytes());
            body.extend(TEXT.to_be_bytes());
            body.extend(count(parameters.len()));
            for parameter in *parameters {
                body.extend(length(parameter.len()));
                body.extend_from_slice(parameter.as_bytes());
            }
            body.extend(1_i16.to_be_bytes());
            body.extend(if shape == Shape::Text { TEXT } else { BINARY }.to_be_bytes());
        });
        message(&mut out, b'E', |body| body.extend([0; 5]));
    }
    message(&mut out, b'S', |_| ());
    out
}

fn count(of: usize) -> [u8; 2] {
    i16::try_from(of).expect("invariant: few parameters").to_be_bytes()
}

fn length(of: usize) -> [u8; 4] {
    i32::try_from(of).expect("invariant: messages stay below two gigabytes").to_be_bytes()
}

fn message(out: &mut Vec<u8>, kind: u8, body: impl FnOnce(&mut Vec<u8>)) {
    out.push(kind);
    let at = out.len();
    out.extend([0; 4]);
    body(out);
    let bytes = length(out.len() - at);
    out[at..at + 4].copy_from_slice(&bytes);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(0);
}

fn columns(body: &[u8]) -> Result<Row<'_>> {
    let (count, mut rest) = body.split_first_chunk::<2>().context("a row without a count")?;
    let count = u16::from_be_bytes(*count);
    let mut row = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        let (bytes, after) = rest.split_first_chunk::<4>().context("a column without a length")?;
        rest = after;
        let Ok(bytes) = usize::try_from(i32::from_be_bytes(*bytes)) else {
            row.push(None);
            continue;
        };
        let (column, after) = rest.split_at_checked(bytes).context("a column is cut off")?;
        row.push(Some(column));
        rest = after;
    }
    Ok(row)
}

/// The message of an error, with its detail.
fn error_text(body: &[u8]) -> String {
    let fields = body.split(|byte| *byte == 0);
    let wanted = fields.filter_map(|field| match field.split_first() {
        Some((b'M' | b'D' | b'W', text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    });
    wanted.collect::<Vec<_>>().join("; ")
}
