//! RFC 8489 §9.2.

use super::*;

#[test]
fn a_stranger_is_challenged_and_a_user_is_let_in_whatever_the_style() {
    for style in [Style::Md5, Style::Sha256, Style::Hashed] {
        let mut desk = Desk::with(Settings::default(), false);
        let mut anna = Client { style, ..Client::anna() };
        let challenge = anna.ask(&mut desk, ALLOCATE, &[UDP]).unwrap();
        assert_eq!(code(&challenge), 401);
        assert_eq!(value(&challenge, kind::REALM), Some(Attribute::Realm(REALM)));
        assert!(anna.nonce.starts_with(b"obMatJos2wAAD") && anna.nonce.len() < 128);
        let offered = Attribute::PasswordAlgorithms(Algorithms::new(&[0, 2, 0, 0, 0, 1, 0, 0]));
        assert_eq!(value(&challenge, kind::PASSWORD_ALGORITHMS), Some(offered));
        for absent in
            [kind::USERNAME, kind::USERHASH, kind::MESSAGE_INTEGRITY, kind::MESSAGE_INTEGRITY_SHA256]
        {
            assert_eq!(value(&challenge, absent), None);
        }
        assert_eq!(anna.code(&mut desk, ALLOCATE, &[UDP]), 200);
        assert_eq!(desk.events[0].username.as_ref(), "anna");
    }
}

#[test]
fn anonymity_is_not_offered_where_names_are_made_by_others() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]).unwrap();
    assert!(anna.nonce.starts_with(b"obMatJos2gAAB"));
}

#[test]
fn wrong_passwords_names_and_realms_are_401() {
    let mut desk = Desk::new();
    for (username, password) in [("anna", "wrong"), ("nobody", "secret"), ("", ""), ("berta", "secret")] {
        let mut client = Client::new(username, password, "1.1.1.1:1000");
        assert_eq!(client.code(&mut desk, ALLOCATE, &[UDP]), 401);
    }
    assert_eq!(desk.server.allocation_count(), 0);
    assert_eq!(desk.server.counters().unauthorized, 4);
}

#[test]
fn integrity_without_the_rest_is_400() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.ask(&mut desk, ALLOCATE, &[UDP]);
    let nonce = anna.nonce.clone();
    let all = [Attribute::Username("anna"), Attribute::Realm(REALM), Attribute::Nonce(&nonce)];
    for missing in 0..3 {
        let mut buffer = [0; 512];
        let mut builder = Builder::new(&mut buffer, Class::Request, ALLOCATE, [1; 12]).unwrap();
        builder.attribute(&UDP).unwrap();
        all.iter()
            .enumerate()
            .filter(|(at, _)| *at != missing)
            .for_each(|(_, it)| builder.attribute(it).unwrap());
        builder.message_integrity(&anna.key()).unwrap();
        let answer = anna.ask_bytes(&mut desk, builder.finish()).unwrap();
        assert_eq!(code(&answer), 400);
        assert_eq!(value(&answer, kind::NONCE), None);
    }
}

#[test]
fn an_algorithm_needs_the_offer_and_the_offer_an_algorithm() {
    let offer: &[u8] = &[0, 2, 0, 0, 0, 1, 0, 0];
    let struck: &[u8] = &[0, 1, 0, 0];
    for (algorithm, algorithms, expected) in [
        (None, None, 200),
        (Some(1), Some(offer), 200),
        // What a man in the middle would have to leave behind to bid down.
        (Some(1), Some(struck), 400),
        (Some(1), None, 400),
        (None, Some(offer), 400),
        (Some(3), Some(offer), 400),
    ] {
        let mut desk = Desk::new();
        let mut anna = Client::anna();
        anna.ask(&mut desk, ALLOCATE, &[UDP]);
        let nonce = anna.nonce.clone();
        let mut buffer = [0; 512];
        let mut builder = Builder::new(&mut buffer, Class::Request, ALLOCATE, [1; 12]).unwrap();
        for it in [UDP, Attribute::Username("anna"), Attribute::Realm(REALM), Attribute::Nonce(&nonce)] {
            builder.attribute(&it).unwrap();
        }
        if let Some(number) = algorithm {
            builder.attribute(&Attribute::PasswordAlgorithm(Algorithm { number, parameters: &[] })).unwrap();
        }
        if let Some(algorithms) = algorithms {
            builder.attribute(&Attribute::PasswordAlgorithms(Algorithms::new(algorithms))).unwrap();
        }
        builder.message_integrity(&anna.key()).unwrap();
        let answer = anna.ask_bytes(&mut desk, builder.finish()).unwrap();
        assert_eq!(code(&answer), expected);
        let message = Message::parse(&answer).unwrap();
        if expected == 200 {
            // Whoever names an algorithm is answered with the better MAC.
            let is_right = match algorithm {
                None => message.is_integrity_sha1_right(&anna.key()),
                Some(_) => message.is_integrity_sha256_right(&anna.key()),
            };
            assert_eq!(is_right, Some(true));
        }
    }
}

