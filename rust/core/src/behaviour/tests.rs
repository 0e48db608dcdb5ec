use super::*;
use crate::stun::{Fingerprint, Kinds, ResponsePort};
use proptest::prelude::*;

const ID: [u8; 12] = *b"transaction!";
const CLIENT: &str = "198.51.100.7:4711";
const FIRST: Endpoint = Endpoint { is_second_address: false, is_second_port: false };

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn four() -> Endpoints {
    Endpoints::new(address("192.0.2.1:3478"), Some([192, 0, 2, 2].into()), Some(3479)).unwrap()
}

fn request(attributes: &[Attribute<'_>]) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let mut builder = Builder::new(&mut buffer, Class::Request, METHOD_BINDING, ID).unwrap();
    attributes.iter().for_each(|it| builder.attribute(it).unwrap());
    builder.finish().to_vec()
}

struct Desk {
    endpoints: Endpoints,
    strangers: Strangers,
    now_ms: u64,
}

impl Desk {
    fn new(endpoints: Endpoints) -> Self {
        Self { endpoints, strangers: Strangers::default(), now_ms: 0 }
    }

    fn ask(&mut self, bytes: &[u8], source: &str, at: Endpoint) -> Result<(Reply, Vec<u8>), Answer> {
        let mut buffer = [0xEE; ANSWER_LENGTH];
        let endpoints = &self.endpoints;
        match answer(self.now_ms, bytes, address(source), (at, endpoints), &mut self.strangers, &mut buffer) {
            Answer::Send(reply) => Ok((reply, buffer[..reply.length].to_vec())),
            other => Err(other),
        }
    }
}

fn code(answer: &[u8]) -> u16 {
    match Message::parse(answer).unwrap().decode(kind::ERROR_CODE) {
        None => 200,
        Some(Ok(Attribute::ErrorCode(error))) => error.code,
        other => panic!("{other:?}"),
    }
}

fn value(answer: &[u8], kind: u16) -> Option<Attribute<'_>> {
    Message::parse(answer).unwrap().decode(kind).map(Result::unwrap)
}

#[test]
fn every_answer_says_where_it_comes_from_and_where_else_one_could() {
    let mut desk = Desk::new(four());
    for (flags, from) in
        [(0, "192.0.2.1:3478"), (2, "192.0.2.1:3479"), (4, "192.0.2.2:3478"), (6, "192.0.2.2:3479")]
    {
        let bytes = request(&[Attribute::ChangeRequest(flags)]);
        let (reply, answer) = desk.ask(&bytes, CLIENT, FIRST).unwrap();
        assert_eq!(desk.endpoints.address(reply.from), Some(address(from)));
        assert_eq!((reply.to, reply.is_success), (address(CLIENT), true));
        let origin = Attribute::ResponseOrigin(MappedAddress(address(from)));
        assert_eq!(value(&answer, kind::RESPONSE_ORIGIN), Some(origin));
        let other = Attribute::OtherAddress(MappedAddress(address("192.0.2.2:3479")));
        assert_eq!(value(&answer, kind::OTHER_ADDRESS), Some(other));
        let mapped = Attribute::MappedAddress(MappedAddress(address(CLIENT)));
        assert_eq!(value(&answer, kind::MAPPED_ADDRESS), Some(mapped));
        let mapped = Attribute::XorMappedAddress(XorMappedAddress(address(CLIENT)));
        assert_eq!(value(&answer, kind::XOR_MAPPED_ADDRESS), Some(mapped));
    }
    let last = Endpoint { is_second_address: true, is_second_port: true };
    let (reply, answer) = desk.ask(&request(&[Attribute::ChangeRequest(2)]), CLIENT, last).unwrap();
    assert_eq!(desk.endpoints.address(reply.from), Some(address("192.0.2.2:3478")));
    let other = Attribute::OtherAddress(MappedAddress(address("192.0.2.1:3478")));
    assert_eq!(value(&answer, kind::OTHER_ADDRESS), Some(other));
}

#[test]
fn a_second_port_alone_changes_ports_and_refuses_addresses_aloud() {
    let mut desk = Desk::new(Endpoints::new(address("192.0.2.1:3478"), None, Some(3479)).unwrap());
    let (reply, answer) = desk.ask(&request(&[Attribute::ChangeRequest(2)]), CLIENT, FIRST).unwrap();
    assert!(reply.from.is_second_port && value(&answer, kind::OTHER_ADDRESS).is_none());
    for flags in [4, 6] {
        let bytes = request(&[Attribute::ChangeRequest(flags)]);
        let (reply, answer) = desk.ask(&bytes, CLIENT, FIRST).unwrap();
        assert_eq!((code(&answer), reply.from, reply.is_success), (420, FIRST, false));
        let named = Attribute::UnknownAttributes(Kinds::new(&[0, 3]));
        assert_eq!(value(&answer, kind::UNKNOWN_ATTRIBUTES), Some(named));
    }
}

#[test]
fn with_one_endpoint_it_is_a_plain_binding() {
    let mut desk = Desk::new(Endpoints::new(address("192.0.2.1:3478"), None, None).unwrap());
    let (_, answer) = desk.ask(&request(&[]), CLIENT, FIRST).unwrap();
    assert_eq!(answer.len(), 32);
    for asked in
        [Attribute::ChangeRequest(0), Attribute::Padding(&[0; 8]), Attribute::ResponsePort(ResponsePort(9))]
    {
        assert_eq!(code(&desk.ask(&request(&[asked]), CLIENT, FIRST).unwrap().1), 420);
    }
}

