//! An application to stand behind the front door, and clients to stand in front of it. Timeouts are upper bounds only:
//! nothing here sleeps to be in step.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};
use serde_json::{Value, json};
use sightline_core::proxy_header;
use sightline_core::stun::{Attribute, Builder, Class, METHOD_BINDING, Message, XorMappedAddress, kind};
use sightline_driver::{BadSettings, FrontDoor, Settings};

/// Longer than anything here takes, on a busy machine too.
pub const PATIENCE: Duration = Duration::from_secs(10);

pub type TlsClient = StreamOwned<ClientConnection, TcpStream>;

/// A front door with an application behind it.
pub struct House {
    pub door: FrontDoor,
    pub address: SocketAddr,
    folder: PathBuf,
}

impl House {
    /// On 127.0.0.1, with UDP and a certificate; `more` is merged into the settings.
    pub fn open(more: Value) -> Self {
        Self::open_on("127.0.0.1:0", more)
    }

    pub fn open_on(address: &str, more: Value) -> Self {
        let house = Self::open_without_application(address, more);
        serve_application(&house.socket());
        house
    }

    pub fn open_without_application(address: &str, more: Value) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("front-door-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut whole =
            json!({ "listeners": [{ "address": address, "has_udp": true }], "upstream": folder.join("app") });
        merge(&mut whole, more);
        let door = FrontDoor::open(settings(whole)).unwrap();
        door.set_certificates(&[certificate(&["a.example"])]).unwrap();
        let address = door.addresses()[0].address;
        Self { door, address, folder }
    }

    pub fn socket(&self) -> PathBuf {
        self.folder.join("app")
    }

    pub fn tcp(&self) -> TcpStream {
        connect(self.address)
    }

    pub fn tls(&self, alpn: &[&str]) -> TlsClient {
        tls(self.tcp(), "a.example", alpn)
    }

    pub fn counter(&self, name: &str) -> u64 {
        let counters: Value = serde_json::from_slice(&self.door.counters()).unwrap();
        counters[name].as_u64().unwrap_or_else(|| panic!("there is no counter {name}"))
    }

    /// Wait until a counter is what it should be: it may be counted after the client has seen the effect.
    pub fn assert_counter(&self, name: &str, expected: u64) {
        let start = Instant::now();
        while self.counter(name) != expected && start.elapsed() < PATIENCE {
            thread::yield_now();
        }
        assert_eq!(self.counter(name), expected, "{name}");
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Chain and key, as PEM.
pub fn certificate(names: &[&str]) -> (Vec<u8>, Vec<u8>) {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    (made.cert.pem().into_bytes(), made.signing_key.serialize_pem().into_bytes())
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

pub fn tls(stream: TcpStream, name: &str, alpn: &[&str]) -> TlsClient {
    try_tls(stream, name, alpn).unwrap()
}

pub fn try_tls(mut stream: TcpStream, name: &str, alpn: &[&str]) -> std::io::Result<TlsClient> {
    let mut connection =
        ClientConnection::new(Arc::new(client_config(alpn)), ServerName::try_from(name.to_owned()).unwrap())
            .unwrap();
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(connection, stream))
}

pub fn client_config(alpn: &[&str]) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    config
}

#[derive(Debug)]
struct AnyCertificate;

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    // Not verified, because webpki cannot read a challenge certificate: its critical extension is unknown to it.
    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// One HTTP request on a connection that is closed after the answer; returns the whole answer.
pub fn get<S: Read + Write>(stream: &mut S, path: &str) -> String {
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n").as_bytes()).unwrap();
    read_to_end(stream)
}

/// Until the end; a reset ends it too.
pub fn read_to_end<S: Read>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 16384];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                panic!("nothing came for {PATIENCE:?}")
            }
            Err(_) => break,
        }
    }
    String::from_utf8(bytes).unwrap()
}

pub fn binding_request() -> Vec<u8> {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer, Class::Request, METHOD_BINDING, *b"transaction!").unwrap();
    builder.fingerprint().unwrap();
    builder.finish().to_vec()
}

