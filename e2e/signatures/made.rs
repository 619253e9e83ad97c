//! What we sign, before OpenSSL, xmlsec1, pdfsig, qpdf, pyHanko and the independent container checker.

use crate::support::country::country;
use crate::support::page::page;
use crate::support::program::{Ended, command, run, words};
use crate::support::python::{python, run_client};
use crate::support::shared::shared;
use std::path::PathBuf;
use std::sync::OnceLock;

/// What is signed in which form: a name, the options, the files.
pub(super) const FORMS: [(&str, &str, &str); 10] = [
    ("pades", "--format pades", "contract.pdf"),
    ("xades", "--format xades", "contract.xml"),
    ("xades-enveloping", "--format xades --packaging enveloping", "note.txt"),
    ("xades-detached", "--format xades --packaging detached", "note.txt"),
    ("cades", "--format cades", "note.txt"),
    ("cades-detached", "--format cades --packaging detached", "note.txt"),
    ("jades", "--format jades", "note.txt"),
    ("asic-s", "--format asic-s", "note.txt"),
    ("asic-e", "--format asic-e", "note.txt contract.xml"),
    ("asic-e-cades", "--format asic-e --container-signature cades", "note.txt contract.xml"),
];
pub(super) const LEVELS: [&str; 4] = ["B", "T", "LT", "LTA"];

/// All forms at all levels, signed once for all tests: `signed/FORM-LEVEL`.
pub(crate) fn signed() -> &'static PathBuf {
    static SIGNED: OnceLock<PathBuf> = OnceLock::new();
    SIGNED.get_or_init(|| {
        let country = country();
        let write = |name: &str, bytes: &[u8]| std::fs::write(country.path(name), bytes).unwrap();
        write("contract.pdf", &page("Contract"));
        write("contract.xml", "<contract><party>Công ty Mẫu</party><party>ບໍລິສັດ</party></contract>".as_bytes());
        write("note.txt", "xin chào, ສະບາຍດີ\n".as_bytes());
        std::fs::create_dir(country.path("signed")).unwrap();
        for (name, options, files) in FORMS {
            for level in LEVELS {
                let out = format!("--level {level} --out signed/{name}-{level}");
                run(country.mekong(&format!("sign {options} {} {out} {files}", country.signer()))).success();
            }
        }
        country.path("signed")
    })
}

/// The verdict of `mekong verify` on a file of the country, as JSON.
pub(super) fn verdict(file: &str, detached: Option<&str>) -> serde_json::Value {
    let content = detached.map(|name| format!("--content {name}")).unwrap_or_default();
    let line = format!("verify --json --policy laos --anchor signatures.pem --anchor time-stamps.pem {content} {file}");
    run(country().mekong(&line)).json_lines().remove(0)
}

fn tool(program: &str, line: &str) -> Ended {
    signed();
    let mut command = command(program, words(line));
    command.current_dir(country().dir());
    run(command)
}

#[test]
fn every_form_reaches_every_level() {
    signed();
    for (name, _, _) in FORMS {
        let detached = name.ends_with("-detached").then_some("note.txt");
        for level in LEVELS {
            let line = verdict(&format!("signed/{name}-{level}"), detached);
            let signature = &line["signatures"][0];
            let wanted = match level {
                "B" | "T" => "INDETERMINATE",
                _ => "TOTAL_PASSED",
            };
            assert_eq!(signature["indication"], wanted, "{name} {level}: {line:#}");
            let found = signature["level"].as_str().unwrap();
            assert!(found.ends_with(&format!("-BASELINE-{level}")), "{name} {level}: {found}");
        }
    }
}

