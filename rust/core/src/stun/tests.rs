use super::*;
use proptest::prelude::*;

const PASSWORD: &str = "VOkJxbRl1RmTxUk/WvJxBt";

fn vector(text: &str) -> Vec<u8> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|byte| u8::from_str_radix(byte, 16).expect("the vector is hex"))
        .collect()
}

macro_rules! vector {
    ($name:literal) => {
        vector(include_str!(concat!("../../../../vectors/stun/", $name, ".hex")))
    };
}

#[test]
fn rfc5769_request_parses_and_its_integrity_holds() {
    let bytes = vector!("rfc5769-2.1-request");
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.class(), Class::Request);
    assert_eq!(message.method(), METHOD_BINDING);
    assert_eq!(message.fingerprint(), Fingerprint::Right);
    assert_eq!(message.is_integrity_sha1_right(&Key::short_term(PASSWORD)), Some(true));
    assert_eq!(message.is_integrity_sha1_right(&Key::short_term("other")), Some(false));
    assert_eq!(message.is_integrity_sha256_right(&Key::short_term(PASSWORD)), None);
    let values: Vec<_> =
        message.attributes().map(|raw| raw.decode(&message.transaction_id()).unwrap()).collect();
    assert_eq!(values[0], Attribute::Software("STUN test client"));
    assert_eq!(values[1], Attribute::Priority(0x6e00_01ff));
    assert_eq!(values[2], Attribute::IceControlled(0x932f_f9b1_5126_3b36));
    assert_eq!(values[3], Attribute::Username("evtj:h6vY"));
}

#[test]
fn rfc5769_responses_carry_the_mapped_address() {
    for (bytes, mapped) in [
        (vector!("rfc5769-2.2-response-ipv4"), "192.0.2.1:32853"),
        (vector!("rfc5769-2.3-response-ipv6"), "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.class(), Class::SuccessResponse);
        assert_eq!(message.fingerprint(), Fingerprint::Right);
        assert_eq!(message.is_integrity_sha1_right(&Key::short_term(PASSWORD)), Some(true));
        let expected = Attribute::XorMappedAddress(XorMappedAddress(mapped.parse().unwrap()));
        assert_eq!(message.decode(kind::XOR_MAPPED_ADDRESS), Some(Ok(expected.clone())));

        let key = Key::short_term(PASSWORD);
        let mut buffer = [0; 128];
        let mut builder =
            Builder::new(&mut buffer, Class::SuccessResponse, METHOD_BINDING, message.transaction_id())
                .unwrap();
        builder.attribute(&Attribute::Software("test vector")).unwrap();
        builder.attribute(&expected).unwrap();
        builder.message_integrity(&key).unwrap();
        builder.fingerprint().unwrap();
        let built = builder.finish();
        // The RFC pads SOFTWARE with a space, we with zero, so the sums differ and nothing else.
        assert_eq!(built.len(), bytes.len());
        assert_eq!(built[36..built.len() - 32], bytes[36..built.len() - 32]);
        let message = Message::parse(built).unwrap();
        assert_eq!(message.is_integrity_sha1_right(&key), Some(true));
        assert_eq!(message.fingerprint(), Fingerprint::Right);
    }
}

#[test]
fn rfc5769_long_term_request_is_rebuilt_byte_for_byte() {
    let bytes = vector!("rfc5769-2.4-request-long-term");
    let message = Message::parse(&bytes).unwrap();
    let key = Key::long_term_md5("マトリックス", "example.org", "TheMatrIX");
    assert_eq!(message.is_integrity_sha1_right(&key), Some(true));
    assert_eq!(message.fingerprint(), Fingerprint::Absent);
    let mut buffer = [0; 256];
    let mut builder =
        Builder::new(&mut buffer, Class::Request, METHOD_BINDING, message.transaction_id()).unwrap();
    for raw in message.attributes().filter(|raw| raw.kind != kind::MESSAGE_INTEGRITY) {
        builder.attribute(&raw.decode(&message.transaction_id()).unwrap()).unwrap();
    }
    builder.message_integrity(&key).unwrap();
    assert_eq!(builder.finish(), bytes);
}

#[test]
fn every_prefix_and_every_trailing_byte_is_refused() {
    let mut bytes = vector!("rfc5769-2.1-request");
    for end in 0..bytes.len() {
        assert!(Message::parse(&bytes[..end]).is_err(), "{end} bytes passed for a message");
    }
    bytes.push(0);
    assert_eq!(Message::parse(&bytes).unwrap_err(), Malformed::BadLength);
}

#[test]
fn a_flipped_bit_breaks_the_fingerprint() {
    let bytes = vector!("rfc5769-2.1-request");
    for at in 8..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        if let Ok(message) = Message::parse(&changed) {
            assert_ne!(message.fingerprint(), Fingerprint::Right, "byte {at}");
        }
    }
}

#[test]
fn attributes_beyond_the_end_are_refused() {
    let mut bytes = vector!("rfc5769-2.4-request-long-term");
    bytes[23] = 0xFF;
    assert_eq!(Message::parse(&bytes).unwrap_err(), Malformed::AttributeTooLong);
}

#[test]
fn a_fingerprint_that_is_not_last_is_wrong() {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer, Class::Request, METHOD_BINDING, [7; 12]).unwrap();
    builder.fingerprint().unwrap();
    builder.attribute(&Attribute::Priority(1)).unwrap();
    assert_eq!(Message::parse(builder.finish()).unwrap().fingerprint(), Fingerprint::Wrong);
}

