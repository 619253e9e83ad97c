//! A witness as a node of the other country.

use super::{Place, verdict};
use crate::support::program::{PATIENCE, Running, command, mekong, run};
use std::net::TcpListener;

struct Witness {
    #[expect(dead_code, reason = "runs until it is dropped")]
    running: Running,
    url: String,
    key: String,
}

/// A witness of `log`, with its memory in `folder`.
fn witness(place: &Place, folder: &str, log: &str) -> Witness {
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!(
        "version = 1\n[witness]\nname = 'moha.example/{folder}'\nfolder = '{folder}'\npassphrase_file = 'passphrase'\n\
         listen = '{listen}'\n[[witness.logs]]\nkeys = ['{log}']\n"
    );
    let path = place.path(&format!("{folder}.toml"));
    std::fs::write(&path, config).unwrap();
    let running = Running::start(mekong(["serve", "--config", path.to_str().unwrap()]));
    running.wait_for(|line| line.contains("is running"), PATIENCE);
    let line = format!(
        "key --witness --keys @{folder}/keys --label witness --passphrase-file @passphrase --name moha.example/{folder}"
    );
    let key = place.ledger(&line).success().out.trim().to_owned();
    Witness { running, url: format!("http://{listen}"), key }
}

#[test]
fn a_log_is_witnessed_and_two_histories_are_found_kept_and_named() {
    let place = Place::new();
    let log = place.signed();
    let first = witness(&place, "first", &log);
    let submit = |folder: &str, witness: &Witness| {
        place.ledger(&format!("submit @{folder} --url {} --witness {}", witness.url, witness.key))
    };
    submit("log", &first).success();
    let ended = place.ledger(&format!("check --json @log --key {log} --witness {}", first.key));
    assert_eq!(verdict(&ended), (0, Some(true), "ok".into(), None), "{ended:?}");
    assert_eq!(ended.json_lines()[0]["witnesses"][0]["size"], 600);
    std::fs::copy(place.path("log/checkpoint"), place.path("witnessed")).unwrap();
    // It grows, and is witnessed again; the witness was restarted meanwhile.
    let key = first.key.clone();
    drop(first);
    let again = witness(&place, "first", &log);
    assert_eq!(again.key, key);
    place.append("log", 600, 10);
    place.sign("log", "log.example/audit").success();
    let told = place.ledger(&format!("submit @log --url {} --witness {} --json", again.url, again.key)).success();
    assert_eq!(told.json_lines()[0]["size"], 610, "{told:?}");

    // Another history of 610 records, signed with the same key: the ledger is begun anew.
    place.append("other", 1000, 610);
    place.sign("other", "log.example/audit").success();
    let refused = submit("other", &again);
    assert!(refused.code == 1 && refused.err.contains("log.example/audit shows two histories"), "{refused:?}");
    let told = place.ledger(&format!("submit @other --url {} --witness {} --json", again.url, again.key));
    assert_eq!(told.code, 1, "{told:?}");
    let told = &told.json_lines()[0];
    assert!(told["cosigned"] == false && told["evidence"].as_str().is_some_and(|text| !text.is_empty()), "{told}");
    let evidence: Vec<_> =
        std::fs::read_dir(place.path("first/evidence")).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(evidence.len(), 1);
    let kept = std::fs::read_to_string(&evidence[0]).unwrap();
    assert!(kept.starts_with("the log log.example/audit shows two histories: with 610 records"), "{kept}");

    // A witness that never saw the first cosigns the second; who has both checkpoints sees it.
    let fooled = witness(&place, "fooled", &log);
    submit("other", &fooled).success();
    std::fs::copy(place.path("other/checkpoint"), place.path("second")).unwrap();
    std::fs::copy(place.path("log/checkpoint"), place.path("first_one")).unwrap();
    let keys = format!("--key {log}");
    let ended = place.ledger(&format!("check --json @first_one @second {keys}"));
    assert_eq!(verdict(&ended), (1, Some(false), "equivocation".into(), None), "{ended:?}");
    // A ledger that was rolled back is noticed by its witness.
    place.append("short", 0, 5);
    place.sign("short", "log.example/audit").success();
    let rolled_back = submit("short", &again);
    assert!(rolled_back.code == 1 && rolled_back.err.contains("was rolled back"), "{rolled_back:?}");
}

#[test]
fn the_witness_answers_curl_as_its_protocol_says() {
    let place = Place::new();
    let log = place.signed();
    let witness = witness(&place, "witness", &log);
    place.ledger("prove @log --since @old -o @request").success();
    let request = std::fs::read_to_string(place.path("request")).unwrap();
    let mut said = Vec::new();
    for (body, expected) in [
        (request.clone(), "409 text/x.tlog.size"),
        (request.replace("old 300\n", "nonsense\n"), "400 text/plain; charset=utf-8"),
        (request.replace("log.example/audit\n600", "log.example/other\n600"), "404 text/plain; charset=utf-8"),
        (request.replace("\n600\n", "\n601\n"), "403 text/plain; charset=utf-8"),
        (request.replace("old 300", "old 0"), "422 text/plain; charset=utf-8"),
    ] {
        std::fs::write(place.path("body"), body).unwrap();
        let body = format!("@{}", place.path("body").display());
        let url = format!("{}/add-checkpoint", witness.url);
        let format = "%{http_code} %{content_type}";
        let ended = run(command("curl", ["-s", "--data-binary", &body, "-w", format, &url])).success();
        assert!(ended.out.ends_with(expected), "{ended:?}");
        said.push(ended.out);
    }
    assert_eq!(said[0], "0\n409 text/x.tlog.size");
}
