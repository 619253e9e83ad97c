//! Loopback addresses for the demo's servers: one each, with the usual ports (docs/decisions/0003).

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

/// Port of systems' requests to their gateway.
pub(crate) const CLIENT_PORT: u16 = 8080;
/// Port of messages between gateways.
pub(crate) const MESSAGE_PORT: u16 = 5500;
/// Port where a gateway hands out OCSP responses for its certificates.
pub(crate) const OCSP_PORT: u16 = 5577;
/// Port of a gateway's administration.
pub(crate) const CONSOLE_PORT: u16 = 4000;
/// Port of trust services, directories and registers.
pub(crate) const SERVICE_PORT: u16 = 8081;

/// Third bytes of the countries' networks: their telephone codes, +84 and +856.
const VIETNAM: u8 = 84;
const LAOS: u8 = 85;

/// Last byte of the address whose listener claims a block.
const GUARD: u8 = 254;

/// A block 127.N.0.0/16 of loopback addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Block(u8);

/// A block that is this process's as long as the claim lives: two demos that start at the same time cannot take one.
pub(crate) struct Claim {
    /// The block.
    pub(crate) block: Block,
    _guard: TcpListener,
}

/// The servers of one country.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    block: Block,
    country: u8,
}

impl Block {
    /// Takes the first block that no demo has and in which no program listens on the demo's ports.
    pub(crate) fn claim_first_free() -> Option<Claim> {
        (0..=250).map(Self).find_map(Self::claim)
    }

    /// Takes this block for this process, if it is free.
    pub(crate) fn claim(self) -> Option<Claim> {
        let guard = TcpListener::bind(SocketAddr::new(self.country("VN").host(GUARD), SERVICE_PORT)).ok()?;
        let free = [VIETNAM, LAOS].into_iter().all(|country| {
            let addresses = Addresses { block: self, country };
            addresses.all().into_iter().all(|address| TcpListener::bind(address).is_ok())
        });
        free.then_some(Claim { block: self, _guard: guard })
    }

    /// The addresses of a country by its instance identifier.
    pub(crate) fn country(self, instance: &str) -> Addresses {
        Addresses { block: self, country: if instance == "VN" { VIETNAM } else { LAOS } }
    }
}

impl Addresses {
    fn host(self, server: u8) -> IpAddr {
        IpAddr::V4(Ipv4Addr::new(127, self.block.0, self.country, server))
    }

    /// Certification authority, OCSP responder and time-stamping authority.
    pub(crate) fn trust(self) -> SocketAddr {
        SocketAddr::new(self.host(1), SERVICE_PORT)
    }

    /// Directory.
    pub(crate) fn directory(self) -> SocketAddr {
        SocketAddr::new(self.host(2), SERVICE_PORT)
    }

    /// Population register.
    pub(crate) fn register(self) -> SocketAddr {
        SocketAddr::new(self.host(3), SERVICE_PORT)
    }

    /// The service that answers with what it was sent ([`super::country::ECHO`]).
    pub(crate) fn echo(self) -> SocketAddr {
        SocketAddr::new(self.host(6), SERVICE_PORT)
    }

    /// Where a server of this country is when something stands before it at its own address.
    pub(crate) fn behind(self, front: SocketAddr) -> SocketAddr {
        let IpAddr::V4(host) = front.ip() else { return front };
        let [_, _, _, server] = host.octets();
        SocketAddr::new(self.host(server.saturating_add(100)), front.port())
    }

    /// A service that its ministry registered and never switched on.
    pub(crate) fn switched_off(self) -> SocketAddr {
        SocketAddr::new(self.host(4), SERVICE_PORT)
    }

    /// Gateway of the ministry that keeps the register.
    pub(crate) fn keeper(self) -> IpAddr {
        self.keeper_of(1)
    }

    /// Gateway of the ministry that asks.
    pub(crate) fn asker(self) -> IpAddr {
        self.asker_of(1)
    }

    /// Gateway with this number, 1 or 2, of the ministry that keeps the register.
    pub(crate) fn keeper_of(self, gateway: u8) -> IpAddr {
        self.host(9_u8.saturating_add(gateway.saturating_mul(2)))
    }

    /// Gateway with this number, 1 or 2, of the ministry that asks.
    pub(crate) fn asker_of(self, gateway: u8) -> IpAddr {
        self.host(10_u8.saturating_add(gateway.saturating_mul(2)))
    }

    /// Witness of the other country's ledgers.
    pub(crate) fn witness(self) -> SocketAddr {
        SocketAddr::new(self.host(5), SERVICE_PORT)
    }

    fn all(self) -> Vec<SocketAddr> {
        let gateways = [1, 2].into_iter().flat_map(|number| [self.keeper_of(number), self.asker_of(number)]);
        let ports = [CLIENT_PORT, MESSAGE_PORT, OCSP_PORT, CONSOLE_PORT];
        let gateways = gateways.flat_map(|host| ports.map(|port| SocketAddr::new(host, port)));
        [self.trust(), self.directory(), self.register(), self.witness(), self.echo()]
            .into_iter()
            .chain(gateways)
            .collect()
    }
}
