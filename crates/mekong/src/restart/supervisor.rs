//! What systemd is told, if it supervises the node (`Type=notify`, sd_notify(3)), and the sockets that it made for it
//! (`LISTEN_FDS`, sd_listen_fds(3)).

use crate::cli::{CommandError, Context};
use listenfd::ListenFd;
use std::ffi::OsStr;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};

/// The listening sockets that systemd made.
///
/// # Errors
/// In words, if one is no listening TCP socket.
pub(crate) fn sockets() -> Result<Vec<TcpListener>, CommandError> {
    let mut passed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..passed.len() {
        sockets.extend(passed.take_tcp_listener(number).context(|| "use a socket of systemd (only TCP is served)")?);
    }
    Ok(sockets)
}

/// The node serves.
pub(crate) fn ready() {
    tell("READY=1\n");
}

/// The node ends.
pub(crate) fn stopping() {
    tell("STOPPING=1\n");
}

/// Another process goes on.
pub(crate) fn goes_on_as(process: u32) {
    tell(&format!("MAINPID={process}\nREADY=1\n"));
}

/// Something to read for people.
pub(crate) fn status(text: &str) {
    tell(&format!("STATUS={}\n", text.replace('\n', " ")));
}

fn tell(text: &str) {
    let Some(place) = std::env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(&place, text) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// The socket is a path, or after an `@` a name without one.
fn send(place: &OsStr, text: &str) -> std::io::Result<()> {
    let address = match place.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(place)?,
    };
    UnixDatagram::unbound()?.send_to_addr(text.as_bytes(), &address).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_where_it_listens() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("notify");
        let by_path = UnixDatagram::bind(&path)?;
        let name = format!("mekong-test-{}", std::process::id());
        let by_name = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name)?)?;
        send(path.as_os_str(), "READY=1\n")?;
        send(OsStr::new(&format!("@{name}")), "STOPPING=1\n")?;
        let mut heard = [0; 32];
        let length = by_path.recv(&mut heard)?;
        assert_eq!(heard.get(..length), Some(&b"READY=1\n"[..]));
        let length = by_name.recv(&mut heard)?;
        assert_eq!(heard.get(..length), Some(&b"STOPPING=1\n"[..]));
        Ok(())
    }
}
