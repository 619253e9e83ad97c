//! A registered gateway that lies: real TLS and keys, messages of its own making.

use super::liar::*;
use super::world::*;
use mekong_authority::tsp_client::TspClient;
use mekong_base::MemberId;
use mekong_base::limits::ContainerLimits;
use mekong_exchange::messagelog::{Part, stamp_by_http};
use mekong_exchange::wire::transport::Encoder;
use mekong_message::evidence::{Trust, verify_file};
use std::sync::Arc;
use std::time::Duration;

const MINE: &str = "server.serverproxy.";

#[tokio::test]
async fn a_good_message_is_answered() -> Outcome {
    let world = World::start().await?;
    let liar = Liar::new(&world)?;
    assert_eq!(liar.send(liar.encode(&liar.sign()?)).await?, "ok");
    Ok(())
}

#[tokio::test]
async fn tampered_parts_are_found() -> Outcome {
    let world = World::start().await?;
    let mut liar = Liar::new(&world)?;
    let signature = liar.sign()?;
    let good_body = liar.body.clone();
    let unlinked = format!("{MINE}signature_verification.malformed_signature.invalid_hash_chain_ref");
    for body in [Some(b"another".to_vec()), None, Some(Vec::new())] {
        liar.body = body;
        let code = liar.send(liar.encode(&signature)).await?;
        assert!(code.starts_with(&format!("{MINE}signature_verification.")), "{code}");
    }
    liar.body = good_body;
    liar.message.push_str("x-added:1\r\n");
    assert_eq!(liar.send(liar.encode(&signature)).await?, unlinked);

    let mut alone = Liar::new(&world)?;
    alone.body = None;
    let signature = alone.sign()?;
    alone.message = alone.message.replace("/echo", "/echi");
    let invalid = format!("{MINE}signature_verification.invalid_signature_value");
    assert_eq!(alone.send(alone.encode(&signature)).await?, invalid);

    let alone = Liar { body: None, ..Liar::new(&world)? };
    let mut signature = alone.sign()?;
    let at = signature.signature_xml.find("<ds:SignatureValue").unwrap();
    let value = at + signature.signature_xml[at..].find('>').unwrap() + 10;
    let other = if &signature.signature_xml[value..=value] == "A" { "B" } else { "A" };
    signature.signature_xml.replace_range(value..=value, other);
    assert_eq!(alone.send(alone.encode(&signature)).await?, invalid);
    signature.signature_xml = "not XML".into();
    assert_eq!(alone.send(alone.encode(&signature)).await?, format!("{MINE}signature_verification.invalid_xml"));
    signature.signature_xml = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>".into();
    assert_eq!(alone.send(alone.encode(&signature)).await?, format!("{MINE}signature_verification.invalid_xml"));
    signature.signature_xml = "<a>".repeat(10_000);
    assert_eq!(alone.send(alone.encode(&signature)).await?, format!("{MINE}signature_verification.invalid_xml"));
    assert!(world.provider.log.recent(10).await?.iter().all(|r| r.operation == "POST /echo"));
    Ok(())
}

