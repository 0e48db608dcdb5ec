//! The TLS configurations, and which of them a ClientHello gets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use crate::certificates::Certificates;

/// RFC 7301 and RFC 8737 §6.2.
pub(crate) const ALPN_HTTP: &[u8] = b"http/1.1";
pub(crate) const ALPN_ACME: &[u8] = b"acme-tls/1";

/// How a connection goes on after its ClientHello.
pub(crate) enum Choice {
    Serve(Arc<ServerConfig>),
    /// Show the challenge certificate and close (RFC 8737 §3).
    Challenge(Arc<ServerConfig>),
}

pub(crate) struct Tls {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) certificates: Arc<Certificates>,
    http: Arc<ServerConfig>,
    no_alpn: Arc<ServerConfig>,
    challenges: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Tls {
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let certificates = Arc::new(Certificates::default());
        let mut http = config(&provider, certificates.clone())?;
        // Tickets instead of a session cache: the client keeps the state, for TLS 1.2 and 1.3 alike.
        http.ticketer = aws_lc_rs::Ticketer::new()?;
        http.session_storage = Arc::new(NoServerSessionStorage {});
        let no_alpn = http.clone();
        // h2 is not offered because the application does not speak it.
        http.alpn_protocols = vec![ALPN_HTTP.to_vec()];
        Ok(Self {
            provider,
            certificates,
            http: Arc::new(http),
            no_alpn: Arc::new(no_alpn),
            challenges: Mutex::default(),
        })
    }

    /// RFC 7301 §3.2 would have us refuse a client whose protocols we do not know. We serve it without ALPN instead:
    /// what it speaks is seen inside, and WebRTC clients behind proxies name `webrtc`, `c-webrtc` or `stun.turn`.
    pub(crate) fn choose(&self, hello: &ClientHello<'_>) -> Choice {
        let (mut is_http, mut is_acme, mut has_alpn) = (false, false, false);
        for protocol in hello.alpn().into_iter().flatten() {
            has_alpn = true;
            is_http |= protocol == ALPN_HTTP;
            is_acme |= protocol == ALPN_ACME;
        }
        if is_acme
            && let Some(name) = hello.server_name()
            && let Some(config) = self.challenges().get(&name.to_ascii_lowercase())
        {
            return Choice::Challenge(config.clone());
        }
        Choice::Serve(if is_http || !has_alpn { self.http.clone() } else { self.no_alpn.clone() })
    }

    /// Show `certified` to validators that ask for `name`, until the answer is dropped.
    pub(crate) fn add_challenge(&self, name: &str, certified: CertifiedKey) -> Result<(), rustls::Error> {
        let mut config = config(&self.provider, Arc::new(Always(Arc::new(certified))))?;
        config.alpn_protocols = vec![ALPN_ACME.to_vec()];
        config.send_tls13_tickets = 0;
        self.challenges().insert(name.to_ascii_lowercase(), Arc::new(config));
        Ok(())
    }

    pub(crate) fn remove_challenge(&self, name: &str) {
        self.challenges().remove(&name.to_ascii_lowercase());
    }

    fn challenges(&self) -> MutexGuard<'_, HashMap<String, Arc<ServerConfig>>> {
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn config(
    provider: &Arc<CryptoProvider>,
    resolver: Arc<dyn ResolvesServerCert>,
) -> Result<ServerConfig, rustls::Error> {
    Ok(ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)?
        .with_no_client_auth()
        .with_cert_resolver(resolver))
}

#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.clone())
    }
}