#[test]
fn openssl_accepts_cms_and_time_stamps() {
    let trusted = "-CAfile signatures.pem -purpose any -out verified.txt";
    for level in LEVELS {
        tool("openssl", &format!("cms -verify -cades -binary -inform DER -in signed/cades-{level} {trusted}"))
            .success();
        let content = "-content note.txt";
        let line =
            format!("cms -verify -cades -binary -inform DER -in signed/cades-detached-{level} {content} {trusted}");
        tool("openssl", &line).success();
    }
    let country = country();
    run(country.mekong(&format!("timestamp --tsa {}/tsa --out note.tst note.txt", country.url))).success();
    let said = tool("openssl", "ts -verify -data note.txt -in note.tst -token_in -CAfile time-stamps.pem").success();
    assert!(said.said().contains("Verification: OK"), "{said:?}");
    let said = tool("openssl", "ts -verify -data contract.xml -in note.tst -token_in -CAfile time-stamps.pem");
    assert_ne!(said.code, 0, "{said:?}");
}

#[test]
fn xmlsec1_accepts_xml() {
    let ids = "--id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties";
    let trusted = "--enabled-key-data x509 --trusted-pem signatures.pem --untrusted-pem issuing.pem";
    for form in ["xades", "xades-enveloping", "xades-detached"] {
        for level in LEVELS {
            let said = tool("xmlsec1", &format!("--verify {trusted} {ids} signed/{form}-{level}"));
            assert!(said.code == 0 && said.said().contains("OK"), "{form} {level}: {said:?}");
        }
    }
}

#[test]
fn pdf_tools_accept_pdf() {
    for level in LEVELS {
        tool("qpdf", &format!("--check signed/pades-{level}")).success();
        let said = tool("pdfsig", &format!("-nocert signed/pades-{level}")).success();
        assert!(said.out.contains("Signature is Valid"), "{level}: {said:?}");
        assert!(said.out.contains("ETSI.CAdES.detached"), "{level}: {said:?}");
    }
}

/// It asks the services: there is no option not to (see `clients/pdf_offline.py`).
#[test]
fn pyhanko_finds_pdf_valid_by_its_own_engine() {
    let trusted = "--trust signatures.pem --trust time-stamps.pem --trust-replace --other-certs issuing.pem";
    for level in ["LT", "LTA"] {
        let line = format!("sign adesverify {trusted} --pretty-print signed/pades-{level}");
        let said = tool(&crate::support::python::installed("pyhanko"), &line);
        assert!(said.code == 0 && said.out.contains("The signature is judged VALID"), "{level}: {said:?}");
    }
}

/// No service is asked: what the file holds is enough, and would not be for another anchor.
#[test]
fn pyhanko_finds_pdf_valid_offline() {
    for level in ["LT", "LTA"] {
        let file = signed().join(format!("pades-{level}"));
        let path = |name| country().path(name);
        let all = run_client("pdf_offline.py", &[&file, &path("signatures.pem"), &path("time-stamps.pem")]).success();
        assert_eq!(all.json_lines()[0]["indication"], "PASSED", "{level}: {all:?}");
        let one = run_client("pdf_offline.py", &[&file, &path("time-stamps.pem")]).success();
        assert_eq!(one.json_lines()[0]["subindication"], "NO_CERTIFICATE_CHAIN_FOUND", "{level}: {one:?}");
    }
}

#[test]
fn the_independent_checker_accepts_containers() {
    let Some(checker) = shared("tools/asic_check.py") else { return };
    for level in ["B", "T", "LT"] {
        let file = signed().join(format!("asic-e-{level}"));
        let said = run(python(&checker, [file.into_os_string()]));
        assert_eq!(said.code, 0, "{level}: {said:?}");
    }
}

#[test]
fn a_container_is_a_document_too() {
    let country = country();
    std::fs::copy(signed().join("asic-e-LT"), country.path("inner.asice")).unwrap();
    std::fs::write(country.path("message.xml"), "<message/>").unwrap();
    for (form, document) in [("asic-e", "inner.asice"), ("asic-s", "inner.asice"), ("asic-e", "message.xml")] {
        let line = format!("sign --format {form} --level LT {} --force --out outer.asic {document}", country.signer());
        run(country.mekong(&line)).success();
        let line = verdict("outer.asic", None);
        assert_eq!(line["signatures"][0]["indication"], "TOTAL_PASSED", "{form} {document}: {line:#}");
    }
}

