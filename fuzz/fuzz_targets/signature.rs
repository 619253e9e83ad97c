//! Signatures of messages: valid for the message that was signed and for no other, and they say what was signed.
//!
//! The input is `signatures.xml`, the hash chain result and the hash chain, separated by zero bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_fuzz::fixtures::{self, digest};
use mekong_message::{SignatureData, timestamp, verify_message};

fuzz_target!(|data: &[u8]| {
    let mut texts = fixtures::texts(data);
    let data = SignatureData {
        signature_xml: texts.next().unwrap_or_default(),
        hash_chain_result: texts.next(),
        hash_chain: texts.next(),
    };
    let attachments = [digest(fixtures::ATTACHMENT)];
    let verify = |message: &[u8], attachments: &[_]| {
        verify_message(&data, message, attachments, &fixtures::client(), fixtures::trust(), fixtures::now())
    };
    for attachments in [&[][..], &attachments] {
        assert!(verify(b"another message", attachments).is_err());
        if let Ok(valid) = verify(fixtures::MESSAGE, attachments) {
            assert_eq!((&valid.certificate, valid.signed_at), (fixtures::signer(), fixtures::now()));
            assert_eq!(valid.is_batch, !attachments.is_empty());
        }
    }
    assert!(verify(fixtures::MESSAGE, &[digest(b"another attachment")]).is_err());
    if let Ok(value) = timestamp::signature_value(&data.signature_xml)
        && let Ok(stamped) = timestamp::embed(&data.signature_xml, fixtures::TOKEN)
    {
        assert_eq!(timestamp::signature_value(&stamped).expect("a token changes nothing that is signed"), value);
    }
});
