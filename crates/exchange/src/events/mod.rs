//! Events across the border: a topic of one institution, subscriptions of others. Between gateways nothing travels but
//! ordinary signed REST messages, so that this stands beside X-Road and not in it.
//!
//! A publisher's information system gives events ([CloudEvents](wire::cloudevent)) to its own gateway, which keeps them in the
//! [`Topic`]'s ledger and answers when they are durable. The subscriber's gateway asks for what comes after the last position
//! that it has, keeps what it gets in the [`Subscription`]'s ledger, and hands it out: pushed, or fetched.
//!
//! - [`wire`]: formats. No IO. [`rules`]: decisions and machines. No IO.
//! - [`topic`], [`subscription`]: both sides, on ledgers. [`places`]: where those are. [`settings`]: what a subscription wants.
//!
//! The running gateway does the asking and handing out: `gateway::events`.

pub mod places;
pub mod rules;
pub mod settings;
pub mod subscription;
pub mod topic;
pub mod wire;

pub use places::{EventsFailure, Places};
pub use settings::{Delivery, SubscriptionSettings};
pub use subscription::{Standing, Subscription};
pub use topic::{Published, Topic, TopicStanding};

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod shared_tests;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod subscription_tests;
