//! Events, batches of them and questions for them: what is read is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_exchange::events::wire::{Batch, CloudEvent, Question, Stored};

fuzz_target!(|data: &[u8]| {
    let _ = Stored::decode(data);
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(event) = CloudEvent::parse_received(text) {
        let json = event.to_json();
        assert_eq!(CloudEvent::parse_received(&json).expect("what was written"), event);
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON for every reader");
        let stored = Stored::from(&event);
        assert_eq!(Stored::decode(&stored.encode()).expect("what was stored"), stored);
    }
    if let Ok(batch) = Batch::parse(text) {
        let events: Vec<(u64, String)> = batch.events.iter().map(|(p, event)| (*p, event.to_json())).collect();
        let events = events.iter().map(|(position, json)| (*position, json.as_str()));
        let written = Batch::write(&batch.topic, [batch.first, batch.next, batch.end], events);
        assert_eq!(Batch::parse(&written).expect("what was written"), batch);
    }
    if let Ok(question) = Question::parse(text) {
        assert_eq!(Question::parse(&question.to_query()).expect("what was written"), question);
    }
    let (head, body) = text.split_once('\n').unwrap_or((text, ""));
    let headers = head.split('|').filter_map(|pair| pair.split_once(':'));
    let _ = CloudEvent::from_http(headers, Some("application/json"), body.as_bytes());
});
