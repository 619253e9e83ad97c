//! What information systems of our clients do with events, on the address where they send their requests, under the same
//! rule: who may ask in a client's name may publish in it, and work with its subscriptions.

use super::answers::{Refusal, bad, denied, json, missing, off, problem};
use super::pull::{self, Acknowledged, Wanted};
use super::{Running, topics};
use crate::events::Subscription;
use crate::events::wire::CloudEvent;
use crate::events::wire::cloudevent::{BYTES_MAX, MEDIA_TYPE};
use crate::events::wire::journal::Note;
use crate::gateway::config::LocalClient;
use crate::gateway::kept::Kept;
use crate::gateway::outgoing::Outgoing;
use crate::gateway::{Inner, receive};
use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use mekong_base::{ClientId, Instant, MemberId, Problem};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Where it all is.
pub(in crate::gateway) const PATH: &str = "/events/";
const VERSION: &str = "v1";

/// A request that was read.
struct Asked<'a> {
    inner: &'a Inner,
    running: &'a Running,
    from: IpAddr,
    method: Method,
    query: String,
    headers: HeaderMap,
    body: bytes::Bytes,
}

/// `{"from": 7}` or `{"since": "2026-11-22T05:14:00Z"}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Replay {
    from: Option<u64>,
    since: Option<Instant>,
}

/// Answers one request.
pub(in crate::gateway) async fn handle(
    inner: Arc<Inner>,
    request: Request<Incoming>,
    from: IpAddr,
) -> Response<Outgoing> {
    let place = inner.consuming.take().await;
    // What was begun is ended even if the system hangs up.
    let answered = Kept::new(async move {
        let _place = place;
        read_and_answer(&inner, request, from).await
    });
    match answered.await {
        Ok(response) => response,
        Err(refusal) => {
            tracing::info!(%from, status = refusal.status, detail = refusal.detail, "a request about events was refused");
            problem(&refusal)
        }
    }
}

async fn read_and_answer(
    inner: &Inner,
    request: Request<Incoming>,
    from: IpAddr,
) -> Result<Response<Outgoing>, Refusal> {
    let (parts, body) = request.into_parts();
    let Some(running) = inner.events.running() else {
        receive::drain(inner, body).await;
        return Err(Box::new(off()));
    };
    let path = segments(parts.uri.path())?;
    let body = read(inner, body).await?;
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let asked = Asked { inner, running, from, method: parts.method, query, headers: parts.headers, body };
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (asked.method.as_str(), path.as_slice()) {
        (_, [version, ..]) if *version != VERSION => Err(Box::new(missing(format!("there is {PATH}{VERSION} only")))),
        ("GET", [_]) => asked.all().await,
        ("GET", [_, "subscriptions", name]) => {
            let wanted = Wanted::parse(&asked.query)?;
            pull::fetch(&*asked.subscription(name)?, wanted, running.stop.clone()).await
        }
        ("GET", [_, "subscriptions", name, "dead-letters"]) => dead_letters(&*asked.subscription(name)?).await,
        ("POST", [_, "subscriptions", name, "ack"]) => {
            pull::acknowledge(&*asked.subscription(name)?, asked.json::<Acknowledged>()?).await
        }
        ("POST", [_, "subscriptions", name, "replay"]) => replay(&*asked.subscription(name)?, asked.json()?).await,
        ("POST", [_, "subscriptions", name, "dead-letters", entry, what]) => {
            let entry = entry.parse().map_err(|_| bad(format!("{entry:?} is no number of a dead letter")))?;
            asked.json::<Value>()?;
            decide(&*asked.subscription(name)?, entry, what).await
        }
        ("POST", [_, instance, class, member, subsystem, topic]) => {
            let publisher = MemberId::new(*instance, *class, *member).subsystem(*subsystem);
            asked.publish(&publisher, topic).await
        }
        _ => Err(Box::new(missing(
            "there are POST /events/v1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/TOPIC, GET /events/v1, and \
             /events/v1/subscriptions/NAME with ack, replay and dead-letters",
        ))),
    }
}

