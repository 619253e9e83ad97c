//! Events across the border: published in Viet Nam, followed in Laos, with everything in between real.

use super::receiver::Receiver;
use super::world::*;
use mekong_base::MemberId;
use mekong_exchange::events::{Places, SubscriptionSettings};
use mekong_exchange::gateway::{Callers, LocalClient, Service};
use mekong_exchange::messagelog::Part;
use mekong_exchange::rules::path::PathPattern;
use mekong_exchange::rules::rights::{Grant, Subject};
use mekong_exchange::wire::rest::Verb;
use mekong_ledger::{Disk, Options as LedgerOptions};
use serde_json::{Value, json};
use std::time::Duration;

const PUBLISH: &str = "/events/v1/VN/GOV/MPS/population/births";
const STRUCTURED: (&str, &str) = ("Content-Type", "application/cloudevents+json");
const JSON: (&str, &str) = ("Content-Type", "application/json");
const EVENTS: &str = "/r1/VN/GOV/MPS/population/events";

fn places(node: &Node, world: &World) -> Places {
    let options = LedgerOptions { wait_for_lock: Duration::from_secs(10), ..LedgerOptions::default() };
    Places::files(node.folder.path().join("events"), Disk::real(), options, world.clock.clone())
}

/// The publisher, whose topics Laos may read by these endpoints.
fn publisher(endpoints: &[&str]) -> LocalClient {
    let mut client = population_client("http://127.0.0.1:1");
    client.services.push(Service::events("events", ["births", "deaths"]));
    let grant = |path: &&str| {
        let path = PathPattern::parse(path).unwrap();
        Grant::endpoint(Subject::Client(civil()), "events", Some(Verb::Get), path)
    };
    client.rights.grants.extend(endpoints.iter().map(grant));
    client
}

fn subscriber(subscriptions: Vec<SubscriptionSettings>) -> LocalClient {
    LocalClient { subscriptions, ..LocalClient::consumer(civil()) }
}

fn births() -> SubscriptionSettings {
    SubscriptionSettings::new("births", population(), "births")
}

fn pushed_to(receiver: &Receiver) -> SubscriptionSettings {
    SubscriptionSettings { push: Some(receiver.url()), ..births() }
}

/// Two countries of which one publishes and the other follows.
async fn world(endpoints: &[&str], subscriptions: Vec<SubscriptionSettings>) -> Result<World, Failure> {
    let mut world = World::start().await?;
    world.provider.handle().set_clients(vec![publisher(endpoints)]);
    world.consumer.handle().set_clients(vec![subscriber(subscriptions)]);
    let (here, there) = (places(&world.consumer, &world), places(&world.provider, &world));
    world.consumer.gateway.serve_events(here);
    world.provider.gateway.serve_events(there);
    // Until the places are known, there is nothing.
    let address = world.provider.addresses.consumer;
    while ask(address, "GET", "/events/v1", &[], b"").await?.status == 503 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(world)
}

fn event(id: u32, kind: &str, subject: &str) -> Vec<u8> {
    json!({ "specversion": "1.0", "id": id.to_string(), "type": kind, "subject": subject, "data": { "n": id } })
        .to_string()
        .into_bytes()
}

async fn publish(world: &World, id: u32, kind: &str, subject: &str) -> Result<u64, Failure> {
    let body = event(id, kind, subject);
    let answer = ask(world.provider.addresses.consumer, "POST", PUBLISH, &[STRUCTURED], &body).await?;
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    answer.json()["position"].as_u64().ok_or_else(|| "no position".into())
}

async fn laos(world: &World, method: &str, target: &str, body: &Value) -> Result<Answer, Failure> {
    ask(world.consumer.addresses.consumer, method, target, &[JSON], body.to_string().as_bytes()).await
}