#[tokio::test]
async fn parts_missing_doubled_or_out_of_order_are_refused() -> Outcome {
    let world = World::start().await?;
    let liar = Liar { body: None, ..Liar::new(&world)? };
    let signature = liar.sign()?;
    let make = |write: &dyn Fn(&mut Encoder)| {
        let mut encoder = Encoder::new(0);
        write(&mut encoder);
        (encoder.content_type(), encoder.take())
    };
    let ocsp = |e: &mut Encoder| liar.tls_ocsp.iter().for_each(|o| e.ocsp(o));
    let message = |e: &mut Encoder| e.rest_request(liar.message.as_bytes());
    let sign = |e: &mut Encoder| e.signature(&signature.signature_xml);
    for (name, parts, code) in [
        (
            "signature first",
            make(&|e| {
                sign(e);
                ocsp(e);
                message(e);
                e.end()
            }),
            "service_failed.invalid_content_type",
        ),
        (
            "ocsp last",
            make(&|e| {
                message(e);
                ocsp(e);
                sign(e);
                e.end()
            }),
            "ssl_authentication_failed",
        ),
        (
            "no ocsp",
            make(&|e| {
                message(e);
                sign(e);
                e.end()
            }),
            "ssl_authentication_failed",
        ),
        (
            "no message",
            make(&|e| {
                ocsp(e);
                sign(e);
                e.end()
            }),
            "service_failed.invalid_content_type",
        ),
        (
            "no signature",
            make(&|e| {
                ocsp(e);
                message(e);
                e.end()
            }),
            "service_failed.missing_signature",
        ),
        (
            "two messages",
            make(&|e| {
                ocsp(e);
                message(e);
                message(e);
                sign(e);
                e.end()
            }),
            "service_failed.invalid_content_type",
        ),
        (
            "two signatures",
            make(&|e| {
                ocsp(e);
                message(e);
                sign(e);
                sign(e);
                e.end()
            }),
            "service_failed.invalid_message",
        ),
        (
            "a response",
            make(&|e| {
                ocsp(e);
                e.rest_response(b"200\r\n");
                sign(e);
                e.end()
            }),
            "service_failed.invalid_content_type",
        ),
        (
            "no end",
            make(&|e| {
                ocsp(e);
                message(e);
                sign(e)
            }),
            "service_failed.mime_parsing_failed",
        ),
        ("nothing", make(&|_| {}), "service_failed.mime_parsing_failed"),
        (
            "not ocsp",
            make(&|e| {
                e.ocsp(b"OCSP RESPONSE DUMMY");
                message(e);
                sign(e);
                e.end()
            }),
            "service_failed.io_error",
        ),
        (
            "other ocsp",
            make(&|e| {
                e.ocsp(&[0x30, 3, 0x0a, 1, 0]);
                message(e);
                sign(e);
                e.end()
            }),
            "ssl_authentication_failed.invalid_cert_path.cert_validation",
        ),
    ] {
        assert_eq!(liar.send(parts).await?, format!("{MINE}{code}"), "{name}");
    }
    for (content_type, code) in [
        ("text/plain", "service_failed.invalid_content_type"),
        ("multipart/mixed", "service_failed.invalid_content_type"),
        ("text/xml", "service_failed.invalid_content_type"),
        ("multipart/mixed; boundary=other", "service_failed.mime_parsing_failed"),
    ] {
        let (_, body) = liar.encode(&signature);
        assert_eq!(liar.send_with(content_type, body, &[]).await?, format!("{MINE}{code}"), "{content_type}");
    }
    assert!(world.provider.log.recent(10).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn envelopes_must_say_what_they_hold() -> Outcome {
    let world = World::start().await?;
    let liar = Liar::new(&world)?;
    let (content_type, body) = liar.encode(&liar.sign()?);
    for (header, value, code) in [
        ("x-hash-algorithm", "SHA-1", "invalid_message"),
        ("x-hash-algorithm", "", "invalid_message"),
        ("x-road-message-type", "", "service_failed.missing_rest"),
    ] {
        let found = liar.send_with(&content_type, body.clone(), &[(header, value)]).await?;
        assert_eq!(found, format!("{MINE}{code}"), "{header}: {value}");
    }
    Ok(())
}

#[tokio::test]
async fn messages_with_forbidden_or_doubled_headers_are_refused() -> Outcome {
    let world = World::start().await?;
    for extra in [
        "Transfer-Encoding:chunked\r\n",
        "content-length:5\r\n",
        "connection:close\r\n",
        "x-road-client:LA/GOV/MOHA/other\r\n",
        "a:b\nc:d\r\n",
        "a:b\rc:d\r\n",
        "no colon\r\n",
    ] {
        let mut liar = Liar::new(&world)?;
        liar.message.push_str(extra);
        let code = liar.send(liar.encode(&liar.sign()?)).await?;
        assert_eq!(code, format!("{MINE}service_failed.invalid_message"), "{extra}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_signs_for_others() -> Outcome {
    let world = World::start().await?;
    let other = MemberId::new("LA", "GOV", "MOF");
    let stranger = signing_pair(&world.laos, &other, &world.clock)?;
    let liar = Liar { signer: identity(&world, &world.laos, &stranger)?, ..Liar::new(&world)? };
    let code = liar.send(liar.encode(&liar.sign()?)).await?;
    assert_eq!(code, format!("{MINE}signature_verification.incorrect_certificate"));
    // A client that is registered elsewhere, or nowhere.
    let liar = Liar::with_client(&world, &other.subsystem("x"))?;
    let code = liar.send(liar.encode(&liar.sign()?)).await?;
    assert_eq!(code, format!("{MINE}ssl_authentication_failed"));
    Ok(())
}

#[tokio::test]
async fn stale_and_revoked_ocsp_responses_are_refused() -> Outcome {
    let world = World::start().await?;
    let old = Liar::new(&world)?;
    let message = old.encode(&old.sign()?);
    assert_eq!(old.send(message.clone()).await?, "ok");
    world.advance(Duration::from_secs(2 * 3600));
    let code = old.send(message).await?;
    assert_eq!(code, format!("{MINE}ssl_authentication_failed.invalid_cert_path.incorrect_validation_info"));
    // TLS proven afresh, signature with the old proof.
    let half = Liar { signer: old.signer.clone(), ..Liar::new(&world)? };
    let code = half.send(half.encode(&half.sign()?)).await?;
    assert_eq!(code, format!("{MINE}signature_verification.invalid_cert_path.incorrect_validation_info"));

    let now = world.clock.now();
    let reason = mekong_authority::ca::RevocationReason::KeyCompromise;
    world.laos.authority.revoke(world.consumer.signing.certificate.serial(), reason, now)?;
    let revoked = Liar::new(&world)?;
    let code = revoked.send(revoked.encode(&revoked.sign()?)).await?;
    assert_eq!(code, format!("{MINE}signature_verification.invalid_cert_path.cert_validation"));
    world.laos.authority.revoke(world.consumer.authentication.certificate.serial(), reason, now)?;
    let revoked = Liar::new(&world)?;
    let code = revoked.send(revoked.encode(&revoked.sign()?)).await?;
    assert_eq!(code, format!("{MINE}ssl_authentication_failed.invalid_cert_path.cert_validation"));
    Ok(())
}

/// Whoever chooses the time: what is accepted is still proven when it is time-stamped a minute later.
#[tokio::test]
async fn a_message_whose_proof_ends_before_its_time_stamp_is_refused() -> Outcome {
    let world = World::start().await?;
    let log = &world.provider.log;
    let directory = world.provider.directory.borrow().clone();
    let of = |instance: &str| directory.trust(instance).cloned();
    let country = &world.vietnam;
    let stamp = |country: &Country| {
        let http = mekong_authority::http::Client::new(mekong_authority::http::Limits::default());
        let approved = (vec![country.tsa_url()], vec![country.authority.tsa().certificate().clone()]);
        stamp_by_http(TspClient::new(http), move || approved.clone())
    };
    log.start_stamping(stamp(country));
    let mut accepted = Vec::new();
    for age in [1_200, 2_880, 2_938, 2_942, 3_300, 3_590] {
        // The responder gives the same answer for five minutes.
        world.advance(Duration::from_secs(300));
        let old = Liar::new(&world)?;
        world.advance(Duration::from_secs(age));
        let id = format!("aged-{age}");
        let message = old.message.replace("id:1", &format!("id:{id}")).replace("id:2", &format!("id:{id}"));
        let aged = Liar { signer: old.signer.clone(), message, ..Liar::new(&world)? };
        let said = aged.send(aged.encode(&aged.sign()?)).await?;
        world.advance(Duration::from_secs(60));
        log.stamp_now().await?;
        if said != "ok" {
            assert_eq!(said, format!("{MINE}signature_verification.invalid_cert_path.incorrect_validation_info"));
            assert!(log.find(&id).await?.is_empty());
            continue;
        }
        accepted.push(age);
        let evidence = log.export(&id, Part::Request).await?;
        let timestampers = [country.authority.tsa().certificate().clone()];
        let trust = Trust { of: &of, timestampers: &timestampers };
        let verdict = verify_file(&evidence.bytes, &ContainerLimits::default(), Some(&trust));
        assert_eq!(verdict.valid, Some(true), "{age}: {}", verdict.detail);
    }
    assert_eq!(accepted, [1_200, 2_880, 2_938], "eleven minutes must be left");
    // While time-stamps are not to be had, it must last until they are back in time.
    let ages = [(Duration::from_secs(29 * 60), true), (Duration::from_secs(31 * 60), false)];
    for (age, is_accepted) in ages {
        world.advance(Duration::from_secs(300));
        let old = Liar::new(&world)?;
        world.advance(age);
        log.start_stamping(stamp(country));
        log.stamp_now().await?;
        log.start_stamping(Arc::new(|_, _| Box::pin(async { Err("the authority is silent".to_owned()) })));
        let message = |name: &str| old.message.replace("id:2", &format!("id:{name}-{}", age.as_secs()));
        let fresh = Liar { message: message("fresh"), ..Liar::new(&world)? };
        assert_eq!(fresh.send(fresh.encode(&fresh.sign()?)).await?, "ok");
        assert!(log.stamp_now().await.is_err());
        let aged = Liar { signer: old.signer.clone(), message: message("aged"), ..Liar::new(&world)? };
        let said = aged.send(aged.encode(&aged.sign()?)).await?;
        assert_eq!(said == "ok", is_accepted, "{age:?}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn expired_certificates_are_refused_though_ocsp_says_good() -> Outcome {
    let hour = Duration::from_secs(3600);
    let world = World::with(Options { validity: (Some(hour), None), ..Options::default() }).await?;
    let liar = Liar::new(&world)?;
    assert_eq!(liar.send(liar.encode(&liar.sign()?)).await?, "ok");
    world.advance(hour + Duration::from_secs(1));
    // Proven afresh: only the certificates are too old.
    let liar = Liar::new(&world)?;
    let code = liar.send(liar.encode(&liar.sign()?)).await?;
    assert_eq!(code, format!("{MINE}ssl_authentication_failed.cannot_create_cert_path"));
    assert_eq!(world.provider.log.recent(10).await?.len(), 2);

    // The same for the certificate that signs, under TLS with one that is valid.
    let world = World::start().await?;
    let now = world.clock.now();
    let short = signing_pair_until(&world.laos, &moha(), now + hour, &world.clock)?;
    let with_short = || -> Result<Liar<'_>, Failure> {
        Ok(Liar { signer: identity(&world, &world.laos, &short)?, ..Liar::new(&world)? })
    };
    let liar = with_short()?;
    assert_eq!(liar.send(liar.encode(&liar.sign()?)).await?, "ok");
    world.advance(hour + Duration::from_secs(1));
    let liar = with_short()?;
    let code = liar.send(liar.encode(&liar.sign()?)).await?;
    assert_eq!(code, format!("{MINE}signature_verification.cannot_create_cert_path"));
    assert_eq!(world.provider.log.recent(10).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn bodies_beyond_the_limit_are_refused() -> Outcome {
    let world = World::start().await?;
    let liar = Liar { body: Some(vec![b'x'; (1 << 20) + 1]), ..Liar::new(&world)? };
    let code = liar.send(liar.encode(&liar.sign()?)).await?;
    assert!(code.starts_with(&format!("{MINE}service_failed.")), "{code}");
    assert_eq!(world.provider.spooled(), 0);
    Ok(())
}

#[tokio::test]
async fn a_certificate_of_nobody_does_not_pass_tls() -> Outcome {
    let world = World::start().await?;
    let mut liar = Liar::new(&world)?;
    liar.tls = world.consumer.signing.clone();
    let message = liar.encode(&liar.sign()?);
    assert!(liar.send(message).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_stops_in_the_middle_is_told() -> Outcome {
    let world = World::start().await?;
    let liar = Liar::new(&world)?;
    let (content_type, body) = liar.encode(&liar.sign()?);
    let head = |length: usize| {
        format!(
            "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nx-hash-algorithm: SHA-512\r\nx-road-message-type: REST\r\n\
             content-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
        )
    };
    let half = [head(body.len()).as_bytes(), &body[..body.len() / 2]].concat();
    let answer = liar.raw(&half).await?;
    assert!(answer.contains("server.serverproxy.service_failed.network_error.timed_out"), "{answer}");
    // The message is whole, but what was announced is not.
    let short = [head(body.len() + 10).as_bytes(), &body[..]].concat();
    let answer = liar.raw(&short).await?;
    assert!(answer.contains("server.serverproxy.service_failed.network_error.timed_out"), "{answer}");
    // More than was announced is another request, and none that is taken.
    let long = [head(body.len()).as_bytes(), &body[..], b"GET / HTTP/1.1\r\n\r\n"].concat();
    let answer = liar.raw(&long).await?;
    assert!(answer.contains("multipart/mixed") && answer.matches("HTTP/1.1 ").count() == 1, "{answer}");
    assert_eq!(world.provider.log.recent(10).await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_version_that_a_gateway_says_decides_on_spelling_and_admission() -> Outcome {
    let min = Some("7.6.0".parse()?);
    for (peer_version_min, cases) in [
        (None, [("7.4.2", "ok", "Server.ServerProxy.AccessDenied"), ("", "ok", "server.serverproxy.access_denied")]),
        (
            min,
            [
                ("7.7.1", "ok", "Server.ServerProxy.AccessDenied"),
                ("7.5.9", "Server.ServerProxy.ClientProxyVersionNotSupported", ""),
            ],
        ),
        (
            min,
            [
                ("7.8.0", "ok", "server.serverproxy.access_denied"),
                ("", "server.serverproxy.client_proxy_version_not_supported", ""),
            ],
        ),
    ] {
        for (version, good, denied) in cases {
            // A world for each: the liar's messages all have the same id, which is taken once.
            let world = World::with(Options { peer_version_min, ..Options::default() }).await?;
            let (liar, mut other) = (Liar::new(&world)?, Liar::with_client(&world, &moha().subsystem("other"))?);
            let (content_type, body) = liar.encode(&liar.sign()?);
            let headers = [("x-proxy-version", version)];
            assert_eq!(liar.send_with(&content_type, body, &headers).await?, good, "{version}");
            if !denied.is_empty() {
                other.body = None;
                let (content_type, body) = other.encode(&other.sign()?);
                assert_eq!(other.send_with(&content_type, body, &headers).await?, denied, "{version}");
            }
        }
    }
    Ok(())
}