#[test]
fn a_renamed_file_is_still_what_was_signed() {
    signed();
    let country = country();
    std::fs::copy(country.path("note.txt"), country.path("note (1).txt")).unwrap();
    std::fs::copy(country.path("signed/xades-detached-LT"), country.path("renewed.xml")).unwrap();
    let mut extend = country.mekong("extend --level LTA --anchor signatures.pem --anchor time-stamps.pem renewed.xml");
    extend.args(["--tsa", &format!("{}/tsa", country.url), "--content", "note (1).txt"]);
    run(extend).success();
    for (file, level) in
        [("signed/xades-detached-LT", "LT"), ("signed/cades-detached-LT", "LT"), ("renewed.xml", "LTA")]
    {
        let verdict = |content: &str| {
            let line = format!("verify --json --policy laos --anchor signatures.pem --anchor time-stamps.pem {file}");
            let mut command = country.mekong(&line);
            command.args(["--content", content]);
            run(command).json_lines().remove(0)["signatures"][0].clone()
        };
        let (same, other) = (verdict("note (1).txt"), verdict("contract.xml"));
        assert!(same["level"].as_str().unwrap().ends_with(&format!("-BASELINE-{level}")), "{file}: {same:#}");
        assert_eq!(same["indication"], "TOTAL_PASSED", "{file}: {same:#}");
        assert_eq!(other["sub_indication"], "HASH_FAILURE", "{file}: {other:#}");
    }
}

#[test]
fn two_steps_give_what_one_step_gives() {
    signed();
    let country = country();
    let (same, at) = ("--format pades --certificate company.pem --chain issuing.pem", "--time 2026-11-22T08:00:00Z");
    run(country.mekong(&format!("sign {same} {at} --to-be-signed tbs.b64 contract.pdf"))).success();
    tool("openssl", "base64 -d -A -in tbs.b64 -out tbs.bin").success();
    tool("openssl", "dgst -sha256 -sign company.key -out value.bin tbs.bin").success();
    tool("openssl", "base64 -in value.bin -out value.b64").success();
    run(country.mekong(&format!("sign {same} {at} --signature-value value.b64 --out two-steps.pdf contract.pdf")))
        .success();
    let said = tool("pdfsig", "-nocert two-steps.pdf").success();
    assert!(said.out.contains("Signature is Valid"), "{said:?}");
    tool("openssl", "dgst -sha256 -sign company.key -out value.bin note.txt").success();
    tool("openssl", "base64 -in value.bin -out wrong.b64").success();
    let refused =
        run(country.mekong(&format!("sign {same} {at} --signature-value wrong.b64 --out no.pdf contract.pdf")));
    assert!(refused.code == 2 && refused.err.contains("does not belong to the certificate"), "{refused:?}");
    assert!(!country.path("no.pdf").exists());
}

#[test]
fn a_key_in_a_token_signs() {
    signed();
    let country = country();
    let module = "/usr/lib/softhsm/libsofthsm2.so";
    std::fs::create_dir_all(country.path("tokens")).unwrap();
    let config = country.path("softhsm2.conf");
    std::fs::write(&config, format!("directories.tokendir = {}\n", country.path("tokens").display())).unwrap();
    let token = |line: &str| {
        let mut command = command("softhsm2-util", words(line));
        run({
            command.current_dir(country.dir()).env("SOFTHSM2_CONF", &config);
            command
        })
        .success();
    };
    tool("openssl", "pkcs8 -topk8 -nocrypt -in company.key -out company.pk8").success();
    token("--init-token --free --label company --so-pin 123456 --pin 654321");
    token("--import company.pk8 --token company --label seal --id 01 --pin 654321");
    std::fs::write(country.path("pin"), "654321\n").unwrap();
    let sign = |pin: &str, out: &str| {
        let key = format!("--pkcs11 {module} --token company --key-label seal --passphrase-file {pin}");
        let mut command =
            country.mekong(&format!("sign --format xades {key} --certificate company.pem --out {out} contract.xml"));
        command.env("SOFTHSM2_CONF", &config);
        run(command)
    };
    sign("pin", "token.xml").success();
    let line = verdict("token.xml", None);
    assert_eq!(line["signatures"][0]["data"][0]["state"], "intact", "{line:#}");
    std::fs::write(country.path("wrong-pin"), "000000\n").unwrap();
    let refused = sign("wrong-pin", "no.xml");
    assert!(refused.code == 2 && refused.err.to_lowercase().contains("pin"), "{refused:?}");
    assert!(!country.path("no.xml").exists());
}

