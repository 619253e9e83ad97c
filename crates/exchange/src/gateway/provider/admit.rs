//! Whether a message of another gateway may be served: what can be said before its body and signature are there.

use super::FAULTS;
use crate::gateway::config::{LocalClient, Service};
use crate::gateway::metaservice::Metaservice;
use crate::gateway::tls::PeerCertificates;
use crate::gateway::{Inner, events, peers};
use crate::rules::rights;
use crate::telemetry::{self, Step, note};
use crate::wire::fault::{Fault, Kind};
use crate::wire::rest::{RestRequest, names};
use crate::wire::version::ProxyVersion;
use http::{HeaderValue, Method, request};
use mekong_base::{Instant, ServerId};
use std::sync::Arc;

/// What the HTTP head must say.
pub(super) fn check_envelope(inner: &Inner, parts: &request::Parts) -> Result<(), Fault> {
    if parts.method != Method::POST {
        return Err(FAULTS.fault(&[Kind::InvalidHttpMethod], "gateways send their messages with POST"));
    }
    let value = |name| parts.headers.get(name).and_then(|v: &HeaderValue| v.to_str().ok());
    if let Some(min) = inner.config.peer_version_min {
        let version = value(names::PROXY_VERSION);
        if version.and_then(|v| v.parse::<ProxyVersion>().ok()).is_none_or(|version| version < min) {
            let found = version.map_or_else(|| "unknown".to_owned(), |v| v.chars().take(64).collect());
            let text =
                format!("version {found} of the asking gateway is not supported: have it updated to {min} or later");
            return Err(FAULTS.fault(&[Kind::ClientProxyVersionNotSupported], text));
        }
    }
    if value(names::MESSAGE_TYPE) != Some("REST") {
        let text = "the message is SOAP; this gateway exchanges REST messages";
        return Err(FAULTS.fault(&[Kind::ServiceFailed, Kind::MissingRest], text));
    }
    match value(names::HASH_ALGORITHM) {
        Some("SHA-512") => Ok(()),
        other => {
            let found = other.unwrap_or("missing");
            let text = format!("header {} is {found}: gateways hash with SHA-512", names::HASH_ALGORITHM);
            Err(FAULTS.fault(&[Kind::InvalidMessage], text))
        }
    }
}

/// A request that may be served once its signature is verified.
pub(super) struct Admitted {
    pub(super) asked: RestRequest,
    /// The gateway that asks.
    pub(super) server: ServerId,
    /// Who is asked.
    pub(super) client: Arc<LocalClient>,
    pub(super) target: Target,
}

/// What answers.
#[derive(Clone, Copy)]
pub(super) enum Target {
    /// The gateway itself.
    Gateway(Metaservice),
    /// The client's service at this place.
    Service(usize),
}

impl Admitted {
    /// The service, if one answers and not the gateway itself.
    pub(super) fn service(&self) -> Option<&Service> {
        match self.target {
            Target::Gateway(_) => None,
            Target::Service(place) => self.client.services.get(place),
        }
    }
}

/// Decides by message and TLS certificate alone, in the reference's order.
pub(super) fn admit(
    inner: &Inner,
    peer: &PeerCertificates,
    ocsp: &[Vec<u8>],
    message: &[u8],
    now: Instant,
) -> Result<Admitted, Fault> {
    let _deciding = telemetry::begin(Step::Rights);
    let asked = RestRequest::from_bytes(message, inner.rest_limits()).map_err(|e| FAULTS.peer_rest(&e))?;
    note(|trail| trail.is_of(asked.request_id()));
    let directory = inner.directory();
    let fresh = directory.check_fresh_for(&asked.client().member.instance, now);
    fresh.map_err(|e| FAULTS.fault(&[Kind::GlobalConfOutdated], e.to_string()))?;
    let (service, provider, here) = (asked.service(), &asked.service().provider, &inner.config.server);
    let client = inner.client(provider).filter(|_| directory.is_registered(provider, here));
    let unknown = || FAULTS.fault(&[Kind::UnknownMember], format!("{provider} is not registered at gateway {here}"));
    let client = client.ok_or_else(unknown)?;
    if let Some(wanted) = asked.security_server().filter(|s| *s != here) {
        let text = format!("the message is for gateway {wanted}, this is {here}");
        return Err(FAULTS.fault(&[Kind::InvalidSecurityServer], text));
    }
    let server = peers::verify_client(inner, peer, ocsp, asked.client())?;
    note(|trail| {
        trail.between(&asked);
        trail.with(&server);
    });
    if let Some(own) = Metaservice::asked(&asked) {
        note(|trail| trail.serves(service));
        return Ok(Admitted { server, client, target: Target::Gateway(own), asked });
    }
    let position = client.services.iter().position(|s| s.code == service.service);
    let no_service = || FAULTS.fault(&[Kind::UnknownService], format!("unknown service {service}: check the path"));
    let position = position.ok_or_else(no_service)?;
    note(|trail| trail.serves(service));
    let request = rights::Request { client: asked.client(), service, verb: asked.verb(), path: asked.service_path() };
    let in_group = |instance: &str, code: &str| directory.in_global_group(asked.client(), instance, code);
    match client.services.get(position).filter(|service| service.is_events()) {
        Some(service) => events::service::admit(&client, service, &asked, &directory)?,
        None => client.rights.decide(request, in_group).map_err(|e| FAULTS.refusal(&e))?,
    }
    if let Some(notice) = client.services.get(position).and_then(|s| s.disabled.as_ref()) {
        return Err(FAULTS.fault(&[Kind::ServiceDisabled], format!("service {service} is switched off: {notice}")));
    }
    Ok(Admitted { server, client, target: Target::Service(position), asked })
}
