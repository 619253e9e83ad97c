//! Configurations on disk: the reference's sets, look-ups, expiry, saving.

use crate::vectors::shared;
use mekong_base::{ClientId, Instant, MemberId, ServerId};
use mekong_crypto::DigestAlgorithm;
use mekong_directory::globalconf::{GlobalConf, LoadError};
use mekong_directory::shared::CostType;
use mekong_directory::{PRIVATE_PARAMETERS, SHARED_PARAMETERS, Version};
use mekong_message::subject::SubjectProfile;
use std::path::PathBuf;
use std::time::Duration;

fn parsed(name: &str) -> Option<PathBuf> {
    shared(&format!("vectors/xroad/globalconf/parsed/{name}"))
}

fn id<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().unwrap()
}

/// Instance folders with the versions of their shared parameters.
#[track_caller]
fn check(name: &str, expected: &[(&str, Version)]) -> Option<GlobalConf> {
    let conf = GlobalConf::load_dir(&parsed(name)?).unwrap();
    let found: Vec<_> = conf.instances().map(|i| (i, conf.of(i).unwrap().version())).collect();
    assert_eq!(found, expected, "{name}");
    Some(conf)
}

#[test]
fn loads_every_good_set_with_its_mixed_versions() {
    use Version::{V2, V3, V4, V5, V6};
    check("globalconf_good_v2", &[("EE", V2), ("bar", V2), ("foo", V2)]);
    check("globalconf_good_v3", &[("EE", V3), ("bar", V3), ("foo_v2", V2)]);
    check("globalconf_good_v4", &[("EE", V4), ("bar", V3), ("baz_v3", V3), ("foo_v2", V2)]);
    check("globalconf_good_v5", &[("EE", V5), ("bar", V3), ("baz_v3", V3), ("foo_v2", V2), ("qux_v4", V4)]);
    check(
        "globalconf_good_v6",
        &[("EE", V6), ("bar", V3), ("baz_v3", V3), ("foo_v2", V2), ("quux_v5", V5), ("qux_v4", V4)],
    );
    check("globalconf_good2_v3", &[("DEV", V3)]);
}

#[track_caller]
fn refuses(name: &str, code: &str) {
    let Some(folder) = parsed(name) else { return };
    assert_eq!(GlobalConf::load_dir(&folder).unwrap_err().code(), code, "{name}");
}

#[test]
fn refuses_bad_sets() {
    refuses("globalconf_empty", "empty");
    refuses("globalconf_missing_identifier", "missing_instance_identifier");
    refuses("globalconf_malformed", "missing_own_instance");
}

#[test]
fn a_malformed_own_instance_is_an_error_and_a_foreign_one_a_finding() {
    let Some(good) = parsed("globalconf_good_v3") else { return };
    let folder = tempfile::tempdir().unwrap();
    GlobalConf::load_dir(&good).unwrap().save_dir(folder.path()).unwrap();
    std::fs::write(folder.path().join("bar/shared-params.xml"), "yyy").unwrap();
    let conf = GlobalConf::load_dir(folder.path()).unwrap();
    assert!(conf.of("bar").is_none());
    assert!(conf.findings().iter().any(|f| f.instance == "bar" && f.what.contains("shared parameters: document")));
    std::fs::write(folder.path().join("EE/private-params.xml"), "xxx").unwrap();
    let error = GlobalConf::load_dir(folder.path()).unwrap_err();
    assert!(matches!(&error, LoadError::Malformed { path, .. } if path.ends_with("EE")), "{error}");
    let text = std::fs::read_to_string(good.join("EE/shared-params.xml")).unwrap();
    std::fs::write(
        folder.path().join("EE/shared-params.xml"),
        text.replace("<instanceIdentifier>EE<", "<instanceIdentifier>XX<"),
    )
    .unwrap();
    std::fs::copy(good.join("EE/private-params.xml"), folder.path().join("EE/private-params.xml")).unwrap();
    assert_eq!(GlobalConf::load_dir(folder.path()).unwrap_err().code(), "malformed");
}

