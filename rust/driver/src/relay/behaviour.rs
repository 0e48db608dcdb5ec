//! RFC 5780: a second address or port, so that clients can find out how their NAT behaves.

use std::net::SocketAddr;

use sightline_core::behaviour::{Endpoint, Endpoints};
use sightline_core::budget::Strangers;

use super::settings::RelaySettings;
use crate::settings::BadSettings;

/// Our addresses of one family: as sockets have them, and as clients see them.
#[derive(Clone, Debug)]
pub(super) struct Behaviour {
    local: Endpoints,
    public: Endpoints,
}

/// What a shard needs to answer by it.
pub(super) struct Discovery {
    pub(super) behaviour: Behaviour,
    pub(super) strangers: Strangers,
}

const ALL: [Endpoint; 4] = [
    Endpoint { is_second_address: false, is_second_port: false },
    Endpoint { is_second_address: false, is_second_port: true },
    Endpoint { is_second_address: true, is_second_port: false },
    Endpoint { is_second_address: true, is_second_port: true },
];

impl Behaviour {
    /// Of the first UDP listener that fits. None: nothing second is configured.
    pub(super) fn new(
        settings: &RelaySettings,
        listeners: &[SocketAddr],
    ) -> Result<Option<Self>, BadSettings> {
        let (second, port) = (settings.second_address, settings.second_port);
        if second.is_none() && port.is_none() {
            return Ok(None);
        }
        let fits = |it: &&SocketAddr| second.is_none_or(|second| second.is_ipv4() == it.is_ipv4());
        let bad = |text: &str| BadSettings(format!("relay.second_address, second_port: {text}"));
        let listener =
            listeners.iter().find(fits).ok_or_else(|| bad("there is no UDP listener of that family"))?;
        // A wildcard stands for all of the machine's addresses: the first is then that of the relay.
        let ip = match listener.ip().is_unspecified() {
            true => {
                settings.local(listener.is_ipv4()).ok_or_else(|| bad("addresses has none of that family"))?
            }
            false => listener.ip(),
        };
        let first = SocketAddr::new(ip, listener.port());
        let public = SocketAddr::new(settings.public(ip), listener.port());
        let endpoints = |first, second| {
            Endpoints::new(first, second, port).map_err(|_| bad("must differ from the first"))
        };
        Ok(Some(Self {
            local: endpoints(first, second)?,
            public: endpoints(public, second.map(|it| settings.public(it)))?,
        }))
    }

    /// What has to be bound beside the listeners, which are bound to `bound`.
    pub(super) fn missing(&self, bound: &[SocketAddr]) -> Vec<SocketAddr> {
        let is_bound = |wanted: &SocketAddr| {
            bound.iter().any(|it| {
                let is_wildcard = it.ip().is_unspecified() && it.is_ipv4() == wanted.is_ipv4();
                it.port() == wanted.port() && (it.ip() == wanted.ip() || is_wildcard)
            })
        };
        ALL.iter().filter_map(|it| self.local.address(*it)).filter(|it| !is_bound(it)).collect()
    }

    /// Which endpoint is at an address of ours.
    pub(super) fn at(&self, local: SocketAddr) -> Option<Endpoint> {
        ALL.into_iter().find(|it| self.local.address(*it) == Some(local))
    }

    pub(super) fn local(&self, endpoint: Endpoint) -> Option<SocketAddr> {
        self.local.address(endpoint)
    }

    pub(super) fn public(&self) -> &Endpoints {
        &self.public
    }
}
