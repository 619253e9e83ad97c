//! A country with 10,000 members.

use crate::country::{definition, keys, start};
use mekong_base::{ClientId, Clock, MemberId};
use mekong_directory::publish::Publisher;
use mekong_directory::shared::{Member, SecurityServer, SharedParameters, Subsystem};
use mekong_directory::{GlobalConf, Version};
use std::collections::BTreeMap;
use std::time::Instant as Stopwatch;

const MEMBERS: usize = 10_000;

fn grow(shared: &mut SharedParameters) {
    for i in 0..MEMBERS {
        let id = MemberId::new("VN", "GOV", format!("m{i}"));
        let subsystems =
            ["a", "b"].map(|code| Subsystem { code: code.into(), name: Some(format!("Hệ thống {i}")) });
        shared.servers.push(SecurityServer {
            id: id.server("gw"),
            address: Some(format!("10.0.{}.{}", i / 250, i % 250)),
            auth_cert_hashes: vec![mekong_crypto::DigestAlgorithm::Sha256.digest(&i.to_be_bytes()).as_ref().to_vec()],
            clients: vec![id.subsystem("a"), id.subsystem("b")],
            maintenance: None,
        });
        shared.members.push(Member {
            id,
            class_description: "Government".into(),
            name: format!("Cơ quan {i}"),
            subsystems: subsystems.into(),
        });
    }
}

#[test]
fn ten_thousand_members_are_published_loaded_and_looked_up() {
    let mut definition = definition("VN");
    grow(&mut definition.shared);
    let began = Stopwatch::now();
    let publisher = Publisher::new(definition, keys(), Clock::manual(start())).unwrap();
    println!("published 4 versions of {MEMBERS} members in {:?}", began.elapsed());
    let began = Stopwatch::now();
    publisher.publish().unwrap();
    println!("published them again, unchanged, in {:?}", began.elapsed());

    let folder = tempfile::tempdir().unwrap();
    let shared = publisher.definition().shared.write(Version::V6);
    std::fs::create_dir(folder.path().join("VN")).unwrap();
    std::fs::write(folder.path().join("instance-identifier"), "VN").unwrap();
    std::fs::write(folder.path().join("VN/shared-params.xml"), &shared).unwrap();
    std::fs::write(folder.path().join("VN/shared-params.xml.metadata"), r#"{"configurationVersion":"6"}"#).unwrap();
    let began = Stopwatch::now();
    let conf = GlobalConf::load_dir(folder.path()).unwrap();
    println!("loaded {} bytes in {:?}", shared.len(), began.elapsed());

    let clients: Vec<ClientId> = (0..MEMBERS).map(|i| format!("VN/GOV/m{i}/b").parse().unwrap()).collect();
    let began = Stopwatch::now();
    for client in &clients {
        let servers = conf.servers_of(client);
        assert_eq!(servers.len(), 1);
        assert!(conf.is_registered(client, &servers[0].id));
        assert!(conf.subsystem_name(client).is_some());
        assert!(conf.of("VN").unwrap().server_by_auth_cert_hash(&servers[0].auth_cert_hashes[0]).is_some());
    }
    let elapsed = began.elapsed();
    println!("{} look-ups in {elapsed:?}", 4 * MEMBERS);
    // A scan of the members each would be 10^8 steps and take minutes in a debug build.
    assert!(elapsed.as_secs() < 5, "{elapsed:?}");

    let parts: BTreeMap<_, _> = [("VN".to_owned(), conf.of("VN").unwrap().parts().to_vec())].into();
    let began = Stopwatch::now();
    GlobalConf::from_parts("VN", parts, Some(&conf)).unwrap();
    println!("unchanged parts taken over in {:?}", began.elapsed());
}