pub fn assert_mapped(answer: &[u8], expected: SocketAddr) {
    let message = Message::parse(answer).unwrap();
    assert_eq!(message.class(), Class::SuccessResponse);
    let mapped = Attribute::XorMappedAddress(XorMappedAddress(expected));
    assert_eq!(message.decode(kind::XOR_MAPPED_ADDRESS), Some(Ok(mapped)));
}

/// Send a Binding request and read its answer.
pub fn ask_binding<S: Read + Write>(stream: &mut S) -> Vec<u8> {
    stream.write_all(&binding_request()).unwrap();
    let mut header = [0; 20];
    stream.read_exact(&mut header).unwrap();
    let mut rest = vec![0; usize::from(u16::from_be_bytes([header[2], header[3]]))];
    stream.read_exact(&mut rest).unwrap();
    [&header[..], &rest].concat()
}

/// An application: tells what its PROXY header says; `/echo` sends back what comes after the head until the client
/// ends; `/early` answers and closes without reading on; `/big` sends a megabyte and closes.
pub fn serve_application(path: &Path) {
    let listener = UnixListener::bind(path).unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            thread::spawn(move || answer(stream));
        }
    });
}

fn answer(mut stream: UnixStream) {
    let mut bytes = Vec::new();
    let (facts, head_length) = loop {
        let mut chunk = [0; 4096];
        let Ok(read @ 1..) = stream.read(&mut chunk) else { return };
        bytes.extend_from_slice(&chunk[..read]);
        let Some(decoded) = proxy_header::decode(&bytes).unwrap() else { continue };
        let rest = &bytes[decoded.length..];
        if let Some(end) = rest.windows(4).position(|window| window == b"\r\n\r\n") {
            let header = decoded.header;
            let addresses = header.addresses.unwrap();
            let facts = format!(
                "source={} destination={} tls={} alpn={} name={}",
                addresses.source,
                addresses.destination,
                header.tls.map_or("none", |tls| tls.version),
                header.alpn.map_or("none", |alpn| std::str::from_utf8(alpn).unwrap()),
                header.authority.unwrap_or("none"),
            );
            break (facts, decoded.length + end + 4);
        }
    };
    let head = bytes.drain(..head_length).collect::<Vec<_>>();
    let has_path = |path: &[u8]| head.windows(path.len()).any(|window| window == path);
    if has_path(b" /echo ") {
        let _ = stream.write_all(&bytes);
        let mut chunk = [0; 65536];
        while let Ok(read @ 1..) = stream.read(&mut chunk) {
            if stream.write_all(&chunk[..read]).is_err() {
                return;
            }
        }
        return;
    }
    let body = if has_path(b" /big ") { "x".repeat(1 << 20) } else { facts };
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    let _ = stream.write_all(answer.as_bytes());
}

/// Settings with what a test does not care about filled in.
pub fn settings(given: Value) -> Settings {
    try_settings(given).unwrap()
}

pub fn try_settings(given: Value) -> Result<Settings, BadSettings> {
    let mut whole = json!({
        "trusted_proxies": [],
        "unbounded_addresses": [],
        "relay": null,
        "limits": {
            "connections": 1000,
            "connections_per_address": 1000,
            "unidentified_connections": 1000,
            "identify_timeout_ms": 10_000,
            "request_head_timeout_ms": 10_000,
            "stun_idle_timeout_ms": 10_000,
        },
    });
    merge(&mut whole, given);
    for listener in whole["listeners"].as_array_mut().unwrap() {
        let given =
            std::mem::replace(listener, json!({ "is_local": false, "has_udp": false, "has_http": true }));
        merge(listener, given);
    }
    Settings::from_json(whole.to_string().as_bytes())
}

fn merge(whole: &mut Value, changes: Value) {
    match (whole, changes) {
        (Value::Object(whole), Value::Object(changes)) => {
            for (name, change) in changes {
                merge(whole.entry(name).or_insert(Value::Null), change);
            }
        }
        (whole, change) => *whole = change,
    }
}