#[test]
fn sha256_integrity_round_trips_and_short_tags_are_refused() {
    let key = Key::long_term_sha256("u", "r", "p");
    let mut buffer = [0; 128];
    let mut builder = Builder::new(&mut buffer, Class::Request, 3, [1; 12]).unwrap();
    builder.message_integrity_sha256(&key).unwrap();
    let bytes = builder.finish();
    let message = Message::parse(bytes).unwrap();
    assert_eq!(message.method(), 3);
    assert_eq!(message.is_integrity_sha256_right(&key), Some(true));

    let mut short = bytes[..bytes.len() - 16].to_vec();
    short[3] -= 16;
    short[23] -= 16;
    let message = Message::parse(&short).unwrap();
    assert_eq!(message.is_integrity_sha256_right(&key), Some(false));
}

#[test]
fn a_full_buffer_leaves_the_message_as_it_was() {
    let mut buffer = [0; 27];
    let mut builder = Builder::new(&mut buffer, Class::Indication, METHOD_BINDING, [0; 12]).unwrap();
    assert_eq!(builder.attribute(&Attribute::Software("abc")), Err(Full));
    assert_eq!(Message::parse(builder.finish()).unwrap().attributes().count(), 0);
    assert!(Builder::new(&mut [0; 19], Class::Request, 1, [0; 12]).is_err());
}

#[test]
fn password_algorithms_are_walked_with_their_padding() {
    let value = [0, 2, 0, 0, 0, 1, 0, 3, 9, 9, 9, 0];
    let Ok(Attribute::PasswordAlgorithms(list)) =
        Attribute::decode(kind::PASSWORD_ALGORITHMS, &value, &[0; 12])
    else {
        panic!("the value has the form of PASSWORD-ALGORITHMS");
    };
    let numbers: Vec<_> =
        list.iter().map(|algorithm| (algorithm.number, algorithm.parameters.len())).collect();
    assert_eq!(numbers, [(2, 0), (1, 3)]);
    assert_eq!(
        Attribute::decode(kind::PASSWORD_ALGORITHMS, &value[..3], &[0; 12]),
        Err(Malformed::BadValue(kind::PASSWORD_ALGORITHMS))
    );
}

fn any_attribute() -> impl Strategy<Value = (u8, std::net::SocketAddr, String, Vec<u8>, u64)> {
    let address = prop_oneof![
        (any::<u32>(), any::<u16>()).prop_map(|(ip, port)| (std::net::Ipv4Addr::from(ip), port).into()),
        (any::<u128>(), any::<u16>()).prop_map(|(ip, port)| (std::net::Ipv6Addr::from(ip), port).into()),
    ];
    (0..12_u8, address, ".{0,40}", prop::collection::vec(any::<u8>(), 0..40), any::<u64>())
}

proptest! {
    #[test]
    fn what_is_built_is_parsed_again(
        class in prop_oneof![
            Just(Class::Request), Just(Class::Indication), Just(Class::SuccessResponse), Just(Class::ErrorResponse)
        ],
        method in 0..0x1000_u16,
        id in any::<[u8; 12]>(),
        parts in prop::collection::vec(any_attribute(), 0..8),
    ) {
        let attributes: Vec<_> = parts.iter().map(|(which, address, text, bytes, number)| match which {
            0 => Attribute::MappedAddress(MappedAddress(*address)),
            1 => Attribute::XorMappedAddress(XorMappedAddress(*address)),
            2 => Attribute::AlternateServer(MappedAddress(*address)),
            3 => Attribute::Username(text),
            4 => Attribute::Realm(text),
            5 => Attribute::Nonce(bytes),
            6 => Attribute::ErrorCode(ErrorCode { code: 300 + (*number % 400) as u16, reason: text }),
            7 => Attribute::UnknownAttributes(Kinds::new(bytes)),
            8 => Attribute::IceControlling(*number),
            9 => Attribute::PasswordAlgorithm(Algorithm { number: *number as u16, parameters: bytes }),
            10 => Attribute::UseCandidate(()),
            _ => Attribute::Unknown(0xC000 | *number as u16, bytes),
        }).collect();
        let mut buffer = [0; 1024];
        let mut builder = Builder::new(&mut buffer, class, method, id).unwrap();
        for attribute in &attributes {
            builder.attribute(attribute).unwrap();
        }
        builder.fingerprint().unwrap();
        let message = Message::parse(builder.finish()).unwrap();
        prop_assert_eq!((message.class(), message.method(), message.transaction_id()), (class, method, id));
        prop_assert_eq!(message.fingerprint(), Fingerprint::Right);
        let parsed: Vec<_> = message.attributes().map(|raw| raw.decode(&id).unwrap()).collect();
        prop_assert_eq!(&parsed[..parsed.len() - 1], &attributes[..]);
    }

    #[test]
    fn no_bytes_make_it_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200), as_stun in any::<bool>()) {
        if as_stun && bytes.len() >= 20 {
            let length = (bytes.len() - 20) as u16;
            bytes[0] &= 0x3F;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
            bytes[4..8].copy_from_slice(&MAGIC_COOKIE.to_be_bytes());
        }
        if let Ok(message) = Message::parse(&bytes) {
            let _ = message.fingerprint();
            for raw in message.attributes() {
                let _ = raw.decode(&message.transaction_id());
            }
        }
    }
}
