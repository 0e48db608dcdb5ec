use super::*;
use proptest::prelude::*;

fn addresses(source: &str, destination: &str) -> Option<Addresses> {
    Some(Addresses { source: source.parse().unwrap(), destination: destination.parse().unwrap() })
}

fn encoded(header: &Header<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    encode(header, &mut out);
    out
}

/// Whole, with every prefix incomplete, and with trailing bytes left alone.
fn assert_decodes(bytes: &[u8], header: &Header<'_>) {
    let expected = Decoded { header: header.clone(), length: bytes.len() };
    assert_eq!(decode(bytes), Ok(Some(expected.clone())));
    for end in 0..bytes.len() {
        assert_eq!(decode(&bytes[..end]), Ok(None), "{end} bytes passed for a header");
    }
    assert_eq!(decode(&[bytes, b"GET /"].concat()), Ok(Some(expected)));
}

#[test]
fn v2_is_written_as_the_specification_draws_it() {
    let header = Header {
        addresses: addresses("192.0.2.1:258", "198.51.100.2:443"),
        tls: Some(Tls { version: "TLSv1.3" }),
        alpn: Some(b"http/1.1"),
        authority: Some("a.example"),
    };
    let mut expected =
        b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x35\xC0\x00\x02\x01\xC6\x33\x64\x02\x01\x02\x01\xBB".to_vec();
    expected.extend_from_slice(b"\x01\x00\x08http/1.1\x02\x00\x09a.example");
    expected.extend_from_slice(b"\x20\x00\x0F\x01\x00\x00\x00\x01\x21\x00\x07TLSv1.3");
    assert_eq!(encoded(&header), expected);
    assert_decodes(&expected, &header);
}

#[test]
fn v1_lines_of_the_specification_decode() {
    assert_decodes(
        b"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        &Header { addresses: addresses("192.168.0.1:56324", "192.168.0.11:443"), ..Header::default() },
    );
    assert_decodes(
        b"PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n",
        &Header { addresses: addresses("[2001:db8::1]:1", "[2001:db8::2]:65535"), ..Header::default() },
    );
    assert_decodes(b"PROXY UNKNOWN\r\n", &Header::default());
    assert_decodes(b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", &Header::default());
}

#[test]
fn v1_that_is_wrong_or_endless_is_refused() {
    for line in [
        &b"PROXY TCP4 192.168.0.1 192.168.0.11 56324\r\n"[..],
        b"PROXY TCP4 192.168.0.1 192.168.0.11 1 2 3\r\n",
        b"PROXY TCP4 ::1 ::1 1 2\r\n",
        b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
        b"PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
        b"PROXY\tTCP4",
        b"GET / HTTP/1.1\r\n",
        &[&b"PROXY UNKNOWN "[..], &[b'a'; 93]].concat(),
    ] {
        assert_eq!(decode(line), Err(Bad), "{:?}", String::from_utf8_lossy(line));
    }
}

#[test]
fn local_and_unspecified_have_no_addresses() {
    assert_decodes(b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00", &Header::default());
    assert_decodes(b"\r\n\r\n\0\r\nQUIT\n\x20\x11\x00\x02xx", &Header::default());
    assert_decodes(b"\r\n\r\n\0\r\nQUIT\n\x21\x00\x00\x02xx", &Header::default());
    assert_eq!(encoded(&Header::default()), b"\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00");
}

#[test]
fn v2_that_is_wrong_is_refused() {
    for tail in [
        &b"\x11\x11\x00\x00"[..],                    // version 1
        b"\x22\x11\x00\x00",                         // a command that does not exist
        b"\x21\x12\x00\x00",                         // UDP
        b"\x21\x11\x00\x04xxxx",                     // addresses cut short
        b"\x21\x11\x10\x00",                         // longer than we accept
        b"\x21\x11\x00\x0Dxxxxxxxxxxxxx",            // half a TLV
        b"\x21\x11\x00\x0Fxxxxxxxxxxxx\x01\x00\x01", // a TLV beyond the end
    ] {
        assert_eq!(decode(&[V2_SIGNATURE, tail].concat()), Err(Bad), "{tail:?}");
    }
}

fn any_pair() -> impl Strategy<Value = Option<Addresses>> {
    let v4 = (any::<[u8; 4]>(), any::<[u8; 4]>(), any::<u16>(), any::<u16>())
        .prop_map(|(from, to, a, b)| Addresses { source: (from, a).into(), destination: (to, b).into() });
    let v6 = (any::<[u8; 16]>(), any::<[u8; 16]>(), any::<u16>(), any::<u16>())
        .prop_map(|(from, to, a, b)| Addresses { source: (from, a).into(), destination: (to, b).into() });
    prop_oneof![v4, v6].prop_map(Some)
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_again(
        addresses in any_pair(),
        version in prop::option::of("[A-Za-z0-9.]{0,8}"),
        alpn in prop::option::of(prop::collection::vec(any::<u8>(), 0..255)),
        authority in prop::option::of("[a-z.-]{0,253}"),
    ) {
        let header = Header {
            addresses,
            tls: version.as_deref().map(|version| Tls { version }),
            alpn: alpn.as_deref(),
            authority: authority.as_deref(),
        };
        assert_decodes(&encoded(&header), &header);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), prefix in 0..3_u8) {
        let prefix: &[u8] = match prefix { 0 => b"", 1 => V1_PREFIX, _ => V2_SIGNATURE };
        let _ = decode(&[prefix, &bytes].concat());
    }
}
