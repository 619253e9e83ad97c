//! Certificates, status and time-stamps before OpenSSL; keys as they lie on the disk.

use crate::support::demo::shared;
use crate::support::program::{Ended, command, run, words};
use crate::support::python::run_client;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Country, and the folders of its gateways.
const COUNTRIES: [(&str, [&str; 2]); 2] = [("VN", ["mps", "moj"]), ("LA", ["mops", "moha"])];

/// `openssl` in a country's folder, with arguments that have no blanks.
#[track_caller]
fn openssl(country: &str, arguments: &str) -> Ended {
    let mut openssl = command("openssl", words(arguments));
    openssl.current_dir(shared().path(country));
    run(openssl)
}

#[test]
fn certificates_verify_strictly() {
    for (country, ministries) in COUNTRIES {
        let verify = |arguments: &str| {
            let said =
                openssl(country, &format!("verify -x509_strict -CAfile operator/root.pem {arguments}")).success();
            assert!(said.out.contains(": OK"), "{said:?}");
        };
        verify("operator/root.pem");
        verify("operator/issuing.pem");
        let below = "-untrusted operator/issuing.pem";
        verify(&format!("{below} -purpose ocsphelper operator/ocsp.pem"));
        verify(&format!("{below} -purpose timestampsign operator/tsa.pem"));
        for ministry in ministries {
            verify(&format!("{below} {ministry}/signing.pem"));
            verify(&format!("{below} -purpose sslserver {ministry}/authentication.pem"));
            verify(&format!("{below} -purpose sslclient {ministry}/authentication.pem"));
        }
        let other = if country == "VN" { "../LA/moha" } else { "../VN/mps" };
        let said =
            openssl(country, &format!("verify -x509_strict -CAfile operator/root.pem {below} {other}/signing.pem"));
        assert_ne!(said.code, 0, "{said:?}");
    }
}

#[test]
fn the_ocsp_responder_says_good() {
    for (country, ministries) in COUNTRIES {
        let url = openssl(country, &format!("x509 -in {}/signing.pem -noout -ocsp_uri", ministries[0])).success();
        let url = url.out.trim();
        let good = |issuer: &str, certificate: &str| {
            let trusted = "-CAfile operator/root.pem -verify_other operator/issuing.pem";
            let asked = format!("ocsp -issuer operator/{issuer}.pem -cert {certificate}.pem -url {url} {trusted}");
            let said = openssl(country, &asked).success().said();
            assert!(
                said.contains("Response verify OK") && said.contains(&format!("{certificate}.pem: good")),
                "{said}"
            );
        };
        good("root", "operator/issuing");
        for ministry in ministries {
            good("issuing", &format!("{ministry}/signing"));
            good("issuing", &format!("{ministry}/authentication"));
        }
        let trusted = "-CAfile operator/root.pem -verify_other operator/issuing.pem";
        let said =
            openssl(country, &format!("ocsp -issuer operator/issuing.pem -serial 0x1234 -url {url} {trusted}")).said();
        assert!(said.contains("0x1234: unknown"), "{said}");
    }
}

/// The address of the time-stamping authority, as the members file tells it to everybody.
fn tsa_url(country: &str) -> String {
    let members = std::fs::read_to_string(shared().path(country).join("operator/members.toml")).unwrap();
    let members: toml::Table = members.parse().unwrap();
    members["timestamper"][0]["url"].as_str().unwrap().to_owned()
}

#[test]
fn openssl_accepts_time_stamps_fetched_by_curl() {
    for (country, _) in COUNTRIES {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("data"), "what is stamped").unwrap();
        std::fs::write(path("other"), "something else").unwrap();
        let trusted = format!("-CAfile operator/root.pem -untrusted {}", chain(country, folder.path()));
        let (query, reply) = (path("query.tsq"), path("reply.tsr"));
        for options in ["-sha256", "-sha512 -cert", "-sha512 -cert -no_nonce"] {
            openssl(country, &format!("ts -query -data {} {options} -out {query}", path("data"))).success();
            let posted = format!("@{query}");
            let as_query = "Content-Type: application/timestamp-query";
            let mut curl = command("curl", ["-sS", "-f", "-H", as_query, "--data-binary", &posted, "-o", &reply]);
            curl.arg(tsa_url(country));
            run(curl).success();
            let said = openssl(country, &format!("ts -verify -queryfile {query} -in {reply} {trusted}")).success();
            assert!(said.said().contains("Verification: OK"), "{options}: {said:?}");
            let said = openssl(country, &format!("ts -verify -data {} -in {reply} {trusted}", path("other")));
            assert!(said.code != 0 && said.said().contains("message imprint mismatch"), "{options}: {said:?}");
        }
    }
}

/// Issuing authority and time-stamping authority in one file, for tokens that carry no certificate.
fn chain(country: &str, folder: &Path) -> String {
    let operator = shared().path(country).join("operator");
    let pem = ["issuing.pem", "tsa.pem"].map(|name| std::fs::read_to_string(operator.join(name)).unwrap()).concat();
    let file = folder.join("chain.pem");
    std::fs::write(&file, pem).unwrap();
    file.display().to_string()
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn keys_and_passphrases_are_for_their_owner_only() {
    let (mut keys, mut passphrases) = (0, 0);
    for file in files(&shared().dir) {
        let bytes = std::fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        for open in ["BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY", "BEGIN EC PRIVATE KEY"] {
            assert!(!text.contains(open), "{}: a key that is not encrypted", file.display());
        }
        let is_key = text.contains("BEGIN ENCRYPTED PRIVATE KEY");
        let is_passphrase = file.ends_with("passphrase");
        if is_key || is_passphrase {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o7777;
            assert_eq!(mode, 0o600, "{}: {mode:o}", file.display());
        }
        keys += usize::from(is_key);
        passphrases += usize::from(is_passphrase);
    }
    // A country: root, issuing, OCSP and time-stamping authority, two of the directory, and two of each gateway, at least.
    assert!(keys >= 2 * (4 + 2 + 2 * 2), "{keys} keys");
    assert_eq!(passphrases, 6);
}

/// Shown, slipped at, typed again, given twice: no share stays on the terminal.
#[test]
fn custodians_at_a_terminal_open_a_root_and_leave_no_share_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let said = run_client("custodians.py", &[&env!("CARGO_BIN_EXE_mekong"), &dir.path()]).success();
    let line = said.json_lines().remove(0);
    assert_eq!((&line["shares"], &line["left"]), (&3.into(), &0.into()), "{line:#}");
    let of = |what: &str| (line[what][0].as_i64().unwrap(), line[what][1].as_str().unwrap().to_owned());
    let (made, opened, few) = (of("made"), of("opened"), of("few"));
    assert!(made.0 == 0 && made.1.contains("not its last four digits"), "{made:?}");
    for wanted in ["cut short", "Share 1 was given already", "look for a typing error", "Share 3 is taken", "root.crl"]
    {
        assert!(opened.0 == 0 && opened.1.contains(wanted), "{wanted}: {opened:?}");
    }
    let stopped = of("stopped");
    assert!(stopped.0 == 130 && stopped.1.starts_with('l'), "Ctrl-C leaves the other screen: {stopped:?}");
    assert!(few.0 == 2 && few.1.contains("given up after 0 shares") && !dir.path().join("no.crl").exists(), "{few:?}");
}
