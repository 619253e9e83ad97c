//! Private keys, and the shares of a root with the folder that they open; the key of that root is left out.

use crate::files::{Failure, fixture, seed};
use mekong_authority::ceremony::{Quorum, Root, RootSpec};
use mekong_crypto::{KeyType, PrivateKey};
use mekong_fuzz::fixtures::now;

pub(crate) fn all() -> Result<(), Failure> {
    for (name, kind) in [("p256", KeyType::P256), ("p384", KeyType::P384), ("ed25519", KeyType::Ed25519)] {
        seed("private_key", name, &PrivateKey::generate(kind)?.to_pkcs8()?)?;
    }
    seed("private_key", "rsa", &PrivateKey::generate(KeyType::Rsa(2048))?.to_pkcs8()?)?;
    let folder = tempfile::tempdir()?;
    let spec = RootSpec {
        name: "Root".into(),
        country: "LA".into(),
        organisation: "Ministry".into(),
        service: "signatures".into(),
        key_type: KeyType::P256,
        years: 20,
        base_url: "http://ca.example".into(),
    };
    let (root, shares) = Root::make(folder.path(), &spec, Quorum::new(2, 3)?, now())?;
    drop(root);
    for file in ["root.json", "root.cer"] {
        fixture(&format!("share/{file}"), &std::fs::read(folder.path().join(file))?)?;
    }
    let lines: Vec<String> = shares.iter().map(|share| share.to_line().to_string()).collect();
    seed("share", "all", lines.join("\n").as_bytes())?;
    lines.iter().enumerate().try_for_each(|(at, line)| seed("share", &format!("{}", at + 1), line.as_bytes()))
}
