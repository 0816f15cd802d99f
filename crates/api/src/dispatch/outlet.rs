//! Sending answers: whole, or written on a thread of their own while they are sent.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Sender, channel};
use tokio_stream::wrappers::ReceiverStream;

use crate::app::Answer;

/// Bytes sent at a time.
const PIECE_BYTES: usize = 64 << 10;
/// Pieces that wait to be sent.
const PIECES_MAX: usize = 4;
/// How long a caller may take to fetch the next piece.
const FETCH_TIME: Duration = Duration::from_secs(30);

/// The body of an answer.
pub(super) fn body(answer: Answer) -> Body {
    let fill = match answer {
        Answer::Whole(bytes) => return Body::from(bytes),
        Answer::Open(pieces) => return Body::from_stream(pieces),
        Answer::Piecewise(fill) => fill,
    };
    let (to, from) = channel(PIECES_MAX);
    // Its end is seen by the one who reads; nobody waits for it.
    drop(tokio::task::spawn_blocking(move || {
        let mut pipe = Pipe { to, piece: Vec::with_capacity(PIECE_BYTES) };
        let filled = fill(&mut pipe).and_then(|()| pipe.flush());
        if let Err(error) = filled {
            tracing::warn!(%error, "an answer is cut short");
            // An answer that breaks off must not look whole: this breaks the connection.
            drop(pipe.send(Err(error)));
        }
    }));
    Body::from_stream(ReceiverStream::new(from))
}

struct Pipe {
    to: Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
}

impl Pipe {
    fn send(&self, piece: io::Result<Bytes>) -> io::Result<()> {
        let sent = async { tokio::time::timeout(FETCH_TIME, self.to.send(piece)).await };
        match Handle::current().block_on(sent) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        self.send(Ok(piece.into()))
    }
}
