//! Everything that is refused for what the directory, the authorities or the rights say.

use super::world::*;
use mekong_authority::ca::RevocationReason;
use mekong_directory::shared::Maintenance;
use mekong_exchange::gateway::{Callers, LocalClient};
use mekong_exchange::messagelog::Part;
use mekong_exchange::wire::fault::Dialect;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;

const HOUR: Duration = Duration::from_secs(3600);

async fn ask_as(world: &World, client: &str) -> Result<Answer, Failure> {
    world.ask("GET", &format!("{PERSONS}/persons/1"), &[("X-Road-Client", client)], b"").await
}

async fn ask_for(world: &World, service: &str) -> Result<Answer, Failure> {
    world.ask("GET", &format!("/r1/{service}"), &[CLIENT], b"").await
}

#[tokio::test]
async fn unknown_clients_are_refused() -> Outcome {
    let mut world = World::start().await?;
    ask_as(&world, "LA/GOV/MOHA/nobody").await?.fails(500, "server.clientproxy.unknown_member");
    ask_as(&world, "LA/GOV/MOHA").await?.fails(500, "server.clientproxy.unknown_member");
    ask_as(&world, "LA/GOV/../x").await?.fails(400, "client.invalid_client_identifier");
    world.laos.parameters.servers[0].clients.clear();
    world.publish()?;
    ask_as(&world, "LA/GOV/MOHA/civil").await?.fails(500, "server.clientproxy.unknown_member");
    Ok(())
}

#[tokio::test]
async fn only_its_own_systems_ask_in_a_clients_name() -> Outcome {
    let world =
        World::with(Options { callers: Callers::Addresses(vec!["10.1.1.1".parse()?]), ..Options::default() }).await?;
    world.get("/persons/1").await?.fails(500, "server.clientproxy.access_denied");
    world.consumer.handle().set_clients(vec![LocalClient {
        callers: Callers::Addresses(vec!["127.0.0.1".parse()?]),
        ..LocalClient::consumer(civil())
    }]);
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn unknown_providers_and_services_are_refused() -> Outcome {
    let mut world = World::start().await?;
    ask_for(&world, "VN/GOV/MPS/nothing/x").await?.fails(500, "server.clientproxy.unknown_member");
    ask_for(&world, "KH/GOV/MPS/population/x").await?.fails(500, "server.clientproxy.unknown_member");
    ask_for(&world, "VN/GOV/MPS/population/nothing").await?.fails(500, "server.serverproxy.unknown_service");
    ask_for(&world, "VN/GOV/MPS/population/archive").await?.fails(500, "server.serverproxy.service_disabled");
    world.vietnam.parameters.servers[0].clients.clear();
    world.publish()?;
    ask_for(&world, "VN/GOV/MPS/population/persons").await?.fails(500, "server.clientproxy.unknown_member");
    Ok(())
}

#[tokio::test]
async fn a_provider_that_left_the_directory_does_not_answer() -> Outcome {
    let mut world = World::start().await?;
    world.vietnam.parameters.servers[0].clients.clear();
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
    world.get("/persons/1").await?.fails(500, "server.serverproxy.unknown_member");
    Ok(())
}

#[tokio::test]
async fn the_wanted_gateway_must_be_one_of_the_providers() -> Outcome {
    let world = World::start().await?;
    let with = |server: &'static str| {
        let world = &world;
        async move {
            let headers = [CLIENT, ("X-Road-Security-Server", server)];
            world.ask("GET", &format!("{PERSONS}/persons/1"), &headers, b"").await
        }
    };
    assert_eq!(with("VN/GOV/MPS/gw-vn").await?.status, 200);
    with("VN/GOV/MPS/gw-other").await?.fails(500, "server.clientproxy.invalid_security_server");
    with("LA/GOV/MOHA/gw-la").await?.fails(500, "server.clientproxy.invalid_security_server");
    Ok(())
}