#[test]
fn a_folder_is_one_job() {
    signed();
    let country = country();
    std::fs::create_dir_all(country.path("batch")).unwrap();
    for number in 0..5 {
        std::fs::write(country.path(&format!("batch/{number}.txt")), format!("file {number}")).unwrap();
    }
    let line = format!("sign --format cades --level T {} --out-dir batch-signed batch", country.signer());
    let said = run(country.mekong(&line)).success();
    assert_eq!(said.out.lines().count(), 5, "{said:?}");
    let line = format!(
        "extend --level LTA --tsa {}/tsa --anchor signatures.pem --anchor time-stamps.pem batch-signed",
        country.url
    );
    run(country.mekong(&line)).success();
    for number in 0..5 {
        let line = verdict(&format!("batch-signed/{number}.txt.p7m"), None);
        assert_eq!(line["signatures"][0]["indication"], "TOTAL_PASSED", "{line:#}");
        assert_eq!(line["signatures"][0]["level"], "CAdES-BASELINE-LTA", "{line:#}");
    }
    std::fs::create_dir(country.path("batch-signed/below")).unwrap();
    let verify = "verify --json --policy laos --anchor signatures.pem --anchor time-stamps.pem batch-signed";
    let said = run(country.mekong(verify)).success();
    let names: Vec<_> = said.json_lines().into_iter().map(|line| line["file"].clone()).collect();
    assert_eq!(names, [0, 1, 2, 3, 4].map(|number| format!("batch-signed/{number}.txt.p7m")));
    assert!(said.err.contains("batch-signed/below: passed over"), "{said:?}");
    let before = std::fs::read(country.path("batch-signed/0.txt.p7m")).unwrap();
    let renew = format!(
        "extend --level LTA --tsa {}/tsa --anchor signatures.pem --anchor time-stamps.pem batch-signed/0.txt.p7m",
        country.url
    );
    run(country.mekong(&renew)).success();
    assert!(std::fs::read(country.path("batch-signed/0.txt.p7m")).unwrap().len() > before.len());
    let line = verdict("batch-signed/0.txt.p7m", None);
    assert_eq!(line["signatures"][0]["timestamps"].as_array().unwrap().len(), 3, "{line:#}");
}

#[test]
fn exit_codes_are_the_same_for_sign_and_extend() {
    signed();
    let country = country();
    std::fs::write(country.path("exit.txt"), "no signature").unwrap();
    std::fs::copy(country.path("signed/cades-B"), country.path("exit.p7m")).unwrap();
    let extend = format!("extend --level T --tsa {}/tsa", country.url);
    let sign = format!("sign --format cades --force --out-dir exit {}", country.signer());
    for (line, good, bad) in [(&extend, "exit.p7m", "exit.txt"), (&sign, "note.txt", "nowhere.txt")] {
        for (files, code) in
            [(good.to_owned(), 0), (bad.to_owned(), 2), (format!("{bad} {good}"), 1), (format!("{bad} {bad}"), 2)]
        {
            let said = run(country.mekong(&format!("{line} {files}")));
            assert!(said.code == code && said.err.contains(bad) == (code != 0), "{line} {files}: {said:?}");
        }
        let help = run(country.mekong(&format!("{} --help", line.split(' ').next().unwrap()))).success();
        assert!(words(&help.out).join(" ").contains("1: some not, 2: none"), "{help:?}");
    }
}

