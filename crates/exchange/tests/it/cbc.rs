//! Gateways that only know CBC suites, as those of the reference up to 7.8.0 come: OpenSSL limited to
//! `ECDHE-RSA-AES256-SHA384` as the other side, in both directions.

use super::openssl::{s_client_to, write_pair};
use super::world::*;
use mekong_crypto::KeyType;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

const OLD: &str = "ECDHE-RSA-AES256-SHA384";

fn rsa() -> Options {
    Options { key_type: KeyType::Rsa(2048), listens_cbc: true, ..Options::default() }
}

#[tokio::test]
async fn an_old_gateway_connects_to_its_listener_and_to_no_other() -> Outcome {
    let world = World::with(rsa()).await?;
    let addresses = world.provider.addresses;
    let cbc = addresses.cbc.ok_or("no listener")?;
    let registered = &world.consumer.authentication;
    let limited = ["-tls1_2", "-cipher", OLD];
    let told = s_client_to(cbc, registered, &limited).await?;
    assert!(told.contains(OLD) && told.contains("HTTP/1.1 200 OK"), "{told}");
    assert!(told.contains("server.serverproxy.invalid_http_method"), "{told}");
    let told = s_client_to(addresses.provider, registered, &limited).await?;
    assert!(told.contains("alert handshake failure") && !told.contains("HTTP/1.1"), "{told}");
    // GCM is taken where it is offered, older TLS and static RSA never.
    let told = s_client_to(cbc, registered, &["-tls1_2"]).await?;
    assert!(told.contains("ECDHE-RSA-AES256-GCM-SHA384") && told.contains("HTTP/1.1 200 OK"), "{told}");
    for weak in [&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"][..], &["-tls1_2", "-cipher", "AES256-SHA256"]] {
        let told = s_client_to(cbc, registered, weak).await?;
        assert!(!told.contains("HTTP/1.1"), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn who_is_not_registered_does_not_get_in_there_either() -> Outcome {
    let world = World::with(rsa()).await?;
    let cbc = world.provider.addresses.cbc.ok_or("no listener")?;
    let told = s_client_to(cbc, &world.consumer.signing, &["-tls1_2", "-cipher", OLD]).await?;
    assert!(!told.contains("HTTP/1.1"), "{told}");
    let mut none = Command::new("openssl");
    none.args(["s_client", "-connect", &cbc.to_string(), "-tls1_2"]).stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(10), none.output()).await??;
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("alert") && !told.contains("HTTP/1.1"), "{told}");
    Ok(())
}

/// A whole exchange, with our own gateway on both sides.
#[tokio::test]
async fn messages_flow_over_old_suites() -> Outcome {
    for key_type in [KeyType::Rsa(2048), KeyType::P256] {
        let world = World::with(Options { cbc_hosts: vec!["127.0.0.1".into()], key_type, ..rsa() }).await?;
        for size in [0, 10, 1_000_000] {
            let body = vec![b'x'; size];
            let answer = world.ask("POST", &format!("{PERSONS}/echo"), &[CLIENT], &body).await?;
            assert!(answer.status == 200 && answer.body == body, "{answer:?}");
        }
        let (asked, answered) = (world.consumer.handle().counts(), world.provider.handle().counts());
        assert_eq!((asked.cbc, asked.connections, asked.reused), (1, 1, 2));
        assert_eq!((answered.cbc, answered.answered), (1, 3));
    }
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_left_the_directory_is_refused_on_its_open_connection() -> Outcome {
    let mut world = World::with(Options { cbc_hosts: vec!["127.0.0.1".into()], ..rsa() }).await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.laos.parameters.servers[0].auth_cert_hashes.clear();
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(std::sync::Arc::new(global_conf("VN", parameters)?));
    assert_eq!(world.get("/persons/1").await?.status, 500);
    assert_eq!(world.provider.handle().counts().answered, 1);
    Ok(())
}

/// Our message reaches OpenSSL, and what it answers reaches our system.
#[tokio::test]
async fn we_connect_to_an_old_gateway_if_told_to_and_talk_to_no_other_so() -> Outcome {
    for (hosts, reaches) in [(vec!["127.0.0.1".to_owned()], true), (Vec::new(), false)] {
        let port = free_port().await?;
        let world = World::with(Options { cbc_hosts: hosts, provider_port: Some(port), ..rsa() }).await?;
        let folder = tempfile::tempdir()?;
        let (certificate, key) = write_pair(folder.path(), &world.provider.authentication)?;
        let mut server = Command::new("openssl")
            .args(["s_server", "-accept", &format!("127.0.0.1:{port}"), "-tls1_2", "-cipher", OLD, "-Verify", "1"])
            .args(["-verify_quiet", "-quiet", "-naccept", "1", "-keyform", "DER"])
            .args(["-cert", &certificate, "-key", &key])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdin, stdout) = (server.stdin.take().ok_or("no stdin")?, server.stdout.take().ok_or("no stdout")?);
        wait_for(port).await?;
        let served = tokio::spawn(answer(stdin, stdout));
        let got = tokio::time::timeout(Duration::from_secs(15), world.get("/persons/1")).await??;
        if reaches {
            got.fails(500, "server.serverproxy.access_denied");
            let seen = served.await?.ok_or("nothing came")?;
            assert!(seen.contains("POST / HTTP/1.1") && seen.contains("application/x-road-rest-request"), "{seen}");
            assert_eq!(world.consumer.handle().counts().cbc, 1);
        } else {
            got.fails(500, "server.clientproxy.ssl_authentication_failed");
            served.abort();
            assert_eq!(world.consumer.handle().counts().cbc, 0);
        }
        let _ = server.kill().await;
    }
    Ok(())
}

async fn free_port() -> Result<u16, Failure> {
    Ok(tokio::net::TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

/// Until the server listens, seen from the list of sockets: a connection would be its only one.
async fn wait_for(port: u16) -> Outcome {
    let wanted = format!("0100007F:{port:04X} ");
    for _ in 0..200 {
        if std::fs::read_to_string("/proc/net/tcp")?.contains(&wanted) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err("openssl s_server does not listen".into())
}

/// Reads until the signature has come, then answers with a fault as the reference does.
async fn answer(mut stdin: tokio::process::ChildStdin, stdout: tokio::process::ChildStdout) -> Option<String> {
    let (mut seen, mut lines) = (String::new(), BufReader::new(stdout));
    loop {
        let mut line = Vec::new();
        if lines.read_until(b'\n', &mut line).await.ok()? == 0 {
            return None;
        }
        seen.push_str(&String::from_utf8_lossy(&line));
        if seen.contains("</asic:XAdESSignatures>") {
            break;
        }
    }
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><SOAP-ENV:Envelope \
                xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body><SOAP-ENV:Fault>\
                <faultcode>Server.ServerProxy.AccessDenied</faultcode><faultstring>Request is not allowed</faultstring>\
                </SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>";
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=UTF-8\r\nContent-Length: {}\r\n\r\n", body.len());
    stdin.write_all(head.as_bytes()).await.ok()?;
    stdin.write_all(body.as_bytes()).await.ok()?;
    stdin.flush().await.ok()?;
    Some(seen)
}