#[tokio::test]
async fn without_a_right_nobody_may() -> Outcome {
    let mut world = World::start().await?;
    ask_as(&world, "LA/GOV/MOHA/other").await?.fails(500, "server.serverproxy.access_denied");
    ask_for(&world, "VN/GOV/MPS/population/households/persons/1").await?.fails(500, "server.serverproxy.access_denied");
    let group = "VN/GOV/MPS/population/group/persons/1";
    ask_for(&world, group).await?.fails(500, "server.serverproxy.access_denied");
    world.vietnam.parameters.groups[0].members.push(civil());
    world.publish()?;
    assert_eq!(ask_for(&world, group).await?.status, 200);
    // A refusal reached the provider and is evidence of what was asked, here only.
    let records = world.consumer.log.recent(100).await?;
    assert_eq!(records.iter().filter(|r| r.part == Part::Request).count(), 4);
    assert_eq!(world.provider.log.recent(100).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn rights_by_method_and_path_cannot_be_walked_around() -> Outcome {
    let world = World::start().await?;
    let public = |method: &'static str, path: &'static str| {
        let world = &world;
        async move { world.ask(method, &format!("/r1/VN/GOV/MPS/population/public{path}"), &[CLIENT], b"").await }
    };
    assert_eq!(public("GET", "/public/laws").await?.body, "laws");
    for (method, path) in [
        ("POST", "/public/laws"),
        ("GET", "/secret"),
        ("GET", "/public/../secret"),
        ("GET", "/public/%2e%2e/secret"),
        ("GET", "/public/%2E%2E%2Fsecret"),
        ("GET", "/public/%252e%252e/secret"),
        ("GET", "/public/..%5csecret"),
        ("GET", "/public/..;/secret"),
        ("GET", "/public/x%2F..%2F..%2Fsecret"),
        ("GET", "/public/x%2Fy"),
        ("GET", "//public/laws"),
        ("GET", "/public/%00"),
    ] {
        let answer = public(method, path).await?;
        assert_eq!(answer.code(), "server.serverproxy.access_denied", "{method} {path}: {answer:?}");
    }
    // Even who may call everything of a service may not leave it.
    world.get("/persons/%2e%2e/secret").await?.fails(500, "server.serverproxy.access_denied");
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_is_not_registered_does_not_get_in() -> Outcome {
    let mut world = World::start().await?;
    world.laos.parameters.servers[0].auth_cert_hashes = vec![vec![7; 32]];
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
    world.get("/persons/1").await?.fails(500, "server.clientproxy.ssl_authentication_failed");
    Ok(())
}

#[tokio::test]
async fn a_client_that_is_not_registered_at_the_asking_gateway_does_not_get_in() -> Outcome {
    let mut world = World::start().await?;
    world.laos.parameters.servers[0].clients.clear();
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
    world.get("/persons/1").await?.fails(500, "server.serverproxy.ssl_authentication_failed");
    Ok(())
}

#[tokio::test]
async fn the_providers_certificate_must_be_of_a_gateway_of_the_provider() -> Outcome {
    let mut world = World::start().await?;
    world.vietnam.parameters.servers[0].auth_cert_hashes = vec![vec![7; 32]];
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.consumer.directory.send_replace(Arc::new(global_conf("LA", parameters)?));
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.ssl_authentication_failed");
    assert!(answer.json()["message"].as_str().is_some_and(|m| m.contains("of no registered gateway")));
    Ok(())
}

#[tokio::test]
async fn another_instance_cannot_claim_a_gateways_certificate() -> Outcome {
    let mut world = World::start().await?;
    let mut false_claim = world.laos.parameters.servers[0].clone();
    false_claim.id.server = "gw-claimed".into();
    false_claim.auth_cert_hashes = world.vietnam.parameters.servers[0].auth_cert_hashes.clone();
    false_claim.clients = Vec::new();
    world.laos.parameters.servers.push(false_claim);
    world.publish()?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_authority_that_is_not_approved_proves_nothing() -> Outcome {
    let mut world = World::start().await?;
    let lao = world.laos.parameters.authorities.clone();
    world.laos.parameters.authorities = world.vietnam.parameters.authorities.clone();
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
    let code = "server.serverproxy.ssl_authentication_failed.cannot_create_cert_path";
    world.get("/persons/1").await?.fails(500, code);
    world.laos.parameters.authorities = lao;
    world.vietnam.parameters.authorities.clear();
    world.publish()?;
    world.get("/persons/1").await?.fails(500, "server.clientproxy.ssl_authentication_failed.cannot_create_cert_path");
    Ok(())
}

#[tokio::test]
async fn revoked_certificates_are_refused() -> Outcome {
    let world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    let now = world.clock.now();
    let serial = world.provider.authentication.certificate.serial().to_vec();
    world.vietnam.authority.revoke(&serial, RevocationReason::KeyCompromise, now)?;
    // What was proven good stays so for the freshness that the directory allows, one hour, and no longer.
    world.advance(2 * HOUR);
    let answer = world.get("/persons/1").await?;
    assert!(answer.code().starts_with("server.clientproxy.ssl_authentication_failed"), "{answer:?}");
    assert!(answer.json()["message"].as_str().is_some_and(|m| m.contains("revoked")), "{answer:?}");

    let serial = world.consumer.signing.certificate.serial().to_vec();
    world.laos.authority.revoke(&serial, RevocationReason::KeyCompromise, world.clock.now())?;
    world.advance(2 * HOUR);
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.cannot_create_signature");
    assert!(answer.json()["message"].as_str().is_some_and(|m| m.contains("revoked")), "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn a_gateway_does_not_ask_with_expired_certificates_of_its_own() -> Outcome {
    let world = World::with(Options { validity: (Some(HOUR), None), ..Options::default() }).await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.advance(HOUR + Duration::from_secs(1));
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.ssl_authentication_failed");
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("our certificate") && message.contains("renew it"), "{message}");
    assert!(world.provider.log.recent(10).await?.len() == 2, "nothing more than the first exchange arrived");
    Ok(())
}

#[tokio::test]
async fn a_provider_with_expired_certificates_is_not_sent_anything() -> Outcome {
    let world = World::with(Options { validity: (None, Some(HOUR)), ..Options::default() }).await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.advance(HOUR + Duration::from_secs(1));
    let answer = world.get("/persons/1").await?;
    assert!(answer.code().starts_with("server.clientproxy.ssl_authentication_failed"), "{answer:?}");
    assert_eq!(answer.status, 500);
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("VN/GOV/MPS/gw-vn") && message.contains("is valid from"), "{message}");
    assert!(world.provider.log.recent(10).await?.len() == 2, "nothing more than the first exchange arrived");
    Ok(())
}

#[tokio::test]
async fn an_expired_directory_is_not_relied_on() -> Outcome {
    let world = World::start().await?;
    world.advance(401 * 24 * HOUR);
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.global_conf_outdated");
    assert!(world.consumer.handle().status().refusing.is_some_and(|r| r.contains("expired")));
    Ok(())
}

#[tokio::test]
async fn ocsp_outages_are_bridged_while_responses_are_fresh() -> Outcome {
    let world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.laos.silence();
    world.vietnam.silence();
    world.advance(HOUR / 2);
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.advance(HOUR);
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.ssl_authentication_failed");
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("no OCSP response") && message.contains("/ocsp"), "{message}");
    Ok(())
}

#[tokio::test]
async fn an_ocsp_outage_on_the_providers_side_is_told() -> Outcome {
    let world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.vietnam.silence();
    world.advance(2 * HOUR);
    let answer = world.get("/persons/1").await?;
    assert!(answer.code().starts_with("server.clientproxy.ssl_authentication_failed"), "{answer:?}");
    let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.contains("VN/GOV/MPS/gw-vn"), "{message}");
    Ok(())
}

#[tokio::test]
async fn those_who_wait_for_a_silent_gateway_do_not_wait_for_each_other() -> Outcome {
    use tokio::io::AsyncReadExt;
    let world = World::start().await?;
    world.provider.gateway.stop().await;
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    // In its place: TLS as before, and an OCSP port that takes questions and says nothing for a second.
    let silent = TcpListener::bind(at(world.provider.addresses.ocsp.port())).await?;
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = silent.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1000]).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            });
        }
    });
    let tls = TcpListener::bind(at(world.provider.addresses.provider.port())).await?;
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(super::hostile_providers::server_config(
        &world.provider.authentication,
        &world.vietnam,
    )?));
    tokio::spawn(async move {
        while let Ok((stream, _)) = tls.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let _open = acceptor.accept(stream).await;
                tokio::time::sleep(Duration::from_secs(10)).await;
            });
        }
    });
    let began = std::time::Instant::now();
    let consumer = world.consumer.addresses.consumer;
    let asking = (0..10).map(|_| ask_persons(consumer));
    for answer in futures_of(asking).await {
        assert!(answer?.starts_with("server.clientproxy.ssl_authentication_failed"));
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(asked.load(Ordering::SeqCst) < 5, "asked {} times", asked.load(Ordering::SeqCst));
    Ok(())
}

