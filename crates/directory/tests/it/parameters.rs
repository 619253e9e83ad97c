//! Parameters read and written: every version, the reference's schemas as judge, hostile input.

use crate::vectors::{read, shared};
use mekong_directory::optional::{read_fetch_interval, read_monitoring, read_next_update};
use mekong_directory::{PrivateParameters, SharedParameters, Version};
use std::path::PathBuf;
use std::time::Duration;

fn every(name: &str) -> Vec<(PathBuf, Version)> {
    let Some(root) = shared("vectors/xroad/globalconf") else { return Vec::new() };
    let mut found = Vec::new();
    for folder in
        ["signed/V3", "signed/V4", "signed/V5", "signed/V6", "parsed/globalconf_good_v2", "parsed/globalconf_good_v6"]
    {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path().join(name);
            if path.is_file() {
                found.push((path, Version::V6));
            }
        }
    }
    assert!(found.len() > 5);
    found
}

#[test]
fn shared_parameters_round_trip_in_version_six() {
    for (path, version) in every("shared-params.xml") {
        let shared =
            SharedParameters::read(&read(&path), version).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let again = SharedParameters::read(shared.write(Version::V6).as_bytes(), version).unwrap();
        assert_eq!(again, shared, "{}", path.display());
    }
}

#[test]
fn private_parameters_round_trip() {
    for (path, _) in every("private-params.xml") {
        let private = PrivateParameters::read(&read(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        assert_eq!(PrivateParameters::read(private.write().as_bytes()).unwrap(), private, "{}", path.display());
    }
}

#[test]
fn older_versions_leave_out_what_they_cannot_say() {
    for (path, version) in every("shared-params.xml") {
        let shared = SharedParameters::read(&read(&path), version).unwrap();
        let v4 = shared.write(Version::V4);
        for newer in ["subsystemName", "inMaintenanceMode", "costType", "defaultCsrFormat"] {
            assert!(!v4.contains(newer), "{}: {newer}", path.display());
        }
        assert!(!shared.write(Version::V5).contains("costType"));
        assert!(!shared.write(Version::V3).contains("signingCertificateProfileId"));
    }
}

const HEAD: &str = "<c:conf xmlns:c='http://x-road.eu/xsd/xroad.xsd'><instanceIdentifier>VN</instanceIdentifier>";
const TAIL: &str = "<globalSettings><ocspFreshnessSeconds>60</ocspFreshnessSeconds></globalSettings></c:conf>";

#[track_caller]
fn refuses(body: &str, expected: &str) {
    let xml = format!("{HEAD}\n{body}{TAIL}");
    let error = SharedParameters::read(xml.as_bytes(), Version::V6).unwrap_err().to_string();
    assert_eq!(error, format!("shared parameters: {expected}"));
}

const MEMBER: &str = "<member id='a'><memberClass><code>GOV</code></memberClass><memberCode>MPS</memberCode>\
                      <subsystem id='b'><subsystemCode>s</subsystemCode></subsystem></member>";

#[test]
fn names_the_place_of_what_is_wrong() {
    refuses("<member/>", "conf/member at 2:1: has no element memberClass");
    refuses(&format!("{MEMBER}{MEMBER}"), "conf/member at 2:158: id \"a\" is there twice");
    refuses(
        "<securityServer><owner>x</owner></securityServer>",
        "conf/securityServer/owner at 2:17: no member or subsystem has the id \"x\"",
    );
    refuses(
        &format!("{MEMBER}<securityServer><owner>b</owner></securityServer>"),
        "conf/securityServer/owner at 2:174: the owner of a security server must be a member, not a subsystem",
    );
    refuses(
        "<approvedTSA><url>u</url><cert>LS0tLS1CRUdJTiBY</cert></approvedTSA>",
        "conf/approvedTSA/cert at 2:26: malformed PEM, expected one CERTIFICATE block: found 0",
    );
}

#[test]
fn skips_extensions_and_unknown_elements() {
    let xml = format!("{HEAD}<future><member/></future>{MEMBER}<x:more xmlns:x='urn:x'/>{TAIL}");
    let shared = SharedParameters::read(xml.as_bytes(), Version::V6).unwrap();
    assert_eq!(shared.members.len(), 1);
}

#[test]
fn hostile_xml_is_refused() {
    let deep = format!("{HEAD}{}{}{TAIL}", "<a>".repeat(100), "</a>".repeat(100));
    let entity = format!("<!DOCTYPE c [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{HEAD}{TAIL}");
    for xml in [deep, entity, String::new(), "yyy".into()] {
        assert!(SharedParameters::read(xml.as_bytes(), Version::V6).is_err());
    }
}

fn optional(name: &str) -> Option<Vec<u8>> {
    Some(read(&shared(&format!("vectors/xroad/globalconf/parsed/{name}"))?))
}

#[test]
fn optional_parts_valid_invalid_and_empty() {
    let Some(valid) = optional("valid-monitoring-params.xml") else { return };
    assert_eq!(read_monitoring(&valid).unwrap().unwrap().to_string(), "fdev/GOV/66655666");
    assert_eq!(read_monitoring(&optional("empty-monitoring-params.xml").unwrap()), Ok(None));
    let error = read_monitoring(&optional("invalid-monitoring-params.xml").unwrap()).unwrap_err();
    assert!(error.to_string().contains("monitoringClientId/broken at 10:13"), "{error}");
    assert_eq!(read_fetch_interval(&optional("valid-fetchinterval-params.xml").unwrap()), Ok(Duration::from_secs(500)));
    assert!(read_fetch_interval(&optional("invalid-fetchinterval-params.xml").unwrap()).is_err());
    assert!(read_fetch_interval(&optional("empty-fetchinterval-params.xml").unwrap()).is_err());
    assert_eq!(read_next_update(&optional("valid-nextupdate-params.xml").unwrap()), Ok(false));
    assert!(read_next_update(&optional("invalid-nextupdate-params.xml").unwrap()).is_err());
    assert!(read_next_update(&optional("empty-nextupdate-params.xml").unwrap()).is_err());
}
