//! A certificate by ACME (RFC 8555), proven with TLS-ALPN-01 (RFC 8737) on our own listeners.

use std::fmt;
use std::time::Duration;

use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use instant_acme::{
    Account, AccountBuilder, AccountCredentials, AuthorizationStatus, ChallengeType, Error, Identifier,
    NewAccount, NewOrder, Order, OrderStatus, RetryPolicy,
};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use serde_json::json;

use crate::shared::Shared;

/// For all of it. Public CAs need some ten seconds; the contract says "up to a minute or so".
const PATIENCE: Duration = Duration::from_secs(90);
const POLLING: RetryPolicy = RetryPolicy::new().timeout(Duration::from_secs(60));

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AcmeError {
    /// The server was not reached, or did not answer in time.
    NotReached(String),
    /// The server or we refused; its own words if it had any.
    Refused(String),
}

/// What is asked for, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    directory: String,
    #[serde(default)]
    directory_ca_pem: Option<String>,
    names: Vec<String>,
    #[serde(default)]
    contact: Vec<String>,
    #[serde(default)]
    account: Option<String>,
}

/// The answer as JSON: account, chain_pem, key_pem.
pub(crate) async fn obtain(shared: &Shared, request: &[u8]) -> Result<Vec<u8>, AcmeError> {
    let mut deserializer = serde_json::Deserializer::from_slice(request);
    let request: Request = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| refused(format!("request: {error}")))?;
    if request.names.is_empty() {
        return Err(refused("names: at least one is needed"));
    }
    match tokio::time::timeout(PATIENCE, Box::pin(obtain_patiently(shared, &request))).await {
        Ok(result) => result,
        Err(_) => {
            Err(AcmeError::NotReached(format!("{}: no certificate within {PATIENCE:?}", request.directory)))
        }
    }
}

async fn obtain_patiently(shared: &Shared, request: &Request) -> Result<Vec<u8>, AcmeError> {
    let (account, credentials) = account(shared, request).await?;
    let identifiers: Vec<_> = request.names.iter().map(|name| Identifier::Dns(name.clone())).collect();
    let mut order = account.new_order(&NewOrder::new(&identifiers)).await.map_err(failed)?;
    let mut shown = Shown { shared, names: Vec::new() };
    answer_challenges(shared, &mut order, &mut shown).await?;
    if order.poll_ready(&POLLING).await.map_err(failed)? == OrderStatus::Invalid {
        return Err(refused(why_invalid(&mut order).await));
    }
    let key = KeyPair::generate().map_err(ours)?;
    let mut params = CertificateParams::new(request.names.clone()).map_err(ours)?;
    params.distinguished_name = DistinguishedName::new();
    let csr = params.serialize_request(&key).map_err(ours)?;
    order.finalize_csr(csr.der()).await.map_err(failed)?;
    let chain_pem = order.poll_certificate(&POLLING).await.map_err(failed)?;
    let answer = json!({ "account": credentials, "chain_pem": chain_pem, "key_pem": key.serialize_pem() });
    Ok(answer.to_string().into_bytes())
}

async fn account(shared: &Shared, request: &Request) -> Result<(Account, String), AcmeError> {
    let builder = builder(shared, request.directory_ca_pem.as_deref())?;
    if let Some(text) = &request.account {
        let credentials: AccountCredentials =
            serde_json::from_str(text).map_err(|error| refused(format!("account: {error}")))?;
        let account = builder.from_credentials(credentials).await.map_err(failed)?;
        return Ok((account, text.clone()));
    }
    let contact: Vec<_> = request.contact.iter().map(String::as_str).collect();
    let new = NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
    let (account, credentials) =
        builder.create(&new, request.directory.clone(), None).await.map_err(failed)?;
    let text = serde_json::to_string(&credentials).map_err(|error| refused(error.to_string()))?;
    Ok((account, text))
}

