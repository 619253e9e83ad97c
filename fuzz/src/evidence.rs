//! Evidence records of both forms, read over a fixed content.

use crate::fixtures::STAMPED;
use mekong_crypto::DigestAlgorithm;
use mekong_signature::evidence_record::{Form, Object, read_record};
use mekong_signature::facts::{DataKind, DataState, Proven};

/// Reads a record that should cover [`STAMPED`]; it proves that only if no digest on the way is wrong.
pub fn check(record: &[u8]) {
    let digest = |algorithm: DigestAlgorithm, form: Form<'_>| match form {
        Form::AsIs => Some(algorithm.digest(STAMPED).as_ref().to_vec()),
        _ => None,
    };
    let proves = vec![Proven::Data("it".into())];
    let object = Object { name: "it".into(), kind: DataKind::Document, required: true, digest: &digest, proves };
    let Ok(found) = read_record(record, "record", &[object]) else { return };
    let proven = found.proves.contains(&Proven::Data("it".into()));
    let intact = found.data.iter().any(|d| d.name == "it" && d.state == DataState::Intact);
    assert_eq!(proven, intact, "{:?}", found.data);
    let first = found.timestamps.first().map(|t| t.imprint.clone());
    assert!(!proven || first != Some(DataState::Altered));
}
