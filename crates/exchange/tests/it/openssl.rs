//! OpenSSL as the other gateway: TLS 1.2 with GCM, as gateways of the reference speak it.

use super::world::*;
use mekong_exchange::gateway::KeyPair;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

async fn s_client(world: &World, pair: &KeyPair, protocol: &[&str]) -> Result<String, Failure> {
    s_client_to(world.provider.addresses.provider, pair, protocol).await
}

/// Writes certificate (PEM) and key (DER) for OpenSSL, and returns where.
pub fn write_pair(folder: &Path, pair: &KeyPair) -> Result<(String, String), Failure> {
    let (certificate, key) = (folder.join("c.pem"), folder.join("k.der"));
    std::fs::write(&certificate, pair.certificate.pem())?;
    std::fs::write(&key, pair.key.to_pkcs8()?.as_slice())?;
    Ok((certificate.display().to_string(), key.display().to_string()))
}

/// Connects to a listener for gateways, sends a request, and returns what OpenSSL tells.
pub async fn s_client_to(address: SocketAddr, pair: &KeyPair, protocol: &[&str]) -> Result<String, Failure> {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = write_pair(folder.path(), pair)?;
    let mut child = Command::new("openssl")
        .arg("s_client")
        .args(["-connect", &address.to_string(), "-ign_eof", "-keyform", "DER"])
        .arg("-cert")
        .arg(&certificate)
        .arg("-key")
        .arg(&key)
        .args(protocol)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().ok_or("no stdin")?;
    let _ = stdin.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let output = tokio::time::timeout(std::time::Duration::from_secs(10), child.wait_with_output()).await??;
    drop(stdin);
    Ok(format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn gateways_of_the_reference_can_connect() -> Outcome {
    let world = World::start().await?;
    let registered = &world.consumer.authentication;
    let tls12 = ["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"];
    for (protocol, expected) in [(&tls12[..], "TLSv1.2"), (&["-tls1_3"], "TLSv1.3")] {
        let told = s_client(&world, registered, protocol).await?;
        assert!(told.contains(expected) && told.contains("HTTP/1.1 200 OK"), "{told}");
        assert!(told.contains("server.serverproxy.invalid_http_method"), "{told}");
    }
    let told = s_client(&world, &world.consumer.signing, &tls12).await?;
    assert!(told.contains("alert") && !told.contains("HTTP/1.1"), "{told}");
    Ok(())
}

/// Whoever makes both sides speak older TLS, or suites without authenticated encryption or forward secrecy, ends the
/// handshake.
#[tokio::test]
async fn older_tls_and_weak_suites_are_refused() -> Outcome {
    let world = World::start().await?;
    let registered = &world.consumer.authentication;
    for protocol in [
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"][..],
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-SHA384"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "AES256-GCM-SHA384"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0"],
    ] {
        let told = s_client(&world, registered, protocol).await?;
        assert!(told.contains("alert") && !told.contains("HTTP/1.1"), "{protocol:?}: {told}");
    }
    assert!(s_client(&world, registered, &["-tls1_2"]).await?.contains("HTTP/1.1 200 OK"));
    Ok(())
}

/// Gateways of the reference resume sessions of TLS 1.2 by their identifiers.
#[tokio::test]
async fn gateways_of_the_reference_resume_their_sessions() -> Outcome {
    let world = World::start().await?;
    let registered = &world.consumer.authentication;
    for flags in [&["-tls1_2", "-reconnect", "-no_ticket"][..], &["-tls1_2", "-reconnect"]] {
        let before = world.provider.handle().counts();
        let told = s_client(&world, registered, flags).await?;
        assert!(told.contains("Reused, TLSv1.2"), "{told}");
        let after = world.provider.handle().counts();
        assert!(after.accepted_resumed > before.accepted_resumed, "{after:?}");
    }
    Ok(())
}
