//! The protocols of the data plane, sans-IO: told the time and handed the bytes.
//!
//! It must not open a socket, read a clock, start a thread, log or roll dice (`clippy.toml` beside it enforces that),
//! and no input may make it panic. Everything a stranger can make it keep is bounded.
//! Start reading at [`demux`], which says what a connection or datagram speaks; then [`stun`], [`binding`] (with
//! [`behaviour`] where there is a second address or port) and [`turn`].
//! The SFU has its place beside them as `sfu`.
#![forbid(unsafe_code)]

pub mod behaviour;
pub mod binding;
pub mod budget;
pub mod demux;
pub mod framing;
pub mod http_head;
pub mod limits;
pub mod proxy_header;
pub mod stun;
pub mod turn;
