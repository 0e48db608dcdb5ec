//! The front door: sockets, threads, clock and TLS around `sightline-core`.
//!
//! It decides nothing about people or calls. It accepts connections, finds out what each speaks, answers STUN itself
//! and passes HTTP on to the application's Unix socket. One connection's fault never touches another.
//! Start reading at [`FrontDoor`], then `connection.rs` for the life of one connection and `pump.rs` for its steady
//! state.
#![forbid(unsafe_code)]

mod accept;
mod acme;
mod certificates;
mod client;
mod connection;
mod counters;
mod events;
mod front_door;
mod handshake;
mod listen;
mod pump;
mod relay;
mod session;
mod settings;
mod shared;
mod stun_stream;
mod tls;
mod udp;
mod upstream;

pub use acme::{AcmeError, Request as CertificateRequest};
pub use certificates::BadCertificate;
pub use counters::TABLE as COUNTERS;
pub use front_door::{Bound, FrontDoor, OpenError};
pub use settings::{BadSettings, Settings};
