//! The machines together against a simple model: a topic, a subscriber whose process ends at any moment, batches that come
//! twice or late, a receiver that fails in every way. No event is lost, none is out of order within its subject, none comes
//! twice without the mark.

use super::delivery::{Delivery, Ended, Rules, Step};
use super::inbox::Inbox;
use super::intake::{Asked, take};
use crate::events::wire::journal::{Entry, Note};
use crate::events::wire::{Batch, CloudEvent, Question, Start};
use mekong_base::Instant;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const SOURCE: &str = "/VN/GOV/MPS/population/births";

#[derive(Debug, Clone)]
enum Act {
    Publish {
        subject: u8,
        seen: bool,
    },
    /// Ask and take; `again`: the same batch is recorded twice, `late`: it is recorded only later.
    Poll {
        limit: usize,
        again: bool,
        late: bool,
    },
    /// A batch that was late is recorded after all.
    Arrive,
    /// Hand out; how it ends.
    Deliver(Receiver),
    /// The process ends and another begins, of the same or of another gateway.
    Crash {
        other: bool,
    },
    Advance(u16),
    Replay(u8),
    ReplaySince(u8),
    Again,
    Snapshot,
}

#[derive(Debug, Clone, Copy)]
enum Receiver {
    Takes,
    Refuses,
    /// It took the event, but nobody was told.
    TakesUnheard,
    /// It took the event, and the process ended before that was recorded.
    TakesAndCrash,
    Unavailable,
}

fn act() -> impl Strategy<Value = Act> {
    let receiver = prop_oneof![
        6 => Just(Receiver::Takes),
        2 => Just(Receiver::Refuses),
        2 => Just(Receiver::TakesUnheard),
        1 => Just(Receiver::TakesAndCrash),
        1 => Just(Receiver::Unavailable),
    ];
    prop_oneof![
        6 => (0..3_u8, prop::bool::weighted(0.8)).prop_map(|(subject, seen)| Act::Publish { subject, seen }),
        5 => (1..5_usize, any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(limit, again, late)| Act::Poll { limit, again, late }),
        1 => Just(Act::Arrive),
        10 => receiver.prop_map(Act::Deliver),
        1 => any::<bool>().prop_map(|other| Act::Crash { other }),
        3 => (0..2000_u16).prop_map(Act::Advance),
        1 => any::<u8>().prop_map(Act::Replay),
        1 => any::<u8>().prop_map(Act::ReplaySince),
        1 => Just(Act::Again),
        1 => Just(Act::Snapshot),
    ]
}

struct World {
    now: Instant,
    /// Event and whether this subscriber may see it.
    topic: Vec<(CloudEvent, bool, Instant)>,
    journal: Vec<(Instant, Entry)>,
    inbox: Inbox,
    delivery: Delivery,
    term: u64,
    holder: String,
    late: Option<Vec<Entry>>,
    /// What the receiver got: id, mark.
    received: Vec<(usize, bool)>,
    /// Events that were ever put aside.
    put_aside: BTreeSet<usize>,
    rules: Rules,
}

impl World {
    fn new(rules: Rules) -> Self {
        let mut world = Self {
            now: Instant::from_unix_seconds(1_800_000_000),
            topic: Vec::new(),
            journal: Vec::new(),
            inbox: Inbox::default(),
            delivery: Delivery::new(0, rules, &Inbox::default()),
            term: 0,
            holder: "a".into(),
            late: None,
            received: Vec::new(),
            put_aside: BTreeSet::new(),
            rules,
        };
        world.begin();
        world
    }

    fn record(&mut self, entries: Vec<Entry>) {
        for entry in entries {
            // Through its form on disk.
            let record = entry.to_record();
            let position = self.journal.len() as u64;
            let record = mekong_ledger::Record { position, kind: record.kind, at: self.now, payload: record.payload };
            assert_eq!(Entry::of_record(&record), Ok(entry.clone()));
            self.inbox.apply(position, self.now, entry.clone());
            self.journal.push((self.now, entry));
        }
    }

    /// A process begins: nothing is known but the ledger.
    fn begin(&mut self) {
        self.inbox = Inbox::default();
        for (position, (at, entry)) in self.journal.iter().enumerate() {
            self.inbox.apply(position as u64, *at, entry.clone());
        }
        if let Some(lease) = self.inbox.lease.as_ref().filter(|l| l.holder != self.holder) {
            self.now = lease.until;
        }
        let until = self.now + Duration::from_secs(30);
        self.record(vec![Note::Claim { holder: self.holder.clone(), until, term: None }.into()]);
        self.term = self.journal.len() as u64 - 1;
        assert!(self.inbox.is_term(self.term));
        self.delivery = Delivery::new(self.term, self.rules, &self.inbox);
    }

    fn ask(&self, limit: usize) -> (Question, Batch) {
        let from = self.inbox.ask_from(Start::Position(0));
        let question = Question { from, limit, ..Question::default() };
        let mut next = match from {
            Start::Position(position) => position as usize,
            Start::Since(at) => self.topic.iter().position(|(_, _, t)| *t >= at).unwrap_or(self.topic.len()),
            Start::End => self.topic.len(),
        };
        let mut events = Vec::new();
        while next < self.topic.len() && events.len() < limit {
            let (event, seen, _) = &self.topic[next];
            if *seen {
                events.push((next as u64, event.clone()));
            }
            next += 1;
        }
        let end = self.topic.len() as u64;
        (question, Batch { topic: "births".into(), first: 0, next: next as u64, end, events })
    }

