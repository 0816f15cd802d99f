//! A plain HTTP/1.1 connection that is kept, and whose answers can be read as slowly as one likes.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;

/// A connection with a token.
pub(super) struct Wire {
    stream: BufReader<TcpStream>,
    token: String,
}

/// The head of an answer.
#[derive(Debug, Default)]
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) retry_after_s: Option<u64>,
    length: Option<usize>,
}

impl Wire {
    pub(super) fn to(address: &str, token: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address.trim_start_matches("http://"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufReader::new(stream), token: token.to_owned() })
    }

    /// Sends a call and reads the head of its answer.
    pub(super) fn ask(&mut self, call: &str, accept: &str, body: &str) -> io::Result<Head> {
        let text = format!(
            "{call} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\naccept: {accept}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.token,
            body.len()
        );
        self.stream.get_mut().write_all(text.as_bytes())?;
        let mut head = Head::default();
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        head.status = line.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? <= 2 {
                return Ok(head);
            }
            match line.to_ascii_lowercase().trim().split_once(": ") {
                Some(("content-length", text)) => head.length = text.parse().ok(),
                Some(("retry-after", text)) => head.retry_after_s = text.parse().ok(),
                _ => {}
            }
        }
    }

    /// Reads the rest of an answer, a piece at a time; stops early where `take` says so.
    pub(super) fn pieces(
        &mut self,
        head: &Head,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> io::Result<()> {
        let mut left = head.length;
        loop {
            let size = match left {
                Some(left) => left,
                None => self.chunk()?,
            };
            if size == 0 {
                return Ok(());
            }
            self.chunk_of(size, &mut take)?;
            match &mut left {
                Some(left) => *left = 0,
                None => drop(self.stream.read_line(&mut String::new())?),
            }
        }
    }

    fn chunk_of(&mut self, size: usize, take: &mut impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        let mut piece = [0; 4096];
        let mut rest = size;
        while rest > 0 {
            let some = &mut piece[..rest.min(4096)];
            self.stream.read_exact(some)?;
            if !take(some) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            rest -= some.len();
        }
        Ok(())
    }

    fn chunk(&mut self) -> io::Result<usize> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let size = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        if size == 0 {
            self.stream.read_line(&mut String::new())?;
        }
        Ok(size)
    }

    /// A call with all of its answer.
    pub(super) fn call(&mut self, call: &str, body: &str) -> io::Result<(Head, Vec<u8>)> {
        let head = self.ask(call, "application/json", body)?;
        let mut all = Vec::new();
        self.pieces(&head, |piece| {
            all.extend_from_slice(piece);
            true
        })?;
        Ok((head, all))
    }
}
