//! A batch of events as one gateway answers another: `{"topic","first","next","end","events":[{"position","event"}]}`.

use super::cloudevent::{BYTES_MAX, CloudEvent, EventError, in_json};
use super::json::{self, JsonError};
use super::question::LIMIT_MAX;

/// Bytes of a batch that is made; a single event may be more than that with its frame.
pub const BATCH_BYTES: usize = 1 << 20;
/// Bytes of a batch that is read.
pub const BATCH_BYTES_MAX: usize = BATCH_BYTES + 2 * BYTES_MAX;

/// How deep it may nest: an event's data, and what is around it.
const DEPTH_MAX: usize = 40;

/// Events of a topic from a position on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The topic.
    pub topic: String,
    /// The first position that is still there.
    pub first: u64,
    /// From where to ask next: everything before was given, or is not for the asker.
    pub next: u64,
    /// The topic's end: the position that the next event gets.
    pub end: u64,
    /// Positions and events, in order. Positions that are not for the asker are not among them.
    pub events: Vec<(u64, CloudEvent)>,
}

/// An answer that is no batch. The other gateway is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// One of the events is none.
    #[error("the event at position {position}: {source}")]
    Event {
        /// Which.
        position: u64,
        /// Why.
        source: EventError,
    },
    /// A member is missing or wrong.
    #[error("the batch's {0} is missing or is not what it must be")]
    Member(&'static str),
    /// Not JSON.
    #[error("the batch: {0}")]
    Json(#[from] JsonError),
    /// Too much.
    #[error("the batch has {found} {what}, more than {limit}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many.
        found: usize,
        /// How many may be.
        limit: usize,
    },
}

impl Batch {
    /// As JSON, from events that are JSON already.
    pub fn write<'a>(topic: &str, ends: [u64; 3], events: impl Iterator<Item = (u64, &'a str)>) -> String {
        let [first, next, end] = ends;
        let topic = in_json(topic);
        let mut out = format!(r#"{{"topic":{topic},"first":{first},"next":{next},"end":{end},"events":["#);
        for (n, (position, json)) in events.enumerate() {
            let comma = if n == 0 { "" } else { "," };
            out.push_str(&format!(r#"{comma}{{"position":{position},"event":"#));
            out.push_str(json);
            out.push('}');
        }
        out.push_str("]}");
        out
    }

    /// Reads one. What it says about positions is not yet judged.
    ///
    /// # Errors
    /// [`BatchError`].
    pub fn parse(text: &str) -> Result<Self, BatchError> {
        if text.len() > BATCH_BYTES_MAX {
            return Err(BatchError::TooLarge { what: "bytes", found: text.len(), limit: BATCH_BYTES_MAX });
        }
        let members = json::members(text, DEPTH_MAX)?;
        let find = |name: &'static str| {
            members.iter().find(|(n, _)| n == name).map(|(_, value)| *value).ok_or(BatchError::Member(name))
        };
        let number = |name| find(name)?.parse::<u64>().map_err(|_| BatchError::Member(name));
        let topic = serde_json::from_str(find("topic")?).map_err(|_| BatchError::Member("topic"))?;
        let elements = json::elements(find("events")?, DEPTH_MAX)?;
        if elements.len() > LIMIT_MAX {
            return Err(BatchError::TooLarge { what: "events", found: elements.len(), limit: LIMIT_MAX });
        }
        let events = elements.into_iter().map(event).collect::<Result<_, _>>()?;
        Ok(Self { topic, first: number("first")?, next: number("next")?, end: number("end")?, events })
    }
}

fn event(text: &str) -> Result<(u64, CloudEvent), BatchError> {
    let members = json::members(text, DEPTH_MAX)?;
    let find = |name: &'static str| {
        members.iter().find(|(n, _)| n == name).map(|(_, value)| *value).ok_or(BatchError::Member(name))
    };
    let position = find("position")?.parse().map_err(|_| BatchError::Member("position"))?;
    let event = CloudEvent::parse_received(find("event")?).map_err(|source| BatchError::Event { position, source })?;
    Ok((position, event))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_written_and_read() -> Result<(), BatchError> {
        let json = r#"{"specversion":"1.0","id":"1","type":"t","source":"/a","data":{"x":1.10}}"#;
        let text = Batch::write("births", [2, 9, 12], [(3, json), (8, json)].into_iter());
        let batch = Batch::parse(&text)?;
        assert_eq!((batch.topic.as_str(), batch.first, batch.next, batch.end), ("births", 2, 9, 12));
        let positions: Vec<u64> = batch.events.iter().map(|(position, _)| *position).collect();
        assert_eq!(positions, [3, 8]);
        assert_eq!(Batch::parse(&Batch::write("births", [0, 0, 0], std::iter::empty()))?.events, []);
        Ok(())
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        assert!(matches!(Batch::parse("[]"), Err(BatchError::Json(_))));
        assert_eq!(Batch::parse("{}"), Err(BatchError::Member("topic")));
        let of =
            |events: &str| Batch::parse(&format!(r#"{{"topic":"t","first":0,"next":1,"end":1,"events":{events}}}"#));
        assert!(of("[]").is_ok());
        assert_eq!(of(r#"[{"position":-1,"event":{}}]"#), Err(BatchError::Member("position")));
        assert!(matches!(of(r#"[{"position":1,"event":{}}]"#), Err(BatchError::Event { position: 1, .. })));
        assert!(matches!(of(&format!("[{}1]", "1,".repeat(LIMIT_MAX))), Err(BatchError::TooLarge { .. })));
    }
}
