//! What may be decided about events that a subscription has: delivering again from a position or a time on, delivering a dead
//! letter again, giving one up. Whoever may change clients may; it stands in the audit log before it is done.

use super::Desk;
use super::access::Who;
use super::failure::Failure;
use mekong_base::ClientId;
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Event, Outcome, SubscriptionAct};
use mekong_exchange::events::Subscription;
use mekong_exchange::events::wire::journal::Note;
use std::sync::Arc;

/// A subscription that is open here.
pub(super) fn open(desk: &Desk, owner: &ClientId, name: &str) -> Result<Arc<Subscription>, Failure> {
    let handle = desk.handle().ok_or_else(|| Failure::NotYet("the gateway is not running yet".to_owned()))?;
    let found = handle.subscriptions().into_iter().find(|s| s.owner() == owner && s.settings().name == name);
    found.ok_or_else(|| Failure::NotFound(format!("{owner} has no subscription {name:.80} that is open here")))
}

/// The subscription of this name that is open here, whosever it is.
pub(super) fn named(desk: &Desk, name: &str) -> Result<Arc<Subscription>, Failure> {
    let open = desk.handle().and_then(|handle| handle.subscriptions().into_iter().find(|s| s.settings().name == name));
    open.ok_or_else(|| Failure::NotFound(format!("there is no subscription {name:.80} that is open here")))
}

/// Records a decision in the audit log, and carries it out.
///
/// # Errors
/// If whoever asks may not (which is recorded too), or there is nothing that it could be about.
pub(super) async fn decide(
    desk: &Desk,
    who: &Who,
    owner: &ClientId,
    name: &str,
    done: SubscriptionAct,
) -> Result<Arc<Subscription>, Failure> {
    let event = Event::Subscription { done, subsystem: owner.clone(), subscription: name.chars().take(80).collect() };
    desk.permit(who, &[Permission::ChangeClients], &event.line()).await?;
    let subscription = open(desk, owner, name)?;
    let note = note(&subscription, done)?;
    desk.note(who, event, Outcome::Done).await?;
    subscription.record(&[note.into()]).await.map_err(|error| Failure::Broken(error.to_string()))?;
    Ok(subscription)
}

/// The note of it in the subscription's ledger.
fn note(subscription: &Subscription, done: SubscriptionAct) -> Result<Note, Failure> {
    let inbox = subscription.inbox();
    let replayed = |from, since| match inbox.next.or(inbox.floor) {
        Some(_) => Ok(Note::Replay { from, since }),
        None => Err(Failure::NotYet("nothing was fetched yet: where it begins is said in the subscription".to_owned())),
    };
    let letter = |entry: u64, note| match inbox.dead.contains_key(&entry) {
        true => Ok(note),
        false => Err(Failure::NotFound(format!("there is no dead letter {entry}: list them"))),
    };
    match done {
        SubscriptionAct::DeliverAgain(entry) => letter(entry, Note::Again { entry }),
        SubscriptionAct::Drop(entry) => letter(entry, Note::Dropped { entry }),
        SubscriptionAct::ReplayFrom(position) => replayed(Some(position), None),
        SubscriptionAct::ReplaySince(time) => replayed(None, Some(time)),
    }
}
