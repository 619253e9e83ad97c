//! ZIP files: what is listed can be read in both ways or in none, and what is copied is read again as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::ContainerLimits;
use mekong_base::{Instant, Source};
use mekong_signature::zip::{Budget, Member, Rules, Writer, directory, read};

const LIMITS: ContainerLimits =
    ContainerLimits { entries: 100, entry_bytes: 1 << 20, total_bytes: 4 << 20, ratio: 100 };

fuzz_target!(|data: &[u8]| {
    let wide = directory(&data, &Rules { limits: LIMITS, narrow: false });
    let narrow = directory(&data, &Rules::narrow(LIMITS));
    let Ok(found) = wide else { return assert!(narrow.is_err(), "the narrow form is a part of the wide one") };
    let mut writer = Writer::new(Vec::new(), Instant::from_unix_seconds(0));
    for entry in &found.entries {
        let unpacked = read(&data, entry, 1 << 20);
        let member = Member::new(&data, entry.clone(), Budget::new(4 << 20));
        let mut streamed = vec![0; usize::try_from(entry.size).expect("at most a mebibyte")];
        let outcome = member.read_at(0, &mut streamed);
        if let Ok(unpacked) = &unpacked {
            assert!(outcome.is_ok() && *unpacked == streamed);
        }
        writer.copy(&data, entry, &entry.name).expect("it can be copied");
    }
    let again = writer.finish("").expect("it can be written");
    let again_found = directory(&again, &Rules { limits: LIMITS, narrow: false }).expect("it can be read again");
    let names = |d: &mekong_signature::zip::Directory| d.entries.iter().map(|e| e.name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&found), names(&again_found));
});
