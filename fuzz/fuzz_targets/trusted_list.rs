//! Trusted lists with the agreements in them: whatever is read is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_recognition::list;

fuzz_target!(|data: &[u8]| {
    let _ = list::verify(data, &[]);
    let Ok(mut read) = list::read(data) else { return };
    let written = list::draft(&read);
    let mut again = list::read(written.as_bytes()).unwrap_or_else(|error| panic!("{error}: {written}"));
    // Times of the list itself are written in whole seconds, ids and deviations are not kept.
    read.scheme.issued = read.scheme.issued.whole_seconds();
    read.scheme.next_update = read.scheme.next_update.map(mekong_base::Instant::whole_seconds);
    again.id.clone_from(&read.id);
    (read.deviations, again.deviations) = (Vec::new(), Vec::new());
    assert_eq!(read, again);
    let _ = list::problem::problems(&read);
});
