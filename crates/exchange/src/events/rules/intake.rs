//! What a subscriber takes of a batch, and what it does not stand for.

use crate::events::wire::journal::{Entry, Note, Received};
use crate::events::wire::{Batch, Question, Start, Stored};

/// A batch that contradicts itself or the question. The publisher's gateway is at fault; nothing of it is taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misbehaved {
    /// Another topic.
    #[error("the batch is of topic {0:?}, which was not asked for")]
    Topic(String),
    /// An event comes from somebody else.
    #[error("the event at position {position} comes from {found:?}, not from {wanted:?}")]
    Source {
        /// Where.
        position: u64,
        /// What it says.
        found: String,
        /// What it must say.
        wanted: String,
    },
    /// An event that was not asked for.
    #[error("the event at position {0} was not asked for")]
    Unwanted(u64),
    /// Positions that do not follow each other.
    #[error("position {found} comes where {wanted} or more must come")]
    Order {
        /// What came.
        found: u64,
        /// What must come.
        wanted: u64,
    },
    /// More events than asked for.
    #[error("{found} events came, {limit} were asked for")]
    Many {
        /// How many came.
        found: usize,
        /// How many were asked for.
        limit: usize,
    },
}

/// Who asked, in which replay, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The term of who works on the subscription.
    pub term: u64,
    /// The replay.
    pub epoch: u64,
    /// The topic.
    pub topic: &'a str,
    /// The source that its events must have.
    pub source: &'a str,
    /// The question.
    pub question: &'a Question,
    /// The end as it was known before.
    pub end: u64,
}

/// What is to be recorded of a batch that the message `message` brought; nothing if it says nothing new.
///
/// # Errors
/// [`Misbehaved`].
pub fn take(asked: Asked<'_>, batch: &Batch, message: &str) -> Result<Vec<Entry>, Misbehaved> {
    let Asked { term, epoch, topic, source, question, end } = asked;
    if batch.topic != topic {
        return Err(Misbehaved::Topic(batch.topic.chars().take(80).collect()));
    }
    if batch.events.len() > question.limit {
        return Err(Misbehaved::Many { found: batch.events.len(), limit: question.limit });
    }
    let from = match question.from {
        Start::Position(from) => from,
        Start::End | Start::Since(_) => 0,
    };
    let mut entries = Vec::with_capacity(batch.events.len() + 2);
    if from < batch.first && matches!(question.from, Start::Position(_)) {
        entries.push(Note::Gap { term, from, first: batch.first }.into());
    }
    let mut wanted = from;
    for (position, event) in &batch.events {
        let position = *position;
        if position < wanted {
            return Err(Misbehaved::Order { found: position, wanted });
        }
        wanted = position.saturating_add(1);
        if event.source() != Some(source) {
            let found = event.source().unwrap_or_default().chars().take(255).collect();
            return Err(Misbehaved::Source { position, found, wanted: source.to_owned() });
        }
        if !question.wants(event.kind(), event.subject()) {
            return Err(Misbehaved::Unwanted(position));
        }
        let (message, event) = (message.to_owned(), Stored::from(event));
        entries.push(Entry::Received(Received { term, epoch, position, message, event }));
    }
    if batch.next < wanted || batch.end < batch.next {
        return Err(Misbehaved::Order { found: batch.next.min(batch.end), wanted });
    }
    let is_new = question.from != Start::Position(batch.next) || batch.end != end;
    if is_new {
        entries.push(Note::Moved { term, epoch, next: batch.next, end: batch.end }.into());
    }
    Ok(entries)
}

/// A replay from a time that lies further on than what was fetched (`floor`) would pass what nobody has: what is to be
/// recorded instead of the batch, then.
pub fn passed(question: &Question, batch: &Batch, floor: Option<u64>) -> Option<Entry> {
    let begins = batch.events.first().map_or(batch.next, |(position, _)| *position);
    let floor = floor.filter(|floor| matches!(question.from, Start::Since(_)) && *floor < begins)?;
    Some(Note::Replay { from: Some(floor), since: None }.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::events::wire::CloudEvent;

    fn event(source: &str, kind: &str) -> CloudEvent {
        CloudEvent::parse(&format!(r#"{{"specversion":"1.0","id":"1","type":"{kind}","source":"{source}"}}"#)).unwrap()
    }

    fn taken(from: u64, ends: [u64; 3], positions: &[u64]) -> Result<usize, Misbehaved> {
        let events = positions.iter().map(|p| (*p, event("/s", "t"))).collect();
        let [first, next, end] = ends;
        let batch = Batch { topic: "births".into(), first, next, end, events };
        of(from, &batch)
    }

    fn of(from: u64, batch: &Batch) -> Result<usize, Misbehaved> {
        let question =
            Question { from: Start::Position(from), limit: 3, kinds: vec!["t".into()], ..Question::default() };
        let asked = Asked { term: 1, epoch: 0, topic: "births", source: "/s", question: &question, end: 9 };
        take(asked, batch, "m").map(|entries| entries.len())
    }

    #[test]
    fn what_follows_is_taken() {
        assert_eq!(taken(5, [0, 8, 9], &[5, 7]), Ok(3));
        assert_eq!(taken(5, [0, 8, 9], &[]), Ok(1), "nothing for us, but further on");
        assert_eq!(taken(5, [0, 5, 9], &[]), Ok(0), "nothing new");
        assert_eq!(taken(5, [7, 8, 9], &[7]), Ok(3), "a gap is recorded");
    }

    #[test]
    fn what_contradicts_itself_or_the_question_is_not_taken() {
        assert_eq!(taken(5, [0, 9, 9], &[4]), Err(Misbehaved::Order { found: 4, wanted: 5 }));
        assert_eq!(taken(5, [0, 9, 9], &[6, 6]), Err(Misbehaved::Order { found: 6, wanted: 7 }));
        assert_eq!(taken(5, [0, 6, 9], &[6]), Err(Misbehaved::Order { found: 6, wanted: 7 }));
        assert_eq!(taken(5, [0, 4, 9], &[]), Err(Misbehaved::Order { found: 4, wanted: 5 }));
        assert_eq!(taken(5, [0, 9, 8], &[]), Err(Misbehaved::Order { found: 8, wanted: 5 }));
        assert_eq!(taken(5, [0, 9, 9], &[5, 6, 7, 8]), Err(Misbehaved::Many { found: 4, limit: 3 }));
        assert!(taken(5, [0, u64::MAX, u64::MAX], &[u64::MAX]).is_ok());
        let batch =
            |topic: &str, event| Batch { topic: topic.into(), first: 0, next: 9, end: 9, events: vec![(5, event)] };
        assert!(matches!(of(5, &batch("deaths", event("/s", "t"))), Err(Misbehaved::Topic(_))));
        assert!(matches!(of(5, &batch("births", event("/other", "t"))), Err(Misbehaved::Source { .. })));
        assert_eq!(of(5, &batch("births", event("/s", "u"))), Err(Misbehaved::Unwanted(5)));
    }
}
