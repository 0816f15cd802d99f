//! Our own side of it over HTTP: a server in a process of its own, and callers that keep their
//! connections.
//!
//! A request is bytes before the clock starts, but for the command's id, which is written into
//! its place when it is sent. An answer is read up to its end and looked at for its status.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::vec;

use anyhow::{Context as _, Result, bail, ensure};

use crate::drive::Caller;
use crate::floor;
use crate::serve::Address;

/// Where a command's id is written; as long as one.
const ID_PLACE: &str = "00000000-0000-0000-0000-000000000000";
/// Longest answer. Units: bytes.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// A request, where ids go into it, and how many facts it tells.
#[derive(Debug)]
struct Request {
    bytes: Vec<u8>,
    ids: Vec<usize>,
}

/// A connection that is kept.
#[derive(Debug)]
pub(crate) struct Line {
    to: Address,
    stream: TcpStream,
    answer: Vec<u8>,
}

/// One with a connection that it keeps.
#[derive(Debug)]
pub(crate) struct OverHttp {
    line: Line,
    requests: vec::IntoIter<Request>,
}

impl OverHttp {
    /// One with these facts to tell, one by one or so many at a time.
    pub(crate) fn new(to: &Address, facts: &[floor::Fact], size: usize) -> Result<Self> {
        let requests: Vec<Request> = facts.chunks(size).map(|facts| request(to, facts)).collect();
        Ok(Self { line: Line::open(to)?, requests: requests.into_iter() })
    }
}

impl Line {
    /// Connects.
    pub(crate) fn open(to: &Address) -> Result<Self> {
        let stream = TcpStream::connect(to.address).context("connect to the server")?;
        stream.set_nodelay(true)?;
        Ok(Self { to: to.clone(), stream, answer: vec![0; 4096] })
    }

    /// Sends a body and answers with the body of the answer.
    ///
    /// Errors: an answer that is none of success.
    pub(crate) fn post(&mut self, path: &str, body: &str) -> Result<Vec<u8>> {
        let request = head(self.to.address, &self.to.token, path, body.len()) + body;
        self.stream.write_all(request.as_bytes()).context("send a request")?;
        let answer = self.answered()?;
        let at = answer.windows(END.len()).position(|window| window == END);
        let at = at.context("the head of an answer")?;
        ensure!(answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(answer));
        Ok(answer[at + END.len()..].to_vec())
    }

    /// Reads an answer to its end.
    fn answered(&mut self) -> Result<&[u8]> {
        let mut length = 0;
        let mut end = None;
        while end.is_none_or(|end| length < end) {
            if length == self.answer.len() {
                ensure!(length < ANSWER_BYTES_MAX, "an answer is longer than any here should be");
                self.answer.resize(length * 2, 0);
            }
            let read = self.stream.read(&mut self.answer[length..]).context("read an answer")?;
            ensure!(read > 0, "the server closed the connection");
            length += read;
            if end.is_none() {
                end = whole_length(&self.answer[..length])?;
            }
        }
        Ok(&self.answer[..length])
    }
}

impl Caller for OverHttp {
    fn call(&mut self) -> Result<Option<u64>> {
        let Some(mut request) = self.requests.next() else { return Ok(None) };
        for at in &request.ids {
            let id = engine::new_command_id()?.to_string();
            request.bytes[*at..*at + id.len()].copy_from_slice(id.as_bytes());
        }
        self.line.stream.write_all(&request.bytes).context("send a request")?;
        let answer = self.line.answered()?;
        let refused = answer.windows(REFUSED.len()).any(|window| window == REFUSED);
        if !answer.starts_with(b"HTTP/1.1 200") || refused {
            bail!("not admitted: {}", String::from_utf8_lossy(answer));
        }
        Ok(Some(u64::try_from(request.ids.len())?))
    }
}

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";
/// How an answer to many commands says that one was refused.
const REFUSED: &[u8] = b"\"answer\":\"refused\"";

fn request(to: &Address, facts: &[floor::Fact]) -> Request {
    let bodies: Vec<String> = facts.iter().map(|fact| body(*fact)).collect();
    let (path, body) = match &bodies[..] {
        [one] => ("/api/v1/commands", one.clone()),
        many => ("/api/v1/commands/batch", format!("[{}]", many.join(","))),
    };
    let Address { address, token } = to;
    let text = head(*address, token, path, body.len()) + &body;
    let ids = text.match_indices(ID_PLACE).map(|(at, _)| at).collect();
    Request { bytes: text.into_bytes(), ids }
}

fn head(address: SocketAddr, token: &str, path: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    )
}

fn body(fact: floor::Fact) -> String {
    let mut body = floor::body(fact);
    body["id"] = ID_PLACE.into();
    body.to_string()
}

/// Bytes of head and body, once the head is there whole.
fn whole_length(so_far: &[u8]) -> Result<Option<usize>> {
    const LENGTH: &str = "content-length: ";
    let Some(end) = so_far.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&so_far[..end]).context("the head of an answer")?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_at_checked(LENGTH.len())?;
        name.eq_ignore_ascii_case(LENGTH).then_some(value)
    });
    let length: usize = length.context("an answer without length")?.parse()?;
    Ok(Some(end + END.len() + length))
}
