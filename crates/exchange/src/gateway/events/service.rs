//! The service of events: other gateways ask it as they ask every service, and get what their client may see.

use super::answers::{bad, missing};
use crate::events::rules::sight::{Extent, Sight};
use crate::events::wire::Question;
use crate::gateway::Inner;
use crate::gateway::config::{LocalClient, Service};
use crate::gateway::faults::Faults;
use crate::gateway::service::ServiceAnswer;
use crate::wire::fault::{Fault, Kind, Origin};
use crate::wire::multipart::Header;
use crate::wire::rest::{RestRequest, Verb};
use bytes::Bytes;
use mekong_base::{ClientId, Problem};
use mekong_directory::GlobalConf;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const FAULTS: Faults = Faults(Origin::ServerProxy);
/// Questions of one client to one topic that may wait at once; more are answered with what is there.
const WAITING_MAX: usize = 4;

/// Questions that wait, by asker and topic.
#[derive(Debug, Default)]
pub(super) struct Waiting(Mutex<BTreeMap<(ClientId, String), usize>>);

/// A place among those that wait.
struct Place<'a>(&'a Waiting, (ClientId, String));

impl Waiting {
    fn take(&self, client: &ClientId, topic: &str) -> Option<Place<'_>> {
        let key = (client.clone(), topic.to_owned());
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = places.entry(key.clone()).or_default();
        if *taken >= WAITING_MAX {
            return None;
        }
        *taken += 1;
        Some(Place(self, key))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut places = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = places.get_mut(&self.1) {
            *taken -= 1;
            if *taken == 0 {
                places.remove(&self.1);
            }
        }
    }
}

fn sight(client: &LocalClient, service: &Service, asker: &ClientId, directory: &GlobalConf) -> Sight {
    let in_group = |instance: &str, code: &str| directory.in_global_group(asker, instance, code);
    Sight::of(&client.rights, &service.code, asker, in_group)
}

/// May this be asked? A right to a part of a topic is one to ask for the topic: what it does not cover is not told.
pub(in crate::gateway) fn admit(
    client: &LocalClient,
    service: &Service,
    asked: &RestRequest,
    directory: &GlobalConf,
) -> Result<(), Fault> {
    let sight = sight(client, service, asked.client(), directory);
    let topic = asked.service_path().trim_matches('/');
    let is_seen = if topic.is_empty() { !sight.is_nothing() } else { sight.extent(topic) != Extent::Nothing };
    if is_seen {
        return Ok(());
    }
    // What else was asked for may be about a person, and is not told to those who keep logs.
    let topic = if service.topics().contains(topic) { topic } else { "TOPIC" };
    let text = format!(
        "{} has no access right to {}/{topic}: ask the provider to grant the endpoint GET /{topic}",
        asked.client(),
        asked.service()
    );
    Err(FAULTS.fault(&[Kind::AccessDenied], text))
}

/// The answer to another gateway.
pub(in crate::gateway) async fn answer(
    inner: &Inner,
    client: &LocalClient,
    service: &Service,
    asked: &RestRequest,
) -> Result<ServiceAnswer, Fault> {
    match tell(inner, client, service, asked).await {
        Ok(text) => spooled(inner, 200, "OK", "application/json", text).await,
        Err(Untold::Problem(problem)) => {
            let text = serde_json::to_string(&problem).unwrap_or_default();
            spooled(inner, problem.status, "", Problem::MEDIA_TYPE, text).await
        }
        Err(Untold::Fault(fault)) => Err(fault),
    }
}

enum Untold {
    /// The asker's to mend; a signed answer like any other.
    Problem(Problem),
    Fault(Fault),
}

async fn tell(inner: &Inner, client: &LocalClient, service: &Service, asked: &RestRequest) -> Result<String, Untold> {
    let failed = |text: String| Untold::Fault(FAULTS.fault(&[Kind::ServiceFailed, Kind::InternalError], text));
    let running = inner.events.running().ok_or_else(|| failed("this gateway keeps no events".to_owned()))?;
    if asked.verb() != Verb::Get {
        let text = "events are asked for with GET; they are published at the publisher's own gateway";
        return Err(Untold::Problem(Problem::new(405, "event-method", "Only GET", text)));
    }
    let sight = sight(client, service, asked.client(), &inner.directory());
    let name = asked.service_path().trim_matches('/');
    let known = service.topics();
    let broken = |error: crate::events::EventsFailure| {
        tracing::error!(%error, "a topic cannot be read");
        failed("the topic cannot be read now: tell its owner".to_owned())
    };
    if name.is_empty() {
        let mut topics = Vec::new();
        for name in known.iter().filter(|name| sight.extent(name) != Extent::Nothing) {
            let (first, end) = running.topic(&client.id, name).await.map_err(broken)?.ends();
            topics.push(json!({ "topic": name, "first": first, "end": end }));
        }
        return Ok(json!({ "topics": topics }).to_string());
    }
    if !known.contains(name) {
        let text = format!("{} has no topic {name:.80}: GET of the service alone lists them", client.id);
        return Err(Untold::Problem(missing(text)));
    }
    let question = Question::parse(asked.query().unwrap_or_default());
    let mut question = question.map_err(|error| Untold::Problem(bad(error.to_string())))?;
    let place = running.waiting.take(asked.client(), name);
    if place.is_none() {
        question.wait = Duration::ZERO;
    }
    let topic = running.topic(&client.id, name).await.map_err(broken)?;
    topic.answer(&question, &sight, running.stop.clone()).await.map_err(broken)
}

async fn spooled(
    inner: &Inner,
    status: u16,
    reason: &str,
    content_type: &str,
    text: String,
) -> Result<ServiceAnswer, Fault> {
    let failed = |e: crate::gateway::spool::SpoolError| FAULTS.fault(&[Kind::IoError], e.to_string());
    let mut writer = inner.spooler.writer();
    writer.write(Bytes::from(text)).await.map_err(failed)?;
    let headers = vec![Header { name: "content-type".to_owned(), value: content_type.to_owned() }];
    let body = writer.finish().await.map_err(failed)?;
    Ok(ServiceAnswer { status, reason: reason.to_owned(), headers, body })
}
