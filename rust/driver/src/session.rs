//! One TLS connection without buffers of its own, on rustls' unbuffered API.
//!
//! rustls' usual API keeps 4 KiB for reading in every connection and reads no more than that at once. Here bytes live
//! in the thread's scratch space, and an idle connection keeps only its keys.

use rustls::server::UnbufferedServerConnection;
use rustls::unbuffered::{ConnectionState, EncodeError, EncodeTlsData, UnbufferedStatus};
use rustls::{Error, ServerConfig};
use std::sync::Arc;

/// The longest incomplete input that is kept: a record (RFC 8446 §5.2: 2^14 + 256 bytes and 5 of header) and some.
pub(crate) const LONGEST_INCOMPLETE: usize = 20 * 1024;
/// What encryption adds at most to what [`crate::client::CHUNK`] bytes become: 22 bytes a record of 16 KiB, and a key
/// update or a ticket that waits to be sent before it.
pub(crate) const OVERHEAD: usize = 2048;

pub(crate) struct Session {
    connection: UnbufferedServerConnection,
    /// The beginning of a record whose rest has not come; empty when idle.
    incomplete: Vec<u8>,
    /// Session tickets of TLS 1.3, encrypted. Nobody waits for them, so they travel with the first answer and cost no
    /// packet of their own.
    pub(crate) tickets: Vec<u8>,
}

/// What came of some bytes.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// How much plaintext there is.
    pub(crate) plain: usize,
    /// The client has said that it will send no more.
    pub(crate) has_ended: bool,
}

impl Session {
    pub(crate) fn new(config: Arc<ServerConfig>) -> Result<Self, Error> {
        Ok(Self {
            connection: UnbufferedServerConnection::new(config)?,
            incomplete: Vec::new(),
            tickets: Vec::new(),
        })
    }

    pub(crate) fn is_handshaking(&self) -> bool {
        self.connection.is_handshaking()
    }

    pub(crate) fn is_resumed(&self) -> bool {
        self.connection.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    }

    pub(crate) fn version(&self) -> &'static str {
        match self.connection.protocol_version() {
            Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
            Some(rustls::ProtocolVersion::TLSv1_2) => "TLSv1.2",
            _ => "",
        }
    }

    pub(crate) fn alpn(&self) -> Option<&[u8]> {
        self.connection.alpn_protocol()
    }

    /// Put what was incomplete in front of the bytes to come; returns how much that is.
    pub(crate) fn restore(&mut self, wire: &mut [u8]) -> usize {
        let incomplete = std::mem::take(&mut self.incomplete);
        wire[..incomplete.len()].copy_from_slice(&incomplete);
        incomplete.len()
    }

    /// Keep what [`Self::restore`] gave, because nothing came.
    pub(crate) fn keep(&mut self, wire: &[u8]) {
        if !wire.is_empty() {
            self.incomplete = wire.to_vec();
        }
    }

    /// Process what has come. Plaintext goes to `plain`, which is at least as long as `wire`; what is to be sent to
    /// the client is appended to `out`, also when there is an error (its alert).
    pub(crate) fn receive(
        &mut self,
        wire: &mut [u8],
        plain: &mut [u8],
        out: &mut Vec<u8>,
    ) -> Result<Progress, Error> {
        let mut progress = Progress::default();
        let mut used = 0;
        loop {
            let UnbufferedStatus { mut discard, state } =
                self.connection.process_tls_records(&mut wire[used..]);
            let is_blocked = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(record) = traffic.next_record() {
                        let record = record?;
                        discard += record.discard;
                        let end = progress.plain + record.payload.len();
                        plain[progress.plain..end].copy_from_slice(record.payload);
                        progress.plain = end;
                    }
                    false
                }
                Ok(ConnectionState::EncodeTlsData(encode)) => {
                    append(encode, out);
                    false
                }
                Ok(ConnectionState::TransmitTlsData(transmit)) => {
                    // The caller sends `out` before anything else, so it is as good as transmitted.
                    transmit.done();
                    false
                }
                Ok(ConnectionState::PeerClosed) => {
                    progress.has_ended = true;
                    false
                }
                // Early data is not offered (max_early_data_size is 0), so no other state can come.
                Ok(_) => true,
                Err(error) => {
                    self.append_alert(out);
                    return Err(error);
                }
            };
            used += discard;
            if is_blocked {
                break;
            }
        }
        let rest = &wire[used..];
        if progress.has_ended {
            return Ok(progress);
        }
        if rest.len() > LONGEST_INCOMPLETE {
            return Err(Error::General("a handshake message is too long".to_owned()));
        }
        self.keep(rest);
        Ok(progress)
    }

    /// After an error: the alert that tells the client about it.
    fn append_alert(&mut self, out: &mut Vec<u8>) {
        while let UnbufferedStatus { state: Ok(ConnectionState::EncodeTlsData(encode)), .. } =
            self.connection.process_tls_records(&mut [])
        {
            append(encode, out);
        }
    }

    /// Encrypt `plain` to the front of `wire`; returns how long that is. The handshake must be complete.
    pub(crate) fn send(&mut self, plain: &[u8], wire: &mut [u8]) -> Result<usize, Error> {
        self.write(|traffic| traffic.encrypt(plain, wire))
    }

    pub(crate) fn close_notify(&mut self, wire: &mut [u8]) -> Result<usize, Error> {
        self.write(|traffic| traffic.queue_close_notify(wire))
    }

    fn write(
        &mut self,
        write: impl FnOnce(
            &mut rustls::unbuffered::WriteTraffic<'_, rustls::server::ServerConnectionData>,
        ) -> Result<usize, rustls::unbuffered::EncryptError>,
    ) -> Result<usize, Error> {
        match self.connection.process_tls_records(&mut []).state? {
            ConnectionState::WriteTraffic(mut traffic) => {
                write(&mut traffic).map_err(|error| Error::General(error.to_string()))
            }
            _ => Err(Error::General("TLS is not ready to send".to_owned())),
        }
    }
}

fn append<D>(mut encode: EncodeTlsData<'_, D>, out: &mut Vec<u8>) {
    let start = out.len();
    if let Err(EncodeError::InsufficientSize(error)) = encode.encode(&mut []) {
        out.resize(start + error.required_size, 0);
        let written = encode.encode(&mut out[start..]).expect("the size is what was asked for");
        out.truncate(start + written);
    }
}
