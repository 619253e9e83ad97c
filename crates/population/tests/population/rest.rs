//! The service over a real TCP port.

use crate::setting::{Setting, now, setting};
use mekong_base::Clock;
use mekong_population::http::{Service, router};
use mekong_population::{Access, AccessLog, Asker, Country};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const VN: &str = "id,surname,middle_name,given_name,sex,born,birth_place,residence,status,died
001090000001,Nguyễn,Văn,An,M,1990-05-31,15,75,living,
001190000002,Nguyễn,Thị Thanh,Ân,F,1990-05-31,54,66,living,
001290000003,Đặng,,Đức,M,2090-01-01,01,79,living,
001190000004,Trần,Thị,Nguyên,F,1990-05-31,01,79,deceased,2025-06-30
";
const LA: &str = "id,given_name,surname,given_name_latin,surname_latin,sex,born,birth_place,residence
120000000001,ຄຳແພງ,ວົງສາ,Khamphaeng,Vongsa,M,1980-01-02,01,13
";
const CLIENT: &str = "X-Road-Client: LA/GOV/MOHA/civil";

struct Served {
    address: SocketAddr,
    there: Setting,
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }
}

async fn served(country: Country, file: &str) -> Served {
    let there = setting(country).await;
    let report =
        there.import(file.replace("001290000003,Đặng,,Đức,M,2090-01-01", "001009000003,Đặng,,Đức,M,1909-01-01")).await;
    assert_eq!(report.faults, []);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service =
        Service { register: there.register.clone(), accesses: there.accesses.clone(), clock: Clock::manual(now()) };
    tokio::spawn(async move { axum::serve(listener, router(service)).await });
    Served { address, there }
}

impl Served {
    async fn ask(&self, method: &str, path: &str, headers: &[&str]) -> Answer {
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: register\r\nConnection: close\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[CLIENT, "X-Road-Id: m-1", "X-Road-Request-Id: r-1"]).await
    }

    #[track_caller]
    fn is_problem(answer: &Answer, status: u16, kind: &str, instance: Option<&str>) {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
        let problem = answer.json();
        assert_eq!(problem["type"], format!("urn:mekong:problem:{kind}"));
        assert_eq!(problem["status"], status);
        assert_eq!(problem["instance"].as_str(), instance);
        assert!(problem["detail"].as_str().unwrap().len() > 20);
    }
}

fn ids(answer: &Answer) -> Vec<String> {
    answer.json()["persons"].as_array().unwrap().iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_person_is_shown_with_names_in_both_forms_and_units_of_their_time() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    let answer = served.get("/persons/001090000001").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        answer.json(),
        serde_json::json!({
            "id": "001090000001", "country": "VN",
            "name": {
                "native": "Nguyễn Văn An", "latin": "Nguyen Van An",
                "surname": {"native": "Nguyễn", "latin": "Nguyen"},
                "middle": {"native": "Văn", "latin": "Van"},
                "given": {"native": "An", "latin": "An"},
            },
            "sex": "male", "born": "1990-05-31",
            "birth_place": {"code": "15", "name": "Tỉnh Yên Bái", "name_en": "Yen Bai"},
            "residence": {"code": "75", "name": "Thành phố Đồng Nai", "name_en": "Dong Nai"},
            "status": "living",
        })
    );
    let dead = served.get("/persons/001190000004").await.json();
    assert_eq!((dead["status"].as_str(), dead["died"].as_str()), (Some("deceased"), Some("2025-06-30")));
}