    fn poll(&mut self, limit: usize) -> Vec<Entry> {
        let (question, batch) = self.ask(limit);
        if let Some(entry) = super::intake::passed(&question, &batch, self.inbox.floor) {
            return vec![entry];
        }
        let (term, epoch, end) = (self.term, self.inbox.epoch, self.inbox.end);
        let asked = Asked { term, epoch, topic: "births", source: SOURCE, question: &question, end };
        take(asked, &batch, "message").unwrap()
    }

    fn deliver(&mut self, receiver: Receiver) -> bool {
        match self.delivery.next(&self.inbox, self.now) {
            Step::Record(entry) => self.record(vec![entry]),
            Step::Wait(_) => return false,
            Step::Attempt { entry, repeats } => self.attempt(entry, repeats, receiver),
        }
        true
    }

    fn attempt(&mut self, entry: u64, repeats: bool, receiver: Receiver) {
        let (_, Entry::Received(received)) = &self.journal[entry as usize] else { panic!("no event at {entry}") };
        let id: usize = received.event.id.parse().unwrap();
        if !matches!(receiver, Receiver::Refuses | Receiver::Unavailable) {
            self.received.push((id, repeats));
        }
        let ended = match receiver {
            Receiver::Takes => Ended::Delivered,
            Receiver::Refuses | Receiver::TakesUnheard => Ended::Refused("no".into()),
            Receiver::Unavailable => Ended::Unavailable("later".into(), None),
            Receiver::TakesAndCrash => return self.begin(),
        };
        let outcome = self.delivery.ended(entry, ended, self.now);
        if let Some(Entry::Other(Note::Dead { .. })) = &outcome {
            self.put_aside.insert(id);
        }
        if let Some(outcome) = outcome {
            self.record(vec![outcome]);
            self.delivery.recorded(entry);
        }
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Publish { subject, seen } => {
                let id = self.topic.len();
                let subject = if subject == 0 { String::new() } else { format!(r#","subject":"{subject}""#) };
                let text = format!(r#"{{"specversion":"1.0","id":"{id}","type":"t","source":"{SOURCE}"{subject}}}"#);
                self.topic.push((CloudEvent::parse(&text).unwrap(), seen, self.now));
            }
            Act::Poll { limit, again, late } => {
                let entries = self.poll(limit);
                match late {
                    true => self.late = Some(entries),
                    false => {
                        let copy = if again { entries.clone() } else { Vec::new() };
                        self.record(entries);
                        self.record(copy);
                    }
                }
            }
            Act::Arrive => {
                let late = self.late.take().unwrap_or_default();
                self.record(late);
            }
            Act::Deliver(receiver) => drop(self.deliver(receiver)),
            Act::Crash { other } => {
                if other {
                    self.holder = if self.holder == "a" { "b".into() } else { "a".into() };
                }
                self.begin();
            }
            Act::Advance(seconds) => self.now = self.now + Duration::from_secs(seconds.into()),
            Act::Replay(to) => {
                let from = Some(u64::from(to) % (self.topic.len() as u64 + 1));
                self.record(vec![Note::Replay { from, since: None }.into()]);
            }
            Act::ReplaySince(back) => {
                let since = Some(self.now - Duration::from_secs(u64::from(back) * 50));
                self.record(vec![Note::Replay { from: None, since }.into()]);
            }
            Act::Again => {
                let entries = self.inbox.dead.keys().map(|entry| Note::Again { entry: *entry }.into()).collect();
                self.record(entries);
            }
            Act::Snapshot => {
                let at = self.journal.len() as u64;
                let before = self.inbox.clone();
                self.record(vec![Note::Snapshot { at, inbox: Box::new(before.clone()) }.into()]);
                assert_eq!(self.inbox, Inbox { applied: at + 1, snapshot: at + 1, ..before });
            }
        }
    }

    /// Everything works again.
    fn drain(&mut self) {
        for _ in 0..10_000 {
            self.act(Act::Again);
            let entries = self.poll(3);
            let is_quiet = entries.is_empty();
            self.record(entries);
            let did = self.deliver(Receiver::Takes);
            if is_quiet && !did && self.inbox.pending.is_empty() && self.inbox.dead.is_empty() {
                return;
            }
            self.now = self.now + Duration::from_secs(60);
        }
        panic!("it does not come to an end: {:?}", self.inbox);
    }

    fn check(&self) {
        let mut seen = BTreeSet::new();
        for (id, marked) in &self.received {
            assert!(seen.insert(*id) || *marked, "event {id} came twice without the mark: {:?}", self.received);
        }
        let wanted: BTreeSet<usize> = (0..self.topic.len()).filter(|id| self.topic[*id].1).collect();
        assert_eq!(seen, wanted, "what was received and what was to be");
        let mut last: BTreeMap<Option<String>, usize> = BTreeMap::new();
        let mut first_time = BTreeSet::new();
        for (id, _) in &self.received {
            let is_ordered = self.rules.holds || !self.put_aside.contains(id);
            if !first_time.insert(*id) || !is_ordered {
                continue;
            }
            let subject = self.topic[*id].0.subject().map(str::to_owned);
            let before = last.insert(subject.clone(), *id);
            assert!(
                before.is_none_or(|before| before < *id),
                "{subject:?}: {before:?} before {id}: {:?}",
                self.received
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn no_event_is_lost_or_out_of_order_or_unmarked_twice(
        acts in prop::collection::vec(act(), 0..120),
        holds in any::<bool>(),
        at_once in 1..4_usize,
    ) {
        let rules = Rules { attempts_max: 3, holds, at_once, ..Rules::default() };
        let mut world = World::new(rules);
        acts.into_iter().for_each(|act| world.act(act));
        world.drain();
        world.check();
    }
}
