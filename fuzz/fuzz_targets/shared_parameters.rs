//! Shared parameters: what is read is written so that the same is read, and can be trusted and looked up without panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::globalconf::{InstanceConf, Part, PartMetadata};
use mekong_directory::{SHARED_PARAMETERS, SharedParameters, Version};
use mekong_fuzz::fixtures;
use std::collections::HashSet;

fuzz_target!(|data: &[u8]| {
    let Ok(shared) = SharedParameters::read(data, Version::V6) else { return };
    if is_unambiguous(&shared) {
        let written = shared.write(Version::V6);
        assert_eq!(SharedParameters::read(written.as_bytes(), Version::V6).as_ref(), Ok(&shared));
        for version in Version::WRITTEN {
            let older = shared.write(version);
            let read = SharedParameters::read(older.as_bytes(), version).expect("every version can be read");
            assert_eq!(read.write(version), older);
        }
    }
    index(data);
});

/// A member or subsystem that is there twice cannot be referred to.
fn is_unambiguous(shared: &SharedParameters) -> bool {
    let mut seen = HashSet::new();
    shared.members.iter().all(|member| {
        let subsystems = member.subsystems.iter().map(|s| member.id.subsystem(s.code.clone()));
        std::iter::once(member.id.clone().into()).chain(subsystems).all(|client| seen.insert(client))
    })
}

fn index(data: &[u8]) {
    let metadata = PartMetadata {
        content_id: SHARED_PARAMETERS.into(),
        instance: "LA".into(),
        expires: None,
        file_name: None,
        location: None,
        version: Version::V6,
    };
    let part = Part { metadata, file_name: "shared-params.xml".into(), bytes: data.into() };
    let conf = InstanceConf::new(vec![part]).expect("it was read before");
    let client = fixtures::client();
    for server in conf.servers_of(&client) {
        assert!(conf.is_registered(&client, &server.id));
    }
    let _ = (conf.exists(&client), conf.subsystem_name(&client), conf.in_group(&client, "g"), conf.findings());
    let _ = (conf.trust().authority_of(fixtures::signer()), conf.timestampers(), conf.ocsp_urls(fixtures::issuing()));
}