#[test]
fn a_nonce_ends_and_the_new_one_works() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    desk.pass(599);
    assert_eq!(anna.code(&mut desk, REFRESH, &[]), 200);
    desk.pass(2);
    let stale = anna.nonce.clone();
    let answer = anna.ask(&mut desk, REFRESH, &[]).unwrap();
    assert_eq!(code(&answer), 438);
    assert_eq!(value(&answer, kind::REALM), Some(Attribute::Realm(REALM)));
    assert!(value(&answer, kind::PASSWORD_ALGORITHMS).is_some() && anna.nonce != stale);
    assert_eq!(anna.code(&mut desk, REFRESH, &[]), 200);
}

#[test]
fn a_nonce_from_another_address_or_port_is_stale() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    for from in ["1.1.1.1:1001", "1.1.1.2:1000"] {
        let mut thief = Client { nonce: anna.nonce.clone(), ..Client::new("anna", "secret", from) };
        assert_eq!(thief.code(&mut desk, ALLOCATE, &[UDP]), 438);
    }
}

#[test]
fn time_limited_names_hold_until_their_end_and_calls_outlive_them() {
    let mut desk = Desk::new();
    for (secret, ends_at, expected) in [
        ("north", 1_700_000_060_u64, 200),
        ("old", 1_700_000_060, 200),
        ("wrong", 1_700_000_060, 401),
        ("north", 1_700_000_000, 401),
    ] {
        let username = format!("{ends_at}:carla");
        let password = time_limited_password(secret.as_bytes(), &username);
        let mut carla = Client::new(&username, &password, &format!("3.3.3.3:{}", 1000 + desk.now.ms % 100));
        desk.now.ms += 1;
        assert_eq!(carla.code(&mut desk, ALLOCATE, &[UDP]), expected);
        if expected == 200 {
            let mut later = carla.clone();
            let now = desk.now;
            desk.now.unix_s += 120;
            assert_eq!(later.code(&mut desk, REFRESH, &[]), 200);
            later.tuple = FiveTuple::new(address("3.3.3.3:9"), address(SERVER), Transport::Udp);
            later.nonce.clear();
            assert_eq!(later.code(&mut desk, ALLOCATE, &[UDP]), 401);
            desk.now = now;
        }
    }
}

#[test]
fn another_user_gets_nothing_done_on_an_allocation() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    let mut berta = Client::new("berta", "other secret", "1.1.1.1:1000");
    assert_eq!(berta.code(&mut desk, REFRESH, &[Attribute::Lifetime(0)]), 441);
    assert_eq!(berta.permit(&mut desk, PEER), 441);
    assert_eq!(berta.bind(&mut desk, 0x4000, PEER), 441);
    assert_eq!(berta.code(&mut desk, ALLOCATE, &[UDP]), 437);
    assert_eq!(desk.server.allocation_count(), 1);
}

#[test]
fn what_follows_the_integrity_counts_for_nothing() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    anna.allocate(&mut desk);
    let mut request = anna.build(REFRESH, &[]);
    request.extend_from_slice(&[0, 0x0D, 0, 4, 0, 0, 0, 0]);
    let length = request.len() as u16 - 20;
    request[2..4].copy_from_slice(&length.to_be_bytes());
    let answer = anna.ask_bytes(&mut desk, &request).unwrap();
    assert_eq!(value(&answer, kind::LIFETIME), Some(Attribute::Lifetime(600)));
    assert_eq!(desk.server.allocation_count(), 1);
}

