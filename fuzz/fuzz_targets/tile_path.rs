//! Paths and contents of tiles: one tile, one path; bundles lead back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_ledger::merkle::{inclusion_plan, verify_inclusion};
use mekong_ledger::tile::{TilePath, Tiles, encode_bundle, needed, parse_bundle};

fuzz_target!(|data: &[u8]| {
    let (path, content) = data.split_at(data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len()));
    let content = content.get(1..).unwrap_or_default();
    if let Ok(text) = std::str::from_utf8(path)
        && let Ok(path) = text.parse::<TilePath>()
    {
        assert_eq!(path.to_string(), text);
        let _ = Tiles::new().insert(&path, content);
        if let Ok(entries) = parse_bundle(content, path.width()) {
            assert_eq!(encode_bundle(&entries), content);
        }
    }
    // Proofs between any sizes: bounded, and refused when the hashes are not those of a tree.
    let Some((numbers, _)) = data.split_first_chunk::<16>() else { return };
    let number = u128::from_le_bytes(*numbers);
    let (index, size) = (number as u64, (number >> 64) as u64);
    let Ok(plan) = inclusion_plan(index, size) else { return };
    assert!(plan.nodes().count() <= 63 * 63);
    assert!(needed(&plan, size).iter().all(|path| path.to_string().parse().as_ref() == Ok(path)));
    let zero = mekong_ledger::Hash([0; 32]);
    let proof = plan.resolve(|_| Ok::<_, ()>(zero)).expect("nothing fails");
    assert!(size < 2 || verify_inclusion(index, size, &zero, &proof, &zero).is_err());
});
