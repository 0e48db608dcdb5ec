//! Load for any TURN server, and the floor under all of them: a forwarding loop without rules.
//!
//!     relay-load run    --server 127.0.0.1:3478 --pid 123 --clients 40 --rate 1000 --size 120
//!     relay-load knee   --server 127.0.0.1:3478 --pid 123
//!     relay-load memory --server 127.0.0.1:3478 --pid 123 --allocations 10000
//!     relay-load floor  --server 127.0.0.1:3478
//!
//! Each but the last prints one line of JSON. The server must know a user and let packets go to loopback. Start reading at `load`.

mod arguments;
mod certificate;
mod end;
mod floor;
mod load;
mod memory;
mod pace;
mod process;
mod scene;
mod system;
mod turn;

use std::process::ExitCode;

use arguments::Arguments;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let verb = words.next().unwrap_or_default();
    let done = Arguments::parse(words).and_then(|arguments| match verb.as_str() {
        "run" => load::run(&arguments),
        "knee" => load::knee(&arguments),
        "memory" => memory::run(&arguments),
        "floor" => floor::run(&arguments),
        _ => Err("say run, knee, memory or floor".into()),
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay-load {verb}: {error}");
            ExitCode::FAILURE
        }
    }
}
