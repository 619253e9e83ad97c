//! Signatures over messages, as a gateway checks them.

use crate::case::Case;
use crate::vectors;
use mekong_crypto::DigestAlgorithm;
use mekong_directory::GlobalConf;
use mekong_message::subject::SubjectProfile;
use mekong_message::trust::InstanceTrust;
use mekong_message::{SignatureData, verify_message};
use std::path::Path;

/// `with`: `at`, `signer`, `trust` (a configuration folder), and where there are some `message`, `attachment` (a text),
/// `attachment_file`, `result`, `chain`, `profile`, `without` (an unsigned element that is taken out).
pub(crate) fn judge(case: &Case, root: &Path) -> String {
    let file = |key: &str| case.text(key).map(|name| vectors::read(&root.join(name)));
    let text = |key: &str| file(key).map(|bytes| String::from_utf8(bytes).expect("UTF-8"));
    let data = SignatureData {
        signature_xml: signature(case, root),
        hash_chain_result: text("result"),
        hash_chain: text("chain"),
    };
    let attachment = file("attachment_file").or_else(|| case.text("attachment").map(|t| t.as_bytes().to_vec()));
    let digest = |bytes: Vec<u8>| (DigestAlgorithm::Sha512, DigestAlgorithm::Sha512.digest(&bytes).as_ref().to_vec());
    let attachments: Vec<_> = attachment.into_iter().map(digest).collect();
    let signer = case.needed("signer").parse().expect("a client");
    let at = case.needed("at").parse().expect("an instant");
    let message = file("message").unwrap_or_default();
    match verify_message(&data, &message, &attachments, &signer, &trust(case, root), at) {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            println!("{}: {error}", case.name());
            error.code().to_owned()
        }
    }
}

fn signature(case: &Case, root: &Path) -> String {
    let mut xml = String::from_utf8(vectors::read(&root.join(&case.file))).expect("UTF-8");
    if let Some(element) = case.text("without") {
        let end = format!("</{element}>");
        let from = xml.find(&format!("<{element}>")).expect("the element");
        let to = xml.find(&end).expect("its end") + end.len();
        xml.replace_range(from..to, "");
    }
    xml
}

/// What the signer's instance trusts. The reference's older tests name members by a profile that is only in its tests; with
/// `profile` `ejbca` their subjects are read as country, organisation and common name.
fn trust(case: &Case, root: &Path) -> InstanceTrust {
    let configuration = GlobalConf::load_dir(&root.join(case.needed("trust"))).expect("a configuration");
    let mut trust = configuration.trust(configuration.instance()).expect("its own instance").clone();
    match case.text("profile") {
        None => {}
        Some("ejbca") => trust.authorities.iter_mut().for_each(|a| a.profile = SubjectProfile::Ejbca),
        Some(other) => panic!("{}: {other:?} is no profile", case.name()),
    }
    trust
}