#[tokio::test]
async fn a_lao_name_comes_given_name_first_and_is_found_in_both_scripts() {
    let served = served(Country::laos().unwrap(), LA).await;
    let person = served.get("/persons/120000000001").await.json();
    assert_eq!(person["name"]["native"], "ຄຳແພງ ວົງສາ");
    assert_eq!(person["name"]["latin"], "Khamphaeng Vongsa");
    assert_eq!(person["residence"]["name"], "ສະຫວັນນະເຂດ");
    for name in
        ["KHAMPH", "khamphaeng+vong", "%E0%BA%84%E0%BA%B3", "%E0%BA%84%E0%BB%8D%E0%BA%B2%E0%BB%81%E0%BA%9E%E0%BA%87"]
    {
        assert_eq!(ids(&served.get(&format!("/persons?name={name}")).await), ["120000000001"], "{name}");
    }
    assert_eq!(ids(&served.get("/persons?name=vongsa").await), [""; 0]);
    assert_eq!(ids(&served.get("/persons?name=vongsa&born=1980-01-02").await), ["120000000001"]);
}

#[tokio::test]
async fn names_are_found_by_their_beginning_or_by_words_and_birth() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    assert_eq!(ids(&served.get("/persons?name=nguyen").await), ["001190000002", "001090000001"]);
    assert_eq!(ids(&served.get("/persons?name=Nguy%E1%BB%85n%20V").await), ["001090000001"]);
    assert_eq!(ids(&served.get("/persons?name=an").await), [""; 0]);
    assert_eq!(ids(&served.get("/persons?name=an+nguyen&born=1990-05-31").await), ["001190000002", "001090000001"]);
    assert_eq!(ids(&served.get("/persons?name=nguyen&born=1990-05-31").await).len(), 3);
    assert_eq!(ids(&served.get("/persons?name=nguyen&born=1990-06-01").await), [""; 0]);
    assert_eq!(ids(&served.get("/persons?name=dang+duc").await), ["001009000003"]);
    assert_eq!(ids(&served.get("/persons?name=%25%25").await), [""; 0]);
}

#[tokio::test]
async fn pages_follow_each_other() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    for query in ["name=nguyen", "name=nguyen&born=1990-05-31"] {
        let all = ids(&served.get(&format!("/persons?{query}")).await);
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = served.get(&format!("/persons?{query}&limit=1{cursor}")).await;
            found.extend(ids(&page));
            match page.json()["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, all);
    }
}

#[tokio::test]
async fn an_answer_that_is_known_is_not_sent_again_but_logged() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    let first = served.get("/persons/001090000001").await;
    let etag = first.header("etag").unwrap().to_owned();
    let second =
        served.ask("GET", "/persons/001090000001", &[CLIENT, &format!("If-None-Match: \"x\", W/{etag}")]).await;
    assert_eq!((second.status, second.body.as_str(), second.header("etag")), (304, "", Some(etag.as_str())));
    let other = served.ask("GET", "/persons/001190000002", &[CLIENT, &format!("If-None-Match: {etag}")]).await;
    assert_eq!(other.status, 200);
    assert_eq!(served.there.accesses.latest(Some("001090000001"), 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn refusals_say_what_is_wrong() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    let refused = |path: &'static str| served.get(path);
    Served::is_problem(&refused("/persons/001090999999").await, 404, "person-not-found", Some("id"));
    Served::is_problem(&refused("/persons/1").await, 400, "bad-parameter", Some("id"));
    Served::is_problem(&refused("/persons/..%2Fetc").await, 400, "bad-parameter", Some("id"));
    Served::is_problem(&refused("/persons").await, 400, "bad-parameter", Some("name"));
    Served::is_problem(&refused("/persons?name=an&born=x").await, 400, "bad-parameter", Some("born"));
    Served::is_problem(&refused("/persons?name=an&surname=x").await, 400, "bad-parameter", Some("surname"));
    Served::is_problem(&refused("/people").await, 404, "no-such-path", None);
    let post = served.ask("POST", "/persons", &[CLIENT, "Content-Length: 0"]).await;
    Served::is_problem(&post, 405, "method-not-allowed", None);
    assert_eq!(post.header("allow"), Some("GET, HEAD"));
    let nobody = served.ask("GET", "/persons/001090000001", &[]).await;
    Served::is_problem(&nobody, 400, "missing-client", Some("x-road-client"));
    let strange = served.ask("GET", "/persons/001090000001", &["X-Road-Client: LA/../MOHA"]).await;
    Served::is_problem(&strange, 400, "bad-header", Some("x-road-client"));
}

#[tokio::test]
async fn every_access_is_logged_and_found_again() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    served.get("/persons/001090000001").await;
    served.get("/persons/001090999999").await;
    served.get("/persons?name=nguyen").await;
    let log = served.there.accesses.latest(None, 10).await.unwrap();
    let (times, log): (Vec<_>, Vec<_>) = log.into_iter().unzip();
    assert_eq!(times, [now(); 3]);
    assert_eq!((log[0].subject.as_str(), log[0].shown.len()), ("name nguyen", 2));
    assert_eq!((log[1].subject.as_str(), log[1].shown.len()), ("001090999999", 0));
    assert_eq!(log[2].shown, ["001090000001"]);
    assert_eq!(log[2].asker.client, "LA/GOV/MOHA/civil");
    assert_eq!((log[2].asker.message.as_deref(), log[2].asker.request.as_deref()), (Some("m-1"), Some("r-1")));
    assert_eq!(served.there.accesses.latest(None, 1).await.unwrap().len(), 1);
    assert_eq!(served.there.accesses.latest(Some("001090000001"), 10).await.unwrap().len(), 2);
    assert_eq!(served.there.accesses.latest(Some("001090999999"), 10).await.unwrap(), []);
}