/// With the system's CAs, or only with the one given: a private directory needs no public CA.
fn builder(shared: &Shared, ca_pem: Option<&str>) -> Result<AccountBuilder, AcmeError> {
    let provider = shared.tls.provider.clone();
    let schemes = match ca_pem {
        None => HttpsConnectorBuilder::new()
            .with_provider_and_platform_verifier(provider)
            .map_err(|error| refused(format!("the system's CA certificates cannot be used: {error}")))?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
                let certificate =
                    certificate.map_err(|error| refused(format!("directory_ca_pem: {error}")))?;
                roots.add(certificate).map_err(|error| refused(format!("directory_ca_pem: {error}")))?;
            }
            if roots.is_empty() {
                return Err(refused("directory_ca_pem: no certificate found in it"));
            }
            let config = ClientConfig::builder_with_provider(provider)
                .with_protocol_versions(rustls::DEFAULT_VERSIONS)
                .map_err(|error| refused(error.to_string()))?
                .with_root_certificates(roots)
                .with_no_client_auth();
            HttpsConnectorBuilder::new().with_tls_config(config)
        }
    };
    let connector = schemes.https_only().enable_http1().enable_http2().build();
    Ok(Account::builder_with_http(Box::new(HttpClient::builder(TokioExecutor::new()).build(connector))))
}

async fn answer_challenges(
    shared: &Shared,
    order: &mut Order,
    shown: &mut Shown<'_>,
) -> Result<(), AcmeError> {
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization.map_err(failed)?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let name = match authorization.identifier().identifier {
            Identifier::Dns(name) => name.clone(),
            other => return Err(refused(format!("{other:?} cannot be proven by TLS-ALPN-01"))),
        };
        let mut challenge = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .ok_or_else(|| refused(format!("{name}: the server offers no tls-alpn-01 challenge for it")))?;
        let digest = challenge.key_authorization().digest().as_ref().to_vec();
        show_challenge(shared, &name, &digest)?;
        shown.names.push(name);
        challenge.set_ready().await.map_err(failed)?;
    }
    Ok(())
}

pub(crate) fn show_challenge(shared: &Shared, name: &str, digest: &[u8]) -> Result<(), AcmeError> {
    let certified = challenge_certificate(shared, name, digest)?;
    shared.tls.add_challenge(name, certified).map_err(ours)
}

/// RFC 8737 §3: self-signed for exactly this name, with the digest in a critical acmeIdentifier extension.
fn challenge_certificate(shared: &Shared, name: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let mut params = CertificateParams::new(vec![name.to_owned()]).map_err(ours)?;
    params.distinguished_name = DistinguishedName::new();
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = KeyPair::generate().map_err(ours)?;
    let certificate = params.self_signed(&key).map_err(ours)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(ours)?;
    let key = shared.tls.provider.key_provider.load_private_key(key).map_err(ours)?;
    // Not `from_der`: it reads the certificate to compare the keys, and refuses the critical extension.
    Ok(CertifiedKey::new(vec![certificate.der().clone()], key))
}

/// The challenges that are being shown; taken down however this ends.
struct Shown<'a> {
    shared: &'a Shared,
    names: Vec<String>,
}

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        for name in &self.names {
            self.shared.tls.remove_challenge(name);
        }
    }
}

/// The server's own words on why an order became invalid: they stand in the challenges.
async fn why_invalid(order: &mut Order) -> String {
    let mut reasons = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        let name = authorization.identifier().to_string();
        // The state that came with the order is from before the validation.
        let Ok(state) = authorization.refresh().await else { continue };
        for problem in state.challenges.iter().filter_map(|challenge| challenge.error.as_ref()) {
            reasons.push(format!("{name}: {problem}"));
        }
    }
    if reasons.is_empty() { "the order became invalid".to_owned() } else { reasons.join("; ") }
}

fn failed(error: Error) -> AcmeError {
    match error {
        Error::Hyper(_) | Error::Timeout(_) | Error::Other(_) => AcmeError::NotReached(with_causes(&error)),
        other => AcmeError::Refused(with_causes(&other)),
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

fn refused(text: impl Into<String>) -> AcmeError {
    AcmeError::Refused(text.into())
}

/// Something that should not happen on our side, such as a name that cannot stand in a certificate.
fn ours(error: impl fmt::Display) -> AcmeError {
    AcmeError::Refused(error.to_string())
}
