//! The relay's threads around `sightline_core::turn`: see `docs/decisions/0010-relay-threads.md`.

mod settings;

pub use settings::RelaySettings;
