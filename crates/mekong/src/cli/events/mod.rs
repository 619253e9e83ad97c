//! `mekong events`: publishes events, and looks after topics and subscriptions, through a running gateway.
//!
//! - [`client`]: speaks to it; [`look`]: what there is; [`act`]: publishing, replaying, dead letters; [`subscribe`]: following
//!   a topic, through the gateway's administration.

mod act;
mod client;
mod look;
mod subscribe;

use super::CommandResult;
use clap::Subcommand;

/// Commands of `mekong events`.
#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// Publish an event in a topic of a client of this gateway.
    Publish(act::PublishOptions),
    /// Follow a topic, of whatever country: events are pushed to an information system, or wait until it fetches them.
    Subscribe(subscribe::SubscribeOptions),
    /// Follow a topic no longer.
    Unsubscribe(subscribe::UnsubscribeOptions),
    /// List topics, and subscriptions with how far they are behind.
    List(look::ListOptions),
    /// Deliver again from a position or a time on. What comes again has a mark.
    Replay(act::ReplayOptions),
    /// List events that could not be delivered; deliver them again, or give them up.
    DeadLetters(act::DeadLettersOptions),
}

/// Runs the command.
pub(crate) async fn run(command: EventsCommand) -> CommandResult {
    match command {
        EventsCommand::Publish(options) => act::publish(&options).await,
        EventsCommand::Subscribe(options) => subscribe::subscribe(&options).await,
        EventsCommand::Unsubscribe(options) => subscribe::unsubscribe(&options).await,
        EventsCommand::List(options) => look::list(&options).await,
        EventsCommand::Replay(options) => act::replay(&options).await,
        EventsCommand::DeadLetters(options) => act::dead_letters(&options).await,
    }
}
