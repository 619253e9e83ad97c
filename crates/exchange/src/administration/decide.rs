//! Whether a change is carried out, and how the state follows the ledger. Plain functions of the state: the same before a
//! change is recorded and when the record is read, here or at another gateway that shares the ledger.

use super::command::Command;
use super::entry::{Actor, Entry, Event};
use super::limits::{KEY_BYTES_MAX, KEYS_MAX};
use super::model::State;
use super::refusal::Refusal;

/// A change that somebody asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Who asks.
    pub actor: &'a Actor,
    /// For what.
    pub command: &'a Command,
    /// Position of the last change that they saw of the thing, if they insist on it.
    pub seen: Option<u64>,
    /// Position of the last change that they saw of the whole gateway, if they insist on it.
    pub whole: Option<u64>,
    /// Their idempotency key.
    pub key: Option<&'a str>,
}

/// What becomes of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is carried out.
    Do,
    /// It was carried out before, by the request with the same idempotency key, at this position.
    Done(u64),
}

impl State {
    /// Decides on a change: who asks, the idempotency key, what they saw; then whether it is possible at all.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn decide(&self, asked: Asked<'_>) -> Result<Decision, Refusal> {
        self.may_uncover(asked.actor, asked.command)?;
        self.clone().carry_out(asked, self.position)
    }

    /// As [`State::decide`], and the state follows.
    fn carry_out(&mut self, asked: Asked<'_>, position: u64) -> Result<Decision, Refusal> {
        let Asked { actor, command, seen, whole, key } = asked;
        self.may(&actor.user, actor.is_operator(), command)?;
        let key = key.map(|key| format!("{} {key}", actor.user));
        let digest = key.as_ref().map(|_| command.digest()).unwrap_or_default();
        if let Some(key) = &key {
            if key.len() > KEY_BYTES_MAX + actor.user.len() {
                let why = format!("at most {KEY_BYTES_MAX} bytes are taken");
                return Err(Refusal::Invalid { what: "Idempotency-Key", why });
            }
            match self.keys.get(key) {
                Some((known, position)) if *known == digest => return Ok(Decision::Done(*position)),
                Some(_) => return Err(Refusal::KeyUsed(asked.key.unwrap_or_default().to_owned())),
                None => {}
            }
        }
        self.check_seen(command, seen)?;
        self.check_whole(whole)?;
        self.apply(command, position)?;
        if let Some(key) = key {
            self.keys.add(key, digest, position, KEYS_MAX);
        }
        Ok(Decision::Do)
    }

    /// Follows one record. What became of the change in it; `None` if it has none that was to be done.
    pub fn fold(&mut self, position: u64, entry: &Entry) -> Option<Result<Decision, Refusal>> {
        self.position = position + 1;
        let Entry { actor, event: Event::Change { command, seen, whole, key }, outcome, .. } = entry else {
            return None;
        };
        if !outcome.is_done() {
            return None;
        }
        let asked = Asked { actor, command, seen: *seen, whole: *whole, key: key.as_deref() };
        Some(self.carry_out(asked, position))
    }
}
