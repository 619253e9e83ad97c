//! Containers: valid with the message that was signed and no other; what is read can be written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::ContainerLimits;
use mekong_fuzz::fixtures;
use mekong_message::asic::{Container, Contents, write};
use mekong_message::evidence::{Trust, verify_container, verify_file};

const LIMITS: ContainerLimits =
    ContainerLimits { entries: 100, entry_bytes: 4 << 20, total_bytes: 8 << 20, ratio: 100 };

fuzz_target!(|data: &[u8]| {
    let of = |instance: &str| (instance == "LA").then(|| fixtures::trust().clone());
    let trust = Trust { of: &of, timestampers: &[] };
    let _ = verify_file(data, &LIMITS, Some(&trust));
    let Ok(container) = Container::read(data, &LIMITS) else { return };
    assert_ne!(verify_container(&container, None).valid, Some(true), "nobody was trusted");
    if verify_container(&container, Some(&trust)).valid == Some(true) {
        assert_eq!(container.message(), fixtures::MESSAGE);
        for number in container.attachments() {
            assert_eq!((number, container.attachment(number).as_deref()), (1, Some(fixtures::ATTACHMENT)));
        }
    }
    written_again(&container);
});

fn written_again(container: &Container) {
    let (Ok(signature), Ok(timestamp)) = (container.signature(), container.timestamp()) else { return };
    let numbers: Vec<usize> = container.attachments().collect();
    if !numbers.iter().copied().eq(1..=numbers.len()) {
        return;
    }
    let attachments: Vec<Vec<u8>> = numbers.iter().filter_map(|n| container.attachment(*n)).collect();
    let contents = Contents {
        message: container.message(),
        signature: &signature,
        timestamp: timestamp.as_ref(),
        attachments: &attachments.iter().map(Vec::as_slice).collect::<Vec<_>>(),
        created_at: fixtures::now(),
    };
    let packed = write(&contents).expect("it can be written");
    let again = Container::read(packed, &LIMITS).expect("it can be read again");
    assert_eq!(again.message(), container.message());
    assert_eq!(again.signature().as_ref(), Ok(&signature));
    assert_eq!(again.timestamp(), Ok(timestamp));
    assert!(again.attachments().eq(numbers) && again.ignored().is_empty() && again.mimetype_is_first());
}
