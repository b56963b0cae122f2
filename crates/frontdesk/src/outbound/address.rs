//! Which addresses belong to the public internet, in all the ways in which they are written.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// Networks that are reached although they are not public, because the configuration names them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<Network>);

/// An address with the number of its leading bits that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    bits: u8,
}

/// Parts of IPv4 that no public service lives in, by IANA's registry of special-purpose addresses.
const SPECIAL_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

/// Parts of `2000::/3`, the public half of IPv6, that are not: protocols and tunnels, documentation, 6to4, documentation.
const SPECIAL_V6: [([u16; 2], u8); 4] = [
    ([0x2001, 0], 23),
    ([0x2001, 0xdb8], 32),
    ([0x2002, 0], 16),
    ([0x3fff, 0], 20),
];

/// Whether an address belongs to a public service; of one that carries an IPv4 address, whether that does.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4
            .iter()
            .any(|(special, bits)| same(v4.to_bits(), u32::from_be_bytes(*special), *bits)),
        IpAddr::V6(v6) => match carried(v6) {
            Some(v4) => is_public(v4.into()),
            None => is_public_v6(v6),
        },
    }
}

fn is_public_v6(v6: Ipv6Addr) -> bool {
    let [first, second, ..] = v6.segments();
    let head = u32::from(first) << 16 | u32::from(second);
    same(head, 0x2000_0000, 3)
        && !SPECIAL_V6.iter().any(|([first, second], bits)| {
            same(head, u32::from(*first) << 16 | u32::from(*second), *bits)
        })
}

/// The IPv4 address that an IPv4-mapped one, or one of NAT64's well-known prefix, stands for.
fn carried(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let nat64 = v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
    if nat64 {
        let [.., a, b, c, d] = v6.octets();
        return Some(Ipv4Addr::new(a, b, c, d));
    }
    v6.to_ipv4_mapped()
}

fn same(left: u32, right: u32, bits: u8) -> bool {
    (left ^ right).leading_zeros() >= bits.into()
}

impl Networks {
    /// Reads networks and addresses such as `10.0.0.0/8` and `::1`.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let networks = texts.into_iter().map(str::parse);
        networks.collect::<Result<_, _>>().map(Self)
    }

    /// Whether none is named.
    pub(super) fn are_none(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of them holds the address.
    pub(crate) fn hold(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.holds(address))
    }
}

impl Network {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same(own.to_bits(), other.to_bits(), self.bits),
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).leading_zeros() >= self.bits.into()
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not an address or a network: write it like 10.0.0.0/8");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| wrong())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(wrong());
        }
        Ok(Self { address, bits })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for (text, expected) in [
            ("93.184.216.34", true),
            ("1.1.1.1", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("0.0.0.0", false),
            ("10.255.255.255", false),
            ("100.64.0.1", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.19.255.255", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700::1111", true),
            ("2a00:1450:4001:80b::200e", true),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:10.0.0.1", false),
            ("::ffff:93.184.216.34", true),
            ("::ffff:0:127.0.0.1", false),
            ("64:ff9b::127.0.0.1", false),
            ("64:ff9b::169.254.169.254", false),
            ("64:ff9b::93.184.216.34", true),
            ("64:ff9b:1::93.184.216.34", false),
            ("100::1", false),
            ("2001::7f00:1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("2002:a00:1::1", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        let networks = Networks::parse(["10.0.0.0/8", "192.168.1.7", "fd00::/8"]).unwrap();
        for (text, expected) in [
            ("10.9.8.7", true),
            ("::ffff:10.9.8.7", true),
            ("11.0.0.0", false),
            ("192.168.1.7", true),
            ("192.168.1.8", false),
            ("fd00::1", true),
            ("fe00::1", false),
        ] {
            assert_eq!(networks.hold(text.parse().unwrap()), expected, "{text}");
        }
        for wrong in ["10.0.0.0/33", "::/129", "10.0.0", "desk.example", ""] {
            assert!(Networks::parse([wrong]).is_err(), "{wrong}");
        }
    }
}
