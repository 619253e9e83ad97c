//! Notes against the example of the specification, and damaged in every bit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use mekong_base::Instant;
use mekong_crypto::{KeyType, PrivateKey};

/// C2SP signed-note, "Example".
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const NOTE: &str = "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn signer(name: &str, algorithm: Algorithm) -> Signer {
    Signer::new(name.parse().unwrap(), algorithm, PrivateKey::generate(KeyType::Ed25519).unwrap()).unwrap()
}

#[test]
fn the_example_of_the_specification_verifies() {
    let key = key(KEY);
    assert_eq!(key.to_string(), KEY);
    let note = Note::parse(NOTE.as_bytes()).unwrap();
    assert_eq!(note.to_string(), NOTE);
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.verify(std::slice::from_ref(&key)).unwrap(), [Signed { key, at: None }]);
}

#[test]
fn no_bit_of_the_example_can_be_changed() {
    let keys = [key(KEY)];
    for bit in 0..NOTE.len() * 8 {
        let mut bytes = NOTE.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let accepted = Note::parse(&bytes).and_then(|note| note.verify(&keys)).is_ok_and(|signed| !signed.is_empty());
        assert!(!accepted, "bit {bit}");
    }
}

#[test]
fn signatures_of_unknown_keys_are_passed_over_and_false_ones_of_known_keys_refused() {
    let (known, other) = (signer("log.example/a", Algorithm::Ed25519), signer("log.example/a", Algorithm::Ed25519));
    let now = Instant::from_unix_seconds(1_700_000_000);
    let mut note = Note::new("text\n".into()).unwrap();
    note.add(other.sign(note.text(), now).unwrap());
    // A kind of signature that we do not know, as long as ML-DSA-44 with its time.
    let unknown = SignatureLine::new("witness.example".into(), 7, vec![1; 2428]);
    note.add(unknown);
    assert_eq!(note.verify(&[known.verifier().clone()]).unwrap(), []);
    note.add(known.sign(note.text(), now).unwrap());
    let note = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(note.signatures().len(), 3);
    assert_eq!(note.verify(&[known.verifier().clone()]).unwrap().len(), 1);
    let mut false_one = Note::new("other\n".into()).unwrap();
    false_one.add(known.sign("text\n", now).unwrap());
    assert!(matches!(false_one.verify(&[known.verifier().clone()]), Err(NoteError::Signature { .. })));
}

#[test]
fn a_cosignature_states_its_time_and_is_bound_to_it() {
    let witness = signer("witness.example/w1", Algorithm::Cosignature);
    let at = Instant::from_unix_seconds(1_679_315_147);
    let mut note = Note::new("example.com/log\n1\nAAAA\n".into()).unwrap();
    note.add(witness.sign(note.text(), at).unwrap());
    let keys = [key(&witness.verifier().to_string())];
    assert_eq!(note.verify(&keys).unwrap()[0].at, Some(at));
    let line = note.signatures()[0].clone();
    let mut later = line.signature().to_vec();
    later[7] ^= 1;
    note.add(SignatureLine::new(line.name().into(), line.id(), later));
    assert!(note.verify(&keys).is_err());
}

#[test]
fn keys_are_read_strictly() {
    let flipped = KEY.replace("530d903a", "530d903b");
    assert!(matches!(flipped.parse::<VerifierKey>(), Err(KeyError::Id { .. })));
    let upper = KEY.replace("530d903a", "530D903A");
    let spaced = KEY.replace("example.com", "example com");
    for text in ["", "a", "a+b", "a+b+c", &upper, &spaced, &KEY[..KEY.len() - 4], &format!("{KEY}\n")] {
        assert!(text.parse::<VerifierKey>().is_err(), "{text}");
    }
    let other = "a+00000000+BgAA";
    assert!(matches!(other.parse::<VerifierKey>(), Err(KeyError::Algorithm { found: 6, .. })));
    let p256 = PrivateKey::generate(KeyType::P256).unwrap();
    let refused = Signer::new("log.example".parse().unwrap(), Algorithm::Ed25519, p256);
    assert!(matches!(refused, Err(KeyError::Kind { .. })));
    for name in ["", "a b", "a+b", "a\u{2003}b", "a\nb", &"a".repeat(256)] {
        assert!(name.parse::<KeyName>().is_err(), "{name:?}");
    }
}

#[test]
fn notes_are_read_strictly() {
    let line = NOTE.split("\n\n").nth(1).unwrap();
    let many = format!("text\n\n{}", line.repeat(SIGNATURES_MAX));
    assert!(Note::parse(many.as_bytes()).is_ok());
    for text in [
        String::new(),
        "text\n".into(),
        "text\n\n".into(),
        NOTE.trim_end().into(),
        NOTE.replace("— ", "- "),
        NOTE.replace(".\n", ".\r\n"),
        NOTE.replace("example message", "example\tmessage"),
        NOTE.replace("QM=", "QM"),
        format!("text\n\n{}", line.repeat(SIGNATURES_MAX + 1)),
        "text\n\n— example.com/foo AAAA\n".into(),
        format!("text\n\n— example.com/foo {}\n", "AAAA".repeat(3000)),
    ] {
        assert!(Note::parse(text.as_bytes()).is_err(), "{}", text.chars().take(80).collect::<String>());
    }
    assert!(Note::parse(&[b"text\n\xff\n\n".as_slice(), line.as_bytes()].concat()).is_err());
    assert!(matches!(Note::parse(&vec![b'a'; NOTE_BYTES_MAX + 1]), Err(NoteError::TooLong(_))));
}
