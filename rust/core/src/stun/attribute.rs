//! The table of attributes: number, name and form of each, from the registries of RFC 8489 §18.3
//! and RFC 8656 §18.

use super::form::{
    Algorithm, Algorithms, ChannelNumber, ErrorCode, Form, Kinds, MappedAddress, ResponsePort,
    XorMappedAddress,
};
use super::{Malformed, TransactionId};

macro_rules! attributes {
    ($($number:literal $constant:ident $variant:ident($form:ty) $name:literal;)*) => {
        /// Attribute types by their names in the RFCs.
        pub mod kind {
            $(#[doc = $name] pub const $constant: u16 = $number;)*
        }

        /// An attribute with its value taken apart.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Attribute<'a> {
            $(#[doc = $name] $variant($form),)*
            /// Not in the table.
            Unknown(u16, &'a [u8]),
        }

        impl<'a> Attribute<'a> {
            /// The value of an attribute of type `kind`, or `BadValue` if it has another form than that type's.
            pub fn decode(kind: u16, value: &'a [u8], id: &TransactionId) -> Result<Self, Malformed> {
                match kind {
                    $($number => <$form>::decode(value, id).map(Self::$variant),)*
                    _ => return Ok(Self::Unknown(kind, value)),
                }
                .ok_or(Malformed::BadValue(kind))
            }

            pub fn kind(&self) -> u16 {
                match self {
                    $(Self::$variant(_) => $number,)*
                    Self::Unknown(kind, _) => *kind,
                }
            }

            /// Write the value into `out`; None: it does not fit. Returns its length.
            pub(super) fn encode(&self, out: &mut [u8], id: &TransactionId) -> Option<usize> {
                match self {
                    $(Self::$variant(value) => value.encode(out, id),)*
                    Self::Unknown(_, value) => value.encode(out, id),
                }
            }
        }

        /// The name that the RFCs give to an attribute type; None: not in the table.
        pub const fn name(kind: u16) -> Option<&'static str> {
            match kind {
                $($number => Some($name),)*
                _ => None,
            }
        }
    };
}

attributes! {
    // comprehension-required; RFC 5780 §7 for CHANGE-REQUEST, PADDING and RESPONSE-PORT
    0x0001 MAPPED_ADDRESS MappedAddress(MappedAddress) "MAPPED-ADDRESS";
    0x0003 CHANGE_REQUEST ChangeRequest(u32) "CHANGE-REQUEST";
    0x0006 USERNAME Username(&'a str) "USERNAME";
    0x0008 MESSAGE_INTEGRITY MessageIntegrity([u8; 20]) "MESSAGE-INTEGRITY";
    0x0009 ERROR_CODE ErrorCode(ErrorCode<'a>) "ERROR-CODE";
    0x000A UNKNOWN_ATTRIBUTES UnknownAttributes(Kinds<'a>) "UNKNOWN-ATTRIBUTES";
    0x000C CHANNEL_NUMBER ChannelNumber(ChannelNumber) "CHANNEL-NUMBER";
    0x000D LIFETIME Lifetime(u32) "LIFETIME";
    0x0012 XOR_PEER_ADDRESS XorPeerAddress(XorMappedAddress) "XOR-PEER-ADDRESS";
    0x0013 DATA Data(&'a [u8]) "DATA";
    0x0014 REALM Realm(&'a str) "REALM";
    0x0015 NONCE Nonce(&'a [u8]) "NONCE";
    0x0016 XOR_RELAYED_ADDRESS XorRelayedAddress(XorMappedAddress) "XOR-RELAYED-ADDRESS";
    // RFC 8656 §18: family or protocol in the first byte, three bytes for future use
    0x0017 REQUESTED_ADDRESS_FAMILY RequestedAddressFamily([u8; 4]) "REQUESTED-ADDRESS-FAMILY";
    0x0018 EVEN_PORT EvenPort([u8; 1]) "EVEN-PORT";
    0x0019 REQUESTED_TRANSPORT RequestedTransport([u8; 4]) "REQUESTED-TRANSPORT";
    0x001A DONT_FRAGMENT DontFragment(()) "DONT-FRAGMENT";
    0x001C MESSAGE_INTEGRITY_SHA256 MessageIntegritySha256(&'a [u8]) "MESSAGE-INTEGRITY-SHA256";
    0x001D PASSWORD_ALGORITHM PasswordAlgorithm(Algorithm<'a>) "PASSWORD-ALGORITHM";
    0x001E USERHASH Userhash([u8; 32]) "USERHASH";
    0x0020 XOR_MAPPED_ADDRESS XorMappedAddress(XorMappedAddress) "XOR-MAPPED-ADDRESS";
    0x0022 RESERVATION_TOKEN ReservationToken([u8; 8]) "RESERVATION-TOKEN";
    // ICE (RFC 8445 §16.1), for the SFU's connectivity checks
    0x0024 PRIORITY Priority(u32) "PRIORITY";
    0x0025 USE_CANDIDATE UseCandidate(()) "USE-CANDIDATE";
    0x0026 PADDING Padding(&'a [u8]) "PADDING";
    0x0027 RESPONSE_PORT ResponsePort(ResponsePort) "RESPONSE-PORT";
    // RFC 6062 §6.2
    0x002A CONNECTION_ID ConnectionId(u32) "CONNECTION-ID";
    // comprehension-optional
    0x8000 ADDITIONAL_ADDRESS_FAMILY AdditionalAddressFamily([u8; 4]) "ADDITIONAL-ADDRESS-FAMILY";
    0x8001 ADDRESS_ERROR_CODE AddressErrorCode([u8; 4]) "ADDRESS-ERROR-CODE";
    0x8002 PASSWORD_ALGORITHMS PasswordAlgorithms(Algorithms<'a>) "PASSWORD-ALGORITHMS";
    0x8003 ALTERNATE_DOMAIN AlternateDomain(&'a str) "ALTERNATE-DOMAIN";
    // RFC 8656 §18.13: two reserved bytes, type (7 bits) and code (9 bits), error data
    0x8004 ICMP Icmp([u8; 8]) "ICMP";
    0x8022 SOFTWARE Software(&'a str) "SOFTWARE";
    0x8023 ALTERNATE_SERVER AlternateServer(MappedAddress) "ALTERNATE-SERVER";
    0x8028 FINGERPRINT Fingerprint(u32) "FINGERPRINT";
    0x8030 MOBILITY_TICKET MobilityTicket(&'a [u8]) "MOBILITY-TICKET";
    0x8029 ICE_CONTROLLED IceControlled(u64) "ICE-CONTROLLED";
    0x802A ICE_CONTROLLING IceControlling(u64) "ICE-CONTROLLING";
    // RFC 5780 §7
    0x802B RESPONSE_ORIGIN ResponseOrigin(MappedAddress) "RESPONSE-ORIGIN";
    0x802C OTHER_ADDRESS OtherAddress(MappedAddress) "OTHER-ADDRESS";
}
