//! The certificates that are served, and which of them to whom.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

/// A chain or key that cannot be served; the text says which and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadCertificate(pub String);

/// Chooses by SNI: exact name, then wildcard, then the first. Swapped whole, so a handshake sees old or new.
#[derive(Debug, Default)]
pub(crate) struct Certificates {
    current: RwLock<Arc<Served>>,
}

#[derive(Debug, Default)]
struct Served {
    first: Option<Arc<CertifiedKey>>,
    /// Lower-case; a wildcard is kept as `.example.com`.
    by_name: HashMap<String, Arc<CertifiedKey>>,
}

impl Certificates {
    /// Serve these PEM (chain, key) pairs from now on; on an error the old ones stay.
    pub(crate) fn set(
        &self,
        pairs: &[(Vec<u8>, Vec<u8>)],
        provider: &CryptoProvider,
    ) -> Result<(), BadCertificate> {
        let mut served = Served::default();
        for (index, (chain, key)) in pairs.iter().enumerate() {
            let place = Place { number: index + 1, of: pairs.len() };
            let certified = Arc::new(certified_key(chain, key, provider, place)?);
            for name in names(&certified, place)? {
                // The first of several for one name wins, as it does among names that match none.
                served.by_name.entry(name).or_insert_with(|| certified.clone());
            }
            served.first.get_or_insert(certified);
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(served);
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.current().first.is_none()
    }

    fn current(&self) -> Arc<Served> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current().find(hello.server_name())
    }
}

impl Served {
    fn find(&self, name: Option<&str>) -> Option<Arc<CertifiedKey>> {
        let name = name.map(str::to_ascii_lowercase);
        let named = name.as_deref().and_then(|name| {
            // RFC 6125 §6.4.3: a wildcard stands for exactly one label.
            let parent = name.find('.').map(|dot| &name[dot..]);
            self.by_name.get(name).or_else(|| self.by_name.get(parent?))
        });
        named.or(self.first.as_ref()).cloned()
    }
}

/// Which of the pairs an error is about.
#[derive(Clone, Copy)]
struct Place {
    number: usize,
    of: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of > 1 { write!(f, " (pair {} of {})", self.number, self.of) } else { Ok(()) }
    }
}

fn certified_key(
    chain: &[u8],
    key: &[u8],
    provider: &CryptoProvider,
    place: Place,
) -> Result<CertifiedKey, BadCertificate> {
    let bad = |text: String| BadCertificate(format!("{text}{place}"));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(chain)
        .collect::<Result<_, _>>()
        .map_err(|error| bad(format!("the certificate chain is not PEM: {error}")))?;
    if chain.is_empty() {
        return Err(bad(
            "no certificate found in the certificate chain: it has no BEGIN CERTIFICATE".to_owned()
        ));
    }
    let key = private_key(key).map_err(bad)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|error| {
        bad(match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                "the private key does not belong to the certificate; the server's own certificate must come first in \
                 the chain"
                    .to_owned()
            }
            Error::InvalidCertificate(reason) => format!("the certificate cannot be read: {reason:?}"),
            other => format!("the private key cannot be used: {other}"),
        })
    })
}

fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound if contains(text, b"BEGIN ENCRYPTED PRIVATE KEY") => {
            "the private key is encrypted; decrypt it first, for example with `openssl pkey`".to_owned()
        }
        pem::Error::NoItemsFound => "no private key found in the key: it has no BEGIN PRIVATE KEY".to_owned(),
        other => format!("the private key is not PEM: {other}"),
    })
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The names that the certificate is for. None is no error: a certificate for an IP address is served as the default.
fn names(certified: &CertifiedKey, place: Place) -> Result<Vec<String>, BadCertificate> {
    let bad =
        |error: &dyn fmt::Display| BadCertificate(format!("the certificate cannot be read: {error}{place}"));
    let der = certified.end_entity_cert().map_err(|error| bad(&error))?;
    let certificate = webpki::EndEntityCert::try_from(der).map_err(|error| bad(&error))?;
    let names = certificate.valid_dns_names().map(|name| {
        let name = name.to_ascii_lowercase();
        name.strip_prefix('*').map(str::to_owned).unwrap_or(name)
    });
    Ok(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider() -> CryptoProvider {
        rustls::crypto::aws_lc_rs::default_provider()
    }

    fn pair(names: &[&str]) -> (Vec<u8>, Vec<u8>) {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let made = rcgen::generate_simple_self_signed(names).unwrap();
        (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes())
    }

    #[test]
    fn sni_chooses_exact_then_wildcard_then_first() {
        let certificates = Certificates::default();
        assert!(certificates.is_empty());
        let pairs = [pair(&["first.example"]), pair(&["*.example.com"]), pair(&["a.example.com"])];
        certificates.set(&pairs, &provider()).unwrap();
        let served = certificates.current();
        let ders: Vec<_> =
            pairs.iter().map(|pair| CertificateDer::from_pem_slice(&pair.0).unwrap()).collect();
        for (name, index) in [
            (None, 0),
            (Some("first.example"), 0),
            (Some("elsewhere.example"), 0),
            (Some("b.example.com"), 1),
            (Some("B.Example.COM"), 1),
            (Some("a.b.example.com"), 0),
            (Some("example.com"), 0),
            (Some("a.example.com"), 2),
        ] {
            assert_eq!(served.find(name).unwrap().cert[0], ders[index], "{name:?}");
        }
    }

    #[test]
    fn errors_say_what_is_wrong_and_keep_the_old_ones() {
        let certificates = Certificates::default();
        let good = pair(&["a.example"]);
        certificates.set(std::slice::from_ref(&good), &provider()).unwrap();
        let encrypted =
            b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA==\n-----END ENCRYPTED PRIVATE KEY-----\n".to_vec();
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
        for (bad, text) in [
            ((b"nothing".to_vec(), good.1.clone()), "no certificate found"),
            ((good.0.clone(), b"nothing".to_vec()), "no private key found"),
            ((good.0.clone(), encrypted), "is encrypted"),
            ((good.0.clone(), pair(&["b.example"]).1), "does not belong to the certificate"),
            ((broken, good.1.clone()), "the certificate cannot be read"),
        ] {
            let error = certificates.set(&[good.clone(), bad], &provider()).unwrap_err().0;
            assert!(error.contains(text) && error.ends_with("(pair 2 of 2)"), "{error}");
        }
        assert!(!certificates.is_empty());
    }
}
