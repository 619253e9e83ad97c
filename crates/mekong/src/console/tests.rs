//! The console over real TCP, of a real small world: two countries with ten residents each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::exchanges::{self, Logged};
use super::model::{Overview, View};
use super::reader::Reader;
use super::{overview, start};
use crate::demo::journey::{AgencySystem, Step};
use crate::demo::network::CLIENT_PORT;
use crate::demo::question_of;
use crate::demo::world::World;
use bytes::Bytes;
use mekong_base::{Clock, MemberId};
use mekong_crypto::KeyType;
use mekong_exchange::messagelog::{Body, NewRecord, Part, Side};
use mekong_message::SignatureData;
use mekong_web::Language;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::RwLock;

/// An answer, taken apart.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        // Places where a line may break are not what a page says.
        String::from_utf8(self.body.clone()).unwrap().replace("<wbr>", "")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    #[track_caller]
    fn has(&self, header: &str, value: &str) {
        let line = format!("{header}: {value}");
        assert!(self.head.lines().any(|l| l.eq_ignore_ascii_case(&line)), "no {line} in\n{}", self.head);
    }
}

/// Sends a request as it stands and reads the answer to its end.
async fn send(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    let end = all.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(all[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: all[end + 4..].to_vec() }
}

async fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await
}

/// Asks the first question of the journey; returns what must not be seen on any page.
async fn ask(world: &World) -> (Step, String) {
    let step = question_of(world).await.unwrap();
    let gateway = SocketAddr::new(world.country(step.from).addresses.asker(), CLIENT_PORT);
    let ended = AgencySystem::new().exchange(&gateway.to_string(), &step).await.unwrap();
    assert_eq!(ended.status, 200, "{}", String::from_utf8_lossy(&ended.body));
    let number = step.path.rsplit('/').next().unwrap().to_owned();
    (step, number)
}