#[test]
fn strangers_over_udp_get_a_trickle_and_over_streams_an_answer_each() {
    let mut desk = Desk::new();
    let mut forged = Client::anna();
    let mut excess = 0;
    for _ in 0..5000 {
        let request = forged.build(ALLOCATE, &[UDP]);
        forged.nonce.clear();
        excess += forged.ask_bytes(&mut desk, &request).map_or(0, |answer| answer.len() - request.len());
        forged.nonce.clear();
    }
    assert!((100..=16 * 1024).contains(&excess), "{excess}");
    assert!(desk.server.counters().dropped(Dropped::OverBudget) > 4000);
    let mut honest = Client::over(Transport::Tls, "anna", "secret", "1.1.1.1:1000");
    assert_eq!(honest.code(&mut desk, ALLOCATE, &[UDP]), 200);
}

#[test]
fn a_challenge_has_no_word_too_many() {
    let mut desk = Desk::new();
    let mut anna = Client::anna();
    let challenge = anna.ask(&mut desk, ALLOCATE, &[UDP]).unwrap();
    assert_eq!(challenge.len(), 20 + 8 + 16 + 32 + 12);
}

#[test]
fn a_name_may_be_as_long_as_old_clients_have_it() {
    for (length, expected) in [(763, 200), (764, 401)] {
        let mut desk = Desk::new();
        let username = "x".repeat(length);
        desk.server.credentials_mut().add_user(&username, "secret");
        let mut client = Client::new(&username, "secret", "1.1.1.1:1");
        assert_eq!(client.code(&mut desk, ALLOCATE, &[UDP]), expected);
    }
}

/// First Allocates as they were recorded: docs/decisions/0009 says what answering them costs.
#[test]
fn what_real_clients_are_answered_is_as_long_as_told() {
    for (request, length) in [
        // Chromium 156.
        ("000300082112a4426143777559755449784a484e0019000411000000", 88),
        // Firefox 153.
        ("000300182112a44201820f643e8921b1e6ed54080019000411000000000d000400000e108028000401cf4013", 96),
        // coturn's turnutils_uclient.
        (
            "000300202112a44217739ca78829466e4a0eb15c0019000411000000000d00040000030900180001800000008028\
             00044e6e5123",
            96,
        ),
    ] {
        let bytes: Vec<u8> = (0..request.len() / 2)
            .map(|at| u8::from_str_radix(&request[2 * at..2 * at + 2], 16).unwrap())
            .collect();
        let mut desk = Desk::new();
        let answer = Client::anna().ask_bytes(&mut desk, &bytes).unwrap();
        assert_eq!((code(&answer), answer.len()), (401, length));
    }
}

#[test]
fn rfc8489_b1_request_is_read_and_its_integrity_holds() {
    let text = include_str!("../../../../../vectors/turn/rfc8489-b.1-request-long-term-sha256.hex");
    let bytes: Vec<u8> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect();
    let message = Message::parse(&bytes).unwrap();
    let fields = super::super::request::Fields::of(&message).unwrap();
    assert_eq!(fields.userhash, Some(userhash("マトリックス", REALM)));
    assert_eq!((fields.realm, fields.nonce.map(<[u8]>::len)), (Some(REALM), Some(41)));
    assert_eq!(fields.algorithm, Some(Algorithm { number: 2, parameters: &[] }));
    let key = Key::long_term_sha256("マトリックス", REALM, "TheMatrIX");
    assert_eq!(message.is_integrity_sha256_right(&key), Some(true));
}

#[test]
fn a_user_or_secret_that_is_removed_lets_nobody_in() {
    let mut desk = Desk::new();
    let username = "1700000060:carla";
    let password = time_limited_password(b"north", username);
    let mut carla = Client::new(username, &password, "3.3.3.3:3");
    Client::anna().allocate(&mut desk);
    carla.allocate(&mut desk);
    desk.server.credentials_mut().remove_user("anna");
    desk.server.credentials_mut().remove_shared_secret(b"north");
    assert_eq!(Client::new("anna", "secret", "1.1.1.1:2").code(&mut desk, ALLOCATE, &[UDP]), 401);
    assert_eq!(carla.code(&mut desk, REFRESH, &[]), 401);
    assert_eq!(Client::berta().code(&mut desk, ALLOCATE, &[UDP]), 200);
}
