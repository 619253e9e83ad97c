//! Which user of this machine is at the other end of a connection over loopback, as the system's table of sockets says
//! (`/proc/net/tcp`, proc(5)).

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;

/// The administrator, who may do everything anyway.
const ROOT: u32 = 0;
/// `TCP_ESTABLISHED`. Sockets that nobody holds any more are in other states, and seem to be root's.
const ESTABLISHED: &str = "01";

/// Both ends of a connection; the listener gives it to every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The other end.
    pub(crate) peer: SocketAddr,
    /// Ours.
    pub(crate) local: SocketAddr,
}

impl Connection {
    /// Whether the other end belongs to the user of this process, or to root. `false` if the system does not say.
    pub(crate) fn is_own(self) -> bool {
        let Ok(own) = std::fs::metadata("/proc/self").map(|metadata| metadata.uid()) else { return false };
        self.user().is_some_and(|user| user == own || user == ROOT)
    }

    /// The user at the other end; `None` if it is not on this machine, or has closed its socket.
    fn user(self) -> Option<u32> {
        let of = |table: &str, six: bool| {
            let (peer, local) = (key(self.peer, six)?, key(self.local, six)?);
            find(&std::fs::read_to_string(table).ok()?, &peer, &local)
        };
        of("/proc/net/tcp", false).or_else(|| of("/proc/net/tcp6", true))
    }
}

/// An address as the tables write it: words of 32 bits in the machine's order, the port; `None` for one that such a table
/// has not.
fn key(address: SocketAddr, six: bool) -> Option<String> {
    let octets = match (address.ip(), six) {
        (IpAddr::V4(ip), false) => ip.octets().to_vec(),
        (IpAddr::V4(ip), true) => ip.to_ipv6_mapped().octets().to_vec(),
        (IpAddr::V6(ip), true) => Ipv6Addr::octets(&ip).to_vec(),
        (IpAddr::V6(_), false) => return None,
    };
    let mut text = String::new();
    for word in octets.chunks_exact(4) {
        let word = <[u8; 4]>::try_from(word).map(u32::from_ne_bytes).ok()?;
        let _ = write!(text, "{word:08X}");
    }
    let _ = write!(text, ":{:04X}", address.port());
    Some(text)
}

/// The user of the established socket whose own end is `peer` and whose other end is `local`.
fn find(table: &str, peer: &str, local: &str) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let is_it = words.next()? == peer && words.next()? == local && words.next()? == ESTABLISHED;
        // Queues, timer, retransmissions; then the user.
        if is_it { words.nth(3)?.parse().ok() } else { None }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_system_says_who_connects() {
        for at in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(listener) = TcpListener::bind(at) else { continue };
            let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (server, peer) = listener.accept().unwrap();
            let connection = Connection { peer, local: server.local_addr().unwrap() };
            assert_eq!(connection.user(), Some(std::fs::metadata("/proc/self").unwrap().uid()), "{at}");
            assert!(connection.is_own());
            drop(client);
            // The kernel may say root of a socket that nobody holds.
            assert!(!connection.is_own(), "{at}: it is gone");
        }
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn the_table_is_read_by_both_ends_and_the_state() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0100007F:22BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0\n\
            \x20  1: 0100007F:22BB 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0\n\
            \x20  2: 0100007F:9C40 0100007F:22BB 01 00000000:00000000 00:00000000 00000000  1001        0 3 1 0\n\
            \x20  3: 0100007F:9C41 0100007F:22BB 05 00000000:00000000 00:00000000 00000000     0        0 0 1 0\n";
        let of = |port: u16| {
            let key = |port| key(SocketAddr::from(([127, 0, 0, 1], port)), false).unwrap();
            find(table, &key(port), &key(8891))
        };
        assert_eq!((of(40_000), of(40_001), of(40_002)), (Some(1001), None, None));
        let mapped = key(SocketAddr::from(([127, 0, 0, 1], 8891)), true).unwrap();
        assert_eq!(mapped, "0000000000000000FFFF00000100007F:22BB");
    }
}
