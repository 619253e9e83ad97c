//! Signatures of a registered gateway, moved around messages that nobody signed; and content that is larger than it looks.

use super::liar::Liar;
use super::world::*;
use bytes::Bytes;
use mekong_exchange::wire::transport::Encoder;
use mekong_message::SignatureData;
use std::io::Write;

/// The elements of a signature document.
struct Parts {
    whole: String,
    signature: String,
}

fn parts(signed: &SignatureData) -> Parts {
    let whole = signed.signature_xml.clone();
    let start = whole.find("<ds:Signature ").unwrap();
    let end = whole.rfind("</ds:Signature>").unwrap() + "</ds:Signature>".len();
    Parts { signature: whole[start..end].to_owned(), whole }
}

/// Signature wrapping, as it is tried on SAML and SOAP: the signed elements stay somewhere, and others stand in their place.
fn wrappings(parts: &Parts, other: &Parts) -> Vec<(&'static str, String)> {
    let Parts { whole, signature } = parts;
    let inside = |object: &str| signature.replacen("</ds:Signature>", &format!("{object}</ds:Signature>"), 1);
    let reference = |text: &str| {
        let start = text.find("<ds:Reference").unwrap();
        text[start..text[start..].find("</ds:Reference>").unwrap() + start + "</ds:Reference>".len()].to_owned()
    };
    let signed_info = |text: &str| {
        let start = text.find("<ds:SignedInfo").unwrap();
        text[start..text.find("</ds:SignedInfo>").unwrap() + "</ds:SignedInfo>".len()].to_owned()
    };
    vec![
        ("two signatures, the good one first", whole.replace(signature, &format!("{signature}{}", other.signature))),
        ("two signatures, the good one last", whole.replace(signature, &format!("{}{signature}", other.signature))),
        (
            "the good one inside another",
            whole.replace(
                signature,
                &other.signature.replacen(
                    "</ds:Signature>",
                    &format!("<ds:Object>{signature}</ds:Object></ds:Signature>"),
                    1,
                ),
            ),
        ),
        (
            "another inside the good one",
            whole.replace(signature, &inside(&format!("<ds:Object>{}</ds:Object>", other.signature))),
        ),
        (
            "the reference of another message, the value of this one",
            whole.replace(&reference(whole), &reference(&other.whole)),
        ),
        (
            "a second reference to another message",
            whole.replace(&reference(whole), &format!("{}{}", reference(whole), reference(&other.whole))),
        ),
        (
            "two SignedInfo",
            whole.replace(&signed_info(whole), &format!("{}{}", signed_info(&other.whole), signed_info(whole))),
        ),
        (
            "the signed one moved into an Object",
            whole.replace(&signed_info(whole), &signed_info(&other.whole)).replacen(
                "</ds:Signature>",
                &format!("<ds:Object>{}</ds:Object></ds:Signature>", signed_info(whole)),
                1,
            ),
        ),
    ]
}

#[tokio::test]
async fn a_signature_moved_around_another_message_is_refused() -> Outcome {
    let world = World::start().await?;
    let mut liar = Liar { body: None, ..Liar::new(&world)? };
    let good = liar.sign()?;
    // What the liar wants to be taken, in the name of who signed the other.
    liar.message = liar.message.replace("/echo", "/secret");
    let mut forged = liar.sign()?;
    // Of this one it has everything but the key.
    let value = forged.signature_xml.find("<ds:SignatureValue").unwrap();
    let at = value + forged.signature_xml[value..].find('>').unwrap() + 8;
    let flipped = if &forged.signature_xml[at..=at] == "A" { "B" } else { "A" };
    forged.signature_xml.replace_range(at..=at, flipped);
    for (what, signature_xml) in wrappings(&parts(&good), &parts(&forged)) {
        assert!(
            signature_xml != good.signature_xml && signature_xml != forged.signature_xml,
            "{what}: nothing was moved"
        );
        let code = liar.send(liar.encode(&SignatureData { signature_xml, ..good.clone() })).await?;
        assert!(code.starts_with("server.serverproxy.signature_verification."), "{what}: {code}");
    }
    assert!(world.provider.log.recent(10).await?.is_empty());
    // The same message with its own signature is taken: nothing else was wrong with it.
    assert_eq!(liar.send(liar.encode(&liar.sign()?)).await?, "ok");
    Ok(())
}

fn packed(bytes: usize) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&vec![0; bytes]).unwrap();
    packer.finish().unwrap()
}

/// 64 MiB in 64 kB: a gateway hands packed content on as it came, in both directions, and unpacks nothing.
#[tokio::test]
async fn packed_content_is_not_unpacked() -> Outcome {
    let world = World::start().await?;
    let bomb = packed(64 << 20);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let headers = [CLIENT, ("content-encoding", "gzip"), ("content-type", "application/gzip")];
    let answer = world.ask("POST", &format!("{PERSONS}/echo"), &headers, &bomb).await?;
    assert_eq!((answer.status, answer.body.len()), (200, bomb.len()));
    assert_eq!(answer.body, bomb);
    // Packed in transport between gateways, it is no message at all.
    let liar = Liar::new(&world)?;
    let (content_type, body) = liar.encode(&liar.sign()?);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(&body)?;
    let code = liar.send_with(&content_type, packer.finish()?.into(), &[("content-encoding", "gzip")]).await?;
    assert!(code.starts_with("server.serverproxy."), "{code}");
    Ok(())
}

/// Thousands of parts, of heads and of OCSP responses end early.
#[tokio::test]
async fn messages_of_thousands_of_parts_are_refused() -> Outcome {
    let world = World::start().await?;
    let liar = Liar::new(&world)?;
    let mut encoder = Encoder::new(0);
    for _ in 0..20_000 {
        encoder.ocsp(b"");
    }
    encoder.rest_request(liar.message.as_bytes());
    encoder.end();
    let (content_type, body) = (encoder.content_type(), encoder.take());
    let code = liar.send((content_type, body)).await?;
    assert!(code.starts_with("server.serverproxy."), "{code}");
    let heads = "x:y\r\n".repeat(100_000);
    let body = format!("--b\r\n{heads}\r\n\r\n--b--\r\n");
    let code = liar.send(("multipart/mixed; boundary=b".to_owned(), Bytes::from(body))).await?;
    assert!(code.starts_with("server.serverproxy."), "{code}");
    assert!(world.provider.log.recent(10).await?.is_empty());
    Ok(())
}
