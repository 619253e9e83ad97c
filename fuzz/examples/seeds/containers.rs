//! Seeds of signed containers and JSON web signatures.

use crate::files::{Failure, seed};
use mekong_base::Source;
use mekong_crypto::{DigestAlgorithm, KeyType};
use mekong_pki::issue::Profile;
use mekong_pki::testing::{days, epoch, issued, self_signed};
use mekong_signature::asic::make::{Form, Kind, NewFile, What, prepare};
use mekong_signature::jades::make::{Options, Payload, Serialization};
use mekong_signature::making::Signing;

pub(crate) fn all() -> Result<(), Failure> {
    let root = self_signed("Root", KeyType::P256)?;
    let signer = issued(&root, "Signer", KeyType::P256, Profile::Signing)?;
    let signing = Signing {
        certificate: signer.certificate.clone(),
        chain: Vec::new(),
        algorithm: signer.key.default_algorithm(),
        digest: DigestAlgorithm::Sha256,
        time: epoch() + days(1),
        place: None,
        roles: vec!["director".into()],
        commitment: None,
        policy: None,
    };
    let content = b"content".to_vec();
    let forms = [
        ("s_xades", Kind::Simple, Form::Xades),
        ("s_cades", Kind::Simple, Form::Cades),
        ("e_xades", Kind::Extended, Form::Xades),
        ("e_cades", Kind::Extended, Form::Cades),
    ];
    for (name, kind, form) in forms {
        let file = NewFile { name: "a.txt".into(), media_type: None, content: &content as &dyn Source };
        let prepared = prepare(&What::New(kind, form, vec![file]), &signing)?;
        let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed)?;
        let made = prepared.finish(&value)?;
        seed("asic", name, &made)?;
        seed("zip", name, &made)?;
    }
    let payloads =
        [("attached", Payload::Attached(&content)), ("by_hash", Payload::ByHash(vec![("a".into(), &content)]))];
    for (name, payload) in payloads {
        for (form, serialization) in [("compact", Serialization::Compact), ("general", Serialization::General)] {
            let options = Options { serialization, ..Options::default() };
            let prepared = mekong_signature::jades::make::prepare(&payload, &signing, &options)?;
            let value = signer.key.sign(signing.algorithm, &prepared.to_be_signed)?;
            seed("jades", &format!("{name}_{form}"), &prepared.finish(&value)?)?;
        }
    }
    Ok(())
}
