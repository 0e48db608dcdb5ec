//! The client's end of a connection, with or without TLS.
//!
//! All reading and writing goes through the thread's [`Scratch`]; a connection itself keeps only what the network has
//! not yet taken or not yet completed, so an idle one keeps nothing.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::session::{LONGEST_INCOMPLETE, OVERHEAD, Session};

/// How much is read at once: two full TLS records, so that little is encrypted in small pieces, and little is kept for
/// a client that does not read.
pub(crate) const CHUNK: usize = 32 * 1024;

/// Room to work in, one per thread; nothing in it outlives a poll.
pub(crate) struct Scratch {
    /// What goes over the network when there is TLS.
    wire: Vec<u8>,
    /// What the application and the client say.
    pub(crate) plain: Vec<u8>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch {
        wire: vec![0; CHUNK + LONGEST_INCOMPLETE + OVERHEAD],
        plain: vec![0; CHUNK + LONGEST_INCOMPLETE + OVERHEAD],
    });
}

pub(crate) fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    SCRATCH.with_borrow_mut(work)
}

pub(crate) struct Client {
    tcp: TcpStream,
    tls: Option<Box<Session>>,
    /// What the network has not taken yet, from `unsent_at`.
    unsent: Vec<u8>,
    unsent_at: usize,
    has_ended: bool,
}

/// What a client is made of.
pub(crate) struct Parts {
    pub(crate) tcp: std::net::TcpStream,
    pub(crate) tls: Option<Box<Session>>,
    /// What the network has not taken yet.
    pub(crate) unsent: Vec<u8>,
    pub(crate) has_ended: bool,
}

