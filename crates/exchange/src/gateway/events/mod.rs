//! Events at a running gateway: topics of its clients, answered to other gateways as a service of its own, and subscriptions
//! of its clients, worked on until it stops.
//!
//! - [`service`]: what other gateways ask; [`api`], [`pull`]: what information systems do; [`answers`]: how they are answered.
//! - [`worker`]: one for each subscription: [`intake`] asks the publisher, [`push`] hands out.

mod answers;
mod api;
mod intake;
mod pull;
mod push;
pub(super) mod service;
mod worker;

pub(super) use api::{PATH, handle};

use super::Inner;
use super::config::{LocalClient, Service};
use crate::events::settings::{SERVICE_URL, check_name};
use crate::events::{EventsFailure, Places, Subscription, Topic, TopicStanding};
use mekong_base::{ClientId, Instant};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, Notify, watch};
use tokio::task::JoinSet;

/// How often events are looked through for those that are older than they are kept.
const FORGET_EVERY: Duration = Duration::from_secs(3600);
/// How long to rest before a subscription that could not be opened is tried again.
const OPEN_AGAIN: Duration = Duration::from_secs(5);

/// What a gateway has of events; nothing until it is told where they are kept.
#[derive(Default)]
pub(super) struct Events {
    running: OnceLock<Running>,
    /// The clients changed.
    pub(super) changed: Notify,
}

struct Running {
    places: Places,
    stop: watch::Receiver<bool>,
    topics: Mutex<BTreeMap<(ClientId, String), Arc<Topic>>>,
    subscriptions: RwLock<BTreeMap<String, Arc<Subscription>>>,
    waiting: service::Waiting,
}

impl Events {
    fn running(&self) -> Option<&Running> {
        self.running.get()
    }

    /// The topics, by publisher and name.
    pub(super) async fn topics(&self, inner: &Inner) -> Vec<TopicStanding> {
        let Some(running) = self.running() else { return Vec::new() };
        let clients = inner.clients();
        let by_id: BTreeMap<_, _> = clients.iter().collect();
        let mut found = Vec::new();
        for (publisher, client) in by_id {
            for topic in topics(client) {
                match running.topic(publisher, &topic).await {
                    Ok(open) => {
                        let (first, end) = open.ends();
                        found.push(TopicStanding { publisher: publisher.clone(), topic, first, end });
                    }
                    Err(error) => tracing::error!(%error, topic, client = %publisher, "a topic cannot be read"),
                }
            }
        }
        found
    }

    /// The subscriptions, by name.
    pub(super) fn subscriptions(&self) -> Vec<Arc<Subscription>> {
        self.running().map(|r| r.all().into_values().collect()).unwrap_or_default()
    }
}

