//! Containers against the vectors of others.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "asic/made.rs"]
mod made;
#[path = "asic/mutated.rs"]
mod mutated;
mod small_country;
#[path = "asic/vectors.rs"]
mod vectors;
#[path = "asic/zips.rs"]
mod zips;

use mekong_pki::testing::{TestResult, shared};
use mekong_signature::zip::{self, NameEncoding, Rules};

/// The containers that no reader should open.
const REFUSED: [&str; 3] = [
    "large_files/zip-bomb-package-zip-1gb-asics.asics",
    "large_files/zip-bomb-package-zip-1gb.bdoc",
    "asic-cades/malformed-container.asics",
];

#[test]
fn every_container_opens_but_bombs_and_the_malformed() -> TestResult {
    let Some(root) = shared("vectors/trust")? else { return Ok(()) };
    let (mut refused, mut opened) = (Vec::new(), 0);
    for set in ["siva", "dss"] {
        for line in std::fs::read_to_string(root.join(set).join("expected.jsonl"))?.lines() {
            let line: serde_json::Value = serde_json::from_str(line)?;
            let (format, file) = (line["format"].as_str().unwrap(), line["file"].as_str().unwrap());
            if !format.starts_with("ASiC") {
                continue;
            }
            let bytes = std::fs::read(root.join(set).join(file))?;
            match zip::directory(&bytes, &Rules::CONTAINER) {
                Ok(directory) => {
                    directory.entries.iter().try_for_each(|e| zip::unpack(&bytes, e, &mut |_| ()))?;
                    let legacy = directory.entries.iter().any(|e| e.encoding == NameEncoding::Cp437);
                    assert_eq!(legacy, file.contains("cp852"), "{file}");
                    opened += 1;
                }
                Err(_) => refused.push(file.to_owned()),
            }
        }
    }
    assert_eq!(refused, REFUSED);
    assert!(opened > 130, "{opened}");
    Ok(())
}
