//! Information systems on both ends that err or fail, in good faith.

use super::world::*;
use mekong_exchange::messagelog::Part;
use std::time::Duration;

async fn service(url: String) -> Result<World, Failure> {
    World::with(Options { service_url: Some(url), ..Options::default() }).await
}

#[tokio::test]
async fn requests_that_are_none_are_refused() -> Outcome {
    let world = World::start().await?;
    for (method, target, headers, code) in [
        ("GET", "/", &[CLIENT][..], "client.not_found"),
        ("GET", "/r2/VN/GOV/MPS/population/persons", &[CLIENT], "client.invalid_request"),
        ("GET", "/r1/VN/GOV/MPS/population", &[CLIENT], "client.invalid_request"),
        ("GET", "/r1/VN//MPS/population/persons", &[CLIENT], "client.invalid_client_identifier"),
        ("GET", "/r1/VN/%2e%2e/MPS/population/persons", &[CLIENT], "client.invalid_client_identifier"),
        ("BREW", "/r1/VN/GOV/MPS/population/persons", &[CLIENT], "client.invalid_http_method"),
        ("GET", PERSONS, &[], "client.missing_header"),
        ("GET", PERSONS, &[("X-Road-Client", "")], "client.missing_header"),
        ("GET", PERSONS, &[CLIENT, CLIENT], "client.duplicate_header_field"),
        ("GET", PERSONS, &[CLIENT, ("X-Road-Represented-Party", "a/b/c")], "client.invalid_request"),
        ("GET", PERSONS, &[CLIENT, ("Upgrade", "websocket")], "client.bad_request"),
    ] {
        let answer = world.ask(method, target, headers, b"").await?;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{method} {target}");
    }
    assert!(world.consumer.log.recent(10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn services_that_are_down_slow_or_wrong_are_told() -> Outcome {
    let world = World::start().await?;
    let ask = |service: &'static str| {
        let world = &world;
        async move { world.ask("GET", &format!("/r1/VN/GOV/MPS/population/{service}"), &[CLIENT], b"").await }
    };
    let answer = ask("nowhere/x").await?;
    answer.fails(500, "server.serverproxy.service_failed.network_error");
    assert!(
        !String::from_utf8_lossy(&answer.body).contains("127.0.0.1"),
        "the address of the service is nobody's business"
    );
    ask("wrongly/x").await?.fails(500, "server.serverproxy.service_malformed_url");
    ask("slow/slow").await?.fails(500, "server.serverproxy.service_failed.network_error.timed_out");
    world.get("/huge").await?.fails(500, "server.serverproxy.service_failed.http_error");
    assert_eq!((world.consumer.spooled(), world.provider.spooled()), (0, 0));
    // What was asked is logged even where there is no answer.
    for node in [&world.consumer, &world.provider] {
        let records = node.log.recent(10).await?;
        assert_eq!(records.len(), 4);
        assert!(records.iter().all(|r| r.part == Part::Request));
    }
    Ok(())
}

#[tokio::test]
async fn answers_that_are_not_http_are_told() -> Outcome {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nname with blanks: x\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 700 What\r\nContent-Length: 0\r\n\r\n",
    ] {
        let world = service(canned(answer, Duration::from_millis(20)).await?).await?;
        let got = world.get("/x").await?;
        let text = String::from_utf8_lossy(answer).into_owned();
        assert_eq!(
            (got.status, got.code().as_str()),
            (500, "server.serverproxy.service_failed.http_error"),
            "{text}: {got:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_service_that_stops_in_the_middle_is_told() -> Outcome {
    let url = canned(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", Duration::from_secs(20)).await?;
    let world = service(url).await?;
    world.get("/x").await?.fails(500, "server.serverproxy.service_failed.network_error.timed_out");
    Ok(())
}

#[tokio::test]
async fn headers_of_an_answer_are_cleaned() -> Outcome {
    let answer = b"HTTP/1.1 201 Made So\r\nServer: secret/1\r\nKeep-Alive: timeout=5\r\nX-Road-Id: forged\r\n\
        X-Two: 1\r\nX-Two: 2\r\nContent-Length: 2\r\n\r\nok";
    let world = service(canned(answer, Duration::ZERO).await?).await?;
    let got = world.ask("GET", &format!("{PERSONS}/x"), &[CLIENT, ("x-road-id", "mine")], b"").await?;
    assert_eq!((got.status, &got.body[..]), (201, &b"ok"[..]));
    assert_eq!((got.header("server"), got.header("keep-alive"), got.header("x-road-id")), ("", "", "mine"));
    assert_eq!(got.headers.get_all("x-two").iter().count(), 2);
    Ok(())
}

#[tokio::test]
async fn what_was_begun_is_logged_though_the_system_hangs_up() -> Outcome {
    use tokio::io::AsyncWriteExt;
    let url = canned(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Duration::ZERO).await?;
    for (method, slow) in [("GET", true), ("POST", false)] {
        let world = if slow { World::start().await? } else { service(url.clone()).await? };
        let mut stream = tokio::net::TcpStream::connect(world.consumer.addresses.consumer).await?;
        let path = if slow { "/slow" } else { "/x" };
        let head = format!(
            "{method} {PERSONS}{path} HTTP/1.1\r\nHost: x\r\nX-Road-Client: LA/GOV/MOHA/civil\r\nX-Road-Id: m\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        tokio::time::sleep(Duration::from_millis(if slow { 500 } else { 100 })).await;
        drop(stream);
        tokio::time::sleep(Duration::from_millis(4_000)).await;
        for node in [&world.consumer, &world.provider] {
            assert_eq!(node.log.find("m").await?.len(), 2, "{method} at {}", node.server);
        }
    }
    Ok(())
}

#[tokio::test]
async fn refusals_reach_senders_of_large_bodies() -> Outcome {
    let world = World::start().await?;
    let body = vec![b'x'; 1 << 20];
    let nobody = [("X-Road-Client", "LA/GOV/MOHA/nobody")];
    world
        .ask("POST", &format!("{PERSONS}/echo"), &nobody, &body)
        .await?
        .fails(500, "server.clientproxy.unknown_member");
    let other = [("X-Road-Client", "LA/GOV/MOHA/other")];
    let denied = world.ask("POST", &format!("{PERSONS}/echo"), &other, &body).await?;
    denied.fails(500, "server.serverproxy.access_denied");
    // With the ids under which this side has it.
    let logged = world.consumer.log.recent(1).await?;
    let logged = logged.first().ok_or("nothing was logged")?;
    assert_eq!(denied.header("x-road-request-id"), logged.request_id);
    assert_eq!(denied.header("x-road-id"), logged.message_id);
    Ok(())
}
