//! The validator's page and API: by a form as curl sends it, and in a real browser with the module, whose verdict must be
//! the server's, while the document stays where it is.

use crate::support::program::{Running, command, mekong, run};
use crate::support::python::client;
use crate::support::shared::shared;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A validator that trusts what the set about mutual recognition trusts.
struct Validator {
    folder: PathBuf,
    url: String,
    _running: Running,
}

impl Validator {
    fn start(module: Option<PathBuf>) -> Option<Self> {
        let folder = shared("vectors/trust/mra")?;
        let mut command = mekong(["verify-page", "--listen", "127.0.0.1:0"]);
        for list in ["mra-lotl.xml", "mra-zz-tl.xml"] {
            command.arg("--list").arg(folder.join(list));
        }
        command.arg("--list-signer").arg(folder.join("certs/ZZ-LOTL-signer.crt"));
        let anchors =
            ["Test-Qualified-CA1-from-ZZ", "Test-QTSP-1-RootCA-from-ZZ", "ZZ-QTSP1-ocsp-responder", "good-tsa"];
        for anchor in anchors {
            command.arg("--anchor").arg(folder.join(format!("certs/{anchor}.crt")));
        }
        if let Some(module) = module {
            command.arg("--module").arg(module);
        }
        let running = Running::start(command);
        let line = running.wait_for(|line| line.starts_with("http://"), Duration::from_secs(60));
        let url = line.split(' ').next().unwrap().to_owned();
        Some(Self { folder, url, _running: running })
    }

    /// What curl gets: status, media type, body.
    fn curl(&self, path: &str, arguments: &[&str]) -> (String, String, String) {
        let mut curl = command("curl", ["-sS", "--max-time", "60", "-w", "\n%{http_code} %{content_type}"]);
        curl.args(arguments).arg(format!("{}{path}", self.url));
        let out = run(curl).success().out;
        let (body, end) = out.rsplit_once('\n').unwrap();
        let (status, kind) = end.split_once(' ').unwrap();
        (status.to_owned(), kind.to_owned(), body.to_owned())
    }

    /// A good document and the same with a byte of what is signed changed.
    fn documents(&self, into: &Path) -> [PathBuf; 2] {
        let good = self.folder.join("john-doe-lta.pdf");
        let mut bytes = std::fs::read(&good).unwrap();
        bytes[20] ^= 1;
        let broken = into.join("broken.pdf");
        std::fs::write(&broken, bytes).unwrap();
        [good, broken]
    }

    /// The server's words on a document.
    fn fragment(&self, document: &Path) -> String {
        let form = format!("document=@{}", document.display());
        let (status, _, page) = self.curl("/?lang=en", &["-F", &form]);
        assert_eq!(status, "200", "{page}");
        let start = page.find("<section class=\"verdict").unwrap_or_else(|| panic!("no verdict in {page}"));
        let length = page[start..].find("</section>").unwrap() + "</section>".len();
        page[start..start + length].replace("&#39;", "'")
    }
}

#[test]
fn the_form_works_without_scripts_and_says_where_it_is_judged() {
    let Some(validator) = Validator::start(None) else { return };
    let folder = tempfile::tempdir().unwrap();
    let [good, broken] = validator.documents(folder.path());
    let said = validator.fragment(&good);
    assert!(said.contains("verdict good") && said.contains("John Doe") && said.contains("QCForESig"), "{said}");
    let said = validator.fragment(&broken);
    assert!(said.contains("verdict bad"), "{said}");
    for (language, words) in [("vi", "gửi đến máy chủ"), ("lo", "ເຊີບເວີ"), ("en", "judged by the server")]
    {
        let (status, _, page) = validator.curl(&format!("/?lang={language}"), &[]);
        assert!(status == "200" && page.contains(words), "{language}: {page}");
    }
}

