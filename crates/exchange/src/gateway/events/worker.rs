//! The work on one subscription: claimed, done, given up when another gateway has it.

use super::{intake, push};
use crate::events::settings::Delivery;
use crate::events::{EventsFailure, Subscription};
use crate::gateway::Inner;
use std::time::Duration;
use tokio::sync::watch;

/// How long to rest after a failure of the ledger, and between looks at another's lease.
const PAUSE: Duration = Duration::from_secs(5);

/// Works until told to stop.
pub(super) async fn work(inner: &Inner, subscription: &Subscription, stop: watch::Receiver<bool>) {
    let mut stopped = stop.clone();
    loop {
        let rest = match subscription.claim(None).await {
            Ok(Some(term)) => match term_of(inner, subscription, term, stop.clone()).await {
                Ok(()) => return,
                Err(EventsFailure::Overtaken) => Duration::ZERO,
                Err(error) => failed(subscription, &error),
            },
            Ok(None) => PAUSE,
            Err(error) => failed(subscription, &error),
        };
        tokio::select! {
            biased;
            _ = stopped.changed() => return,
            () = tokio::time::sleep(rest) => {}
        }
        if stopped.has_changed().is_err() {
            return;
        }
    }
}

fn failed(subscription: &Subscription, error: &EventsFailure) -> Duration {
    tracing::error!(%error, subscription = subscription.settings().name, "a subscription's ledger failed");
    subscription.trouble(|troubles| troubles.handing_out = Some(error.to_string()));
    PAUSE
}

/// One term: asking and handing out beside each other. Ends well when it is told to stop.
async fn term_of(
    inner: &Inner,
    subscription: &Subscription,
    term: u64,
    stop: watch::Receiver<bool>,
) -> Result<(), EventsFailure> {
    let handing_out = async {
        match subscription.settings().delivery() {
            Delivery::Pull => until(stop.clone()).await,
            Delivery::Push(url) => push::run(inner, subscription, term, &url, stop.clone()).await?,
        }
        Ok(())
    };
    let watching = async {
        tokio::select! {
            biased;
            kept = keep(subscription, term) => kept,
            followed = follow(subscription) => followed,
            () = until(stop.clone()) => Ok(()),
        }
    };
    let asking = intake::run(inner, subscription, term, stop.clone());
    tokio::try_join!(asking, handing_out, watching).map(|_| ())
}

/// Waits until the worker is to stop.
pub(super) async fn until(mut stop: watch::Receiver<bool>) {
    // The sender is dropped then.
    let _ = stop.wait_for(|stop| *stop).await;
}

/// Says again and again that this gateway works on it, where others could.
async fn keep(subscription: &Subscription, term: u64) -> Result<(), EventsFailure> {
    let Some(every) = subscription.renewal() else { return std::future::pending().await };
    loop {
        tokio::time::sleep(every).await;
        if subscription.claim(Some(term)).await?.is_none() {
            return Err(EventsFailure::Overtaken);
        }
    }
}

/// Follows what others record.
async fn follow(subscription: &Subscription) -> Result<(), EventsFailure> {
    let mut grows = subscription.watch_ledger();
    while grows.changed().await.is_ok() {
        subscription.follow().await?;
    }
    std::future::pending().await
}