impl Running {
    fn all(&self) -> BTreeMap<String, Arc<Subscription>> {
        self.subscriptions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn subscription(&self, name: &str) -> Option<Arc<Subscription>> {
        self.subscriptions.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// A topic of a client, opened when it is wanted first.
    async fn topic(&self, publisher: &ClientId, name: &str) -> Result<Arc<Topic>, EventsFailure> {
        let mut topics = self.topics.lock().await;
        let key = (publisher.clone(), name.to_owned());
        if let Some(topic) = topics.get(&key) {
            return Ok(Arc::clone(topic));
        }
        let topic = Arc::new(Topic::open(&self.places, publisher, name).await?);
        topics.insert(key, Arc::clone(&topic));
        Ok(topic)
    }

    /// Removes events that are older than they are kept.
    async fn forget(&self, now: Instant) {
        let Some(keep) = self.places.keep() else { return };
        let topics: Vec<Arc<Topic>> = self.topics.lock().await.values().cloned().collect();
        for topic in topics {
            if let Err(error) = topic.forget_before(now - keep).await {
                tracing::warn!(%error, topic = topic.name(), "old events could not be removed");
            }
        }
    }

    async fn close(&self) {
        let topics = std::mem::take(&mut *self.topics.lock().await);
        for topic in topics.into_values() {
            topic.close().await;
        }
    }
}

impl Service {
    /// The service of events, with its topics.
    pub fn events<'a>(code: impl Into<String>, topics: impl IntoIterator<Item = &'a str>) -> Self {
        let path = |topic: &str| crate::rules::path::PathPattern::parse(&format!("/{topic}")).ok();
        let endpoints = topics.into_iter().filter_map(path).map(|path| (Some(crate::wire::rest::Verb::Get), path));
        Self { endpoints: endpoints.collect(), ..Self::new(code, SERVICE_URL) }
    }

    /// Is this one that the gateway answers from its topics?
    pub(crate) fn is_events(&self) -> bool {
        self.urls.first().is_some_and(|url| url == SERVICE_URL)
    }

    /// The topics of a service of events: its endpoints that are names, `GET /births`.
    pub(super) fn topics(&self) -> BTreeSet<String> {
        let name = |path: String| path.strip_prefix('/').filter(|n| check_name("topic", n).is_ok()).map(str::to_owned);
        let of_events = self.endpoints.iter().filter(|_| self.is_events());
        let read = of_events.filter(|(verb, _)| verb.is_none_or(|verb| verb == crate::wire::rest::Verb::Get));
        read.filter_map(|(_, path)| name(path.to_string())).collect()
    }
}

/// The topics of a client.
fn topics(client: &LocalClient) -> BTreeSet<String> {
    client.services.iter().flat_map(Service::topics).collect()
}

/// Works on events until told to stop: one worker for each subscription, as the clients have them.
pub(super) async fn run(inner: Arc<Inner>, places: Places, mut stop: watch::Receiver<bool>) {
    let running = Running {
        places,
        stop: stop.clone(),
        topics: Mutex::default(),
        subscriptions: RwLock::default(),
        waiting: service::Waiting::default(),
    };
    if inner.events.running.set(running).is_err() {
        return tracing::error!("events are kept in one place: they were started twice");
    }
    let mut workers = Workers { inner: Arc::clone(&inner), tasks: JoinSet::new(), stops: BTreeMap::new() };
    let mut forgetting = tokio::time::interval(FORGET_EVERY);
    while !*stop.borrow() {
        let all_work = workers.adjust().await;
        tokio::select! {
            biased;
            _ = stop.changed() => {}
            () = inner.events.changed.notified() => {}
            () = tokio::time::sleep(OPEN_AGAIN), if !all_work => {}
            _ = forgetting.tick() => if let Some(running) = inner.events.running() {
                running.forget(inner.now()).await;
            }
        }
    }
    workers.stops.clear();
    while workers.tasks.join_next().await.is_some() {}
    if let Some(running) = inner.events.running() {
        running.close().await;
    }
}

/// The workers of the subscriptions that there are.
struct Workers {
    inner: Arc<Inner>,
    tasks: JoinSet<String>,
    /// Dropped, a worker stops.
    stops: BTreeMap<String, (Arc<Subscription>, watch::Sender<bool>)>,
}

impl Workers {
    /// Begins what is new, ends what is gone, and begins anew what is otherwise now. Whether all are worked on.
    async fn adjust(&mut self) -> bool {
        let wanted = self.wanted();
        let is_gone = |sub: &Subscription| match wanted.get(&sub.settings().name) {
            Some((owner, settings)) => owner != sub.owner() || settings != sub.settings(),
            None => true,
        };
        let gone: Vec<String> = self.stops.iter().filter(|(_, (s, _))| is_gone(s)).map(|(n, _)| n.clone()).collect();
        for name in &gone {
            self.stops.remove(name);
        }
        // Its ledger is free again when its worker has ended.
        let mut left = gone.len();
        while left > 0
            && let Some(ended) = self.tasks.join_next().await
        {
            left -= usize::from(ended.is_ok_and(|name| gone.contains(&name)));
        }
        let inner = Arc::clone(&self.inner);
        let Some(running) = inner.events.running() else { return true };
        let mut all_work = true;
        for (name, (owner, settings)) in wanted {
            if self.stops.contains_key(&name) {
                continue;
            }
            match Subscription::open(&running.places, &owner, settings).await {
                Ok(subscription) => self.begin(Arc::new(subscription)),
                Err(error) => {
                    tracing::error!(%error, name, client = %owner, "a subscription cannot be worked on; it is tried again");
                    all_work = false;
                }
            }
        }
        let now = self.stops.iter().map(|(name, (sub, _))| (name.clone(), Arc::clone(sub))).collect();
        *running.subscriptions.write().unwrap_or_else(PoisonError::into_inner) = now;
        all_work
    }

    fn wanted(&self) -> BTreeMap<String, (ClientId, crate::events::SubscriptionSettings)> {
        let clients = self.inner.clients();
        let mut wanted = BTreeMap::new();
        let by_id: BTreeMap<_, _> = clients.iter().collect();
        for (id, client) in by_id {
            for settings in &client.subscriptions {
                if wanted.contains_key(&settings.name) {
                    tracing::error!(name = settings.name, client = %id, "two subscriptions have one name: rename one");
                    continue;
                }
                wanted.insert(settings.name.clone(), (id.clone(), settings.clone()));
            }
        }
        wanted
    }

    fn begin(&mut self, subscription: Arc<Subscription>) {
        let (stop, stopped) = watch::channel(false);
        let (inner, name) = (Arc::clone(&self.inner), subscription.settings().name.clone());
        self.stops.insert(name.clone(), (Arc::clone(&subscription), stop));
        self.tasks.spawn(async move {
            worker::work(&inner, &subscription, stopped).await;
            subscription.close().await;
            name
        });
    }
}
