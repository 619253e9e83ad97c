//! Trails as the spans that collectors take: protocol buffers of OTLP, in the types that the OpenTelemetry project generates.
//!
//! The root span of a side is named by method and service; its steps are its children. The span of the provider's side is a
//! child of the consumer's, whose id follows from the trace's: nobody had to tell it.

use super::settings::Settings;
use super::trail::{Step, Taken, Trail};
use crate::messagelog::Side;
use mekong_base::Instant;
use mekong_crypto::DigestAlgorithm;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Link, SpanKind};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message as _;

/// The media type of what is sent.
pub(super) const MEDIA_TYPE: &str = "application/x-protobuf";

/// Flags of a span: sampled; whether its parent is in another process is known; it is.
const SAMPLED: u32 = 0x001;
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// How many spans a trail becomes.
pub(super) const fn count(trail: &Trail) -> u64 {
    trail.steps.len() as u64 + 1
}

/// The request with these trails.
pub(super) fn request(settings: &Settings, trails: &mut [Box<Trail>]) -> Vec<u8> {
    let resource = Resource { attributes: resource(settings), ..Resource::default() };
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let scope = InstrumentationScope { name: "mekong.exchange".into(), version, ..InstrumentationScope::default() };
    let mut all = Vec::with_capacity(trails.iter().map(|trail| trail.steps.len() + 1).sum());
    trails.iter_mut().for_each(|trail| spans(trail, &mut all));
    let scope_spans = vec![ScopeSpans { scope: Some(scope), spans: all, schema_url: String::new() }];
    let resource_spans = vec![ResourceSpans { resource: Some(resource), scope_spans, schema_url: String::new() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

fn resource(settings: &Settings) -> Vec<KeyValue> {
    vec![
        text("service.name", &settings.service_name),
        text("service.version", env!("CARGO_PKG_VERSION")),
        text("service.instance.id", settings.server.to_string()),
        text("telemetry.sdk.name", "mekong"),
        text("telemetry.sdk.language", "rust"),
        text("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ]
}

/// The spans of a trail: its root, and one for each step.
fn spans(trail: &mut Trail, out: &mut Vec<Span>) {
    let trace_id = trail.id();
    let (root_id, parent_id) = match trail.side {
        Side::Consumer => (of_consumer(trace_id), None),
        Side::Provider => (random(), Some(of_consumer(trace_id))),
    };
    out.push(Span {
        trace_id: trace_id.to_vec(),
        span_id: root_id.to_vec(),
        parent_span_id: parent_id.map(|id| id.to_vec()).unwrap_or_default(),
        flags: SAMPLED | HAS_IS_REMOTE | parent_id.map_or(0, |_| IS_REMOTE),
        name: name(trail),
        kind: SpanKind::Server.into(),
        start_time_unix_nano: nanos(trail.began),
        end_time_unix_nano: nanos(trail.ended),
        attributes: about(trail),
        links: trail.link.iter().map(link).collect(),
        status: status(trail.fault.as_deref()),
        ..Span::default()
    });
    for taken in &trail.steps {
        let kind = if taken.step.is_outgoing() { SpanKind::Client } else { SpanKind::Internal };
        out.push(Span {
            trace_id: trace_id.to_vec(),
            span_id: random().to_vec(),
            parent_span_id: root_id.to_vec(),
            flags: SAMPLED | HAS_IS_REMOTE,
            name: taken.step.name().into(),
            kind: kind.into(),
            start_time_unix_nano: nanos(taken.began),
            end_time_unix_nano: nanos(taken.ended),
            attributes: of_step(trail, taken),
            status: status(taken.fault.as_deref()),
            ..Span::default()
        });
    }
}

/// The id of the consumer's span, which both sides can tell.
fn of_consumer(trace_id: [u8; 16]) -> [u8; 8] {
    let digest = DigestAlgorithm::Sha256.digest(&[&b"mekong consumer\0"[..], &trace_id].concat());
    digest.as_ref().first_chunk::<8>().copied().filter(|id| *id != [0; 8]).unwrap_or([1; 8])
}

fn random() -> [u8; 8] {
    rand::random_range(1..=u64::MAX).to_be_bytes()
}

/// Few names for many spans: the service's if it is one, else the provider's.
fn name(trail: &Trail) -> String {
    let asked = trail.service.as_ref().map(ToString::to_string);
    match (trail.verb, asked.or_else(|| trail.provider.as_ref().map(ToString::to_string))) {
        (Some(verb), Some(asked)) => format!("{verb} {asked}"),
        _ => "exchange".into(),
    }
}

fn about(trail: &Trail) -> Vec<KeyValue> {
    let side = match trail.side {
        Side::Consumer => "consumer",
        Side::Provider => "provider",
    };
    let named = [
        ("http.request.method", trail.verb.map(|verb| verb.to_string())),
        ("mekong.client", trail.client.as_ref().map(ToString::to_string)),
        ("mekong.provider", trail.provider.as_ref().map(ToString::to_string)),
        ("mekong.service", trail.service.as_ref().map(ToString::to_string)),
        ("mekong.peer", trail.peer.as_ref().map(ToString::to_string)),
        ("error.type", trail.fault.clone()),
    ];
    let mut attributes = vec![text("mekong.side", side)];
    attributes.extend(named.into_iter().filter_map(|(key, value)| Some(text(key, value?))));
    attributes.extend(trail.status.map(|status| number("http.response.status_code", status.into())));
    attributes
}

fn of_step(trail: &Trail, taken: &Taken) -> Vec<KeyValue> {
    let method = match taken.step {
        Step::Send => Some("POST".to_owned()),
        Step::Call => trail.verb.map(|verb| verb.to_string()),
        _ => return Vec::new(),
    };
    let mut attributes: Vec<KeyValue> = method.map(|method| text("http.request.method", method)).into_iter().collect();
    if let Some((host, port)) = &taken.place {
        attributes.extend([text("server.address", host), number("server.port", (*port).into())]);
    }
    attributes.extend(taken.status.map(|status| number("http.response.status_code", status.into())));
    attributes.extend(taken.fault.as_ref().map(|fault| text("error.type", fault)));
    // The first is no repetition.
    let before = trail.steps.iter().take_while(|other| !std::ptr::eq(*other, taken));
    let again = before.filter(|other| other.step == Step::Send && taken.step == Step::Send).count();
    attributes.extend((again > 0).then(|| number("http.request.resend_count", again as i64)));
    attributes
}

fn link(context: &super::traceparent::SpanContext) -> Link {
    Link {
        trace_id: context.trace_id.to_vec(),
        span_id: context.span_id.to_vec(),
        flags: u32::from(context.flags) | HAS_IS_REMOTE | IS_REMOTE,
        ..Link::default()
    }
}

fn status(fault: Option<&str>) -> Option<Status> {
    fault.map(|code| Status { message: code.to_owned(), code: StatusCode::Error.into() })
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn number(key: &str, value: i64) -> KeyValue {
    attribute(key, Value::IntValue(value))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn nanos(at: Instant) -> u64 {
    u64::try_from(at.unix_micros()).unwrap_or(0).saturating_mul(1_000)
}