#[tokio::test]
async fn what_the_database_forgot_of_the_accesses_is_in_the_ledger() {
    let Setting { register, accesses, folder } = setting(Country::vietnam().unwrap()).await;
    let asker = Asker { client: "LA/GOV/MOHA/civil".to_owned(), message: None, request: None };
    for shown in [vec!["001090000001".to_owned()], vec![], vec!["001090000001".to_owned(), "001190000002".to_owned()]] {
        let access = Access { asker: asker.clone(), operation: "search".to_owned(), subject: "x".to_owned(), shown };
        accesses.record(&access).await.unwrap();
    }
    assert_eq!(accesses.latest(Some("001090000001"), 10).await.unwrap().len(), 2);
    let database = register.database().clone();
    // As from an older backup of the database, and as from an older one of the ledger.
    for forgotten in [0, 1, 99] {
        database.execute(sqlx::query("DELETE FROM shown WHERE access >= $1").bind(forgotten)).await.unwrap();
        database.execute(sqlx::query("UPDATE access_index SET indexed_to = $1").bind(forgotten)).await.unwrap();
        let again = AccessLog::open(accesses.ledger().clone(), database.clone()).await.unwrap();
        assert_eq!(again.latest(Some("001090000001"), 10).await.unwrap().len(), 2, "{forgotten}");
        assert_eq!(again.latest(Some("001190000002"), 10).await.unwrap().len(), 1, "{forgotten}");
    }
    drop(folder);
}

#[tokio::test]
async fn nobody_is_shown_when_the_log_cannot_be_written() {
    let served = served(Country::vietnam().unwrap(), VN).await;
    served.there.accesses.ledger().close().await;
    let refused = served.get("/persons/001090000001").await;
    Served::is_problem(&refused, 503, "register-unavailable", None);
    assert!(!refused.body.contains("Nguy"));
}

#[tokio::test]
async fn the_service_describes_itself_and_tells_its_health() {
    let served = served(Country::laos().unwrap(), LA).await;
    let description = served.ask("GET", "/openapi.json", &[]).await;
    assert_eq!(description.json()["openapi"], "3.1.0");
    let health = served.ask("GET", "/health", &[]).await;
    assert_eq!((health.status, health.body.as_str()), (200, r#"{"status":"up","country":"LA"}"#));
    served.there.register.database().close().await.unwrap();
    Served::is_problem(&served.ask("GET", "/health", &[]).await, 503, "register-unavailable", None);
}
