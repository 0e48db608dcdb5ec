//! What allocations cost in memory: many of them, each with a bound channel through which a packet has gone both ways.

use std::net::UdpSocket;
use std::time::Duration;

use crate::arguments::{Arguments, Outcome};
use crate::end::{CHANNEL_HEADER_LENGTH, Train};
use crate::process::Memory;
use crate::system::raise_descriptor_limit;
use crate::turn::{Client, OverDatagrams};

/// Between two tries.
const PATIENCE: Duration = Duration::from_millis(500);
const ATTEMPTS: usize = 8;

pub fn run(arguments: &Arguments) -> Outcome<()> {
    raise_descriptor_limit();
    let peer = UdpSocket::bind("127.0.0.2:0")?;
    peer.set_read_timeout(Some(PATIENCE))?;
    // Before the first look, so that what they cost the kernel is not taken for the server's.
    let sockets = (0..arguments.allocations).map(|_| socket(arguments)).collect::<Outcome<Vec<_>>>()?;
    let before = Memory::of(arguments.pid);
    for socket in &sockets {
        let mut client = Client::new(&arguments.username, &arguments.password);
        client.allocate(&mut OverDatagrams(socket))?;
        client.bind(&mut OverDatagrams(socket), peer.local_addr()?)?;
        there_and_back(socket, &peer, arguments.size)?;
    }
    let after = Memory::of(arguments.pid);
    let each = |after: u64, before: u64| (after as f64 - before as f64) / arguments.allocations as f64;
    println!(
        "{{\"allocations\": {}, \"pss_kib\": {:.3}, \"rss_kib\": {:.3}, \"kernel_kib\": {:.3}, \"descriptors\": {:.3}}}",
        arguments.allocations,
        each(after.pss_kib, before.pss_kib),
        each(after.rss_kib, before.rss_kib),
        each(after.kernel_kib, before.kernel_kib),
        each(after.descriptors, before.descriptors),
    );
    Ok(())
}

fn socket(arguments: &Arguments) -> Outcome<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.2:0")?;
    socket.connect(arguments.server)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn there_and_back(client: &UdpSocket, peer: &UdpSocket, size: usize) -> Outcome<()> {
    let train = Train::new(size, 1);
    let mut buffer = [0; 2048];
    for _ in 0..ATTEMPTS {
        client.send(train.bytes())?;
        let Ok((length, relayed)) = peer.recv_from(&mut buffer) else { continue };
        peer.send_to(&buffer[..length], relayed)?;
        if client.recv(&mut buffer).is_ok_and(|length| length == size + CHANNEL_HEADER_LENGTH) {
            return Ok(());
        }
    }
    Err("a packet did not get through".into())
}
