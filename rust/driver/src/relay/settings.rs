//! What the relay is told: `sightline.media.front_door.Relay`, and what the core makes of it.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use serde::Deserialize;
use sightline_core::turn::{Credentials, Peers, Rate, Settings};

use crate::settings::{BadSettings, Prefix};

/// RFC 8656 §7.2: "the nonce SHOULD be expired at least once every hour".
const NONCE_LIFETIME_S: u32 = 3600;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    pub realm: String,
    pub nonce_secret: NonceSecret,
    pub addresses: Vec<IpAddr>,
    pub control: Vec<SocketAddr>,
    pub public_addresses: HashMap<IpAddr, IpAddr>,
    pub threads: usize,
    pub first_port: u16,
    pub last_port: u16,
    pub allowed_peers: Vec<Prefix>,
    pub denied_peers: Vec<Prefix>,
    pub users: Vec<User>,
    pub shared_secrets: Vec<Secret>,
    pub has_mobility: bool,
    pub has_tcp_allocations: bool,
    pub allocations: usize,
    pub allocations_per_user: u32,
    pub allocations_per_address: u32,
    pub permissions_per_allocation: usize,
    pub channels_per_allocation: usize,
    #[serde(deserialize_with = "Option::deserialize")]
    pub user_bytes_per_s: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub address_bytes_per_s: Option<u64>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub second_address: Option<IpAddr>,
    #[serde(deserialize_with = "Option::deserialize")]
    pub second_port: Option<u16>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct User {
    pub name: String,
    pub password: Secret,
}

/// A text that `Debug` does not show.
#[derive(Clone, Deserialize)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

#[derive(Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct NonceSecret(pub [u8; 32]);

impl std::fmt::Debug for NonceSecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("***")
    }
}

impl TryFrom<String> for NonceSecret {
    type Error = &'static str;

    // The text is not in the error: it is a secret.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const WANTED: &str = "64 hexadecimal digits are needed";
        let mut secret = [0; 32];
        if text.len() != 64 {
            return Err(WANTED);
        }
        for (byte, digits) in secret.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| WANTED)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| WANTED)?;
        }
        Ok(Self(secret))
    }
}

impl RelaySettings {
    pub(crate) fn check(&self) -> Result<(), BadSettings> {
        let bad = |text: &str| Err(BadSettings(format!("relay.{text}")));
        if self.realm.is_empty() || self.realm.len() > 64 {
            return bad("realm: must have 1 to 64 bytes");
        }
        if self.addresses.is_empty() {
            return bad("addresses: at least one is needed");
        }
        if let Some(address) = self.addresses.iter().find(|it| it.is_unspecified() || it.is_multicast()) {
            return bad(&format!(
                "addresses: {address} is no address of one machine; list the machine's own"
            ));
        }
        if self.first_port < 1024 || self.last_port < self.first_port {
            return bad(
                "first_port: the ports must lie between 1024 and 65535, the first not after the last",
            );
        }
        for (name, value) in [
            ("allocations", self.allocations),
            ("allocations_per_user", self.allocations_per_user as usize),
            ("allocations_per_address", self.allocations_per_address as usize),
            ("permissions_per_allocation", self.permissions_per_allocation),
            ("channels_per_allocation", self.channels_per_allocation),
        ] {
            if value == 0 {
                return bad(&format!("{name}: must be at least 1"));
            }
        }
        Ok(())
    }

    /// The local address for relayed addresses of a family.
    pub(crate) fn local(&self, is_ipv4: bool) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|it| it.is_ipv4() == is_ipv4)
    }

    /// That address as peers see it.
    pub(crate) fn public(&self, local: IpAddr) -> IpAddr {
        self.public_addresses.get(&local).copied().unwrap_or(local)
    }

    /// Where relayed addresses are, as sockets and as peers have them.
    pub(crate) fn relay_addresses(&self) -> Vec<IpAddr> {
        let mut all = Vec::new();
        for local in [true, false].into_iter().filter_map(|is_ipv4| self.local(is_ipv4)) {
            all.push(self.public(local));
            all.push(local);
        }
        all.dedup();
        all
    }

    pub(crate) fn credentials(&self) -> Result<Credentials, BadSettings> {
        let mut credentials = Credentials::new(&self.realm, self.nonce_secret.0, NONCE_LIFETIME_S)
            .map_err(|_| BadSettings("relay.realm: must have 1 to 64 bytes".to_owned()))?;
        for user in &self.users {
            credentials.add_user(&user.name, &user.password.0);
        }
        for Secret(secret) in &self.shared_secrets {
            credentials.add_shared_secret(secret.as_bytes());
        }
        Ok(credentials)
    }

    /// For thread `number` of `shards`; `control` are the listeners' own addresses.
    pub(crate) fn core(&self, number: usize, shards: usize, control: &[SocketAddr]) -> Settings {
        // A burst of one second: a video's key frame comes in much less.
        let rate = |bytes_per_s: Option<u64>| Rate { bytes_per_s, burst: bytes_per_s.unwrap_or(0) };
        let networks = |prefixes: &[Prefix]| prefixes.iter().filter_map(Prefix::network).collect();
        Settings {
            has_ipv4: self.local(true).is_some(),
            has_ipv6: self.local(false).is_some(),
            can_set_df: true,
            has_mobility: self.has_mobility,
            has_tcp_allocations: self.has_tcp_allocations,
            shard: number as u8,
            allocations: self.allocations.div_ceil(shards),
            allocations_per_user: self.allocations_per_user,
            allocations_per_address: self.allocations_per_address,
            permissions_per_allocation: self.permissions_per_allocation,
            channels_per_allocation: self.channels_per_allocation,
            user_rate: rate(self.user_bytes_per_s),
            address_rate: rate(self.address_bytes_per_s),
            peers: Peers {
                allowed: networks(&self.allowed_peers),
                denied: networks(&self.denied_peers),
                relay: self.relay_addresses(),
                control: self.control.iter().chain(control).copied().collect(),
            },
            ..Settings::default()
        }
    }
}
