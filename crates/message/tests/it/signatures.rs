//! The signature of the reference's SignatureVerifierTest whose signer a global configuration knows.

use crate::shared::{TestResult, shared, trust_of};
use mekong_base::ClientId;
use mekong_crypto::DigestAlgorithm::Sha512;
use mekong_message::{SignatureData, verify_message};

#[test]
fn direct_references_to_attachments_are_accepted() -> TestResult {
    let Some(root) = shared("vectors/xroad")? else { return Ok(()) };
    let trust = trust_of(&root.join("globalconf/parsed/globalconf_good2_v3/DEV/shared-params.xml"))?;
    let folder = root.join("signatures/non-batch-sig");
    let data = SignatureData {
        signature_xml: std::fs::read_to_string(folder.join("signatures.xml"))?,
        hash_chain_result: None,
        hash_chain: None,
    };
    let message = std::fs::read(folder.join("message.xml"))?;
    let attachment = Sha512.digest(&std::fs::read(folder.join("attachment1"))?).as_ref().to_vec();
    let at = "2024-07-09T00:00:00Z".parse()?;
    let signer: ClientId = "DEV/COM/4321".parse()?;
    let verify = |message: &[u8], attachments: &[Vec<u8>], signer: &ClientId| {
        let attachments: Vec<_> = attachments.iter().map(|d| (Sha512, d.clone())).collect();
        verify_message(&data, message, &attachments, signer, &trust, at).map_err(|e| {
            println!("{e}");
            e.code()
        })
    };
    let good = std::slice::from_ref(&attachment);
    assert!(!verify(&message, good, &signer)?.is_batch);
    let other = [Sha512.digest(&[1]).as_ref().to_vec()];
    assert_eq!(verify(&message, &other, &signer).err(), Some("invalid_signature_value"));
    assert_eq!(verify(b"", good, &signer).err(), Some("invalid_signature_value"));
    assert_eq!(verify(&message, &[], &signer).err(), Some("malformed_signature"));
    let two = [attachment.clone(), attachment.clone()];
    assert_eq!(verify(&message, &two, &signer).err(), Some("malformed_signature"));
    assert_eq!(verify(&message, good, &"DEV/COM/1234".parse()?).err(), Some("incorrect_certificate"));
    Ok(())
}
