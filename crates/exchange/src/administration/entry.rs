//! What the ledger of the administration holds: who did what, or tried to.

use super::command::Command;
use super::refusal::Refusal;
use mekong_base::{ClientId, Instant};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Kind of the ledger's records that hold an [`Entry`] in JSON.
pub(super) const KIND: u8 = 1;

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who asked.
    pub actor: Actor,
    /// From which address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<IpAddr>,
    /// What happened.
    pub event: Event,
    /// How it ended.
    pub outcome: Outcome,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Name of the user; empty if nobody is known.
    pub user: String,
    /// How they were known.
    pub via: Via,
}

/// How somebody was known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Not at all.
    Nothing,
    /// By the token in the node's own folder: the operator of this machine, who may do everything.
    Operator,
    /// By a session in a browser.
    Session,
    /// By a token of this number.
    Token(String),
}

impl Actor {
    /// Nobody that is known.
    pub const fn nobody() -> Self {
        Self { user: String::new(), via: Via::Nothing }
    }

    /// Who runs the machine.
    pub fn operator() -> Self {
        Self { user: OPERATOR.to_owned(), via: Via::Operator }
    }

    /// Whether it is who runs the machine.
    pub fn is_operator(&self) -> bool {
        self.via == Via::Operator
    }
}

/// Name of the operator in the audit log.
const OPERATOR: &str = "operator";

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A change.
    Change {
        /// Which.
        command: Box<Command>,
        /// Position of the last change that the asker had seen of the thing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<u64>,
        /// Position of the last change that the asker had seen of the whole gateway.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<u64>,
        /// The request's idempotency key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// Something was asked for that is not allowed: what it was.
    Refused {
        /// The method and path, or the command.
        what: String,
    },
    /// Work on keys was begun. What came of it stands in a later line, unless the gateway stopped meanwhile.
    KeyBegun {
        /// Which work.
        what: String,
    },
    /// Something was done with a key of the gateway.
    Key {
        /// What.
        done: KeyAct,
        /// Its label.
        label: String,
        /// `tls`, or the member for whom it signs.
        purpose: String,
        /// SHA-256 of its certificate, in hexadecimal, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        certificate: Option<String>,
    },
    /// An address was asked for that lets a browser in as who asked.
    Invitation,
    /// Somebody signed in, or tried to.
    SignIn,
    /// Somebody signed out.
    SignOut,
    /// Evidence of messages was asked for: what was sent and answered, with its bodies.
    Evidence {
        /// The id of the message or the request.
        message: String,
        /// How many containers.
        containers: usize,
    },
    /// Something was decided about events that a subscription has.
    Subscription {
        /// What.
        done: SubscriptionAct,
        /// Whose subscription.
        subsystem: ClientId,
        /// Its name.
        subscription: String,
    },
    /// A recorded change has no effect: another came before it.
    Superseded {
        /// Where the change stands.
        position: u64,
    },
    /// Refused attempts that were not recorded one by one.
    Unrecorded {
        /// How many.
        attempts: u64,
    },
}

/// What was done with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyAct {
    /// The operator of the country was asked to certify it.
    Asked,
    /// Its certificate came from the operator of the country.
    Exchanged,
    /// A certificate was imported for it.
    Imported,
    /// It was made.
    Made,
}

impl KeyAct {
    /// Its name in the audit log.
    const fn name(self) -> &'static str {
        match self {
            Self::Asked => "ask_for_certificate",
            Self::Exchanged => "exchange_key",
            Self::Imported => "import_certificate",
            Self::Made => "make_key",
        }
    }
}

/// What was decided about events of a subscription. Positions and numbers, nothing of the events themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionAct {
    /// The dead letter of this number is delivered again.
    DeliverAgain(u64),
    /// The dead letter of this number is given up.
    Drop(u64),
    /// What was received from this position of the topic on is delivered again.
    ReplayFrom(u64),
    /// What was received from this time on is delivered again.
    ReplaySince(Instant),
}

impl SubscriptionAct {
    /// Its name in the audit log.
    const fn name(self) -> &'static str {
        match self {
            Self::DeliverAgain(_) => "deliver_dead_letter",
            Self::Drop(_) => "drop_dead_letter",
            Self::ReplayFrom(_) | Self::ReplaySince(_) => "replay",
        }
    }

    fn line(self, subsystem: &ClientId, subscription: &str) -> String {
        let of = format!("subscription {subscription} of {subsystem}");
        match self {
            Self::DeliverAgain(letter) => format!("deliver dead letter {letter} of {of} again"),
            Self::Drop(letter) => format!("drop dead letter {letter} of {of}"),
            Self::ReplayFrom(position) => format!("replay {of} from position {position}"),
            Self::ReplaySince(time) => format!("replay {of} since {time}"),
        }
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused {
        /// A stable code.
        code: String,
        /// Why, in English.
        reason: String,
    },
}

impl From<&Refusal> for Outcome {
    fn from(refusal: &Refusal) -> Self {
        Self::Refused { code: refusal.code().to_owned(), reason: refusal.to_string() }
    }
}

impl Outcome {
    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        *self == Self::Done
    }
}

impl Event {
    /// Its name: that of the command, if it is a change.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Change { command, .. } => command.name(),
            Self::Key { done, .. } => done.name(),
            Self::KeyBegun { .. } => "begin_key_work",
            Self::Refused { .. } => "refused",
            Self::Invitation => "invitation",
            Self::SignIn => "sign_in",
            Self::SignOut => "sign_out",
            Self::Evidence { .. } => "evidence",
            Self::Subscription { done, .. } => done.name(),
            Self::Superseded { .. } => "superseded",
            Self::Unrecorded { .. } => "unrecorded",
        }
    }

    /// What happened, in one English line.
    pub fn line(&self) -> String {
        match self {
            Self::Change { command, .. } => command.line(),
            Self::Key { done, label, purpose, certificate } => {
                let certificate = certificate.as_deref().unwrap_or_default();
                match done {
                    KeyAct::Asked => format!("ask the operator to certify key {label} for {purpose}"),
                    KeyAct::Exchanged => {
                        format!("certificate {certificate} from the operator for key {label} for {purpose}")
                    }
                    KeyAct::Imported => format!("import certificate {certificate} for key {label} for {purpose}"),
                    KeyAct::Made => format!("make key {label} for {purpose}"),
                }
            }
            Self::KeyBegun { what } => format!("begin: {what}"),
            Self::Refused { what } => what.clone(),
            Self::Invitation => "ask for an address that lets a browser in".to_owned(),
            Self::SignIn => "sign in".to_owned(),
            Self::SignOut => "sign out".to_owned(),
            Self::Evidence { message, containers } => format!("download evidence of message {message} ({containers})"),
            Self::Subscription { done, subsystem, subscription } => done.line(subsystem, subscription),
            Self::Superseded { position } => format!("change {position} has no effect: another came before it"),
            Self::Unrecorded { attempts } => format!("{attempts} more attempts were refused"),
        }
    }

    /// The thing that it is about; empty if about none.
    pub fn target(&self) -> String {
        match self {
            Self::Change { command, .. } => command.target(),
            Self::Key { label, .. } => format!("key {label}"),
            Self::Evidence { message, .. } => message.clone(),
            Self::Subscription { subsystem, .. } => subsystem.to_string(),
            _ => String::new(),
        }
    }
}
