//! Signing keys change while clients follow.

use crate::country::{Country, signing_key, start};
use mekong_base::Clock;
use mekong_directory::Anchor;
use mekong_directory::client::{Client, ClientError, Settings};
use mekong_directory::publish::Ring;
use std::sync::Arc;

async fn client(country: &Country, anchor: Anchor) -> (Result<Arc<Client>, ClientError>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let client = Client::start(anchor, folder.path().to_owned(), Settings::default(), country.clock.clone()).await;
    (client, folder)
}

#[track_caller]
fn untrusted<T>(result: Result<T, ClientError>) {
    let Some(ClientError::Unavailable(unavailable)) = result.err() else { panic!("not unavailable") };
    assert!(unavailable.failures.iter().all(|f| f.code() == "untrusted_certificate"), "{unavailable}");
}

#[tokio::test]
async fn clients_follow_an_announced_key_and_keep_following() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let old_anchor = country.publisher.internal_anchor();
    let (follower, folder) = client(&country, old_anchor.clone()).await;
    let follower = follower.unwrap();

    let next = signing_key("internal-2", start());
    country.publisher.update(|_, keys| keys.internal.announce(next.certificate().clone())).unwrap();
    follower.refresh().await.unwrap();
    country.publisher.rotate(Ring::Internal, next.clone()).unwrap();
    country.later(60);
    follower.refresh().await.unwrap();

    let (newcomer, _folder) = client(&country, old_anchor.clone()).await;
    untrusted(newcomer);
    let (newcomer, _folder) = client(&country, country.publisher.internal_anchor()).await;
    newcomer.unwrap();

    let old = mekong_pki::Certificate::from_der(&old_anchor.sources[0].certificates[0]).unwrap();
    country.publisher.update(|_, keys| keys.internal.retire(&old)).unwrap();
    follower.refresh().await.unwrap();
    assert_eq!(country.publisher.internal_anchor().sources[0].certificates, [next.certificate().der()]);

    // After a restart the announced key is known from disk.
    country.later(60);
    let again =
        Client::start(old_anchor, folder.path().to_owned(), Settings::default(), country.clock.clone()).await.unwrap();
    again.refresh().await.unwrap();
}

#[tokio::test]
async fn a_key_that_nobody_announced_is_not_trusted() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let (follower, _folder) = client(&country, country.publisher.internal_anchor()).await;
    let follower = follower.unwrap();
    country.publisher.rotate(Ring::Internal, signing_key("surprise", start())).unwrap();
    untrusted(follower.refresh().await);
}

#[tokio::test]
async fn an_external_key_does_not_sign_the_internal_configuration() {
    let country = Country::start("VN", &Clock::manual(start())).await;
    let (follower, _folder) = client(&country, country.publisher.internal_anchor()).await;
    let follower = follower.unwrap();
    country
        .publisher
        .update(|_, keys| {
            let external = keys.external.active().clone();
            keys.internal.activate(external);
        })
        .unwrap();
    untrusted(follower.refresh().await);
}
