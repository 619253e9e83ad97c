//! What agencies, services, publishers and subscribers saw in the course of a run.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was seen so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Course(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// By the id that the agency gave it (`X-Road-Id`).
    pub(crate) requests: BTreeMap<String, Request>,
    /// By id, what publishers published.
    pub(crate) published: BTreeMap<String, Published>,
    /// By the name of the subscription, what came of it.
    pub(crate) subscribed: BTreeMap<&'static str, Subscribed>,
    /// What should not have happened, as it was seen.
    pub(crate) wrong: Vec<String>,
    /// Faults and restarts.
    pub(crate) events: Vec<String>,
    pub(crate) crashes: u64,
}

/// One request of an agency.
#[derive(Debug, Default, Clone)]
pub(crate) struct Request {
    pub(crate) body: Bytes,
    /// How often the agency asked it.
    pub(crate) attempts: u32,
    /// The id of the exchange, when it was acknowledged.
    pub(crate) acknowledged: Option<String>,
    /// How often the service got it, by the id of the exchange.
    pub(crate) delivered: BTreeMap<String, Times>,
}

/// How often a service got one message.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) unmarked: u32,
    /// With the mark of one that may have come before.
    pub(crate) marked: u32,
}

/// One event of a publisher.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(crate) subject: String,
    /// Its number among those of its subject, from 1.
    pub(crate) number: u64,
    pub(crate) data: String,
    /// Its position, when it was acknowledged.
    pub(crate) position: Option<u64>,
}

/// What came of one subscription.
#[derive(Debug, Clone, Default)]
pub(crate) struct Subscribed {
    /// By id, how often it came.
    pub(crate) times: BTreeMap<String, u32>,
    /// By subject, the last number that came for the first time.
    last: BTreeMap<String, u64>,
}

/// One event as a subscriber got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) data: String,
    pub(crate) position: u64,
    /// It says that it may have come before.
    pub(crate) is_marked: bool,
}

/// Numbers of one run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that agencies sent.
    pub sent: u64,
    /// Requests that were answered with success.
    pub acknowledged: u64,
    /// Times that services were asked again, with the mark.
    pub repeated: u64,
    /// Events whose publication was acknowledged.
    pub published: u64,
    /// Events that came to the subscriber, each counted once.
    pub received: u64,
    /// Crashes of machines.
    pub crashes: u64,
}

impl std::ops::Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            sent: self.sent + other.sent,
            acknowledged: self.acknowledged + other.acknowledged,
            repeated: self.repeated + other.repeated,
            published: self.published + other.published,
            received: self.received + other.received,
            crashes: self.crashes + other.crashes,
        }
    }
}

impl Course {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn event(&self, what: String) {
        self.seen().events.push(what);
    }

    pub(crate) fn wrong(&self, what: String) {
        self.seen().wrong.push(what);
    }

    /// A service got a request.
    pub(crate) fn delivered(&self, id: &str, exchange: &str, body: &[u8], is_marked: bool) {
        let mut seen = self.seen();
        let Some(request) = seen.requests.get_mut(id) else {
            return seen.wrong.push(format!("the service got a request that no agency sent: {id}"));
        };
        let times = request.delivered.entry(exchange.to_owned()).or_default();
        let is_again = *times != Times::default();
        match is_marked {
            true => times.marked += 1,
            false => times.unmarked += 1,
        }
        let (sent, is_same) = (request.body.len(), request.body == body);
        if is_again && !is_marked {
            seen.wrong.push(format!("request {id} ({exchange}) reached the service again without the mark"));
        }
        if !is_same {
            let got = body.len();
            seen.wrong.push(format!("the service got another body for {id} than was sent ({got} bytes for {sent})"));
        }
    }

    /// A publisher was told that an event is published.
    pub(crate) fn published(&self, id: &str, position: u64) {
        let mut seen = self.seen();
        let Some(event) = seen.published.get_mut(id) else { return };
        match event.position.replace(position) {
            Some(before) if before != position => {
                seen.wrong.push(format!("event {id} was acknowledged at position {before} and at {position}"));
            }
            _ => {}
        }
    }

    /// A subscriber got an event.
    pub(crate) fn received(&self, subscription: &'static str, received: &Received) {
        let mut seen = self.seen();
        let Received { id, subject, data, position, is_marked } = received;
        let Some(sent) = seen.published.get(id).cloned() else {
            return seen.wrong.push(format!("{subscription}: an event came that nobody published: {id}"));
        };
        if (&sent.subject, &sent.data) != (subject, data) {
            seen.wrong.push(format!("{subscription}: event {id} came with other content than it was published with"));
        }
        if let Some(at) = sent.position.filter(|at| at != position) {
            seen.wrong.push(format!("{subscription}: event {id} of position {at} came as that of {position}"));
        }
        let subscribed = seen.subscribed.entry(subscription).or_default();
        let times = subscribed.times.entry(id.clone()).or_default();
        *times += 1;
        if *times > 1 {
            if !is_marked {
                seen.wrong.push(format!("{subscription}: event {id} came again without saying so"));
            }
            return;
        }
        let last = subscribed.last.insert(subject.clone(), sent.number).unwrap_or(0);
        if sent.number != last + 1 {
            let number = sent.number;
            seen.wrong.push(format!("{subscription}: of {subject}, event {number} came after {last}"));
        }
    }

    /// Events of the subscription that were acknowledged to their publisher and did not come.
    pub(crate) fn missing(&self, subscription: &str) -> Vec<String> {
        let seen = self.seen();
        let came = |id: &String| seen.subscribed.get(subscription).is_some_and(|s| s.times.contains_key(id));
        let acknowledged = seen.published.iter().filter(|(_, event)| event.position.is_some());
        acknowledged.filter(|(id, _)| !came(id)).map(|(id, _)| id.clone()).collect()
    }

    pub(crate) fn tally(&self) -> Tally {
        let seen = self.seen();
        let marked = |request: &Request| request.delivered.values().map(|times| u64::from(times.marked)).sum::<u64>();
        Tally {
            sent: seen.requests.len() as u64,
            acknowledged: seen.requests.values().filter(|r| r.acknowledged.is_some()).count() as u64,
            repeated: seen.requests.values().map(marked).sum(),
            published: seen.published.values().filter(|event| event.position.is_some()).count() as u64,
            received: seen.subscribed.values().map(|s| s.times.len() as u64).sum(),
            crashes: seen.crashes,
        }
    }
}