/// The segments after [`PATH`], decoded; a segment stands for itself whatever is in it.
fn segments(path: &str) -> Result<Vec<String>, Refusal> {
    let decoded = |segment: &str| percent_decode_str(segment).decode_utf8().map(std::borrow::Cow::into_owned);
    let path = path.strip_prefix(PATH).unwrap_or_default().trim_end_matches('/');
    path.split('/').map(decoded).collect::<Result<_, _>>().map_err(|_| Box::new(bad("the path is not UTF-8")))
}

async fn read(inner: &Inner, body: Incoming) -> Result<bytes::Bytes, Refusal> {
    let time = Duration::from_secs(inner.config.limits.idle_seconds);
    let read = tokio::time::timeout(time, Limited::new(body, BYTES_MAX + 1).collect()).await;
    let slow =
        |_| Problem::new(408, "event-slow", "The body came too slowly", format!("it took {} seconds", time.as_secs()));
    match read.map_err(slow)? {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            let text = format!("more than {BYTES_MAX} bytes are not taken: put large content elsewhere and name it");
            Err(Box::new(Problem::new(413, "event-invalid", "The event is too large", text)))
        }
        Err(error) => Err(Box::new(bad(format!("the body was cut off: {error}")))),
    }
}

impl Asked<'_> {
    fn content_type(&self) -> Option<&str> {
        self.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok())
    }

    fn is(&self, media_type: &str) -> bool {
        let essence = self.content_type().unwrap_or_default().split(';').next().unwrap_or_default();
        essence.trim().eq_ignore_ascii_case(media_type)
    }

    /// The body as JSON. The content type must say so: pages of other sites cannot make a browser send it.
    fn json<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Refusal> {
        if !self.is("application/json") {
            let text = "send JSON with Content-Type: application/json";
            return Err(Box::new(Problem::new(415, "event-media-type", "Another media type is wanted", text)));
        }
        serde_json::from_slice(&self.body).map_err(|e| Box::new(bad(format!("the body: {e}"))))
    }

    /// A client in whose name this caller may act.
    fn client(&self, id: &ClientId) -> Result<Arc<LocalClient>, Refusal> {
        let server = &self.inner.config.server;
        let client = self.inner.client(id).filter(|_| self.inner.directory().is_registered(id, server));
        let client = client.ok_or_else(|| missing(format!("{id} is not served by this gateway: check the path")))?;
        if client.callers.allow(self.from) {
            return Ok(client);
        }
        let from = self.from;
        Err(Box::new(denied(format!("{from} may not act in the name of {id}: add it to the client's callers"))))
    }

    fn subscription(&self, name: &str) -> Result<Arc<Subscription>, Refusal> {
        let subscription = self.running.subscription(name);
        let subscription = subscription.ok_or_else(|| {
            let text = format!("subscription {name:.80} is not open here: GET /events/v1 lists those that are");
            missing(text)
        })?;
        self.client(subscription.owner())?;
        Ok(subscription)
    }

    async fn publish(&self, publisher: &ClientId, topic: &str) -> Result<Response<Outgoing>, Refusal> {
        let client = self.client(publisher)?;
        if !topics(&client).contains(topic) {
            let text = format!(
                "{publisher} has no topic {topic:.80}: its service of events needs the endpoint GET /{topic:.80}"
            );
            return Err(Box::new(missing(text)));
        }
        let event = self.event()?;
        let topic = self.running.topic(publisher, topic).await?;
        let published = topic.publish(event, self.inner.now()).await?;
        let status = if published.before { 200 } else { 201 };
        Ok(json(
            status,
            &json!({
                "topic": topic.name(),
                "position": published.position,
                "id": published.event.id(),
                "source": published.event.source(),
                "before": published.before,
            }),
        ))
    }

    fn event(&self) -> Result<CloudEvent, Refusal> {
        if self.is(MEDIA_TYPE) {
            let text = std::str::from_utf8(&self.body).map_err(|_| bad("the event is not UTF-8"))?;
            return Ok(CloudEvent::parse(text)?);
        }
        if self.headers.contains_key("ce-specversion") {
            let mut headers = Vec::new();
            for (name, value) in &self.headers {
                let value =
                    std::str::from_utf8(value.as_bytes()).map_err(|_| bad(format!("header {name} is not UTF-8")))?;
                headers.push((name.as_str(), value));
            }
            return Ok(CloudEvent::from_http(headers.into_iter(), self.content_type(), &self.body)?);
        }
        let text = format!("send an event as {MEDIA_TYPE}, or in headers that begin with ce- (CloudEvents 1.0)");
        Err(Box::new(Problem::new(415, "event-media-type", "Another media type is wanted", text)))
    }

    /// Topics and subscriptions of the clients in whose names this caller may act.
    async fn all(&self) -> Result<Response<Outgoing>, Refusal> {
        let clients = self.inner.clients();
        let mut mine: Vec<_> = clients.values().filter(|client| client.callers.allow(self.from)).collect();
        mine.sort_by(|a, b| a.id.cmp(&b.id));
        let mut found = Vec::new();
        for client in &mine {
            for name in topics(client) {
                let (first, end) = self.running.topic(&client.id, &name).await?.ends();
                found.push(json!({ "publisher": client.id.to_string(), "topic": name, "first": first, "end": end }));
            }
        }
        let is_mine = |s: &&Arc<Subscription>| mine.iter().any(|client| client.id == *s.owner());
        let all = self.running.all();
        let subscriptions: Vec<Value> = all.values().filter(is_mine).map(|s| told(s)).collect();
        Ok(json(200, &json!({ "topics": found, "subscriptions": subscriptions })))
    }
}