/// How the subscription stands, when it is as wanted.
async fn standing(world: &World, wanted: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
    let mut last = Value::Null;
    for _ in 0..300 {
        let all = laos(world, "GET", "/events/v1", &Value::Null).await?.json();
        last = all["subscriptions"][0].clone();
        if wanted(&last) {
            return Ok(last);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(format!("it does not come to that: {last}").into())
}

#[tokio::test]
async fn what_is_published_is_handed_out_in_order_with_evidence_on_both_sides() -> Outcome {
    let receiver = Receiver::start().await?;
    let world = world(&["/births"], vec![pushed_to(&receiver)]).await?;
    for id in 0..20 {
        assert_eq!(publish(&world, id, "vn.birth", &format!("s{}", id % 3)).await?, u64::from(id));
    }
    let got = receiver.wait_for(20).await?;
    for subject in ["s0", "s1", "s2"] {
        let ids: Vec<u64> = got.iter().filter(|e| e.event["subject"] == subject).map(|e| e.id()).collect();
        assert!(ids.is_sorted() && ids.len() >= 6, "{subject}: {ids:?}");
    }
    let first = got.iter().find(|e| e.id() == 0).ok_or("no first")?;
    assert_eq!(first.event["source"], "/VN/GOV/MPS/population/births");
    assert_eq!(first.event["data"]["n"], 0);
    assert!(first.event["time"].is_string() && !first.repeats);
    assert_eq!((first.position, first.content_type.as_str()), (0, "application/cloudevents+json"));
    // The message that brought it is in both logs, signed by the publisher.
    for node in [&world.consumer, &world.provider] {
        let records = node.log.find(&first.message).await?;
        assert_eq!(records.iter().map(|r| r.part).collect::<Vec<_>>(), [Part::Request, Part::Response]);
        assert!(records[1].signer.contains("VN"), "{}", records[1].signer);
    }
    let stands = standing(&world, |s| s["delivered"] == 20).await?;
    assert_eq!((&stands["behind"], &stands["pending"], &stands["next"]), (&json!(0), &json!(0), &json!(20)));
    Ok(())
}

#[tokio::test]
async fn publishing_is_idempotent_and_in_ones_own_name() -> Outcome {
    let world = world(&["/births"], Vec::new()).await?;
    let address = world.provider.addresses.consumer;
    let post =
        |target: &'static str, body: Vec<u8>| async move { ask(address, "POST", target, &[STRUCTURED], &body).await };
    let first = post(PUBLISH, event(1, "vn.birth", "a")).await?;
    assert_eq!((first.status, &first.json()["position"]), (201, &json!(0)));
    world.advance(Duration::from_secs(5));
    let again = post(PUBLISH, event(1, "vn.birth", "a")).await?;
    assert_eq!((again.status, &again.json()["position"], &again.json()["before"]), (200, &json!(0), &json!(true)));
    let other = post(PUBLISH, event(1, "vn.birth", "b")).await?;
    assert_eq!(other.status, 409, "{}", other.json());
    let named = br#"{"specversion":"1.0","id":"2","type":"t","source":"/LA/GOV/MOHA/civil/births"}"#;
    assert_eq!(post(PUBLISH, named.to_vec()).await?.status, 400);
    assert_eq!(post(PUBLISH, vec![b' '; 70_000]).await?.status, 413);
    assert_eq!(post("/events/v1/VN/GOV/MPS/population/marriages", event(2, "t", "a")).await?.status, 404);
    assert_eq!(post("/events/v1/VN/GOV/MPS/nobody/births", event(2, "t", "a")).await?.status, 404);
    assert_eq!(ask(address, "POST", PUBLISH, &[JSON], b"{}").await?.status, 415);
    let binary = [
        ("ce-specversion", "1.0"),
        ("ce-id", "3"),
        ("ce-type", "vn.birth"),
        ("ce-subject", "Nguy%E1%BB%85n"),
        ("Content-Type", "application/json"),
    ];
    let taken = ask(address, "POST", PUBLISH, &binary, br#"{"x": 1.10}"#).await?;
    assert_eq!((taken.status, &taken.json()["position"]), (201, &json!(1)), "{}", taken.json());
    // Who may not ask in the publisher's name may not publish in it either.
    let callers = Callers::Addresses(vec!["10.1.1.1".parse()?]);
    world.provider.handle().set_clients(vec![LocalClient { callers, ..publisher(&["/births"]) }]);
    assert_eq!(post(PUBLISH, event(4, "vn.birth", "a")).await?.status, 403);
    Ok(())
}

#[tokio::test]
async fn the_same_event_at_once_is_one_event() -> Outcome {
    let world = world(&["/births"], Vec::new()).await?;
    let address = world.provider.addresses.consumer;
    let body = event(7, "vn.birth", "a");
    let posts = (0..16).map(|_| async { ask(address, "POST", PUBLISH, &[STRUCTURED], &body).await.unwrap() });
    let answers = futures_util::future::join_all(posts).await;
    let positions: std::collections::BTreeSet<u64> =
        answers.iter().filter_map(|a| a.json()["position"].as_u64()).collect();
    assert_eq!((positions.len(), answers.iter().filter(|a| a.status == 201).count()), (1, 1));
    let batch = world.ask("GET", &format!("{EVENTS}/births"), &[CLIENT], b"").await?.json();
    assert_eq!(batch["events"].as_array().map(Vec::len), Some(1), "{batch}");
    Ok(())
}

#[tokio::test]
async fn an_ordinary_request_asks_for_what_one_may_see() -> Outcome {
    let world = &world(&["/births/vn.birth"], Vec::new()).await?;
    for (id, kind) in [(0, "vn.secret"), (1, "vn.birth"), (2, "vn.secret"), (3, "vn.birth"), (4, "vn.secret")] {
        publish(world, id, kind, "a").await?;
    }
    let get = |path: String| async move { world.ask("GET", &path, &[CLIENT], b"").await };
    let batch = get(format!("{EVENTS}/births?from=0&limit=10")).await?;
    assert_eq!((batch.status, batch.header("content-type")), (200, "application/json"));
    let batch = batch.json();
    let positions: Vec<u64> =
        batch["events"].as_array().into_iter().flatten().filter_map(|e| e["position"].as_u64()).collect();
    assert_eq!((positions, &batch["next"], &batch["end"]), (vec![1, 3], &json!(5), &json!(5)));
    let one = get(format!("{EVENTS}/births?from=2&limit=1")).await?.json();
    assert_eq!((&one["events"][0]["position"], &one["next"]), (&json!(3), &json!(4)));
    let none = get(format!("{EVENTS}/births?type=vn.secret")).await?.json();
    assert_eq!((none["events"].as_array().map(Vec::len), &none["next"]), (Some(0), &json!(5)));
    assert_eq!(get(format!("{EVENTS}/births?nonsense=1")).await?.status, 400);
    get(format!("{EVENTS}/deaths")).await?.fails(500, "server.serverproxy.access_denied");
    assert_eq!(
        get(EVENTS.to_owned()).await?.json(),
        json!({ "topics": [{ "topic": "births", "first": 0, "end": 5 }] })
    );
    assert_eq!(world.ask("POST", &format!("{EVENTS}/births"), &[CLIENT], b"x").await?.status, 405);
    let other = ("X-Road-Client", "LA/GOV/MOHA/other");
    world.consumer.handle().set_clients(vec![LocalClient::consumer(moha().subsystem("other"))]);
    let denied = world.ask("GET", &format!("{EVENTS}/births"), &[other], b"").await?;
    denied.fails(500, "server.serverproxy.access_denied");
    Ok(())
}

#[tokio::test]
async fn an_answer_waits_for_an_event() -> Outcome {
    let world = world(&["/births"], Vec::new()).await?;
    let asked = std::time::Instant::now();
    let waiting = world.ask("GET", "/r1/VN/GOV/MPS/population/events/births?from=0&wait=20", &[CLIENT], b"");
    let publishing = async {
        tokio::time::sleep(Duration::from_millis(2_500)).await;
        publish(&world, 1, "vn.birth", "a").await
    };
    let (batch, published) = tokio::join!(waiting, publishing);
    published?;
    let batch = batch?.json();
    assert_eq!(batch["events"][0]["event"]["id"], "1", "{batch}");
    assert!((2..4).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
    let empty = world.ask("GET", &format!("{EVENTS}/births?from=1&wait=1"), &[CLIENT], b"").await?.json();
    assert_eq!(empty["events"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[tokio::test]
async fn systems_fetch_and_acknowledge() -> Outcome {
    let world = &world(&["/births"], vec![births()]).await?;
    for id in 0..5 {
        publish(world, id, "vn.birth", "a").await?;
    }
    standing(world, |s| s["pending"] == 5).await?;
    let fetch = |query: &'static str| async move {
        laos(world, "GET", &format!("/events/v1/subscriptions/births{query}"), &Value::Null).await
    };
    let marks = |answer: &Answer| -> Vec<(u64, bool)> {
        let events = answer.json()["events"].as_array().cloned().unwrap_or_default();
        events.iter().map(|e| (e["position"].as_u64().unwrap(), e["redelivery"].as_bool().unwrap())).collect()
    };
    assert_eq!(marks(&fetch("?limit=2").await?), [(0, false), (1, false)]);
    assert_eq!(marks(&fetch("?limit=3").await?), [(0, true), (1, true), (2, false)]);
    let acked = laos(world, "POST", "/events/v1/subscriptions/births/ack", &json!({ "position": 1 })).await?;
    assert_eq!(acked.json(), json!({ "acknowledged": 2, "pending": 3 }));
    assert_eq!(marks(&fetch("").await?), [(2, true), (3, false), (4, false)]);
    let acked = laos(world, "POST", "/events/v1/subscriptions/births/ack", &json!({ "positions": [2, 4, 99] })).await?;
    assert_eq!(acked.json(), json!({ "acknowledged": 2, "pending": 1 }));
    assert_eq!(marks(&fetch("").await?), [(3, true)]);
    assert_eq!(laos(world, "POST", "/events/v1/subscriptions/births/ack", &json!({})).await?.status, 400);
    assert_eq!(laos(world, "GET", "/events/v1/subscriptions/nothing", &Value::Null).await?.status, 404);
    // A page of another site cannot make a browser send JSON.
    let address = world.consumer.addresses.consumer;
    let form = ask(address, "POST", "/events/v1/subscriptions/births/ack", &[], br#"{"position":9}"#).await?;
    assert_eq!(form.status, 415);
    // Everything again, with the mark.
    let replay = laos(world, "POST", "/events/v1/subscriptions/births/replay", &json!({ "from": 1 })).await?;
    assert_eq!(replay.status, 202, "{}", replay.json());
    standing(world, |s| s["pending"] == 4).await?;
    assert_eq!(marks(&fetch("").await?), [(1, true), (2, true), (3, true), (4, true)]);
    Ok(())
}

#[tokio::test]
async fn an_event_that_is_refused_is_put_aside_and_holds_its_subject() -> Outcome {
    let receiver = Receiver::start().await?;
    receiver.refuse("bad");
    let settings = SubscriptionSettings { attempts: 2, ..pushed_to(&receiver) };
    let world = world(&["/births"], vec![settings]).await?;
    for (id, subject) in [(0, "bad"), (1, "good"), (2, "bad"), (3, "good")] {
        publish(&world, id, "vn.birth", subject).await?;
    }
    let stands = standing(&world, |s| s["dead_letters"] == 1 && s["delivered"] == 2).await?;
    assert_eq!((&stands["subjects_held"], &stands["pending"]), (&json!(1), &json!(1)), "{stands}");
    let letters = laos(&world, "GET", "/events/v1/subscriptions/births/dead-letters", &Value::Null).await?.json();
    let letter = &letters["dead_letters"][0];
    assert_eq!((&letter["position"], &letter["attempts"], &letter["subject"]), (&json!(0), &json!(2), &json!("bad")));
    assert!(letter["reason"].as_str().is_some_and(|r| r.contains("422") && r.contains("not so")), "{letter}");
    receiver.take_all();
    let target = format!("/events/v1/subscriptions/births/dead-letters/{}/deliver", letter["number"]);
    assert_eq!(laos(&world, "POST", &target, &json!({})).await?.status, 200);
    standing(&world, |s| s["delivered"] == 4 && s["dead_letters"] == 0).await?;
    let ids: Vec<(u64, bool)> =
        receiver.taken().iter().filter(|e| e.event["subject"] == "bad").map(|e| (e.id(), e.repeats)).collect();
    assert_eq!(ids, [(0, true), (2, false)]);
    Ok(())
}

#[tokio::test]
async fn a_receiver_that_is_away_costs_no_event() -> Outcome {
    let receiver = Receiver::start().await?;
    receiver.be_busy();
    let settings = SubscriptionSettings { attempts: 1, lead: 4, ..pushed_to(&receiver) };
    let world = world(&["/births"], Vec::new()).await?;
    for id in 0..10 {
        publish(&world, id, "vn.birth", "a").await?;
    }
    world.consumer.handle().set_clients(vec![subscriber(vec![settings])]);
    // No more is fetched than may wait.
    let stands = standing(&world, |s| s["pending"] == 4 && s["delivery_problem"].is_string()).await?;
    assert_eq!((&stands["next"], &stands["behind"]), (&json!(4), &json!(10)), "{stands}");
    receiver.take_all();
    let stands = standing(&world, |s| s["delivered"] == 10).await?;
    assert_eq!((&stands["dead_letters"], &stands["behind"]), (&json!(0), &json!(0)));
    assert!(receiver.taken().iter().map(|e| e.id()).eq(0..10));
    Ok(())
}

#[tokio::test]
async fn a_publisher_that_is_away_is_asked_again() -> Outcome {
    let receiver = Receiver::start().await?;
    let mut world = world(&["/births"], vec![pushed_to(&receiver)]).await?;
    publish(&world, 0, "vn.birth", "a").await?;
    receiver.wait_for(1).await?;
    world.provider.restart().await?;
    let there = places(&world.provider, &world);
    world.provider.gateway.serve_events(there);
    world.provider.handle().set_clients(vec![publisher(&["/births"])]);
    let address = world.provider.addresses.consumer;
    while ask(address, "GET", "/events/v1", &[], b"").await?.status == 503 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(publish(&world, 0, "vn.birth", "a").await?, 0, "it is remembered");
    assert_eq!(publish(&world, 1, "vn.birth", "a").await?, 1);
    let got = receiver.wait_for(2).await?;
    assert!(got.iter().map(|e| e.id()).eq(0..2) && got.iter().all(|e| !e.repeats));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_ends_at_any_moment_loses_nothing() -> Outcome {
    let receiver = Receiver::start().await?;
    receiver.be_slow(Duration::from_millis(20));
    let subscriptions = vec![pushed_to(&receiver)];
    let mut world = world(&["/births"], subscriptions.clone()).await?;
    let count = 60;
    for id in 0..count {
        publish(&world, id, "vn.birth", &format!("s{}", id % 4)).await?;
        if id % 15 == 14 {
            tokio::time::sleep(Duration::from_millis(70)).await;
            // Now and then with a word, now and then without.
            match id % 2 {
                0 => world.consumer.restart().await?,
                _ => world.consumer.end_and_begin().await?,
            }
            let here = places(&world.consumer, &world);
            world.consumer.gateway.serve_events(here);
            world.consumer.handle().set_clients(vec![subscriber(subscriptions.clone())]);
        }
    }
    standing(&world, |s| s["behind"] == 0 && s["next"] == u64::from(count)).await?;
    let mut seen = std::collections::BTreeSet::new();
    let mut last = std::collections::BTreeMap::new();
    for got in receiver.taken() {
        let is_first = seen.insert(got.id());
        assert!(is_first || got.repeats, "event {} came twice without the mark", got.id());
        if is_first {
            let before = last.insert(got.event["subject"].to_string(), got.id());
            assert!(before.is_none_or(|before| before < got.id()), "{before:?} before {}", got.id());
        }
    }
    assert!(seen.into_iter().eq(0..u64::from(count)));
    Ok(())
}

#[tokio::test]
async fn subscriptions_come_and_go_and_begin_where_they_are_told() -> Outcome {
    let world = world(&["/births"], Vec::new()).await?;
    for id in 0..3 {
        publish(&world, id, "vn.birth", "a").await?;
        world.advance(Duration::from_secs(60));
    }
    let begin = |start: &str| subscriber(vec![SubscriptionSettings { start: Some(start.into()), ..births() }]);
    let handle = world.consumer.handle();
    handle.set_clients(vec![begin("2")]);
    standing(&world, |s| s["next"] == 3 && s["pending"] == 1).await?;
    handle.set_clients(vec![subscriber(Vec::new())]);
    standing(&world, Value::is_null).await?;
    // A name that was used goes on where it was.
    handle.set_clients(vec![begin("0")]);
    standing(&world, |s| s["next"] == 3 && s["pending"] == 1).await?;
    let other = |start: &str| SubscriptionSettings {
        name: format!("from.{}", start.len()),
        start: Some(start.into()),
        ..births()
    };
    let since = (world.clock.now() - Duration::from_secs(125)).to_string();
    handle.set_clients(vec![subscriber(vec![other(&since)])]);
    standing(&world, |s| s["name"] == "from.20" && s["next"] == 3 && s["pending"] == 2).await?;
    handle.set_clients(vec![subscriber(vec![other("end")])]);
    let stands = standing(&world, |s| s["name"] == "from.3" && s["next"] == 3).await?;
    assert_eq!(stands["pending"], 0);
    Ok(())
}

#[tokio::test]
async fn a_subscription_without_a_right_says_so() -> Outcome {
    let world = world(&[], vec![births()]).await?;
    let stands = standing(&world, |s| s["asking_problem"].is_string()).await?;
    assert!(
        stands["asking_problem"].as_str().is_some_and(|p| p.contains("access_denied") && p.contains("GET /births")),
        "{stands}"
    );
    let nobody = SubscriptionSettings::new("births", MemberId::new("VN", "GOV", "MPS").subsystem("nobody"), "births");
    world.consumer.handle().set_clients(vec![subscriber(vec![nobody])]);
    let stands = standing(&world, |s| s["provider"] == "VN/GOV/MPS/nobody" && s["asking_problem"].is_string()).await?;
    assert!(stands["asking_problem"].as_str().is_some_and(|p| p.contains("does not exist")), "{stands}");
    Ok(())
}

/// A disk that is full or a database that is away when the gateway starts are no reason to do without events for long.
#[tokio::test]
async fn a_subscription_that_cannot_be_opened_is_tried_again() -> Outcome {
    let world = world(&["/births"], Vec::new()).await?;
    publish(&world, 1, "la.birth", "1").await?;
    let folder = world.consumer.folder.path().join("events");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("subscriptions"), "in the way")?;
    world.consumer.handle().set_clients(vec![subscriber(vec![births()])]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(laos(&world, "GET", "/events/v1/subscriptions/births", &Value::Null).await?.status, 404);
    std::fs::remove_file(folder.join("subscriptions"))?;
    standing(&world, |it| it["pending"] == 1).await?;
    Ok(())
}

/// Rights may name subjects, so a path may have the number of a person.
#[tokio::test]
async fn a_refusal_does_not_say_what_was_asked_about() -> Outcome {
    let world = world(&["/births/la.birth/1"], Vec::new()).await?;
    let ask = async |path: &str| world.ask("GET", &format!("{EVENTS}{path}"), &[CLIENT], b"").await;
    for path in ["/deaths/la.death/010203998877", &format!("/{}", "x".repeat(20_000))] {
        let refused = ask(path).await?;
        refused.fails(500, "server.serverproxy.access_denied");
        let text = refused.json()["message"].to_string();
        assert!(text.len() < 300 && !text.contains("010203998877") && text.contains("TOPIC"), "{text}");
    }
    let refused = ask("/deaths").await?.json()["message"].to_string();
    assert!(refused.contains("GET /deaths"), "{refused}");
    Ok(())
}
