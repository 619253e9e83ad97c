//! What others sign, before us: OpenSSL, xmlsec1, EU DSS, pyHanko.

use super::made::{LEVELS, signed, verdict};
use crate::support::country::country;
use crate::support::dss::ask;
use crate::support::program::{command, run, words};
use crate::support::python::installed;
use serde_json::json;

fn tool(program: &str, line: &str) {
    let mut command = command(program, words(line));
    command.current_dir(country().dir());
    run(command).success();
}

/// Passed but for the revocation data that a bare signature does not bring.
fn is_sound(line: &serde_json::Value) -> bool {
    let signature = &line["signatures"][0];
    let codes: Vec<&str> =
        signature["findings"].as_array().unwrap().iter().filter_map(|f| f["code"].as_str()).collect();
    signature["sub_indication"] == "CERTIFICATE_CHAIN_GENERAL_FAILURE" && !codes.contains(&"signature_value")
}

#[test]
fn cms_of_openssl_is_read_in_all_its_kinds() {
    signed();
    let by = "-signer company.pem -inkey company.key -certfile issuing.pem -binary";
    tool("openssl", &format!("cms -sign -cades {by} -nodetach -outform DER -in note.txt -out openssl.p7m"));
    let line = verdict("openssl.p7m", None);
    assert!(is_sound(&line) && line["signatures"][0]["level"] == "CAdES-BASELINE-B", "{line:#}");
    tool("openssl", &format!("cms -sign -cades {by} -outform DER -in note.txt -out openssl.p7s"));
    let line = verdict("openssl.p7s", Some("note.txt"));
    assert!(is_sound(&line), "{line:#}");
    let line = verdict("openssl.p7s", Some("contract.xml"));
    assert_eq!(line["signatures"][0]["sub_indication"], "HASH_FAILURE", "{line:#}");
    let line = verdict("openssl.p7s", None);
    assert_eq!(line["signatures"][0]["sub_indication"], "SIGNED_DATA_NOT_FOUND", "{line:#}");
    tool("openssl", &format!("cms -sign -cades {by} -nodetach -stream -outform DER -in note.txt -out streamed.p7m"));
    let line = verdict("streamed.p7m", None);
    assert!(is_sound(&line), "{line:#}");
}

#[test]
fn time_stamps_of_openssl_clients_are_read() {
    signed();
    let url = &country().url;
    tool("openssl", "ts -query -data note.txt -sha256 -cert -out query.tsq");
    let post = "-s --fail -H Content-Type:application/timestamp-query --data-binary @query.tsq";
    tool("curl", &format!("{post} {url}/tsa -o answer.tsr"));
    let line = verdict("answer.tsr", Some("note.txt"));
    assert_eq!(line["format"], "timestamp", "{line:#}");
    assert_eq!(line["timestamps"][0]["kind"], "container", "{line:#}");
}

#[test]
fn xml_signed_by_xmlsec1_is_read() {
    signed();
    let template = r##"<doc xmlns="urn:mekong:test"><a>1</a><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo><CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"/><Reference URI=""><Transforms><Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></Transforms><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/></Reference></SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature></doc>"##;
    std::fs::write(country().path("template.xml"), template).unwrap();
    tool("xmlsec1", "--sign --privkey-pem company.key,company.pem,issuing.pem --output xmlsec1.xml template.xml");
    let line = verdict("xmlsec1.xml", None);
    let signature = &line["signatures"][0];
    assert!(signature["data"][0]["state"] == "intact", "{line:#}");
    let text = std::fs::read_to_string(country().path("xmlsec1.xml")).unwrap();
    std::fs::write(country().path("changed.xml"), text.replace("<a>1</a>", "<a>2</a>")).unwrap();
    let line = verdict("changed.xml", None);
    assert_eq!(line["signatures"][0]["sub_indication"], "HASH_FAILURE", "{line:#}");
}

/// Passed at the levels that bring all they need; below them only revocation data is missing.
fn assert_level(file: &str, form: &str, level: &str) {
    let line = verdict(file, None);
    let signature = &line["signatures"][0];
    assert_eq!(signature["level"], format!("{form}-BASELINE-{level}"), "{file}: {line:#}");
    match level {
        "B" | "T" => assert!(is_sound(&line), "{file}: {line:#}"),
        _ => assert_eq!(signature["indication"], "TOTAL_PASSED", "{file}: {line:#}"),
    }
}

#[test]
fn what_dss_signs_passes_in_every_form_and_level() {
    signed();
    let country = country();
    let password = "of-the-company";
    let store = "pkcs12 -export -inkey company.key -in company.pem -certfile issuing.pem -out company.p12";
    tool("openssl", &format!("{store} -passout pass:{password}"));
    let anchors = ["signatures.pem", "time-stamps.pem"].map(|name| country.path(name));
    for (form, named, content) in [
        ("pades", "PAdES", "contract.pdf"),
        ("xades", "XAdES", "contract.xml"),
        ("cades", "CAdES", "note.txt"),
        ("jades", "JAdES", "note.txt"),
        ("asic-e", "XAdES", "note.txt"),
    ] {
        for level in LEVELS {
            let out = format!("by-dss-{form}-{level}");
            let request = json!({
                "sign": form, "level": level, "file": country.path(content), "out": country.path(&out),
                "key": country.path("company.p12"), "password": password,
                "tsa": format!("{}/tsa", country.url), "anchors": anchors,
            });
            let Some(answer) = ask(&request) else { return };
            assert!(answer["error"].is_null(), "{form} {level}: {answer}");
            assert_level(&out, named, level);
        }
    }
}

#[test]
fn pdf_signed_by_pyhanko_passes_at_every_level() {
    signed();
    let stamps = format!("--timestamp-url {}/tsa", country().url);
    let trusted = "--trust signatures.pem --trust time-stamps.pem --trust-replace --retroactive-revinfo";
    let material = format!("{stamps} --with-validation-info {trusted}");
    let key = "pemder --key company.key --cert company.pem --chain issuing.pem --no-pass";
    for level in LEVELS {
        let more = match level {
            "B" => String::new(),
            "T" => stamps.clone(),
            "LT" => material.clone(),
            _ => format!("--use-pades-lta {material}"),
        };
        let out = format!("by-pyhanko-{level}");
        let line = format!("sign addsig --field Signature --use-pades {more} {key} contract.pdf {out}");
        tool(&installed("pyhanko"), &line);
        assert_level(&out, "PAdES", level);
    }
}