#[test]
fn the_api_answers_as_the_command_does_and_errors_are_problems() {
    let Some(validator) = Validator::start(None) else { return };
    let document = validator.folder.join("john-doe-lta.pdf");
    let data = format!("@{}", document.display());
    let (status, kind, body) = validator.curl("/api/v1/validations?at=2022-08-01", &["--data-binary", &data]);
    let verdict: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status.as_str(), kind.as_str()), ("200", "application/json"), "{body}");
    assert_eq!(verdict["signatures"][0]["indication"], "TOTAL_PASSED", "{verdict:#}");
    assert_eq!(verdict["signatures"][0]["recognised"]["as"], "QESIG", "{verdict:#}");
    assert_eq!(verdict["at"], "2022-08-01T00:00:00Z");
    let large = tempfile::NamedTempFile::new().unwrap();
    large.as_file().set_len((64 << 20) + 1).unwrap();
    let large = format!("@{}", large.path().display());
    for (query, arguments, status, kind) in [
        ("", vec!["--data-binary", "no signature"], "422", "no-signature"),
        ("", vec!["-X", "POST"], "400", "no-document"),
        ("?at=yesterday", vec!["--data-binary", "x"], "400", "bad-parameter"),
        ("?lang=fr", vec!["--data-binary", "x"], "400", "bad-parameter"),
        ("", vec!["-F", "other=x"], "400", "no-document"),
        ("", vec!["-H", "Content-Type: multipart/form-data", "--data-binary", "x"], "400", "bad-form"),
        ("", vec!["-H", "Content-Type: multipart/form-data; boundary=x", "--data-binary", "x"], "400", "bad-form"),
        ("", vec!["--data-binary", &large], "413", "document-too-large"),
        ("", vec![], "405", "method-not-allowed"),
    ] {
        let (found, media_type, body) = validator.curl(&format!("/api/v1/validations{query}"), &arguments);
        assert_eq!(
            (found.as_str(), media_type.as_str()),
            (status, "application/problem+json"),
            "{arguments:?}: {body}"
        );
        let problem: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["type"], format!("urn:mekong:problem:{kind}"), "{arguments:?}");
    }
    let (_, _, description) = validator.curl("/api/v1/openapi.json", &[]);
    let description: Value = serde_json::from_str(&description).unwrap();
    assert!(description["paths"]["/api/v1/validations"]["post"].is_object(), "{description}");
}

/// What goes from the browser to the server, byte by byte: a relay between them.
struct Relay {
    url: String,
    sent: Arc<Mutex<Vec<u8>>>,
}

impl Relay {
    fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = url.strip_prefix("http://").unwrap().to_owned();
        let relay = Self { url: format!("http://{}", listener.local_addr().unwrap()), sent: Arc::default() };
        let sent = Arc::clone(&relay.sent);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { return };
                let (from_server, to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                let sent = Arc::clone(&sent);
                thread::spawn(move || pass(client, server, |bytes| sent.lock().unwrap().extend_from_slice(bytes)));
                thread::spawn(move || pass(from_server, to_client, |_| ()));
            }
        });
        relay
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, note: impl Fn(&[u8])) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        note(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn the_browser_judges_as_the_server_does_and_sends_nothing() {
    let Some(module) = std::env::var_os("MEKONG_BROWSER_MODULE").map(PathBuf::from) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "no module: ./dev test builds it and says where");
        println!("skipped: no MEKONG_BROWSER_MODULE; ./dev browser builds it");
        return;
    };
    let Some(validator) = Validator::start(Some(module)) else { return };
    let folder = tempfile::tempdir().unwrap();
    for (document, width) in validator.documents(folder.path()).iter().zip(["1280", "390"]) {
        let relay = Relay::to(&validator.url);
        // Kept, so that people can look at it.
        let shot = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("validator-{width}.png"));
        let mut browser = command("python3", [client("drop.py")]);
        // Chromium reads no file by a path with `..` in it.
        let path = document.canonicalize().unwrap();
        browser.args([&format!("{}/?lang=en", relay.url), width]).arg(shot).arg(path);
        let told = run(browser).success().json_lines().remove(0);
        assert_eq!(told["judge"], "browser", "{told:#}");
        assert!(told["place"].as_str().unwrap().contains("stays on your machine"), "{told:#}");
        assert_eq!(told["fragment"].as_str().unwrap(), validator.fragment(document));
        assert_eq!(told["errors"].as_array().map(Vec::len), Some(0), "{told:#}");
        assert!(told["width"].as_u64() <= width.parse().ok(), "the page is wider than the screen: {told:#}");
        let sent = String::from_utf8_lossy(&relay.sent.lock().unwrap()).into_owned();
        assert!(sent.contains("GET /validator.wasm") && sent.contains("GET /setting.json"), "{sent}");
        assert!(!sent.contains("POST") && !sent.contains("%PDF"), "the document was sent: {sent}");
    }
}