async fn ask_persons(consumer: SocketAddr) -> Result<String, String> {
    let answer = ask(consumer, "GET", &format!("{PERSONS}/persons/1"), &[CLIENT], b"").await;
    answer.map(|a| a.code()).map_err(|e| e.to_string())
}

/// All of them at once.
async fn futures_of(
    all: impl Iterator<Item = impl Future<Output = Result<String, String>> + Send + 'static>,
) -> Vec<Result<String, String>> {
    let tasks: tokio::task::JoinSet<_> = all.collect();
    tasks.join_all().await
}

#[tokio::test]
async fn messages_stop_when_time_stamps_fail_for_too_long_and_flow_again() -> Outcome {
    use mekong_exchange::messagelog::stamp_by_http;
    let world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    let node = &world.provider;
    node.log.start_stamping(Arc::new(|_, _| Box::pin(async { Err("the authority is silent".to_owned()) })));
    assert!(node.log.stamp_now().await.is_err());
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.advance(HOUR + Duration::from_secs(1));
    world.get("/persons/1").await?.fails(500, "server.serverproxy.timestamping_failed.timestamper_failed");
    let log = &world.consumer.log;
    log.start_stamping(Arc::new(|_, _| Box::pin(async { Err("the authority is silent".to_owned()) })));
    assert!(log.stamp_now().await.is_err());
    world.advance(HOUR + Duration::from_secs(1));
    let answer = world.get("/persons/1").await?;
    answer.fails(500, "server.clientproxy.timestamping_failed.timestamper_failed");
    assert!(answer.json()["message"].as_str().is_some_and(|m| m.contains("the authority is silent")));
    for (node, country) in [(&world.consumer, &world.laos), (&world.provider, &world.vietnam)] {
        let http = mekong_authority::http::Client::new(mekong_authority::http::Limits::default());
        let approved = (vec![country.tsa_url()], vec![country.authority.tsa().certificate().clone()]);
        node.log.start_stamping(stamp_by_http(mekong_authority::tsp_client::TspClient::new(http), move || {
            approved.clone()
        }));
        node.log.stamp_now().await?;
    }
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn gateways_that_are_down_are_told() -> Outcome {
    let world = World::start().await?;
    world.provider.gateway.stop().await;
    let asked = ask(world.consumer.addresses.consumer, "GET", &format!("{PERSONS}/persons/1"), &[CLIENT], b"").await?;
    asked.fails(500, "server.clientproxy.network_error");
    Ok(())
}

#[tokio::test]
async fn other_gateways_of_the_provider_are_tried() -> Outcome {
    let mut world = World::start().await?;
    let mut dead = world.vietnam.parameters.servers[0].clone();
    dead.id.server = "gw-dead".into();
    dead.address = Some("127.0.0.99".into());
    dead.auth_cert_hashes = vec![vec![9; 32]];
    let mut resting = dead.clone();
    resting.id.server = "gw-resting".into();
    resting.maintenance = Some(Maintenance { message: None });
    resting.auth_cert_hashes = vec![vec![8; 32]];
    world.vietnam.parameters.servers.insert(0, dead);
    world.vietnam.parameters.servers.insert(0, resting);
    world.publish()?;
    for _ in 0..3 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    assert_eq!(world.consumer.handle().counts().connections, 1);
    Ok(())
}

#[tokio::test]
async fn old_gateways_get_the_old_spelling() -> Outcome {
    let world = World::with(Options { dialect: Dialect::Camel, ..Options::default() }).await?;
    ask_as(&world, "LA/GOV/MOHA/nobody").await?.fails(500, "Server.ClientProxy.UnknownMember");
    ask_as(&world, "LA/GOV/MOHA/other").await?.fails(500, "Server.ServerProxy.AccessDenied");
    let xml = [CLIENT, ("Accept", "application/xml")];
    let answer = world.ask("GET", "/r1/VN/GOV/MPS/population/nothing", &xml, b"").await?;
    assert_eq!((answer.status, answer.header("content-type")), (500, "application/xml;charset=utf-8"));
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(body.contains("<type>Server.ServerProxy.UnknownService</type>"), "{body}");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_logged_does_not_pass() -> Outcome {
    let world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    world.provider.log.close().await?;
    world.get("/persons/1").await?.fails(500, "server.serverproxy.logging_failed.database_error");
    world
        .ask("POST", &format!("{PERSONS}/echo"), &[CLIENT], b"x")
        .await?
        .fails(500, "server.serverproxy.logging_failed.database_error");
    let world = World::start().await?;
    world.consumer.log.close().await?;
    world.get("/persons/1").await?.fails(500, "server.clientproxy.logging_failed.database_error");
    Ok(())
}
