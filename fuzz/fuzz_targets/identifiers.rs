//! Identifiers and instants: what is read is written so that the same is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::ident::check_segment;
use mekong_base::{ClientId, Instant, MemberId, ServerId, ServiceId};
use std::fmt::{Debug, Display};
use std::str::FromStr;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = check_segment(text);
    round_trip::<MemberId>(text);
    round_trip::<ClientId>(text);
    round_trip::<ServiceId>(text);
    round_trip::<ServerId>(text);
    round_trip::<Instant>(text);
});

fn round_trip<T: FromStr + Display + PartialEq + Debug>(text: &str)
where
    T::Err: Debug,
{
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse::<T>().expect("it was written"), value);
    }
}