#[test]
fn looks_up_servers_and_clients() {
    let Some(conf) = check_v6() else { return };
    let producer: ServerId = id("EE/BUSINESS/producer/producerServerCode");
    let server = conf.server(&producer).unwrap();
    assert_eq!(server.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(server.auth_cert_hashes.len(), 1);
    assert!(server.maintenance.is_none());
    let owner: ClientId = id("EE/BUSINESS/producer");
    assert!(conf.is_registered(&owner, &producer), "an owner is registered on its server");
    assert!(conf.is_registered(&id("EE/BUSINESS/foo/foosubsystem"), &producer));
    assert!(!conf.is_registered(&id("EE/BUSINESS/foo/other"), &producer));
    assert!(!conf.is_registered(&owner, &id("EE/BUSINESS/producer/none")));
    let of_foo: Vec<_> = conf.servers_of(&id("EE/BUSINESS/foo")).iter().map(|s| s.id.server.clone()).collect();
    assert_eq!(of_foo, ["producerServerCode", "fooServerCode", "FooBarServerCode"]);
    let maintenance = conf.server(&id("EE/BUSINESS/foo/FooBarServerCode")).unwrap().maintenance.clone().unwrap();
    assert_eq!(maintenance.message.as_deref(), Some("Test maintenance mode"));
    assert!(conf.servers_of(&id("XX/BUSINESS/foo")).is_empty());
}

fn check_v6() -> Option<GlobalConf> {
    Some(GlobalConf::load_dir(&parsed("globalconf_good_v6")?).unwrap())
}

#[test]
fn looks_up_members_names_and_groups() {
    let Some(conf) = check_v6() else { return };
    assert_eq!(conf.instance(), "EE");
    assert_eq!(conf.member_name(&id::<MemberId>("EE/BUSINESS/foo")), Some("Org with no address"));
    assert!(conf.exists(&id("EE/BUSINESS/foo/foosubsystem")));
    assert!(!conf.exists(&id("EE/BUSINESS/foo/none")));
    assert!(conf.in_global_group(&id("EE/BUSINESS/member1/subsys"), "EE", "Test group"));
    assert!(conf.in_global_group(&id("EE/BUSINESS/member2"), "EE", "Test group"));
    assert!(!conf.in_global_group(&id("EE/BUSINESS/member1"), "EE", "Test group"));
    assert!(!conf.in_global_group(&id("EE/BUSINESS/member2"), "bar", "No group"));
    let trust = conf.trust("EE").unwrap();
    assert_eq!(trust.ocsp_freshness, Duration::from_secs(42));
    assert!(trust.check_next_update);
    assert!(trust.authorities.iter().any(|a| a.authentication_only) && trust.authorities.len() > 1);
    assert!(trust.authorities.iter().all(|a| a.profile == SubjectProfile::Unknown));
    let private = conf.private().unwrap();
    assert_eq!(private.federated.len(), 1);
    assert_eq!(conf.time_stamping_interval(), private.time_stamping_interval);
}

/// The same certificate is known by SHA-1 in V2 and by SHA-256 from V3 on.
#[test]
fn authentication_certificates_are_found_by_the_digest_of_the_version() {
    for (set, digest) in
        [("globalconf_good_v2", DigestAlgorithm::Sha1), ("globalconf_good_v6", DigestAlgorithm::Sha256)]
    {
        let Some(folder) = parsed(set) else { return };
        let conf = GlobalConf::load_dir(&folder).unwrap();
        let own = conf.of("EE").unwrap();
        assert_eq!(own.auth_cert_digest(), digest, "{set}");
        assert_eq!(own.servers().len(), 4, "{set}");
        // The V2 set gives its producer a SHA-256 digest, which nothing can match in V2.
        let wrong = own.servers().iter().filter(|s| s.auth_cert_hashes.is_empty()).count();
        assert_eq!(wrong, usize::from(digest == DigestAlgorithm::Sha1));
        assert_eq!(own.findings().iter().filter(|f| f.what.contains("wrong length")).count(), wrong);
        for server in own.servers().iter().filter(|s| !s.auth_cert_hashes.is_empty()) {
            assert_eq!(server.auth_cert_hashes[0].len(), digest.output_len(), "{set}");
            let found = own.server_by_auth_cert_hash(&server.auth_cert_hashes[0]).unwrap();
            assert_eq!(found.id, server.id, "{set}");
        }
    }
}

#[test]
fn trust_of_the_development_instance() {
    let Some(folder) = parsed("globalconf_good2_v3") else { return };
    let conf = GlobalConf::load_dir(&folder).unwrap();
    let trust = conf.trust("DEV").unwrap();
    assert_eq!(trust.authorities.len(), 1);
    assert_eq!(trust.authorities[0].profile, SubjectProfile::FiVrk);
    assert!(!trust.authorities[0].ocsp_responders.is_empty());
    assert_eq!(trust.timestampers.len(), conf.timestampers("DEV").len());
    assert!(!trust.timestampers.is_empty());
    assert!(!conf.ocsp_urls(&trust.authorities[0].top).is_empty());
    assert_eq!(conf.expires_at(), None);
}

#[test]
fn version_six_has_costs() {
    let Some(folder) = shared("vectors/xroad/globalconf/signed/V6/20251110170000548026000/shared-params.xml") else {
        return;
    };
    let shared = mekong_directory::SharedParameters::read(&crate::vectors::read(&folder), Version::V6).unwrap();
    assert_eq!(shared.timestampers[0].cost, Some(CostType::Free));
    assert!(mekong_pki::Certificate::from_der(&shared.timestampers[0].cert).is_ok(), "base64 of PEM is unwrapped");
    assert_eq!(shared.members[0].subsystems[0].name.as_deref(), Some("Management services"));
}

#[test]
fn expires_at_the_instant_of_its_expiry() {
    let Some(conf) = check_v6() else { return };
    let expiry: Instant = "2124-05-20T17:42:55Z".parse().unwrap();
    assert_eq!(conf.expires_at(), Some(expiry));
    assert!(conf.check_fresh(expiry - Duration::from_secs(1)).is_ok());
    let expired = conf.check_fresh(expiry).unwrap_err();
    assert_eq!((expired.instance.as_str(), expired.expired, expired.at), ("EE", expiry, expiry));
    assert_eq!(conf.check_fresh_for("bar", expiry).unwrap_err().instance, "EE");
    assert!(conf.check_fresh_for("unknown", expiry - Duration::from_secs(1)).is_ok());
}

#[test]
fn saving_and_loading_gives_the_same_bytes() {
    let Some(conf) = check_v6() else { return };
    let folder = tempfile::tempdir().unwrap();
    let stale = folder.path().join("GONE");
    std::fs::create_dir_all(&stale).unwrap();
    std::fs::write(stale.join("shared-params.xml"), "old").unwrap();
    std::fs::create_dir_all(folder.path().join("no-instance")).unwrap();
    conf.save_dir(folder.path()).unwrap();
    assert!(!stale.exists() && folder.path().join("no-instance").exists());
    let again = GlobalConf::load_dir(folder.path()).unwrap();
    for instance in conf.instances() {
        for content_id in [SHARED_PARAMETERS, PRIVATE_PARAMETERS] {
            let (a, b) = (conf.of(instance).unwrap().part(content_id), again.of(instance).unwrap().part(content_id));
            assert_eq!(a, b, "{instance} {content_id}");
        }
    }
}
