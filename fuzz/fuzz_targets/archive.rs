//! Message archives: a chain that holds has an end and holds after one predecessor only.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::ContainerLimits;
use mekong_fuzz::fixtures;
use mekong_message::evidence::{Trust, archive, verify_file};

const LIMITS: ContainerLimits =
    ContainerLimits { entries: 100, entry_bytes: 4 << 20, total_bytes: 8 << 20, ratio: 100 };

fuzz_target!(|data: &[u8]| {
    let of = |instance: &str| (instance == "LA").then(|| fixtures::trust().clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let found = archive::verify(data, &LIMITS, None, Some(&trust));
    if found.verdict.valid != Some(true) {
        assert!(found.verdict.valid.is_none() || found.last_digest.is_none());
        return;
    }
    assert!(archive::is_archive(data, &LIMITS));
    assert!(found.last_digest.is_some());
    assert!(found.containers.iter().all(|(_, verdict)| verdict.valid != Some(false)));
    assert_eq!(verify_file(data, &LIMITS, Some(&trust)), found.verdict);
    let (after_one, after_other) = ("00".repeat(64), "11".repeat(64));
    let holds_after = |last: &str| archive::verify(data, &LIMITS, Some(last), None).verdict.valid == Some(true);
    assert!(!(holds_after(&after_one) && holds_after(&after_other)));
});
