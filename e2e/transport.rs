//! What the ports between gateways say to strangers.

use crate::support::demo::shared;
use crate::support::program::{Ended, command, run};

/// The Vietnamese ministry's gateway, with another port.
fn at(port: u16) -> String {
    shared().gateway("MPS").trim_start_matches("http://").replace("8080", &port.to_string())
}

/// `openssl s_client` on the message port, in a country's folder.
fn handshake(more: &[&str]) -> Ended {
    let mut openssl = command("openssl", ["s_client", "-brief", "-connect", &at(5500)]);
    openssl.args(more).current_dir(shared().path("LA"));
    run(openssl)
}

#[test]
fn the_message_port_speaks_only_modern_tls() {
    for (version, protocol) in [("-tls1_3", "TLSv1.3"), ("-tls1_2", "TLSv1.2")] {
        // The gateway of another country, with its key as it lies on the disk.
        let (certificate, key) = ("moha/authentication.pem", "moha/gateway/keys/authentication.pem");
        let ours = ["-cert", certificate, "-key", key, "-pass", "file:moha/passphrase", version];
        let said = handshake(&ours).success();
        assert!(said.said().contains(&format!("Protocol version: {protocol}")), "{said:?}");
    }
    for old in ["-tls1_1", "-tls1"] {
        let said = handshake(&[old, "-cipher", "DEFAULT@SECLEVEL=0"]);
        assert!(said.code != 0 && !said.said().contains("CONNECTION ESTABLISHED"), "{said:?}");
    }
}

#[test]
fn its_certificate_is_of_the_country_and_names_its_address() {
    let address = at(5500);
    let host = address.split(':').next().unwrap();
    let issuing = ["-CAfile", "../VN/operator/root.pem", "-verify_ip", host, "-verify_return_error", "-x509_strict"];
    let said = handshake(&issuing);
    assert!(said.said().contains("Verification: OK"), "{said:?}");
    let said = handshake(&["-CAfile", "operator/root.pem", "-verify_return_error"]);
    assert!(!said.said().contains("Verification: OK"), "{said:?}");
}

#[test]
fn strangers_get_no_answer_on_the_message_port() {
    let url = format!("https://{}/", at(5500));
    let said = run(command("curl", ["-sS", "-k", "--max-time", "20", "-X", "POST", "--data", "x", &url]));
    assert!(said.code != 0 && said.out.is_empty(), "without a certificate: {said:?}");
    // A certificate that openssl makes, of nobody in the directory.
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (key, certificate) = (path("key.pem"), path("cert.pem"));
    let make =
        ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=stranger"];
    let mut openssl = command("openssl", make);
    openssl.args(["-keyout", &key, "-out", &certificate]);
    run(openssl).success();
    let mut curl = command("curl", ["-sS", "-k", "--max-time", "20", "-X", "POST", "--data", "x"]);
    curl.args(["--cert", &certificate, "--key", &key, &url]);
    let said = run(curl);
    assert!(said.code != 0 && said.out.is_empty(), "with a certificate of nobody: {said:?}");
}

#[test]
fn the_ocsp_port_hands_out_responses_and_nothing_else() {
    let status = |more: &[&str], path: &str| {
        let mut curl = command("curl", ["-sS", "--max-time", "20", "-o", "/dev/null", "-w", "%{http_code}"]);
        curl.args(more).arg(format!("http://{}{path}", at(5577)));
        run(curl).success().out
    };
    assert_eq!(status(&["-I"], "/"), "200", "heartbeat");
    let fingerprint = ["x509", "-in", "authentication.pem", "-noout", "-fingerprint", "-sha1"];
    let mut openssl = command("openssl", fingerprint);
    openssl.current_dir(shared().path("VN/mps"));
    let said = run(openssl).success().out;
    let sha1 = said.trim().rsplit('=').next().unwrap().replace(':', "").to_lowercase();
    let mut curl = command("curl", ["-sS", "-i", "--max-time", "20", "--output", "-"]);
    curl.arg(format!("http://{}/?cert={sha1}", at(5577)));
    let said = run(curl).success().out;
    assert!(said.starts_with("HTTP/1.1 200") && said.contains("application/ocsp-response"), "{said}");
    assert_ne!(status(&[], &format!("/?cert={}", "0".repeat(40))), "200");
    assert_ne!(status(&[], "/../../etc/passwd"), "200");
}