impl Client {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self { tcp, tls: None, unsent: Vec::new(), unsent_at: 0, has_ended: false }
    }

    /// Take it apart, for a thread that does not wait by tokio.
    pub(crate) fn into_parts(mut self) -> io::Result<Parts> {
        self.unsent.drain(..self.unsent_at);
        let Self { tcp, tls, unsent, has_ended, .. } = self;
        Ok(Parts { tcp: tcp.into_std()?, tls, unsent, has_ended })
    }

    pub(crate) fn tls(&self) -> Option<&Session> {
        self.tls.as_deref()
    }

    /// Go on with TLS. `early` is what was read already; returns the plaintext in it, usually none.
    pub(crate) fn start_tls(&mut self, mut session: Box<Session>, early: &mut [u8]) -> io::Result<Vec<u8>> {
        let mut plain = vec![0; early.len()];
        let received = session.receive(early, &mut plain, &mut self.unsent);
        self.tls = Some(session);
        let progress = received.map_err(tls_error)?;
        self.has_ended |= progress.has_ended;
        plain.truncate(progress.plain);
        Ok(plain)
    }

    /// Read once; the plaintext is the first bytes of `scratch.plain`. Zero: the client will send no more.
    ///
    /// With TLS it reads on until there is plaintext, except during the handshake, when it returns 0 bytes without the
    /// end having come: see [`Self::has_ended`].
    pub(crate) fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
    ) -> Poll<io::Result<usize>> {
        let Some(session) = self.tls.as_deref_mut() else {
            let read = ready!(poll_read(&mut self.tcp, cx, &mut scratch.plain[..CHUNK]))?;
            self.has_ended |= read == 0;
            return Poll::Ready(Ok(read));
        };
        while !self.has_ended {
            let before = session.restore(&mut scratch.wire);
            let read = match poll_read(&mut self.tcp, cx, &mut scratch.wire[before..before + CHUNK]) {
                Poll::Ready(Ok(read)) => read,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    session.keep(&scratch.wire[..before]);
                    return Poll::Pending;
                }
            };
            // Many clients end without close_notify. HTTP says itself where a message ends, so what RFC 8446 §6.1
            // calls a truncation attack gains nothing.
            self.has_ended |= read == 0;
            let was_handshaking = session.is_handshaking();
            let received =
                session.receive(&mut scratch.wire[..before + read], &mut scratch.plain, &mut self.unsent);
            // In TLS 1.2 the client waits for what the server says last, so it may not be held back.
            if was_handshaking && !session.is_handshaking() && session.version() == "TLSv1.3" {
                session.tickets = std::mem::take(&mut self.unsent);
            }
            let flushed = poll_flush(&mut self.tcp, &mut self.unsent, &mut self.unsent_at, cx);
            let progress = received.map_err(tls_error)?;
            if let Poll::Ready(result) = flushed {
                result?;
            }
            self.has_ended |= progress.has_ended;
            if progress.plain > 0 || was_handshaking {
                return Poll::Ready(Ok(progress.plain));
            }
        }
        Poll::Ready(Ok(0))
    }

    /// Whether the client will send no more.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// How much is left over because the client does not read.
    pub(crate) fn unsent(&self) -> usize {
        self.unsent.len() - self.unsent_at
    }

    /// Write what is left over. Ready(Ok) means that nothing is.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_flush(&mut self.tcp, &mut self.unsent, &mut self.unsent_at, cx)
    }

    /// Send the first `length` bytes of `scratch.plain`, at most [`CHUNK`]. Called with nothing left over; what the
    /// network does not take now is left over afterwards.
    pub(crate) fn send(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        length: usize,
    ) -> io::Result<()> {
        debug_assert!(self.unsent.is_empty(), "what is left over goes first");
        let Scratch { wire, plain } = scratch;
        let mut bytes = match self.tls.as_deref_mut() {
            None => &plain[..length],
            Some(session) => {
                let written = session.send(&plain[..length], wire).map_err(tls_error)?;
                if !session.tickets.is_empty() {
                    self.unsent = std::mem::take(&mut session.tickets);
                    self.unsent.extend_from_slice(&wire[..written]);
                    return match self.poll_flush(cx) {
                        Poll::Ready(result) => result,
                        Poll::Pending => Ok(()),
                    };
                }
                &wire[..written]
            }
        };
        while !bytes.is_empty() {
            match Pin::new(&mut self.tcp).poll_write(cx, bytes) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(written)) => bytes = &bytes[written..],
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    self.unsent = bytes.to_vec();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Say that no more will be sent, once nothing is left over. Called until it is ready.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(session) = self.tls.as_deref_mut() {
            // Records are numbered: without these the client could not read the close_notify behind them.
            self.unsent.append(&mut session.tickets);
        }
        ready!(self.poll_flush(cx))?;
        if let Some(session) = self.tls.as_deref_mut() {
            // RFC 8446 §6.1: close_notify. If its few bytes are not taken at once they are given up: FIN follows.
            let mut wire = [0; 64];
            if let Ok(length) = session.close_notify(&mut wire)
                && length > 0
            {
                let _ = Pin::new(&mut self.tcp).poll_write(cx, &wire[..length])?;
            }
        }
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

pub(crate) fn poll_read<R: AsyncRead + Unpin>(
    reader: &mut R,
    cx: &mut Context<'_>,
    bytes: &mut [u8],
) -> Poll<io::Result<usize>> {
    let mut buffer = ReadBuf::new(bytes);
    ready!(Pin::new(reader).poll_read(cx, &mut buffer))?;
    Poll::Ready(Ok(buffer.filled().len()))
}

/// Write `unsent` from `at` on; frees it when all is written.
pub(crate) fn poll_flush<W: AsyncWrite + Unpin>(
    writer: &mut W,
    unsent: &mut Vec<u8>,
    at: &mut usize,
    cx: &mut Context<'_>,
) -> Poll<io::Result<()>> {
    while *at < unsent.len() {
        match ready!(Pin::new(&mut *writer).poll_write(cx, &unsent[*at..]))? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            written => *at += written,
        }
    }
    if *at > 0 {
        *unsent = Vec::new();
        *at = 0;
    }
    Poll::Ready(Ok(()))
}

/// TLS errors travel inside `io::Error`, so that whoever counts them can take them out again.
fn tls_error(error: rustls::Error) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
