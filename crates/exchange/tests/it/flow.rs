//! Exchanges that succeed, and what they leave behind.

use super::world::*;
use mekong_authority::tsp_client::TspClient;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_exchange::messagelog::{Part, Side, stamp_by_http};
use mekong_message::evidence::{Trust, verify_file};

#[tokio::test]
async fn a_person_is_asked_for_across_the_border() -> Outcome {
    let world = World::start().await?;
    let headers = [CLIENT, ("X-Road-Id", "message-1"), ("X-Road-UserId", "LA12")];
    let answer = world.ask("GET", &format!("{PERSONS}/persons/42"), &headers, b"").await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json()["id"], "42");
    assert_eq!(answer.header("x-road-id"), "message-1");
    assert_eq!(answer.header("x-road-client"), "LA/GOV/MOHA/civil");
    assert_eq!(answer.header("x-road-service"), "VN/GOV/MPS/population/persons");
    assert_eq!(answer.header("x-road-request-id").len(), 36);
    assert_eq!(answer.header("x-road-request-hash").len(), 88);
    for (node, side, peer) in [
        (&world.consumer, Side::Consumer, &world.provider.server),
        (&world.provider, Side::Provider, &world.consumer.server),
    ] {
        let records = node.log.find("message-1").await?;
        assert_eq!(
            records.iter().map(|r| (r.part, r.status)).collect::<Vec<_>>(),
            [(Part::Request, None), (Part::Response, Some(200))]
        );
        for record in records {
            assert_eq!((record.side, record.peer.as_deref()), (side, Some(peer.to_string().as_str())));
            assert_eq!(record.operation, "GET /persons/{..}");
            assert_eq!(
                (record.client.as_str(), record.service.as_str()),
                ("LA/GOV/MOHA/civil", "VN/GOV/MPS/population/persons")
            );
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_service_sees_what_was_sent_and_no_more() -> Outcome {
    let world = World::start().await?;
    let headers = [
        CLIENT,
        ("X-Own", "Việt"),
        ("User-Agent", "x"),
        ("Connection", "x-hop"),
        ("X-Hop", "1"),
        ("X-Road-Request-Id", "forged"),
    ];
    let answer = world.ask("OPTIONS", &format!("{PERSONS}/seen?a=1&b=%20"), &headers, b"").await?;
    let seen = answer.json();
    assert_eq!(
        (seen["method"].as_str(), seen["target"].as_str()),
        (Some("OPTIONS"), Some("/seen?a=1&b=%20")),
        "{answer:?}"
    );
    let pairs: Vec<(String, String)> = serde_json::from_value(seen["headers"].clone())?;
    let value = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    assert_eq!(value("x-own"), Some("Việt"));
    assert_eq!(value("x-road-client"), Some("LA/GOV/MOHA/civil"));
    assert!(value("x-road-id").is_some_and(|id| id.starts_with("LA-")));
    assert_eq!(value("x-road-request-id"), Some(answer.header("x-road-request-id")));
    assert_eq!((value("x-hop"), value("user-agent")), (None, None));
    Ok(())
}

#[tokio::test]
async fn bodies_of_every_size_come_back() -> Outcome {
    let world = World::start().await?;
    for size in [1, 1_000, 64 << 10, (64 << 10) + 1, 1 << 20] {
        let body: Vec<u8> = (0..size).map(|i: usize| (i % 251) as u8).collect();
        let headers = [CLIENT, ("Content-Type", "application/octet-stream")];
        let answer = world.ask("POST", &format!("{PERSONS}/echo"), &headers, &body).await?;
        assert_eq!((answer.status, answer.body.len()), (200, size), "{}", answer.code());
        assert_eq!(answer.body, body);
        assert_eq!(answer.header("content-type"), "application/octet-stream");
    }
    // A line that looks like a boundary, and an empty body with a content type.
    let tricky = b"\r\n--xtop\r\ncontent-type: signature/bdoc-1.0/ts\r\n\r\n--xtop--\r\n";
    let answer = world.ask("PUT", &format!("{PERSONS}/echo"), &[CLIENT], tricky).await?;
    assert_eq!(answer.body, &tricky[..]);
    let empty = world.ask("POST", &format!("{PERSONS}/echo"), &[CLIENT], b"").await?;
    assert_eq!((empty.status, empty.body.len(), empty.header("content-type")), (200, 0, "x/none"));
    assert_eq!((world.consumer.spooled(), world.provider.spooled()), (0, 0));
    Ok(())
}

#[tokio::test]
async fn answers_of_every_status_pass() -> Outcome {
    let world = World::start().await?;
    let missing = world.get("/missing").await?;
    assert_eq!((missing.status, &missing.body[..], missing.code().as_str()), (404, &b"no such person"[..], ""));
    let redirect = world.get("/redirect").await?;
    assert_eq!((redirect.status, redirect.header("location")), (302, "/secret"));
    let head = world.ask("HEAD", &format!("{PERSONS}/persons/1"), &[CLIENT], b"").await?;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let wrong_method = world.ask("DELETE", &format!("{PERSONS}/persons/1"), &[CLIENT], b"").await?;
    assert_eq!(wrong_method.status, 405);
    Ok(())
}

#[tokio::test]
async fn connections_and_verified_chains_are_used_again() -> Outcome {
    let world = World::start().await?;
    for _ in 0..5 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    let asked = world.consumer.handle().counts();
    assert_eq!((asked.asked, asked.connections, asked.reused), (5, 1, 4));
    assert_eq!((asked.chains_verified, asked.chains_remembered), (1, 4));
    let answered = world.provider.handle().counts();
    assert_eq!((answered.answered, answered.chains_verified, answered.chains_remembered), (5, 1, 4));
    Ok(())
}

#[tokio::test]
async fn without_reuse_every_message_has_its_connection() -> Outcome {
    let world = World::with(Options { reuse: false, ..Options::default() }).await?;
    for _ in 0..3 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    let counts = world.consumer.handle().counts();
    assert_eq!((counts.connections, counts.resumed, counts.reused), (3, 2, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_ask_at_once() -> Outcome {
    let world = World::start().await?;
    let address = world.consumer.addresses.consumer;
    let asking = (0..40).map(|i| async move {
        let body = vec![b'x'; i * 4_000];
        let answer =
            ask(address, "POST", &format!("{PERSONS}/echo"), &[CLIENT], &body).await.map_err(|e| e.to_string())?;
        if answer.status == 200 && answer.body == body { Ok(()) } else { Err(answer.code()) }
    });
    for ended in futures_util::future::join_all(asking).await {
        ended?;
    }
    assert_eq!(world.consumer.handle().counts().chains_verified, 1);
    assert_eq!(world.consumer.log.recent(1000).await?.len(), 80);
    assert_eq!(world.provider.log.recent(1000).await?.len(), 80);
    Ok(())
}

#[tokio::test]
async fn rsa_keys_work_too() -> Outcome {
    let world = World::with(Options { key_type: KeyType::Rsa(2048), ..Options::default() }).await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_evidence_of_both_sides_is_verified_offline() -> Outcome {
    let world = World::start().await?;
    let headers = [CLIENT, ("X-Road-Id", "m")];
    let answer = world.ask("POST", &format!("{PERSONS}/echo"), &headers, b"a body").await?;
    assert_eq!(answer.status, 200);
    let http = mekong_authority::http::Client::new(mekong_authority::http::Limits::default());
    let directory = world.consumer.directory.borrow().clone();
    let timestampers: Vec<_> =
        ["LA", "VN"].iter().flat_map(|i| directory.timestampers(i)).map(|t| t.certificate.clone()).collect();
    for (node, country) in [(&world.consumer, &world.laos), (&world.provider, &world.vietnam)] {
        let approved = (vec![country.tsa_url()], vec![country.authority.tsa().certificate().clone()]);
        node.log.start_stamping(stamp_by_http(TspClient::new(http.clone()), move || approved.clone()));
        node.log.stamp_now().await?;
        for part in [Part::Request, Part::Response] {
            let evidence = node.log.export("m", part).await?;
            let trust = |instance: &str| directory.trust(instance).cloned();
            let trust = Trust { of: &trust, timestampers: &timestampers };
            let verdict = verify_file(&evidence.bytes, &ContainerLimits::default(), Some(&trust));
            assert_eq!((verdict.valid, verdict.reason), (Some(true), "ok"), "{verdict:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn both_messages_of_a_change_are_logged_on_both_sides() -> Outcome {
    let world = World::start().await?;
    let headers = [CLIENT, ("X-Road-Id", "m")];
    assert_eq!(world.ask("POST", &format!("{PERSONS}/echo"), &headers, b"x").await?.status, 200);
    for (node, peer) in [(&world.consumer, &world.provider.server), (&world.provider, &world.consumer.server)] {
        let records = node.log.find("m").await?;
        assert_eq!(records.iter().map(|r| r.part).collect::<Vec<_>>(), [Part::Request, Part::Response]);
        assert!(records.iter().all(|r| r.peer.as_deref() == Some(peer.to_string().as_str())));
    }
    Ok(())
}

#[tokio::test]
async fn the_handle_tells_the_state() -> Outcome {
    let world = World::start().await?;
    world.get("/persons/1").await?;
    let status = world.provider.handle().status();
    assert_eq!(status.server, world.provider.server);
    assert_eq!(status.certificates.len(), 2);
    assert!(status.certificates.iter().all(|c| c.ocsp_problem.is_none()), "{status:?}");
    assert_eq!(status.certificates[1].purpose, "VN/GOV/MPS");
    assert_eq!((status.refusing, status.counts.answered), (None, 1));
    assert_eq!(status.clients[0].0, population());
    Ok(())
}

#[tokio::test]
async fn a_stop_lets_the_exchange_under_way_end() -> Outcome {
    let world = World::start().await?;
    let address = world.consumer.addresses.consumer;
    let asking = tokio::spawn(async move {
        let answer = ask(address, "GET", &format!("{PERSONS}/slow"), &[CLIENT], b"").await;
        answer.map(|a| a.status).map_err(|e| e.to_string())
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    world.consumer.gateway.stop().await;
    assert_eq!(asking.await?, Ok(200));
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_stop_lets_an_exchange_end_whose_asker_has_gone() -> Outcome {
    use tokio::io::AsyncWriteExt;
    let world = World::start().await?;
    let mut stream = tokio::net::TcpStream::connect(world.consumer.addresses.consumer).await?;
    let head =
        format!("GET {PERSONS}/slow HTTP/1.1\r\nHost: x\r\nX-Road-Client: LA/GOV/MOHA/civil\r\nX-Road-Id: m\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    drop(stream);
    world.consumer.gateway.stop().await;
    assert_eq!(world.consumer.log.find("m").await?.len(), 2, "logged before the stop was over");
    Ok(())
}

#[tokio::test]
async fn gateways_ask_each_other_for_ocsp_responses() -> Outcome {
    let world = World::start().await?;
    let address = world.provider.addresses.ocsp;
    assert_eq!(ask(address, "HEAD", "/", &[], b"").await?.status, 200);
    assert_eq!(ask(address, "POST", "/", &[], b"").await?.status, 405);
    assert_eq!(ask(address, "GET", "/?cert=zz", &[], b"").await?.status, 400);
    assert_eq!(ask(address, "GET", "/", &[], b"").await?.status, 400);
    let unknown = ask(address, "GET", &format!("/?cert={}", "00".repeat(20)), &[], b"").await?;
    assert_eq!(unknown.status, 500);
    let hash = hex::encode(world.provider.authentication.certificate.fingerprint(DigestAlgorithm::Sha1));
    let known = ask(address, "GET", &format!("/?cert={hash}&cert_hash=ignored"), &[], b"").await?;
    assert_eq!(known.status, 200);
    assert!(known.header("content-type").starts_with("multipart/related; type=\"application/ocsp-response\""));
    Ok(())
}
