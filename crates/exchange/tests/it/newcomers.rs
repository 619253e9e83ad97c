//! A peer that was registered a moment ago, before our directory was refreshed: it is looked for once, and then decided. Strangers
//! cannot make a gateway refresh all the time.

use super::world::*;
use mekong_directory::SharedParameters;
use std::sync::atomic::Ordering;

async fn world() -> Result<World, Failure> {
    World::with(Options { refreshes: true, ..Options::default() }).await
}

/// Both gateways know `old`; the next refresh of either brings what is there now.
fn forget(world: &World, old: impl Fn(&mut SharedParameters, &mut SharedParameters)) -> Outcome {
    let (mut laos, mut vietnam) = (world.laos.parameters.clone(), world.vietnam.parameters.clone());
    for (node, own) in [(&world.consumer, "LA"), (&world.provider, "VN")] {
        *node.newer.lock().unwrap() = Some(global_conf(own, [&laos, &vietnam])?);
    }
    old(&mut laos, &mut vietnam);
    for (node, own) in [(&world.consumer, "LA"), (&world.provider, "VN")] {
        node.directory.send_replace(global_conf(own, [&laos, &vietnam])?.into());
    }
    Ok(())
}

fn refreshes(world: &World) -> (usize, usize) {
    (world.consumer.refreshes.load(Ordering::Relaxed), world.provider.refreshes.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_provider_that_was_just_registered_is_found() -> Outcome {
    let world = world().await?;
    forget(&world, |_, vietnam| vietnam.servers.iter_mut().for_each(|server| server.clients.clear()))?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    assert_eq!(refreshes(&world).0, 1);
    Ok(())
}

#[tokio::test]
async fn a_gateway_that_was_just_registered_is_let_in() -> Outcome {
    let world = world().await?;
    forget(&world, |laos, _| laos.servers.iter_mut().for_each(|server| server.auth_cert_hashes.clear()))?;
    // The consumer knows itself.
    let newer = world.consumer.newer.lock().unwrap().take();
    world.consumer.directory.send_replace(newer.ok_or("no directory")?.into());
    assert_eq!(world.get("/persons/1").await?.status, 200);
    assert_eq!(refreshes(&world), (0, 1));
    Ok(())
}

#[tokio::test]
async fn a_certificate_that_was_just_registered_is_believed() -> Outcome {
    let world = world().await?;
    forget(&world, |_, vietnam| vietnam.servers.iter_mut().for_each(|server| server.auth_cert_hashes.clear()))?;
    let newer = world.provider.newer.lock().unwrap().take();
    world.provider.directory.send_replace(newer.ok_or("no directory")?.into());
    assert_eq!(world.get("/persons/1").await?.status, 200);
    assert_eq!(refreshes(&world), (1, 0));
    Ok(())
}

#[tokio::test]
async fn a_client_that_was_just_registered_may_ask_over_a_connection_that_is_open() -> Outcome {
    let world = world().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    forget(&world, |laos, _| laos.servers.iter_mut().for_each(|server| server.clients.clear()))?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    assert_eq!(refreshes(&world), (1, 1));
    Ok(())
}

#[tokio::test]
async fn strangers_are_refused_and_do_not_make_it_refresh_all_the_time() -> Outcome {
    let world = world().await?;
    for number in 0..30 {
        let nobody = format!("/r1/VN/GOV/NOBODY{number}/population/persons/1");
        world.ask("GET", &nobody, &[CLIENT], b"").await?.fails(500, "server.clientproxy.unknown_member");
    }
    forget(&world, |laos, _| laos.servers.iter_mut().for_each(|server| server.auth_cert_hashes.clear()))?;
    *world.provider.newer.lock().unwrap() = None;
    let newer = world.consumer.newer.lock().unwrap().take();
    world.consumer.directory.send_replace(newer.ok_or("no directory")?.into());
    // Who may have been registered since is let through the handshake, looked for and cut off, and so is who goes on with the
    // session of that handshake; for others the handshake fails.
    for asked in 0..5 {
        let refused = world.get("/persons/1").await?;
        let told = ["network_error", "ssl_authentication_failed"].iter().any(|why| refused.code().ends_with(why));
        assert!(refused.status == 500 && told, "{asked}: {refused:?}");
        assert!(
            refused.json()["message"].to_string().contains("mekong doctor")
                || refused.code().ends_with("ssl_authentication_failed")
        );
    }
    assert_eq!(refreshes(&world), (1, 1));
    // Who is known is served as before.
    world.publish()?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    Ok(())
}
