//! Tiles against the examples of the specification, and against trees.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use super::*;
use crate::merkle::{
    Edge, consistency_plan, inclusion_plan, leaf_hash, root_plan, verify_consistency, verify_inclusion,
};

/// The tiles of a tree as its log would write them, full and partial, by path.
fn written(size: u64) -> BTreeMap<TilePath, Vec<u8>> {
    let (mut edge, mut levels) = (Edge::default(), BTreeMap::<u8, Vec<Hash>>::new());
    for i in 0..size {
        let save = |node: Node, hash| {
            if node.level.is_multiple_of(HEIGHT) {
                levels.entry(node.level / HEIGHT).or_default().push(hash);
            }
        };
        edge.append(leaf_hash(&i.to_be_bytes()), save).unwrap();
    }
    let mut tiles = BTreeMap::new();
    for (level, hashes) in levels {
        for (index, tile) in hashes.chunks(256).enumerate() {
            let path = TilePath::hashes(level, index as u64, u16::try_from(tile.len()).unwrap());
            tiles.insert(path, tile.iter().flat_map(|hash| hash.0).collect());
        }
    }
    tiles
}

fn read(plan: &Plan, size: u64, from: &BTreeMap<TilePath, Vec<u8>>) -> Vec<Hash> {
    let mut tiles = Tiles::new();
    for path in needed(plan, size) {
        tiles.insert(&path, from.get(&path).unwrap_or_else(|| panic!("{path} of {size}"))).unwrap();
    }
    plan.resolve(|node| tiles.node(node)).unwrap()
}

#[test]
fn paths_are_those_of_the_specification() {
    assert_eq!(TilePath::hashes(0, 1_234_067, 256).to_string(), "tile/0/x001/x234/067");
    for text in [
        "tile/0/000",
        "tile/63/999.p/255",
        "tile/1/x001/000.p/1",
        "tile/entries/x123/456",
        "tile/0/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(text.parse::<TilePath>().unwrap().to_string(), text);
    }
    for text in [
        "",
        "tile",
        "tile/0/",
        "tile/0/0",
        "tile/64/000",
        "tile/00/000",
        "tile/0/x000/001",
        "tile/0/001/000",
        "tile/0/x001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/+1",
        "tile/0/+01",
        "/tile/0/000",
        "tile/0/000/",
        "tile/-1/000",
        "tile/entries/../000",
        "tile/data/000",
        "tile/0/1000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/0/٠٠٠",
    ] {
        assert!(text.parse::<TilePath>().is_err(), "{text}");
    }
}

/// tlog-tiles, "Partial Tiles": a tree of 70,000 has 273 full tiles and one of 112 at level 0, one full and one of 17 at
/// level 1, one of 1 at level 2; a tree of 256 has one full tile, and one of 1 above it.
#[test]
fn tiles_of_a_tree_are_those_of_the_specification() {
    let tiles = changed(0, 70_000);
    let count = |level, width| {
        tiles.iter().filter(|tile| tile.content() == Content::Hashes { level } && tile.width() == width).count()
    };
    assert_eq!([count(0, 256), count(0, 112), count(1, 256), count(1, 17), count(2, 1)], [273, 1, 1, 1, 1]);
    assert_eq!(tiles.len(), 277);
    let texts: Vec<String> = changed(0, 256).iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["tile/0/000", "tile/1/000.p/1"]);
    let texts: Vec<String> = changed(255, 257).iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]);
}

#[test]
fn proofs_are_made_from_tiles() {
    for size in [1, 2, 255, 256, 257, 1000, 70_000] {
        let tiles = written(size);
        assert_eq!(changed(0, size).into_iter().collect::<BTreeSet<_>>(), tiles.keys().cloned().collect());
        let root = read(&root_plan(size).unwrap(), size, &tiles)[0];
        for index in [0, size / 3, size / 2, size - 1] {
            let proof = read(&inclusion_plan(index, size).unwrap(), size, &tiles);
            verify_inclusion(index, size, &leaf_hash(&index.to_be_bytes()), &proof, &root).unwrap();
        }
        for old in [1, size / 3, size - 1] {
            // The root of an older tree comes from the tiles of the newer one.
            let old_root = read(&root_plan(old).unwrap(), size, &tiles)[0];
            let proof = read(&consistency_plan(old, size).unwrap(), size, &tiles);
            verify_consistency(old, &old_root, size, &root, &proof).unwrap();
        }
    }
}

#[test]
fn what_is_missing_or_of_another_length_is_said() {
    let mut tiles = Tiles::new();
    let path = TilePath::hashes(0, 0, 2);
    assert!(matches!(tiles.insert(&path, &[0; 65]), Err(TileError::Length { found: 65, expected: 64, .. })));
    assert!(tiles.insert(&TilePath::entries(0, 2), &[0; 64]).is_err());
    tiles.insert(&path, &[0; 64]).unwrap();
    assert!(tiles.node(Node { level: 1, index: 0 }).is_ok());
    for node in [Node { level: 0, index: 2 }, Node { level: 2, index: 0 }, Node { level: 8, index: 0 }] {
        assert_eq!(tiles.node(node), Err(TileError::Missing(node)));
    }
    tiles.insert(&TilePath::hashes(0, 0, 1), &[1; 32]).unwrap();
    assert!(tiles.node(Node { level: 1, index: 0 }).is_ok(), "a narrower tile must not replace a wider one");
}

#[test]
fn bundles_lead_back_and_are_of_the_width_said() {
    let entries: Vec<Hash> = (0..5u8).map(|i| leaf_hash(&[i])).collect();
    let bytes = encode_bundle(&entries);
    assert_eq!(bytes[..2], [0, 32]);
    assert_eq!(parse_bundle(&bytes, 5).unwrap(), entries);
    assert!(parse_bundle(&bytes, 4).is_err() && parse_bundle(&bytes[1..], 5).is_err());
    let mut other = bytes;
    other[1] = 31;
    assert!(parse_bundle(&other, 5).is_err());
}