#[test]
fn what_was_signed_before_is_replaced_only_if_asked_for() {
    signed();
    let country = country();
    let kept = |name: &str| std::fs::read(country.path(name)).unwrap();
    std::fs::write(country.path("again.txt"), "note").unwrap();
    let tsa = format!("--tsa {}/tsa", country.url);
    for (line, out) in [
        (format!("sign --format cades {} again.txt", country.signer()), "again.txt.p7m"),
        (format!("timestamp {tsa} again.txt"), "again.txt.tst"),
    ] {
        let said = run(country.mekong(&line)).success();
        assert_eq!(said.out.trim(), out);
        let first = kept(out);
        let said = run(country.mekong(&line));
        assert!(said.code == 2 && said.err.contains(&format!("{out}: is there already; give --force")), "{said:?}");
        assert!(kept(out) == first, "{line}");
        run(country.mekong(&format!("{line} --force"))).success();
        assert!(kept(out) != first, "{line}");
    }
}

#[test]
fn a_file_that_has_the_level_is_left_and_said_to_have_it() {
    signed();
    let country = country();
    for (level, wanted) in [("T", "T"), ("LTA", "T"), ("LT", "LT"), ("LTA", "LT")] {
        std::fs::copy(country.path(&format!("signed/xades-{level}")), country.path("has.xml")).unwrap();
        let before = std::fs::read(country.path("has.xml")).unwrap();
        let line = format!("extend --level {wanted} --tsa {}/tsa has.xml", country.url);
        let said = run(country.mekong(&line)).success();
        assert_eq!(said.out.trim(), format!("has.xml: already at {level}, left as it is"));
        assert_eq!(std::fs::read(country.path("has.xml")).unwrap(), before);
    }
}

#[test]
fn a_revoked_certificate_is_refused_before_anything_is_written() {
    signed();
    let country = country();
    let ca = |line: &str, subject: &[&str]| {
        let mut command = country.mekong(&format!("ca {line}"));
        command.args(subject).env("MEKONG_PASSPHRASE_FILE", "passphrase");
        run(command).success();
    };
    let (name, identifier) = ("CN=Công ty Mẫu ບໍລິສັດ", "organizationIdentifier=VATLA-123456789000");
    let subject = ["--subject", "C=LA", "--subject", "O=Công ty Mẫu ບໍລິສັດ", "--subject", name, "--subject", identifier];
    ca("issue authority --request company.csr --out revoked.pem --profile la-organisation", &subject);
    let signer = country.signer().replace("company.pem", "revoked.pem");
    run(country.mekong(&format!("sign --format xades --level T {signer} --out revoked-T.xml contract.xml"))).success();
    std::fs::copy(country.path("revoked-T.xml"), country.path("before.xml")).unwrap();
    // The second of the time-stamp is over.
    std::thread::sleep(std::time::Duration::from_secs(2));
    ca("revoke authority --certificate revoked.pem --reason key-compromise", &[]);
    for level in ["LT", "LTA"] {
        let said =
            run(country.mekong(&format!("sign --format xades --level {level} {signer} --out no.xml contract.xml")));
        for word in ["Công ty Mẫu", "revoked since 20", "keyCompromise", "sign with a certificate"] {
            assert!(said.code == 2 && said.err.contains(word), "{level} {word}: {said:?}");
        }
        assert!(!country.path("no.xml").exists());
    }
    let line = format!("sign --format xades --level T {signer} --out late.xml contract.xml");
    run(country.mekong(&line)).success();
    let extend = |file: &str| {
        let services = format!("--tsa {}/tsa --anchor signatures.pem --anchor time-stamps.pem", country.url);
        run(country.mekong(&format!("extend --level LT {services} {file}")))
    };
    let (late, said) = (std::fs::read(country.path("late.xml")).unwrap(), extend("late.xml"));
    assert!(said.code == 2 && said.err.contains("revoked since"), "{said:?}");
    assert_eq!(std::fs::read(country.path("late.xml")).unwrap(), late);
    // What was time-stamped before still counts.
    extend("before.xml").success();
    let line = verdict("before.xml", None);
    assert_eq!(line["signatures"][0]["indication"], "TOTAL_PASSED", "{line:#}");
}
