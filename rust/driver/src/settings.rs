//! What the front door is told, as JSON. The field names are those of `sightline.media.front_door.Settings`, which has
//! the defaults too: here every field is needed, so that there is one place for them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use sightline_core::turn::Network;

use crate::relay::RelaySettings;

/// A setting is unknown, missing or out of range; the text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadSettings(pub String);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub listeners: Vec<Listener>,
    pub upstream: PathBuf,
    pub trusted_proxies: Vec<Prefix>,
    /// The bound on connections of one address does not hold for these.
    pub unbounded_addresses: Vec<Prefix>,
    pub limits: Limits,
    /// None: nothing is relayed.
    #[serde(deserialize_with = "Option::deserialize")]
    pub relay: Option<RelaySettings>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    pub address: SocketAddr,
    pub is_local: bool,
    pub has_udp: bool,
    /// False: STUN and the relay only.
    pub has_http: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub connections: usize,
    pub connections_per_address: usize,
    pub unidentified_connections: usize,
    pub identify_timeout_ms: u64,
    pub request_head_timeout_ms: u64,
    pub stun_idle_timeout_ms: u64,
}

impl Limits {
    pub(crate) fn identify_timeout(&self) -> Duration {
        Duration::from_millis(self.identify_timeout_ms)
    }

    pub(crate) fn request_head_timeout(&self) -> Duration {
        Duration::from_millis(self.request_head_timeout_ms)
    }

    pub(crate) fn stun_idle_timeout(&self) -> Duration {
        Duration::from_millis(self.stun_idle_timeout_ms)
    }
}

/// An address or a prefix such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Prefix {
    address: IpAddr,
    length: u32,
}

impl Prefix {
    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let differ = u32::from(own) ^ u32::from(other);
                differ.leading_zeros() >= self.length
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let differ = u128::from(own) ^ u128::from(other);
                differ.leading_zeros() >= self.length
            }
            _ => false,
        }
    }
}

impl Prefix {
    /// As the core wants it.
    pub(crate) fn network(&self) -> Option<Network> {
        Network::new(self.address, u8::try_from(self.length).ok()?)
    }
}

impl TryFrom<String> for Prefix {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text.as_str(), None),
        };
        let address: IpAddr =
            address.parse().map_err(|_| format!("{text:?} is not an IP address or prefix"))?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => longest,
            Some(length) => length
                .parse()
                .ok()
                .filter(|length| *length <= longest)
                .ok_or_else(|| format!("{text:?} has no prefix length from 0 to {longest}"))?,
        };
        Ok(Self { address, length })
    }
}

impl Settings {
    pub fn from_json(json: &[u8]) -> Result<Self, BadSettings> {
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let settings: Self = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
            let path = error.path().to_string();
            let inner = error.into_inner();
            BadSettings(if path == "." { inner.to_string() } else { format!("{path}: {inner}") })
        })?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), BadSettings> {
        let bad = |text: &str| Err(BadSettings(text.to_owned()));
        if self.listeners.is_empty() {
            return bad("listeners: at least one is needed");
        }
        // Linux: sockaddr_un has 108 bytes with the final zero; ENAMETOOLONG much later would be a riddle.
        if self.upstream.as_os_str().is_empty() || self.upstream.as_os_str().len() > 107 {
            return bad("upstream: a Unix socket's path has 1 to 107 bytes");
        }
        for (name, value) in [
            ("connections", self.limits.connections as u64),
            ("connections_per_address", self.limits.connections_per_address as u64),
            ("unidentified_connections", self.limits.unidentified_connections as u64),
            ("identify_timeout_ms", self.limits.identify_timeout_ms),
            ("request_head_timeout_ms", self.limits.request_head_timeout_ms),
            ("stun_idle_timeout_ms", self.limits.stun_idle_timeout_ms),
        ] {
            if value == 0 {
                return bad(&format!("limits.{name}: must be at least 1"));
            }
        }
        self.relay.as_ref().map_or(Ok(()), RelaySettings::check)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// Sound settings with some fields replaced, or taken away where the value is null.
    fn settings(changes: Value) -> Result<Settings, BadSettings> {
        let mut whole = json!({
            "listeners": [{ "address": "[::]:0", "is_local": false, "has_udp": false, "has_http": true }],
            "upstream": "/run/app.sock",
            "trusted_proxies": [],
            "unbounded_addresses": [],
            "limits": {
                "connections": 9, "connections_per_address": 9, "unidentified_connections": 9,
                "identify_timeout_ms": 9, "request_head_timeout_ms": 9, "stun_idle_timeout_ms": 9,
            },
        });
        // Apart from the rest, because a null in a change takes a field away.
        whole["relay"] = Value::Null;
        merge(&mut whole, changes);
        Settings::from_json(whole.to_string().as_bytes())
    }

    fn merge(whole: &mut Value, changes: Value) {
        match (whole, changes) {
            (Value::Object(whole), Value::Object(changes)) => {
                for (name, change) in changes {
                    if change.is_null() {
                        whole.remove(&name);
                    } else {
                        merge(whole.entry(name).or_insert(Value::Null), change);
                    }
                }
            }
            (whole, change) => *whole = change,
        }
    }

    #[test]
    fn every_field_is_needed() {
        assert!(settings(json!({})).is_ok());
        for (changes, field) in [
            (json!({ "upstream": null }), "upstream"),
            (json!({ "trusted_proxies": null }), "trusted_proxies"),
            (json!({ "unbounded_addresses": null }), "unbounded_addresses"),
            (json!({ "limits": null }), "limits"),
            (json!({ "relay": null }), "relay"),
            (json!({ "limits": { "connections": null } }), "connections"),
            (json!({ "listeners": [{ "address": "[::]:0", "is_local": false }] }), "has_udp"),
        ] {
            let error = settings(changes).unwrap_err().0;
            assert!(error.contains(&format!("missing field `{field}`")), "{error}");
        }
    }

    #[test]
    fn errors_name_the_field() {
        for (changes, expected) in [
            (json!({ "listeners": [{ "address": "nowhere" }] }), "listeners[0].address: "),
            (json!({ "listeners": [] }), "listeners: "),
            (json!({ "upstream": "" }), "upstream: "),
            (json!({ "listeners": [{ "udp": true }] }), "listeners[0].udp: unknown field"),
            (json!({ "limits": { "connections": -1 } }), "limits.connections: "),
            (json!({ "limits": { "connections": 0 } }), "limits.connections: must be at least 1"),
            (json!({ "trusted_proxies": ["10.0.0.0/33"] }), "trusted_proxies[0]: "),
        ] {
            let error = settings(changes.clone()).unwrap_err().0;
            assert!(error.starts_with(expected), "{error} for {changes}");
        }
    }

    #[test]
    fn prefixes_contain_what_they_should() {
        for (prefix, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("10.0.0.1", "10.0.0.1", "10.0.0.2"),
            ("0.0.0.0/0", "198.51.100.1", "::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("127.0.0.1", "::ffff:127.0.0.1", "::1"),
        ] {
            let prefix = Prefix::try_from(prefix.to_owned()).unwrap();
            assert!(prefix.contains(inside.parse().unwrap()), "{prefix:?} {inside}");
            assert!(!prefix.contains(outside.parse().unwrap()), "{prefix:?} {outside}");
        }
    }
}