/// A subscription and how it stands.
pub(super) fn told(subscription: &Subscription) -> Value {
    let (settings, standing) = (subscription.settings(), subscription.standing());
    json!({
        "name": settings.name,
        "client": subscription.owner().to_string(),
        "provider": settings.provider.to_string(),
        "topic": settings.topic,
        "delivery": if settings.push.is_some() { "push" } else { "pull" },
        "next": standing.next,
        "end": standing.end,
        "behind": standing.behind,
        "pending": standing.pending,
        "oldest_pending": standing.oldest,
        "delivered": standing.delivered,
        "dead_letters": standing.dead,
        "subjects_held": standing.held,
        "gap": standing.gap,
        "asking_problem": standing.troubles.asking,
        "delivery_problem": standing.troubles.handing_out,
    })
}

async fn replay(subscription: &Subscription, wanted: Replay) -> Result<Response<Outgoing>, Refusal> {
    if wanted.from.is_some() == wanted.since.is_some() {
        return Err(Box::new(bad(r#"send {"from": POSITION} or {"since": "2026-11-22T05:14:00Z"}"#)));
    }
    let inbox = subscription.inbox();
    if inbox.next.or(inbox.floor).is_none() {
        let text = "nothing was fetched yet: where it begins is said in the subscription";
        return Err(Box::new(Problem::new(409, "event-replay", "There is nothing to repeat", text)));
    }
    subscription.record(&[Note::Replay { from: wanted.from, since: wanted.since }.into()]).await?;
    Ok(json(202, &told(subscription)))
}

async fn dead_letters(subscription: &Subscription) -> Result<Response<Outgoing>, Refusal> {
    let inbox = subscription.inbox();
    let letters = inbox.dead.iter().take(1_000).map(|(number, letter)| {
        json!({
            "number": number,
            "position": letter.event.position,
            "subject": letter.event.subject,
            "attempts": letter.attempts,
            "reason": letter.reason,
            "since": letter.since,
            "holds": letter.holds,
        })
    });
    Ok(json(200, &json!({ "dead_letters": letters.collect::<Vec<_>>() })))
}

async fn decide(subscription: &Subscription, entry: u64, what: &str) -> Result<Response<Outgoing>, Refusal> {
    let note = match what {
        "deliver" => Note::Again { entry },
        "drop" => Note::Dropped { entry },
        _ => return Err(Box::new(missing("a dead letter is delivered again (deliver) or given up (drop)"))),
    };
    if !subscription.inbox().dead.contains_key(&entry) {
        return Err(Box::new(missing(format!("there is no dead letter {entry}: list them"))));
    }
    subscription.record(&[note.into()]).await?;
    Ok(json(200, &told(subscription)))
}
