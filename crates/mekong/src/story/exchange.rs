//! The records of one exchange together: a request that changes something has a record of its own, before its answer's.

use mekong_base::Instant;
use mekong_exchange::messagelog::{Failure, Side, Told, ToldMessage};
use mekong_exchange::telemetry::StepTime;
use std::time::Duration;

/// One side of an exchange.
pub(crate) struct Exchange<'a> {
    /// Its records, in the order of the log; one at least.
    pub(crate) records: Vec<&'a Told>,
}

impl<'a> Exchange<'a> {
    /// The exchanges of these records, in the order in which they began.
    pub(crate) fn of(told: &'a [Told]) -> Vec<Self> {
        let mut exchanges: Vec<Self> = Vec::new();
        for told in told {
            let same = exchanges.iter_mut().find(|exchange| {
                exchange.records.first().is_some_and(|first| name(first).is_some() && name(first) == name(told))
            });
            match same {
                Some(exchange) => exchange.records.push(told),
                None => exchanges.push(Self { records: vec![told] }),
            }
        }
        exchanges
    }

    /// Its messages with the positions of their records, as they were logged.
    pub(crate) fn messages(&self) -> impl Iterator<Item = (u64, &'a ToldMessage)> {
        self.records.iter().flat_map(|told| told.messages.iter().map(|message| (told.position, message)))
    }

    /// When the request came in; known from its answer.
    pub(crate) fn received(&self) -> Option<Instant> {
        let answers = self.messages().filter_map(|(_, message)| message.record.duration.map(|took| (message, took)));
        answers.map(|(message, took)| message.record.recorded_at - took).min()
    }

    /// How long each step took; the last record has those of the records before it, too.
    pub(crate) fn steps(&self) -> Option<&'a [StepTime]> {
        self.records.iter().rev().map(|told| told.steps.as_slice()).find(|steps| !steps.is_empty())
    }

    /// Why it has no answer, if it failed; the last word on it.
    pub(crate) fn failure(&self) -> Option<&'a Failure> {
        self.records.iter().rev().find_map(|told| told.failure.as_ref()).map(|(_, failure)| failure)
    }

    /// How long after the request had come in a message was logged; known where the request has a record of its own.
    pub(crate) fn logged_after(&self, message: &ToldMessage) -> Option<Duration> {
        let is_later = message.record.duration.is_none() && self.records.len() > 1;
        self.received().filter(|_| is_later).map(|received| message.record.recorded_at.since(received))
    }
}

/// By what an exchange is known.
fn name(told: &Told) -> Option<(Side, &str, &str)> {
    let record = &told.messages.first()?.record;
    Some((record.side, &record.client, &record.request_id))
}

/// From a message's record to its time-stamp, if it has one.
pub(super) fn stamped_after(message: &ToldMessage) -> Option<Duration> {
    message.stamp.as_ref().map(|stamp| stamp.at.since(message.record.recorded_at))
}
