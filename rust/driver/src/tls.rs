//! The TLS configurations, and which of them a ClientHello gets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, ServerConfig};

use crate::certificates::Certificates;

/// RFC 7301 and RFC 8737 §6.2.
pub(crate) const ALPN_HTTP: &[u8] = b"http/1.1";
pub(crate) const ALPN_ACME: &[u8] = b"acme-tls/1";

const AES_128: [CipherSuite; 3] = [
    CipherSuite::TLS13_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
];

/// How a connection goes on after its ClientHello.
pub(crate) enum Choice {
    Serve(Arc<ServerConfig>),
    /// Show the challenge certificate and close (RFC 8737 §3).
    Challenge(Arc<ServerConfig>),
}

pub(crate) struct Tls {
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) certificates: Arc<Certificates>,
    http: ByCipher,
    no_alpn: ByCipher,
    challenges: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

/// The same configuration twice.
struct ByCipher {
    /// AES-128 first.
    ours: Arc<ServerConfig>,
    /// For clients whose first choice is ChaCha20: phones without AES in hardware.
    clients: Arc<ServerConfig>,
}

impl ByCipher {
    fn new(mut config: ServerConfig) -> Self {
        let clients = Arc::new(config.clone());
        config.ignore_client_order = true;
        Self { ours: Arc::new(config), clients }
    }
}

impl Tls {
    pub(crate) fn new() -> Result<Self, rustls::Error> {
        let provider = Arc::new(provider());
        let certificates = Arc::new(Certificates::default());
        let mut http = config(&provider, certificates.clone())?;
        // Tickets instead of a session cache: the client keeps the state, for TLS 1.2 and 1.3 alike.
        http.ticketer = aws_lc_rs::Ticketer::new()?;
        http.session_storage = Arc::new(NoServerSessionStorage {});
        // rustls sends two. A page of ours is three requests on one connection or two, and every ticket costs each new
        // connection a key derivation and an encryption.
        http.send_tls13_tickets = 1;
        let no_alpn = http.clone();
        // h2 is not offered because the application does not speak it.
        http.alpn_protocols = vec![ALPN_HTTP.to_vec()];
        Ok(Self {
            provider,
            certificates,
            http: ByCipher::new(http),
            no_alpn: ByCipher::new(no_alpn),
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
        let configs = if is_http || !has_alpn { &self.http } else { &self.no_alpn };
        let wants_chacha = hello.cipher_suites().iter().find_map(is_chacha).unwrap_or(false);
        Choice::Serve(if wants_chacha { configs.clients.clone() } else { configs.ours.clone() })
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

/// AES-128 with SHA-256 first, as browsers have it too: SHA-256 is in hardware where AES is, and SHA-384 is not.
/// Measured: deriving the keys of a TLS 1.3 connection with SHA-384 is 8 % of all that a new connection costs.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider.cipher_suites.sort_by_key(|suite| !AES_128.contains(&suite.suite()));
    provider
}

/// Whether the suite is ChaCha20; None for one that says nothing about it (GREASE, signalling values).
fn is_chacha(suite: &CipherSuite) -> Option<bool> {
    let name = suite.as_str()?;
    name.starts_with("TLS").then(|| name.contains("CHACHA20"))
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
