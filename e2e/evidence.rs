//! Exported evidence before our own verifier and before those of others.

use crate::support::demo::{Demo, shared};
use crate::support::program::{Ended, command, mekong, run};
use crate::support::python::python;
use crate::support::shared as beside;
use std::path::{Path, PathBuf};

/// What the demo exported after its journey, with the country that signed it.
const EXPORTED: [(&str, &str); 2] = [("request", "LA"), ("response", "VN")];

/// `mekong verify --json` with the configuration of the gateway that exported.
pub(crate) fn verify(demo: &Demo, files: &[PathBuf]) -> Ended {
    let mut command = mekong(["verify", "--json", "--global-conf"]);
    command.arg(demo.path("LA/moha/gateway/globalconf")).args(files);
    run(command)
}

/// A container that the demo exported.
pub(crate) fn exported(demo: &Demo, part: &str) -> PathBuf {
    demo.path("evidence").join(part).with_extension("asice")
}

#[test]
fn our_verifier_says_who_said_what_and_when() {
    let demo = shared();
    let files: Vec<PathBuf> = EXPORTED.iter().map(|(part, _)| exported(demo, part)).collect();
    let lines = verify(demo, &files).success().json_lines();
    let signers: Vec<&str> = lines.iter().map(|line| line["signer"].as_str().unwrap()).collect();
    assert_eq!(signers, ["LA/GOV/MOHA/civil", "VN/GOV/MPS/population"]);
    for line in &lines {
        assert_eq!((&line["valid"], &line["reason"]), (&true.into(), &"ok".into()));
        let (signed, stamped) = (line["signed_at"].as_str().unwrap(), line["timestamp"].as_str().unwrap());
        assert!(signed.ends_with('Z') && stamped.ends_with('Z') && signed <= stamped, "{line}");
    }
    let changed = verify(demo, &[exported(demo, "response-changed")]);
    let line = &changed.json_lines()[0];
    let reason = "malformed_signature.invalid_hash_chain_ref";
    assert_eq!((changed.code, &line["valid"], &line["reason"]), (1, &false.into(), &reason.into()));
    assert!(line["detail"].as_str().unwrap().starts_with("/message.xml does not match"), "{line}");
    assert_eq!(verify(demo, &[files[0].clone(), exported(demo, "response-changed")]).code, 1);
}

#[test]
fn each_country_can_judge_with_its_own_configuration_and_nobody_without() {
    let demo = shared();
    for folder in ["LA/moha", "LA/mops", "VN/mps", "VN/moj"] {
        let mut command = mekong(["verify", "--global-conf"]);
        command.arg(demo.path(folder).join("gateway/globalconf")).args(EXPORTED.map(|(part, _)| exported(demo, part)));
        let text = run(command).success().out;
        assert_eq!(text.matches("valid    ").count(), 2, "{folder}: {text}");
    }
    let mut command = mekong(["verify", "--json"]);
    command.arg(exported(demo, "request"));
    let open = run(command);
    assert_eq!((open.code, &open.json_lines()[0]["reason"]), (2, &"signer_not_checked".into()));
}

#[test]
fn an_independent_checker_accepts_it() {
    let Some(tool) = beside::shared("tools/asic_check.py") else { return };
    let demo = shared();
    for (part, country) in EXPORTED {
        let mut arguments = vec![exported(demo, part), "--ca".into()];
        arguments.extend(["issuing.pem", "root.pem"].map(|name| demo.path(country).join("operator").join(name)));
        let said = run(python(&tool, &arguments)).success();
        assert!(said.out.starts_with("ok "), "{said:?}");
    }
    let said = run(python(&tool, [exported(demo, "response-changed")]));
    assert!(said.code == 1 && said.out.starts_with("BAD "), "{said:?}");
}

/// The files of a container in a folder, by unzip.
fn unpack(container: &Path, folder: &Path) {
    run(command("unzip", ["-q".as_ref(), container.as_os_str(), "-d".as_ref(), folder.as_os_str()])).success();
}

#[test]
fn unzip_lists_and_unpacks_it() {
    for (part, _) in EXPORTED {
        let container = exported(shared(), part);
        let tested = run(command("unzip", ["-t".as_ref(), container.as_os_str()])).success();
        assert!(tested.out.contains("No errors detected"), "{tested:?}");
        let listed = run(command("unzip", ["-Z1".as_ref(), container.as_os_str()])).success().out;
        let names: Vec<&str> = listed.lines().collect();
        assert_eq!(names.first(), Some(&"mimetype"), "{names:?}");
        for name in ["message.xml", "META-INF/signatures.xml", "META-INF/manifest.xml"] {
            assert!(names.contains(&name), "no {name} in {names:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        unpack(&container, folder.path());
        let mimetype = std::fs::read_to_string(folder.path().join("mimetype")).unwrap();
        assert_eq!(mimetype, "application/vnd.etsi.asic-e+zip");
        let message = std::fs::read_to_string(folder.path().join("message.xml")).unwrap();
        let begins = if part == "request" { "GET\r\n/r1/VN/GOV/MPS/population/persons/" } else { "200\r\nOK\r\n" };
        assert!(message.starts_with(begins), "{message:?}");
    }
}

#[test]
fn xmlsec1_verifies_the_signatures() {
    let demo = shared();
    for (part, country) in EXPORTED {
        let folder = tempfile::tempdir().unwrap();
        unpack(&exported(demo, part), folder.path());
        let path = |name: &str| folder.path().join(name);
        let operator = demo.path(country).join("operator");
        let signer = if part == "request" { demo.path("LA/moha") } else { demo.path("VN/mps") };
        let mut xmlsec =
            command("xmlsec1", ["--verify", "--id-attr:Id", "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"]);
        for name in ["message.xml", "sig-hashchainresult.xml"] {
            xmlsec.arg(format!("--url-map:/{name}")).arg(path(name));
        }
        xmlsec.arg("--trusted-pem").arg(operator.join("root.pem"));
        xmlsec.arg("--untrusted-pem").arg(operator.join("issuing.pem"));
        xmlsec.arg("--pubkey-cert-pem").arg(signer.join("signing.pem"));
        xmlsec.arg(path("META-INF/signatures.xml"));
        let said = run(xmlsec).success().said();
        assert!(said.contains("OK") && !said.contains("FAIL"), "{said}");
    }
}
