//! `IPv4Network` and its kin: an address with a prefix or a mask, read as Python's `ipaddress` reads it.

use std::net::IpAddr;

use super::python::Py;
use super::trouble::Trouble;

/// Which versions of IP are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    Four,
    Six,
    Any,
}

/// A type of networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    version: Version,
    /// An interface may have bits behind its prefix, a network may not.
    interface: bool,
}

impl Network {
    /// The type that a format names.
    pub(super) fn of(format: &str) -> Option<Self> {
        let (version, rest) = [("ipv4", Version::Four), ("ipv6", Version::Six), ("ipvany", Version::Any)]
            .into_iter()
            .find_map(|(start, version)| Some((version, format.strip_prefix(start)?)))?;
        match rest {
            "network" => Some(Self { version, interface: false }),
            "interface" => Some(Self { version, interface: true }),
            _ => None,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        let class = if self.interface { "Interface" } else { "Network" };
        let number = match self.version {
            Version::Four => "4",
            Version::Six => "6",
            Version::Any => "",
        };
        (class, number)
    }

    pub(super) fn label(self) -> String {
        let (class, number) = self.words();
        if self.version == Version::Any {
            return "function-plain[_validate()]".to_owned();
        }
        let function = class.to_ascii_lowercase();
        format!(
            "lax-or-strict[lax=function-plain[ip_v{number}_{function}_validator()],strict=json-or-python[\
             json=function-after[IPv{number}{class}(), str],python=is-instance[IPv{number}{class}]]]"
        )
    }

    pub(super) fn take(self, input: &Py) -> Result<(), Trouble> {
        let fits = match input {
            Py::Str(text) => self.reads(text),
            Py::Int(digits) => digits
                .parse::<u128>()
                .is_ok_and(|number| self.version != Version::Four || number <= u128::from(u32::MAX)),
            Py::Bool(_) => true,
            _ => false,
        };
        if fits {
            return Ok(());
        }
        let (class, number) = self.words();
        let function = class.to_ascii_lowercase();
        let (kind, message) = match (self.version, self.interface) {
            (Version::Four, false) => {
                ("ip_v4_network", format!("Input is not a valid IPv{number} {function}"))
            }
            (Version::Four, true) => {
                ("ip_v4_interface", format!("Input is not a valid IPv{number} {function}"))
            }
            (Version::Six, false) => {
                ("ip_v6_network", format!("Input is not a valid IPv{number} {function}"))
            }
            (Version::Six, true) => {
                ("ip_v6_interface", format!("Input is not a valid IPv{number} {function}"))
            }
            (Version::Any, false) => {
                ("ip_any_network", format!("value is not a valid IPv4 or IPv6 {function}"))
            }
            (Version::Any, true) => {
                ("ip_any_interface", format!("value is not a valid IPv4 or IPv6 {function}"))
            }
        };
        Err(Trouble::plain(kind, &message, input))
    }

    fn reads(self, text: &str) -> bool {
        let (address, mask) = text.split_once('/').map_or((text, None), |(a, m)| (a, Some(m)));
        let Ok(address) = address.parse::<IpAddr>() else { return false };
        let (bits, number) = match address {
            IpAddr::V4(four) => (32, u128::from(u32::from(four))),
            IpAddr::V6(six) => (128, u128::from(six)),
        };
        let wanted = match self.version {
            Version::Four => bits == 32,
            Version::Six => bits == 128,
            Version::Any => true,
        };
        let Some(prefix) = prefix(mask, bits) else { return false };
        let host = if prefix == 0 { u128::MAX } else { (1u128 << (bits - prefix)) - 1 };
        wanted && (self.interface || number & host & (u128::MAX >> (128 - bits)) == 0)
    }
}

/// How many bits a prefix or a mask leaves fixed; all without one.
fn prefix(mask: Option<&str>, bits: u32) -> Option<u32> {
    let Some(mask) = mask else { return Some(bits) };
    if !mask.is_empty() && mask.bytes().all(|b| b.is_ascii_digit()) {
        return mask.parse().ok().filter(|prefix| *prefix <= bits);
    }
    // A mask in dots is one of IPv4, with its ones on either side.
    let mask = u32::from(mask.parse::<std::net::Ipv4Addr>().ok().filter(|_| bits == 32)?);
    let ones = mask.leading_ones();
    if mask.checked_shl(ones).unwrap_or(0) == 0 {
        return Some(ones);
    }
    let zeros = mask.leading_zeros();
    (mask.trailing_ones() + zeros == 32).then_some(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked of CPython 3.11.
    #[test]
    fn networks_are_taken_and_refused_as_by_python() {
        for (format, text, fits) in [
            ("ipv4network", "10.0.0.0/8", true),
            ("ipv4network", "10.0.0.1/8", false),
            ("ipv4interface", "10.0.0.1/8", true),
            ("ipv4network", "10.0.0.1", true),
            ("ipv4network", "10.0.0.0/255.0.0.0", true),
            ("ipv4network", "10.0.0.0/0.255.255.255", true),
            ("ipv4network", "10.0.0.0/33", false),
            ("ipv4network", "0.0.0.0/0", true),
            ("ipv4network", "::/0", false),
            ("ipv6network", "fe80::/10", true),
            ("ipv6network", "::/0", true),
            ("ipv6network", "fe80::1/10", false),
            ("ipvanynetwork", "::1/128", true),
            ("ipvanyinterface", "10.0.0.1/", false),
        ] {
            let network = Network::of(format).unwrap();
            assert_eq!(network.take(&Py::from(text)).is_ok(), fits, "{format} {text}");
        }
        assert_eq!(Network::of("ipv4"), None);
    }
}
