//! Reading bodies: whole, or piece by piece on another thread. Too long and too slow ones are
//! refused, and whole ones for which there is no room beside those of other calls.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_stream::StreamExt as _;

use crate::problem::Problem;

/// How long the next piece of a body may take.
const PIECE_TIME: Duration = Duration::from_secs(30);
/// Pieces that wait to be read; each is some kilobytes.
const PIECES_MAX: usize = 16;

/// Bytes of all bodies that are held whole at once: what they are read into takes a few times more.
const HELD_BYTES_MAX: usize = 128 << 20;
/// Bytes of one unit of that room.
const ROOM_BYTES: usize = 4 << 10;
/// What a call is told to wait when there is no room for its body. Units: milliseconds.
const ROOM_RETRY_MS: u64 = 1000;

/// Room for bodies that are held whole, shared by all calls.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<Semaphore>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(HELD_BYTES_MAX / ROOM_BYTES)))
    }
}

/// A body that is held whole, and the room it takes until dropped.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) bytes: Vec<u8>,
    room: Option<OwnedSemaphorePermit>,
}

impl Held {
    /// Takes a piece in, or refuses it for want of room.
    fn push(&mut self, room: &Room, piece: &[u8]) -> Result<(), Box<Problem>> {
        let length = self.bytes.len().saturating_add(piece.len());
        let has = self.room.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = length.div_ceil(ROOM_BYTES).saturating_sub(has);
        if more > 0 {
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            let taken = Arc::clone(&room.0).try_acquire_many_owned(more).map_err(|_| {
                let detail = "too many long bodies are being read; send this one again";
                Problem::busy(ROOM_RETRY_MS, detail)
            })?;
            match &mut self.room {
                Some(room) => room.merge(taken),
                None => self.room = Some(taken),
            }
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

fn too_long(limit: u64) -> Box<Problem> {
    Problem::too_large(format!("the body is longer than the {limit} bytes taken here"))
}

fn too_slow() -> Box<Problem> {
    let detail = format!("the body did not go on for {} seconds", PIECE_TIME.as_secs());
    Problem::plain(408, "request timeout", detail)
}

/// How long a body says it is.
fn length(headers: &HeaderMap) -> Option<u64> {
    headers.get("content-length")?.to_str().ok()?.parse().ok()
}

/// All of a body.
pub(crate) async fn whole(
    headers: &HeaderMap,
    body: Body,
    bytes_max: usize,
    room: &Room,
) -> Result<Held, Box<Problem>> {
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if length(headers).is_some_and(|length| length > limit) {
        return Err(too_long(limit));
    }
    let mut pieces = body.into_data_stream();
    let mut held = Held { bytes: Vec::new(), room: None };
    loop {
        match tokio::time::timeout(PIECE_TIME, pieces.next()).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(held),
            Ok(Some(Err(error))) => {
                return Err(Problem::malformed(format!("the body broke off: {error}")));
            }
            Ok(Some(Ok(piece))) => {
                if held.bytes.len() + piece.len() > bytes_max {
                    return Err(too_long(limit));
                }
                held.push(room, &piece)?;
            }
        }
    }
}

/// A body read while it comes: what reads it, and what must run meanwhile to feed that.
pub(super) fn piecewise(
    headers: &HeaderMap,
    body: Body,
    bytes_max: u64,
) -> Result<(Pieces, impl Future<Output = ()> + use<>), Box<Problem>> {
    if length(headers).is_some_and(|length| length > bytes_max) {
        return Err(too_long(bytes_max));
    }
    let (to, from) = channel(PIECES_MAX);
    Ok((Pieces { from, piece: Bytes::new(), left: bytes_max, ended: false }, pump(body, to)))
}

async fn pump(body: Body, to: Sender<io::Result<Bytes>>) {
    let mut pieces = body.into_data_stream();
    loop {
        let piece = match tokio::time::timeout(PIECE_TIME, pieces.next()).await {
            Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, too_slow())),
            Ok(None) => Ok(Bytes::new()),
            Ok(Some(Err(error))) => Err(io::Error::new(io::ErrorKind::ConnectionAborted, error)),
            // An empty piece would say that this is the end.
            Ok(Some(Ok(piece))) if piece.is_empty() => continue,
            Ok(Some(Ok(piece))) => Ok(piece),
        };
        let last = piece.as_ref().map_or(true, Bytes::is_empty);
        if to.send(piece).await.is_err() || last {
            return;
        }
    }
}

/// Reads a body from the thread that works on it.
#[derive(Debug)]
pub(super) struct Pieces {
    from: Receiver<io::Result<Bytes>>,
    piece: Bytes,
    left: u64,
    ended: bool,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !self.ended {
            let broken = || io::Error::from(io::ErrorKind::ConnectionAborted);
            self.piece = self.from.blocking_recv().unwrap_or_else(|| Err(broken()))?;
            self.ended = self.piece.is_empty();
            let length = u64::try_from(self.piece.len()).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(length).ok_or_else(|| {
                io::Error::new(io::ErrorKind::FileTooLarge, "the body is longer than is taken")
            })?;
        }
        let taken = self.piece.split_to(buffer.len().min(self.piece.len()));
        buffer[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}