#[test]
fn endpoints_that_are_none_are_not_taken() {
    for (ip, port) in
        [(Some("192.0.2.1"), None), (Some("2001:db8::1"), None), (None, Some(3478)), (None, Some(0))]
    {
        let second = ip.map(|it| it.parse().unwrap());
        assert_eq!(Endpoints::new(address("192.0.2.1:3478"), second, port), Err(BadEndpoints));
    }
}

#[test]
fn an_answer_goes_to_another_port_of_the_same_address_and_is_paid_for() {
    let mut desk = Desk::new(four());
    let bytes = request(&[Attribute::ResponsePort(ResponsePort(99))]);
    let (reply, _) = desk.ask(&bytes, CLIENT, FIRST).unwrap();
    assert_eq!(reply.to, address("198.51.100.7:99"));
    let mut sent = reply.length;
    let mut last = None;
    for _ in 0..1000 {
        match desk.ask(&bytes, CLIENT, FIRST) {
            Ok((reply, _)) => sent += reply.length,
            Err(why) => last = Some(why),
        }
    }
    assert_eq!(last, Some(Answer::OverBudget));
    assert!(sent <= 16 * 1024, "{sent}");
    // Who asks for nothing special is answered still, with less.
    let (_, answer) = desk.ask(&request(&[]), CLIENT, FIRST).unwrap();
    assert_eq!((code(&answer), answer.len()), (200, 32));
    let (_, answer) = desk.ask(&bytes, "198.51.100.8:1", FIRST).unwrap();
    assert_eq!(code(&answer), 200);
}

#[test]
fn padding_fills_the_answer_up_to_the_request() {
    let mut desk = Desk::new(four());
    for length in [0, 4, 100, 1500, 3000] {
        let bytes = request(&[Attribute::Padding(&vec![1; length])]);
        let (reply, answer) = desk.ask(&bytes, CLIENT, FIRST).unwrap();
        assert!(value(&answer, kind::PADDING).is_some());
        assert!(reply.length <= bytes.len().max(72), "{length}: {}", reply.length);
        assert!(length < 100 || reply.length == bytes.len().min(ANSWER_LENGTH), "{length}: {}", reply.length);
    }
}

#[test]
fn what_contradicts_itself_is_400() {
    let mut desk = Desk::new(four());
    for attributes in [
        vec![Attribute::Padding(&[]), Attribute::ResponsePort(ResponsePort(9))],
        vec![Attribute::ResponsePort(ResponsePort(0))],
        vec![Attribute::Unknown(kind::RESPONSE_PORT, &[1])],
        vec![Attribute::Unknown(kind::CHANGE_REQUEST, &[1])],
    ] {
        let (reply, answer) = desk.ask(&request(&attributes), CLIENT, FIRST).unwrap();
        assert_eq!((code(&answer), reply.to, reply.from), (400, address(CLIENT), FIRST));
    }
    let response =
        Builder::new(&mut [0; 64], Class::SuccessResponse, METHOD_BINDING, ID).unwrap().finish().to_vec();
    assert_eq!(desk.ask(&response, CLIENT, FIRST), Err(Answer::Dropped(Dropped::Response)));
}

#[test]
fn what_follows_the_integrity_is_ignored() {
    let mut desk = Desk::new(four());
    let bytes = request(&[Attribute::MessageIntegrity([0; 20]), Attribute::ResponsePort(ResponsePort(9))]);
    assert_eq!(desk.ask(&bytes, CLIENT, FIRST).unwrap().0.to, address(CLIENT));
}

fn attributes() -> impl Strategy<Value = Vec<(u16, Vec<u8>)>> {
    let kind = prop_oneof![Just(0x0003_u16), Just(0x0026), Just(0x0027), any::<u16>()];
    let value = prop_oneof![
        (0..8_u8).prop_map(|flags| vec![0, 0, 0, flags]),
        prop::collection::vec(any::<u8>(), 0..200)
    ];
    prop::collection::vec((kind, value), 0..6)
}

proptest! {
    #[test]
    fn no_address_gets_more_than_it_is_owed(
        requests in prop::collection::vec((attributes(), any::<bool>(), 0..4_u8), 1..60),
        has_second_address in any::<bool>(),
    ) {
        let second = has_second_address.then(|| [192, 0, 2, 2].into());
        let mut desk = Desk::new(Endpoints::new(address("192.0.2.1:3478"), second, Some(3479)).unwrap());
        let mut unpaid = 0;
        for (attributes, has_fingerprint, at) in requests.iter().cycle().take(2000) {
            let mut buffer = [0; 2048];
            let mut builder = Builder::new(&mut buffer, Class::Request, METHOD_BINDING, ID).unwrap();
            for (kind, value) in attributes.iter().filter(|it| it.0 != kind::FINGERPRINT) {
                builder.attribute(&Attribute::Unknown(*kind, value)).unwrap();
            }
            if *has_fingerprint {
                builder.fingerprint().unwrap();
            }
            let bytes = builder.finish().to_vec();
            let at = Endpoint { is_second_address: at & 1 != 0 && has_second_address, is_second_port: at & 2 != 0 };
            let Ok((reply, answer)) = desk.ask(&bytes, CLIENT, at) else { continue };
            let told = Message::parse(&answer).unwrap();
            prop_assert_eq!(told.fingerprint() == Fingerprint::Right, *has_fingerprint);
            prop_assert_eq!(reply.to.ip(), address(CLIENT).ip());
            prop_assert!(desk.endpoints.address(reply.from).is_some());
            unpaid += match reply.to == address(CLIENT) {
                true => answer.len().saturating_sub(bytes.len() + binding::ALLOWANCE),
                false => answer.len(),
            };
        }
        prop_assert!(unpaid <= 16 * 1024);
    }
}
