//! Everything that is counted, in one table. Names ending in `_open` go up and down; all others only go up.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that any thread may change. Relaxed, because nothing is decided by it.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, amount: u64) {
        self.0.fetch_add(amount, Ordering::Relaxed);
    }

    pub(crate) fn increment(&self) {
        self.add(1);
    }

    pub(crate) fn decrement(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

macro_rules! counters {
    ($($name:ident $meaning:literal;)*) => {
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(#[doc = $meaning] pub(crate) $name: Counter,)*
        }

        /// Every counter's name and meaning.
        pub const TABLE: &[(&str, &str)] = &[$((stringify!($name), $meaning),)*];

        impl Counters {
            pub(crate) fn to_json(&self) -> Vec<u8> {
                let mut map = serde_json::Map::new();
                $(map.insert(stringify!($name).to_owned(), self.$name.0.load(Ordering::Relaxed).into());)*
                serde_json::Value::Object(map).to_string().into_bytes()
            }
        }
    };
}

counters! {
    connections_open "TCP connections that are open now.";
    connections_accepted "TCP connections that were let in.";
    connections_refused_per_address "Refused because their address has too many already.";
    connections_refused_total "Refused because there are too many in all.";
    connections_dropped_unidentified "The oldest that had not said what they speak, dropped to make room.";
    connection_panics "Connections that ended by a fault of ours.";
    accept_errors "Times that accepting failed, such as for want of file descriptors.";
    closed_identify_timeout "Closed because they did not say in time what they speak.";
    closed_silent "Closed by the client before they said what they speak.";
    closed_garbage "Closed because they speak no protocol that is served here.";
    closed_head_timeout "Closed because the first HTTP request head did not end in time.";
    closed_stalled "Closed because the client took nothing of what was sent to it.";
    closed_head_too_long "Closed because the first HTTP request head was too long.";
    proxy_headers_accepted "PROXY headers read from trusted load balancers.";
    proxy_headers_missing "Closed: a trusted load balancer sent no PROXY header, or a bad one.";
    proxy_headers_refused "Closed: a PROXY header from someone who is not trusted.";
    tls_handshakes_ok "TLS handshakes that succeeded.";
    tls_handshakes_resumed "Of these, resumed by a ticket.";
    tls_failed_no_certificate "TLS refused because no certificate has been set.";
    tls_failed_client_alert "TLS handshakes ended by an alert of the client, such as for an unknown CA.";
    tls_failed_incompatible "TLS handshakes without a version, cipher or group in common.";
    tls_failed_protocol "TLS handshakes in which the client broke the protocol.";
    tls_failed_closed "TLS handshakes during which the connection was lost.";
    tls_failed_timeout "TLS handshakes that did not end in time; also in closed_identify_timeout.";
    acme_challenges_served "TLS-ALPN-01 challenge certificates shown.";
    http_connections_open "HTTP connections that are open now.";
    http_connections_plain "HTTP connections without TLS.";
    http_connections_tls "HTTP connections over TLS.";
    http_bytes_received "Bytes of HTTP received from clients, without TLS's own.";
    http_bytes_sent "Bytes of HTTP sent to clients, without TLS's own.";
    http_failed "HTTP connections that ended by an error of the network or of the client's TLS.";
    upstream_retries "Times that the application could not be reached and was tried again.";
    upstream_unavailable "Connections answered 503 because the application was not reached.";
    stun_connections_open "STUN connections over TCP or TLS that are open now.";
    stun_connections_tcp "STUN connections over TCP.";
    stun_connections_tls "STUN connections over TLS.";
    stun_answered_udp "Binding requests answered over UDP.";
    stun_answered_tcp "Binding requests answered over TCP.";
    stun_answered_tls "Binding requests answered over TLS.";
    stun_unknown_attributes "Of all answers, those with error 420.";
    stun_dropped_malformed "STUN messages dropped: not well-formed.";
    stun_dropped_fingerprint "STUN messages dropped: wrong FINGERPRINT.";
    stun_dropped_over_budget "STUN answers not sent to another port, or too long: their address has had enough of them.";
    stun_dropped_method "STUN requests dropped: a method that is not served.";
    stun_dropped_indication "STUN indications, which have no answer.";
    stun_dropped_response "STUN responses, for which nothing was asked.";
    stun_closed_garbage "STUN connections closed because something else came.";
    stun_closed_idle "STUN connections closed because nothing came.";
    udp_bytes_received "Bytes of UDP payload received.";
    udp_bytes_sent "Bytes of UDP payload sent.";
    udp_stun "Datagrams received that are STUN.";
    udp_dtls "Datagrams dropped that are DTLS.";
    udp_rtp "Datagrams dropped that are RTP or RTCP.";
    udp_turn_channel "Datagrams dropped that are TURN ChannelData.";
    udp_quic "Datagrams dropped that are QUIC.";
    udp_zrtp "Datagrams dropped that are ZRTP.";
    udp_unknown "Datagrams dropped that are nothing known.";
    udp_receive_errors "Times that receiving a datagram failed.";
    udp_send_errors "Answers that the system did not take.";
    relay_allocations_udp_open "Allocations of clients over UDP that there are now.";
    relay_allocations_tcp_open "Allocations of clients over TCP that there are now.";
    relay_allocations_tls_open "Allocations of clients over TLS that there are now.";
    relay_allocations_made "Allocations made.";
    relay_allocations_refused "Requests for an allocation that were refused.";
    relay_challenged "Answers that asked for credentials or a fresh nonce.";
    relay_unauthorized "Requests with wrong credentials.";
    relay_peers_denied "Requests for a permission to where nothing is relayed.";
    relay_packets_to_peers "Packets relayed from clients.";
    relay_bytes_to_peers "Bytes relayed from clients, without headers.";
    relay_packets_to_client "Packets relayed to clients.";
    relay_bytes_to_client "Bytes relayed to clients, without headers.";
    relay_packets_joined "Of the packets from clients, those that went straight to another client.";
    relay_connected_sockets_open "Relayed addresses with a socket of its own for their busiest peer.";
    relay_bind_failures "Relayed addresses that could not be bound.";
    relay_send_errors "Packets to peers that the system did not take.";
    relay_dropped_malformed "Packets dropped: neither STUN nor ChannelData, or not well-formed.";
    relay_dropped_not_served "Messages dropped: a class or method that a relay does not get.";
    relay_dropped_no_allocation "Packets dropped: without an allocation.";
    relay_dropped_no_channel "Packets dropped: on a channel that is not bound.";
    relay_dropped_no_permission "Packets dropped: to or from a peer without permission.";
    relay_dropped_denied "Packets dropped: to the relay's own control addresses.";
    relay_dropped_over_rate "Packets dropped: beyond what a user or address may send and receive.";
    relay_dropped_over_budget "Answers to strangers not sent: their address has had enough of them.";
    relay_dropped_in_progress "Requests dropped: sent again while the first was being worked on.";
    relay_dropped_no_room "Packets dropped: too long for a header.";
    relay_dropped_no_sibling "Packets dropped: to a relayed address of ours that nobody has, or whose thread is behind.";
    relay_dropped_queue_full "Packets dropped: the oldest for clients over TCP or TLS that read too slowly.";
    relay_panics "Times that a fault of ours ended an allocation or a connection of the relay.";
    events_dropped "Events dropped because nobody fetched those before them.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_counter_of_the_table_is_in_the_json() {
        let counters = Counters::default();
        counters.tls_handshakes_ok.add(3);
        let json: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(&counters.to_json()).unwrap();
        assert_eq!(json.len(), TABLE.len());
        assert_eq!(json["tls_handshakes_ok"], 3);
    }
}
