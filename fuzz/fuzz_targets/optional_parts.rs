//! Optional parts: a part that is not valid changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_directory::optional::{FETCH_INTERVAL_MIN, OptionalParameters};
use mekong_directory::{FETCH_INTERVAL, MONITORING, NEXT_UPDATE};

fuzz_target!(|data: &[u8]| {
    for content_id in [MONITORING, FETCH_INTERVAL, NEXT_UPDATE, "OTHER"] {
        let mut parameters = OptionalParameters::default();
        if parameters.take(content_id, data).is_err() || content_id == "OTHER" {
            assert_eq!(parameters, OptionalParameters::default());
        }
        assert!(parameters.ocsp_fetch_interval >= FETCH_INTERVAL_MIN);
    }
});
