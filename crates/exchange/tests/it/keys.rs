//! Keys and certificates: several at once, exchanged while messages flow, slow ones that sign batches; TLS sessions.

use super::world::*;
use mekong_authority::ca::RevocationReason;
use mekong_authority::tsp_client::TspClient;
use mekong_base::limits::ContainerLimits;
use mekong_crypto::{DigestAlgorithm, KeyType, PrivateKey};
use mekong_exchange::gateway::{KeyPair, SigningKey};
use mekong_exchange::messagelog::{Part, stamp_by_http};
use mekong_message::evidence::{Trust, verify_file};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

fn rsa() -> Options {
    Options { key_type: KeyType::Rsa(2048), ..Options::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_rsa_key_signs_batches_that_strangers_verify() -> Outcome {
    batches_that_strangers_verify(rsa()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_fast_key_signs_batches_too() -> Outcome {
    batches_that_strangers_verify(Options::default()).await
}

async fn batches_that_strangers_verify(options: Options) -> Outcome {
    let world = World::with(options).await?;
    world.get("/persons/1").await?;
    let address = world.consumer.addresses.consumer;
    let asking = (0..48).map(|i| async move {
        let (id, body) = (format!("m{i}"), vec![b'x'; i * 50]);
        let headers = [CLIENT, ("X-Road-Id", id.as_str())];
        let answer = ask(address, "POST", &format!("{PERSONS}/echo"), &headers, &body).await;
        answer.map_err(|e| e.to_string()).and_then(|a| if a.status == 200 { Ok(()) } else { Err(a.code()) })
    });
    for ended in futures_util::future::join_all(asking).await {
        ended?;
    }
    for node in [&world.consumer, &world.provider] {
        let counts = node.handle().counts();
        assert_eq!(counts.signed, 49);
        assert!(counts.signatures < counts.signed, "{} signatures, none for more than one message", counts.signatures);
    }
    let directory = world.consumer.directory.borrow().clone();
    let timestampers: Vec<_> =
        ["LA", "VN"].iter().flat_map(|i| directory.timestampers(i)).map(|t| t.certificate.clone()).collect();
    let http = mekong_authority::http::Client::new(mekong_authority::http::Limits::default());
    let (mut containers, mut batches) = (Vec::new(), 0);
    for (node, country) in [(&world.consumer, &world.laos), (&world.provider, &world.vietnam)] {
        let approved = (vec![country.tsa_url()], vec![country.authority.tsa().certificate().clone()]);
        node.log.start_stamping(stamp_by_http(TspClient::new(http.clone()), move || approved.clone()));
        node.log.stamp_now().await?;
        for (id, part) in (0..48).flat_map(|i| [(format!("m{i}"), Part::Request), (format!("m{i}"), Part::Response)]) {
            let evidence = node.log.export(&id, part).await?;
            let trust = |instance: &str| directory.trust(instance).cloned();
            let trust = Trust { of: &trust, timestampers: &timestampers };
            let verdict = verify_file(&evidence.bytes, &ContainerLimits::default(), Some(&trust));
            assert_eq!((verdict.valid, verdict.reason), (Some(true), "ok"), "{verdict:?}");
            batches += usize::from(evidence.bytes.windows(12).any(|w| w == b"sig-hashchai"));
            containers.push(evidence);
        }
    }
    assert!(batches > 96, "{batches}");
    let Some((python, script)) = asic_check() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let mut command = Command::new(python);
    command.arg(script);
    for (number, container) in containers.iter().enumerate() {
        let path = folder.path().join(format!("{number}.asice"));
        std::fs::write(&path, &container.bytes)?;
        command.arg(path);
    }
    for country in [&world.laos, &world.vietnam] {
        let path = folder.path().join(format!("{}.pem", country.parameters.instance));
        std::fs::write(&path, country.authority.root().pem())?;
        command.arg("--ca").arg(path);
    }
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.lines().filter(|l| l.starts_with("ok ")).count() == 192, "{said}");
    Ok(())
}

fn asic_check() -> Option<(String, PathBuf)> {
    let shared = std::env::var("MEKONG_SHARED")
        .map_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let script = shared.join("tools/asic_check.py");
    let python = std::env::var("MEKONG_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let can = Command::new(&python).args(["-c", "import lxml, cryptography, asn1crypto"]).output();
    if script.exists() && can.is_ok_and(|output| output.status.success()) {
        return Some((python, script));
    }
    assert!(std::env::var("CI").is_err(), "no ../shared, or no Python with its packages (MEKONG_TEST_PYTHON)");
    println!("skipped: no ../shared, or no Python with its packages (MEKONG_TEST_PYTHON)");
    None
}

fn of(node: &Node, tls: &[&KeyPair], signing: &[&KeyPair]) {
    let member = &node.server.owner;
    let signing = signing.iter().map(|p| SigningKey { member: member.clone(), pair: (*p).clone() }).collect();
    node.handle().set_keys(tls.iter().map(|p| (*p).clone()).collect(), signing);
}

fn hash(pair: &KeyPair) -> Vec<u8> {
    pair.certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec()
}

/// Waits until exactly these certificates are in use.
async fn used(node: &Node, pairs: [&KeyPair; 2]) -> Outcome {
    let mut expected = pairs.map(|p| p.certificate.serial_hex()).to_vec();
    expected.sort();
    for _ in 0..400 {
        let all = node.handle().status().certificates;
        let mut used: Vec<_> = all.into_iter().filter(|c| c.is_used).map(|c| c.serial).collect();
        used.sort();
        if used == expected {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(format!("not in use: {expected:?}, but {:?}", node.handle().status().certificates).into())
}

/// RSA asks, EC answers; then EC asks and RSA answers; and everyone's certificates for TLS and signing are exchanged, the
/// old ones taken out of the directory and revoked, while messages flow.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_keys_are_exchanged_under_load_and_no_message_fails() -> Outcome {
    let settle = Duration::from_secs(120);
    let mixed = Options { provider_key_type: Some(KeyType::P256), settle, ..rsa() };
    let mut world = World::with(mixed).await?;
    let (stop, done) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let address = world.consumer.addresses.consumer;
    let askers: Vec<_> = (0..6)
        .map(|_| {
            let (stop, done) = (Arc::clone(&stop), Arc::clone(&done));
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let answer = ask(address, "POST", &format!("{PERSONS}/echo"), &[CLIENT], b"x").await;
                    let answer = answer.map_err(|e| e.to_string())?;
                    if answer.status != 200 {
                        return Err(String::from_utf8_lossy(&answer.body).into_owned());
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
        })
        .collect();
    let more = |done: &AtomicUsize| done.load(Ordering::Relaxed) + 20;
    let wait = async |until: usize| {
        for _ in 0..400 {
            if done.load(Ordering::Relaxed) >= until || askers.iter().any(tokio::task::JoinHandle::is_finished) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    wait(more(&done)).await;
    let later = |key_type, country: &Country, node: &Node, is_tls| -> Result<KeyPair, Failure> {
        super::world::pair(
            &country.authority,
            &node.server,
            PrivateKey::generate(key_type)?,
            is_tls,
            None,
            &world.clock,
        )
    };
    world.advance(Duration::from_secs(600));
    let (here, there) = (KeyType::P256, KeyType::Rsa(2048));
    let consumer_new =
        (later(here, &world.laos, &world.consumer, true)?, later(here, &world.laos, &world.consumer, false)?);
    let provider_new =
        (later(there, &world.vietnam, &world.provider, true)?, later(there, &world.vietnam, &world.provider, false)?);
    // The keys are there first, then the directory learns of them, and only when all know them they are used.
    for (node, new) in [(&world.consumer, &consumer_new), (&world.provider, &provider_new)] {
        of(node, &[&node.authentication, &new.0], &[&node.signing, &new.1]);
        used(node, [&node.authentication, &new.1]).await?;
    }
    world.laos.parameters.servers[0].auth_cert_hashes.push(hash(&consumer_new.0));
    world.vietnam.parameters.servers[0].auth_cert_hashes.push(hash(&provider_new.0));
    world.publish()?;
    wait(more(&done)).await;
    for (node, new) in [(&world.consumer, &consumer_new), (&world.provider, &provider_new)] {
        used(node, [&node.authentication, &new.1]).await?;
    }
    world.advance(settle);
    world.publish()?;
    used(&world.consumer, [&consumer_new.0, &consumer_new.1]).await?;
    used(&world.provider, [&provider_new.0, &provider_new.1]).await?;
    wait(more(&done)).await;
    world.laos.parameters.servers[0].auth_cert_hashes.remove(0);
    world.vietnam.parameters.servers[0].auth_cert_hashes.remove(0);
    world.publish()?;
    for (node, country, new) in
        [(&world.consumer, &world.laos, &consumer_new), (&world.provider, &world.vietnam, &provider_new)]
    {
        let reason = RevocationReason::Superseded;
        country.authority.revoke(node.authentication.certificate.serial(), reason, world.clock.now())?;
        of(node, &[&new.0], &[&new.1]);
    }
    wait(more(&done)).await;
    stop.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await??;
    }
    assert!(done.load(Ordering::Relaxed) >= 80);
    for node in [&world.consumer, &world.provider] {
        assert_eq!(node.handle().status().certificates.len(), 2);
        assert_eq!(node.handle().counts().answered_failed, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_is_revoked_gives_way_to_another() -> Outcome {
    let mut world = World::start().await?;
    let new = |is_tls| -> Result<KeyPair, Failure> {
        let key = PrivateKey::generate(KeyType::P256)?;
        super::world::pair(&world.laos.authority, &world.consumer.server, key, is_tls, None, &world.clock)
    };
    let (tls, signing) = (new(true)?, new(false)?);
    world.laos.parameters.servers[0].auth_cert_hashes.push(hash(&tls));
    world.publish()?;
    let (old_tls, old_signing) = (world.consumer.authentication.clone(), world.consumer.signing.clone());
    for pair in [&old_tls, &old_signing] {
        world.laos.authority.revoke(pair.certificate.serial(), RevocationReason::KeyCompromise, world.clock.now())?;
    }
    of(&world.consumer, &[&old_tls, &tls], &[&old_signing, &signing]);
    // The newer ones are as old, to the second; the proof decides, once the old responses are stale.
    world.advance(Duration::from_secs(2 * 3600));
    assert_eq!(world.get("/persons/1").await?.status, 200);
    used(&world.consumer, [&tls, &signing]).await?;
    let shown = world.consumer.handle().status().certificates;
    let revoked = shown.iter().find(|c| c.serial == old_tls.certificate.serial_hex()).ok_or("not shown")?;
    assert!(revoked.warning.as_ref().is_some_and(|w| w.contains("revoked")), "{revoked:?}");
    Ok(())
}

#[tokio::test]
async fn people_are_warned_a_month_before() -> Outcome {
    let days = |n: u64| Duration::from_secs(n * 86_400);
    let world = World::with(Options { validity: (Some(days(40)), None), ..Options::default() }).await?;
    world.get("/persons/1").await?;
    let warnings = || world.consumer.handle().status().certificates.into_iter().filter_map(|c| c.warning).collect();
    let none: Vec<String> = warnings();
    assert_eq!(none, Vec::<String>::new());
    world.advance(days(11));
    world.get("/persons/1").await?;
    let soon: Vec<String> = warnings();
    assert!(soon.len() == 2 && soon.iter().all(|w| w.contains("29 days, on 20") || w.contains("28 days")), "{soon:?}");
    world.advance(days(30));
    assert!(world.get("/persons/1").await?.status == 500);
    let late: Vec<String> = warnings();
    assert!(late.len() == 2 && late.iter().all(|w| w.contains("expired on 20")), "{late:?}");
    Ok(())
}

#[tokio::test]
async fn what_gateways_say_is_safe_from_later_computers() -> Outcome {
    let world = World::start().await?;
    world.get("/persons/1").await?;
    for node in [&world.consumer, &world.provider] {
        assert_eq!(node.handle().counts().post_quantum, 1);
    }
    Ok(())
}

/// A ticket proves what was true when it was made.
#[tokio::test]
async fn a_resumed_session_is_refused_when_its_certificate_is_no_longer_registered() -> Outcome {
    let mut world = World::with(Options { reuse: false, ..Options::default() }).await?;
    for _ in 0..3 {
        assert_eq!(world.get("/persons/1").await?.status, 200);
    }
    let before = world.provider.handle().counts();
    assert_eq!((before.accepted, before.accepted_resumed, before.answered), (3, 2, 3));
    // Only the provider learns of it, so that the consumer goes on as before.
    world.laos.parameters.servers[0].auth_cert_hashes.clear();
    let parameters = [&world.laos.parameters, &world.vietnam.parameters];
    world.provider.directory.send_replace(Arc::new(global_conf("VN", parameters)?));
    assert_eq!(world.get("/persons/1").await?.status, 500);
    let after = world.provider.handle().counts();
    // The consumer may have tried more than once; its sessions went on, its messages did not.
    assert!(after.accepted_resumed > before.accepted_resumed, "{after:?}");
    assert_eq!(after.answered, 3);
    Ok(())
}

/// A certificate that is taken out of use is not used, though it is good and the newest; put back, it is. Where none is left,
/// messages are refused, and the answer says why.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_out_of_use_is_not_used_until_it_is_put_back() -> Outcome {
    let world = World::start().await?;
    let node = &world.consumer;
    world.get("/persons/1").await?;
    world.advance(Duration::from_secs(600));
    let key = PrivateKey::generate(KeyType::P256)?;
    let newer = super::world::pair(&world.laos.authority, &node.server, key, false, None, &world.clock)?;
    of(node, &[&node.authentication], &[&node.signing, &newer]);
    used(node, [&node.authentication, &newer]).await?;
    let out = |pairs: &[&KeyPair]| {
        node.handle().set_disabled_certificates(pairs.iter().map(|pair| hex::encode(hash(pair))).collect());
    };
    out(&[&newer]);
    used(node, [&node.authentication, &node.signing]).await?;
    let shown = node.handle().status().certificates;
    let disabled: Vec<&str> = shown.iter().filter(|c| c.is_disabled).map(|c| c.fingerprint.as_str()).collect();
    assert_eq!(disabled, [hex::encode(hash(&newer))]);
    assert_eq!(world.get("/persons/1").await?.status, 200);
    out(&[&newer, &node.signing]);
    let address = node.addresses.consumer;
    for _ in 0..400 {
        if node.handle().status().certificates.iter().all(|c| !c.is_used || c.purpose == "authentication") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let answer = ask(address, "POST", &format!("{PERSONS}/echo"), &[CLIENT], b"x").await?;
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(answer.status == 500 && said.contains("was taken out of use"), "{said}");
    out(&[]);
    used(node, [&node.authentication, &newer]).await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}
