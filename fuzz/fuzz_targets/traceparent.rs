//! The context of a trace as information systems send it: whatever the header says, it is read or ignored.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::telemetry::traceparent::SpanContext;

fuzz_target!(|value: &str| {
    if let Some(context) = SpanContext::read(value) {
        assert!(context.trace_id != [0; 16] && context.span_id != [0; 8]);
    }
});
