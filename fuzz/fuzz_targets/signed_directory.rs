//! Signed directories: a directory that verifies says what was signed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::anchor::{Anchor, AnchorSource};
use mekong_directory::signed::{SignedDirectory, TrustedCertificates};
use mekong_fuzz::fixtures;
use std::sync::OnceLock;

fn trusted() -> &'static TrustedCertificates {
    static TRUSTED: OnceLock<TrustedCertificates> = OnceLock::new();
    TRUSTED.get_or_init(|| {
        let certificates = fixtures::certificates().iter().map(|c| c.der().to_vec()).collect();
        let source = AnchorSource { url: "http://conf.example/internalconf".into(), certificates };
        TrustedCertificates::from_anchor(&Anchor { generated_at: None, instance: "LA".into(), sources: vec![source] })
    })
}

fuzz_target!(|data: &[u8]| {
    let Ok(directory) = SignedDirectory::parse(data) else { return };
    assert_eq!(directory.bytes(), data);
    for part in directory.parts() {
        let segments: Vec<&str> = part.location.split('/').skip(1).collect();
        assert!(part.location.starts_with('/') && segments.iter().all(|s| !matches!(*s, "" | "." | "..")));
        let _ = (part.name(), part.generation(), part.check(b""));
    }
    if let Ok(verified) = directory.verify(trusted(), fixtures::now()) {
        let genuine = SignedDirectory::parse(fixtures::DIRECTORY).expect("our own directory");
        assert_eq!((verified.instance(), verified.expires()), ("LA", genuine.expires()));
        assert_eq!((verified.version(), verified.parts()), (genuine.version(), genuine.parts()));
    }
});
