//! What is served is in the history before, what changed too, and a restart goes on with it.

use crate::country::{definition, keys, start};
use axum::body::Bytes;
use mekong_base::Clock;
use mekong_directory::publish::history::{CONTENT, Content, PUBLICATION, Publication};
use mekong_directory::publish::{History, Publisher};
use mekong_directory::registration::{Change, fingerprint};
use mekong_ledger::{Disk, Ledger, Options};
use std::path::Path;
use std::time::Duration;
use tower::ServiceExt as _;

async fn open(folder: &Path, clock: &Clock) -> History {
    let options = Options { wait_for_lock: Duration::from_secs(5), ..Options::default() };
    History::new(Ledger::open_files(folder.join("history"), options, Disk::real(), clock.clone()).await.unwrap())
}

async fn served(publisher: &std::sync::Arc<Publisher>, path: &str) -> Bytes {
    let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
    let answer = publisher.router().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap()
}

async fn publications(history: &History) -> Vec<Publication> {
    let records = history.ledger().read(0, 1000, 1 << 24).await.unwrap();
    let of_kind = records.iter().filter(|record| record.kind == PUBLICATION);
    of_kind.map(|record| serde_json::from_slice(&record.payload).unwrap()).collect()
}

async fn contents(history: &History) -> Vec<Content> {
    let records = history.ledger().read(0, 1000, 1 << 24).await.unwrap();
    let of_kind = records.iter().filter(|record| record.kind == CONTENT);
    of_kind.map(|record| serde_json::from_slice(&record.payload).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_served_is_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(start());
    let history = open(folder.path(), &clock).await;
    let published = (definition("VN"), keys(), clock.clone(), history.clone());
    let publisher = tokio::task::spawn_blocking(move || {
        let (definition, keys, clock, history) = published;
        Publisher::recorded(definition, keys, clock, Some(history)).unwrap()
    });
    let publisher = publisher.await.unwrap();
    let update = std::sync::Arc::clone(&publisher);
    tokio::task::spawn_blocking(move || {
        // The same again, then a change.
        update.publish().unwrap();
        let change = Change::Rename { client: "VN/GOV/MPS".into(), name: "Police".into() };
        update.update(|definition, _| change.apply(definition)).unwrap().unwrap();
    });
    while publications(&history).await.len() < 3 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let all = publications(&history).await;
    let newest = all.last().unwrap();
    assert!(newest.documents.len() == 8 && !newest.parts.is_empty(), "{newest:?}");
    // A publication is in the ledger before it is served: wait until it is.
    for document in newest.documents.iter().chain(&newest.parts) {
        let mut bytes = served(&publisher, &document.path).await;
        while fingerprint(&bytes) != document.sha256 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            bytes = served(&publisher, &document.path).await;
        }
    }
    let shared = |publication: &Publication| {
        publication.parts.iter().find(|p| p.path.ends_with("shared-params.xml")).unwrap().sha256.clone()
    };
    assert_eq!(shared(&all[0]), shared(&all[1]), "nothing changed");
    assert_ne!(shared(&all[1]), shared(&all[2]), "the name did");
    let kept = contents(&history).await;
    let count =
        kept.iter().filter(|c| String::from_utf8_lossy(&decode(&c.bytes)).contains("<name>Police</name>")).count();
    assert_eq!(count, 1, "a part is kept once");
    assert!(kept.iter().all(|c| fingerprint(&decode(&c.bytes)) == c.sha256));
    history.ledger().close().await;

    let again = open(folder.path(), &clock).await;
    assert_eq!(publications(&again).await, all);
}

fn decode(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}
