//! In which order events are handed out: per subject one after the other, subjects beside each other; again after a failure,
//! later each time; aside after too many. Lives as long as a term: what must last is recorded.

use super::inbox::Inbox;
use crate::events::wire::journal::{Entry, Note};
use mekong_base::Instant;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Records that are opened for handing out at a time.
const WINDOW: u64 = 256;
/// Dead letters at which a subscription stops until somebody looks at them.
pub const DEAD_MAX: usize = 1_000;
/// After the first failure; doubled after each.
const RETRY: Duration = Duration::from_secs(1);

/// How a subscription is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Attempts at one event that its receiver refuses.
    pub attempts_max: u32,
    /// The longest time between two attempts.
    pub retry_max: Duration,
    /// Events at once, of different subjects.
    pub at_once: usize,
    /// What follows a dead letter of the same subject waits until somebody decides.
    pub holds: bool,
}

impl Default for Rules {
    /// 12 attempts within half an hour, 8 at once, held.
    fn default() -> Self {
        Self { attempts_max: 12, retry_max: Duration::from_secs(600), at_once: 8, holds: true }
    }
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Record this first.
    Record(Entry),
    /// Hand this event out.
    Attempt {
        /// Its record.
        entry: u64,
        /// It may have been handed out before.
        repeats: bool,
    },
    /// Nothing before this time, or before something changes.
    Wait(Option<Instant>),
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Taken.
    Delivered,
    /// The receiver did not take this event.
    Refused(String),
    /// The receiver takes nothing now; perhaps it says for how long.
    Unavailable(String, Option<Duration>),
}

/// Who hands out.
#[derive(Debug)]
pub struct Delivery {
    term: u64,
    rules: Rules,
    /// Events in records below may have been handed out in an earlier term.
    before: u64,
    under_way: BTreeSet<u64>,
    tried: BTreeMap<u64, Tried>,
    /// The receiver takes nothing before; after so many failures.
    pause: Option<(Instant, u32)>,
}

#[derive(Debug, Clone, Copy)]
struct Tried {
    attempts: u32,
    next: Instant,
}

impl Delivery {
    /// Begins a term.
    pub fn new(term: u64, rules: Rules, inbox: &Inbox) -> Self {
        let before = inbox.window;
        Self { term, rules, before, under_way: BTreeSet::new(), tried: BTreeMap::new(), pause: None }
    }

    /// What is to be done next. An attempt that is given out is under way until [`Delivery::ended`].
    pub fn next(&mut self, inbox: &Inbox, now: Instant) -> Step {
        // What was recorded as ended waits no more.
        self.tried.retain(|entry, _| inbox.pending.contains_key(entry));
        self.under_way.retain(|entry| inbox.pending.contains_key(entry));
        if !inbox.is_term(self.term) || inbox.dead.len() >= DEAD_MAX {
            return Step::Wait(None);
        }
        if let Some((until, _)) = self.pause
            && (now < until || !self.under_way.is_empty())
        {
            return Step::Wait(Some(until).filter(|until| now < *until));
        }
        // After a pause one event finds out whether the receiver is there again.
        let places = if self.pause.is_some() { 1 } else { self.rules.at_once };
        if self.under_way.len() >= places {
            return Step::Wait(None);
        }
        let mut busy = inbox.held();
        busy.extend(self.under_way.iter().filter_map(|e| inbox.pending.get(e)).map(|event| event.subject.as_deref()));
        let mut wait: Option<Instant> = None;
        for (entry, event) in &inbox.pending {
            // Only the first of a subject is looked at.
            if self.under_way.contains(entry) || !busy.insert(event.subject.as_deref()) {
                continue;
            }
            if let Some(tried) = self.tried.get(entry).filter(|tried| now < tried.next) {
                wait = Some(wait.map_or(tried.next, |wait| wait.min(tried.next)));
                continue;
            }
            if *entry >= inbox.window {
                return Step::Record(Note::Window { term: self.term, below: entry + WINDOW }.into());
            }
            let repeats = event.repeats || *entry < self.before || self.tried.contains_key(entry);
            self.under_way.insert(*entry);
            return Step::Attempt { entry: *entry, repeats };
        }
        Step::Wait(wait)
    }

    /// What [`Delivery::ended`] gave for this event is recorded.
    pub fn recorded(&mut self, entry: u64) {
        self.under_way.remove(&entry);
        self.tried.remove(&entry);
    }

    /// Notes how an attempt ended. What is to be recorded, if anything is; until it is, the event is under way.
    pub fn ended(&mut self, entry: u64, ended: Ended, now: Instant) -> Option<Entry> {
        let term = self.term;
        match ended {
            Ended::Delivered => {
                self.pause = None;
                Some(Note::Delivered { term, entries: vec![entry] }.into())
            }
            Ended::Unavailable(_, after) => {
                self.under_way.remove(&entry);
                self.tried.entry(entry).or_insert(Tried { attempts: 0, next: now });
                let failures = self.pause.map_or(0, |(_, failures)| failures) + 1;
                // Of those that were under way together one counts.
                if self.pause.is_none_or(|(until, _)| until <= now) {
                    let rest = after.map_or(self.rest(failures), |after| after.clamp(RETRY, self.rules.retry_max));
                    self.pause = Some((now + rest, failures));
                }
                None
            }
            Ended::Refused(reason) => {
                self.pause = None;
                let attempts = self.tried.get(&entry).map_or(0, |tried| tried.attempts) + 1;
                if attempts < self.rules.attempts_max {
                    self.under_way.remove(&entry);
                    self.tried.insert(entry, Tried { attempts, next: now + self.rest(attempts) });
                    return None;
                }
                let holds = self.rules.holds;
                Some(Note::Dead { term, entry, attempts, reason, holds }.into())
            }
        }
    }

    /// How long to rest after so many failures.
    fn rest(&self, failures: u32) -> Duration {
        RETRY.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(self.rules.retry_max)
    }

    /// Why nothing is handed out now, if the receiver is the cause: until when.
    pub fn pause(&self) -> Option<Instant> {
        self.pause.map(|(until, _)| until)
    }
}