/// A small world. Another process may take the addresses between their choice and their use: then others are chosen.
async fn world(folder: &std::path::Path) -> World {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let folder = folder.join(format!("demo-{attempts}"));
        match World::start(&folder, Some(10), Some(1), KeyType::P256, &Clock::system()).await {
            Ok(world) => return world,
            Err(error) if attempts < 10 && error.to_string().contains("in use") => eprintln!("again: {error}"),
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_evidence_and_verdicts_of_a_real_exchange() {
    let folder = tempfile::tempdir().unwrap();
    let world = Arc::new(RwLock::new(world(folder.path()).await));
    let console = start("127.0.0.1:0".parse().unwrap(), Arc::clone(&world), Clock::system()).await.unwrap();
    let at = console.address();
    let (_, number) = ask(&*world.read().await).await;

    refuses_others(at).await;
    pages_are_safe_and_complete(at, &number).await;
    let message = messages_are_listed(at, &number).await;
    evidence_is_judged(at, &message, &number).await;
    what_is_not_there(at, &message).await;
    shows_a_gateway_that_is_off(at, &world).await;
    without_time_stamps(at, &world).await;
    performance(at, &world).await;

    console.stop().await;
    Arc::into_inner(world).expect("the console keeps nothing alive").into_inner().stop().await;
}

async fn refuses_others(at: SocketAddr) {
    for host in ["evil.example", "evil.example:4000", "127.0.0.1.evil.example", "192.0.2.1"] {
        let answer = send(at, &format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(answer.status, 421, "{host}");
        answer.has("x-content-type-options", "nosniff");
        assert!(!answer.text().contains(host));
    }
    assert_eq!(send(at, "GET / HTTP/1.0\r\n\r\n").await.status, 421);
    for method in ["POST", "PUT", "DELETE"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        assert_eq!(send(at, &request).await.status, 405, "{method}");
    }
    let framed = format!(
        "GET / HTTP/1.1\r\nHost: {at}\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(send(at, &framed).await.status, 403);
}

async fn pages_are_safe_and_complete(at: SocketAddr, number: &str) {
    assert_eq!(get(at, "/health").await.text(), "ok\n");
    for (language, says) in [("vi", "Chứng thư số"), ("lo", "ໃບຢັ້ງຢືນ"), ("en", "Certificates")]
    {
        let page = get(at, &format!("/?lang={language}")).await;
        assert_eq!(page.status, 200);
        page.has("content-language", language);
        page.has("x-frame-options", "DENY");
        page.has("referrer-policy", "no-referrer");
        page.has("cache-control", "no-store");
        assert!(
            page.head.contains("default-src 'none'") && page.head.contains("frame-ancestors 'none'"),
            "{}",
            page.head
        );
        let html = page.text();
        assert!(html.contains(says) && html.contains("Bộ Công an") && html.contains("ກະຊວງພາຍໃນ"), "{language}");
        assert!(html.contains("LA-MOHA") && html.contains("persons"));
        assert!(html.contains("GET /v1/persons/{..}"), "{}", get(at, "/api/messages.json").await.text());
        assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains("http-equiv"));
        assert!(!html.contains(number), "a person's number is on the page");
    }
    let refreshing = get(at, "/?refresh=on").await.text();
    assert!(
        refreshing.contains("<meta http-equiv=\"refresh\" content=\"10\">")
            && refreshing.contains("Stop loading by itself")
    );
    let json = get(at, "/api/overview.json").await.json();
    assert_eq!(json["countries"].as_array().unwrap().len(), 2);
    for country in json["countries"].as_array().unwrap() {
        assert_eq!(
            (country["people"].as_u64(), country["certificates"].as_array().unwrap().len()),
            (Some(10), 8),
            "{country}"
        );
        assert!(country["certificates"].as_array().unwrap().iter().all(|c| c["days_left"].as_i64().unwrap() > 300));
        assert!(country["gateways"].as_array().unwrap().iter().all(|g| g["state"] == "running"), "{country}");
    }
}

/// The path of the answer in the asking gateway's log.
async fn messages_are_listed(at: SocketAddr, number: &str) -> String {
    let answer = get(at, "/api/messages.json?limit=10").await;
    answer.has("content-type", "application/json");
    assert!(!answer.text().contains(number));
    let messages = answer.json()["messages"].as_array().unwrap().clone();
    assert_eq!(messages.len(), 4, "request and response on both sides");
    let find =
        |gateway: &str| messages.iter().find(|m| m["gateway"] == gateway && m["part"] == "response").unwrap().clone();
    let (asked, answered) = (find("LA-MOHA"), find("VN-MPS"));
    assert_eq!((asked["side"].as_str(), asked["status"].as_u64()), (Some("consumer"), Some(200)));
    assert_eq!(
        (answered["side"].as_str(), answered["operation"].as_str()),
        (Some("provider"), Some("GET /v1/persons/{..}"))
    );
    let wrong = get(at, "/api/messages.json?limit=0").await;
    wrong.has("content-type", "application/problem+json");
    assert_eq!((wrong.status, wrong.json()["status"].as_u64()), (400, Some(400)));
    format!("/messages/LA-MOHA/{}", asked["id"])
}

async fn evidence_is_judged(at: SocketAddr, message: &str, number: &str) {
    let page = get(at, &format!("{message}?lang=lo")).await;
    assert_eq!(page.status, 200);
    assert!(!page.text().contains(number) && page.text().contains("Bộ Công an"));
    let evidence = get(at, &format!("{message}/evidence")).await;
    evidence.has("content-type", "application/vnd.etsi.asic-e+zip");
    let id = message.rsplit('/').next().unwrap();
    evidence.has("content-disposition", &format!("attachment; filename=\"LA-MOHA-{id}-response.asice\""));
    evidence.has("cache-control", "no-store");
    assert!(evidence.body.starts_with(b"PK"));
    for (language, valid) in [("vi", "Hợp lệ"), ("lo", "ຖືກຕ້ອງ"), ("en", "Valid")] {
        let verdict = get(at, &format!("{message}/verify?lang={language}")).await;
        assert_eq!(verdict.status, 200, "{}", verdict.text());
        let html = verdict.text();
        assert!(
            html.contains(valid) && html.contains("VN/GOV/MPS/population") && html.contains("<code>ok</code>"),
            "{html}"
        );
        assert!(!html.contains(number));
    }
    let verdict = get(at, &format!("{message}/verify.json")).await.json();
    assert_eq!((verdict["valid"].as_bool(), verdict["reason"].as_str()), (Some(true), Some("ok")), "{verdict}");
    assert_eq!(verdict["signer"], "VN/GOV/MPS/population");
    assert!(verdict["timestamp"].is_string() && verdict["signed_at"].is_string());
}

async fn what_is_not_there(at: SocketAddr, message: &str) {
    let wrong = [
        "/nothing",
        "/messages/LA-MOHA",
        "/messages/LA-MOHA/0",
        "/messages/LA-MOHA/999999",
        "/messages/LA-MOHA/x",
        "/messages/XX-YY/1",
        "/messages/LA-MOHA/%00",
        "/messages/LA-MOHA/-1/evidence",
        "/messages/LA-MOHA/9223372036854775808/verify",
        "/messages/..%2f/1/evidence",
        "/messages/LA-MOHA/1%3Cscript%3E",
    ];
    for path in wrong {
        let answer = get(at, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(!answer.text().contains("<script"));
    }
    assert_eq!(get(at, "/messages/LA-MOHA/0/verify.json").await.json()["type"], "urn:mekong:problem:not-found");
    assert_eq!(get(at, &format!("{message}?lang=%ff&refresh=%00")).await.status, 200);
}

async fn shows_a_gateway_that_is_off(at: SocketAddr, world: &RwLock<World>) {
    world.write().await.country_mut("VN").keeper.gateway.as_mut().unwrap().pause().await;
    let page = get(at, "/?lang=en").await.text();
    assert!(page.contains("Gateway VN-MPS is switched off") && page.contains("link broken"));
    let json = get(at, "/api/overview.json").await.json();
    assert_eq!(json["countries"][1]["gateways"][0]["state"], "down");
    world.write().await.country_mut("VN").keeper.gateway.as_mut().unwrap().resume().await.unwrap();
}

/// The time-stamping authority is gone: what is stamped stays evidence, what is not cannot become it.
async fn without_time_stamps(at: SocketAddr, world: &RwLock<World>) {
    let trust = world.write().await.country_mut("VN").operator.trust.take();
    trust.unwrap().stop().await;
    ask(&*world.read().await).await;
    let messages = get(at, "/api/messages.json").await.json();
    let waiting = messages["messages"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["gateway"] == "VN-MPS" && m["timestamped"] == false)
        .unwrap()
        .clone();
    let answer = get(at, waiting["verify"].as_str().unwrap()).await;
    answer.has("retry-after", "5");
    assert_eq!((answer.status, answer.json()["type"].as_str()), (503, Some("urn:mekong:problem:not-time-stamped")));
    let page = get(at, &format!("{}?lang=vi", waiting["evidence"].as_str().unwrap())).await;
    assert_eq!(page.status, 503);
    assert!(page.text().contains("Chưa lấy được dấu thời gian"));
    assert!(get(at, "/?lang=en").await.text().contains("VN-MPS has got no time-stamp since"));
}

/// Ten thousand messages in a log do not make the page slow or long.
async fn performance(at: SocketAddr, world: &RwLock<World>) {
    {
        let world = world.read().await;
        let log = world.country("LA").asker.gateway.as_ref().unwrap().log().clone();
        let mut all = tokio::task::JoinSet::new();
        for n in 0..5_000_u32 {
            let log = log.clone();
            all.spawn(async move {
                log.record_exchange(logged(n, Part::Request), logged(n, Part::Response)).await.unwrap()
            });
        }
        all.join_all().await;
    }
    let mut fastest = Duration::MAX;
    for _ in 0..5 {
        let started = Stopwatch::now();
        let page = get(at, "/?lang=vi").await;
        fastest = fastest.min(started.elapsed());
        let html = page.text();
        assert_eq!(html.matches(" → VN").count(), 25);
        assert!(html.len() < 400_000, "{} bytes", html.len());
    }
    println!("a page of 10,000 messages took {} ms", fastest.as_millis());
    assert!(fastest < Duration::from_millis(if cfg!(debug_assertions) { 400 } else { 50 }), "{fastest:?}");
}

fn logged(n: u32, part: Part) -> NewRecord {
    let answered = part == Part::Response;
    NewRecord {
        message_id: format!("m{n}"),
        request_id: format!("r{n}"),
        part,
        side: Side::Consumer,
        client: MemberId::new("LA", "GOV", "MOHA").subsystem("civil"),
        service: MemberId::new("VN", "GOV", "MPS").subsystem("population").service("persons"),
        peer: None,
        operation: "GET /v1/persons/{..}".to_owned(),
        status: answered.then_some(200),
        duration: answered.then_some(Duration::from_micros(u64::from(5_000 + n))),
        steps: Vec::new(),
        signer: "CN=<b>MOHA</b>".to_owned(),
        message: Bytes::from_static(b"GET\r\n"),
        body: Body::None,
        signature: SignatureData { signature_xml: "<ds:Signature/>".into(), hash_chain_result: None, hash_chain: None },
    }
}

/// Foreign text in a log stays text.
#[tokio::test(flavor = "multi_thread")]
async fn hostile_records_are_text() {
    let hostile = "</code><script>alert(1)</script>";
    let record = |part| {
        let mut record = exchanges::tests::record(1, hostile, part, Side::Consumer);
        (record.client, record.service, record.operation) = (hostile.into(), hostile.into(), hostile.into());
        (record.peer, record.signer) = (Some(hostile.into()), hostile.into());
        Logged { gateway: "LA-MOHA".into(), record }
    };
    let view = View { countries: Vec::new() };
    let exchanges = exchanges::merge(vec![record(Part::Request), record(Part::Response)], 50);
    let overview = Overview {
        at: mekong_base::Instant::from_unix_seconds(1_795_000_000),
        logs: Vec::new(),
        exchanges,
        durations: Vec::new(),
        certificates: Vec::new(),
        people: Vec::new(),
    };
    for language in Language::ALL {
        let html = overview::page(Reader { language, refresh: false }, &view, &overview).html();
        assert!(html.contains("&lt;script&gt;") && !html.contains("<script"));
    }
}
