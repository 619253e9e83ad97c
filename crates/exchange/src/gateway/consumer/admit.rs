//! Whether a client's request may be sent, and where to: what can be said without its body.

use super::{FAULTS, Peer};
use crate::gateway::Inner;
use crate::gateway::config::LocalClient;
use crate::gateway::faults::Faults;
use crate::gateway::service::headers;
use crate::telemetry::{note, traceparent};
use crate::wire::fault::{Fault, FaultCode, Kind, Origin};
use crate::wire::rest::{RestRequest, names};
use http::{header, request};
use mekong_base::Instant;
use mekong_directory::GlobalConf;
use std::net::IpAddr;
use std::sync::Arc;

/// Everything that can be said without the body.
pub(super) fn admit(
    inner: &Inner,
    directory: &GlobalConf,
    parts: &request::Parts,
    from: Option<IpAddr>,
    now: Instant,
) -> Result<(RestRequest, Route), Fault> {
    inner.log.accepting(now).map_err(|e| FAULTS.overdue(&e))?;
    let asked = read(inner, parts)?;
    note(|trail| {
        trail.is_of(asked.request_id());
        parts.headers.get(traceparent::HEADER).and_then(|v| v.to_str().ok()).into_iter().for_each(|v| trail.linked(v));
    });
    let fresh = directory.check_fresh_for(&asked.service().provider.member.instance, now);
    fresh.map_err(|e| FAULTS.fault(&[Kind::GlobalConfOutdated], e.to_string()))?;
    check_client(inner, directory, &asked, from)?;
    let route = route(directory, &asked)?;
    note(|trail| trail.between(&asked));
    Ok((asked, route))
}

fn read(inner: &Inner, parts: &request::Parts) -> Result<RestRequest, Fault> {
    let bad = |kind, text: &str| Fault::new(FaultCode::new(Origin::Client, &[kind]), text);
    if !parts.uri.path().starts_with("/r") {
        return Err(bad(Kind::NotFound, "there is nothing here: ask for /r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE"));
    }
    if parts.headers.contains_key(header::TRANSFER_ENCODING) && parts.headers.contains_key(header::CONTENT_LENGTH) {
        return Err(bad(Kind::BadRequest, "Transfer-Encoding and Content-Length stand together: send one of them"));
    }
    if parts.headers.contains_key(header::UPGRADE) {
        return Err(bad(Kind::BadRequest, "a gateway does not upgrade connections: leave the Upgrade header out"));
    }
    let headers = headers(&parts.headers);
    let headers = headers.map_err(|name| bad(Kind::InvalidRequest, &format!("header {name} is not UTF-8")))?;
    let target = parts.uri.path_and_query().map_or("/", |t| t.as_str());
    let request_id = uuid::Uuid::new_v4().to_string();
    let instance = &inner.config.server.owner.instance;
    let new_id = || format!("{instance}-{}", uuid::Uuid::new_v4());
    let asked =
        RestRequest::from_http(parts.method.as_str(), target, &headers, &request_id, new_id, inner.rest_limits());
    asked.map_err(|e| Faults::request(&e))
}

/// The client is one of ours, registered here, and this caller, if it is not the gateway itself, may ask in its name.
fn check_client(inner: &Inner, directory: &GlobalConf, asked: &RestRequest, from: Option<IpAddr>) -> Result<(), Fault> {
    let id = asked.client();
    let local: Option<Arc<LocalClient>> = inner.client(id);
    let unknown = |text: String| FAULTS.fault(&[Kind::UnknownMember], text);
    let local =
        local.ok_or_else(|| unknown(format!("client {id} is not served by this gateway: check X-Road-Client")))?;
    if !directory.is_registered(id, &inner.config.server) {
        let server = &inner.config.server;
        return Err(unknown(format!(
            "client {id} is not registered at gateway {server}: register it in the directory"
        )));
    }
    if let Some(from) = from.filter(|from| !local.callers.allow(*from)) {
        tracing::warn!(client = %id, %from, "a system may not ask in this client's name");
        let text = format!("{from} may not ask in the name of {id}: add it to the client's callers");
        return Err(FAULTS.fault(&[Kind::AccessDenied], text));
    }
    Ok(())
}

/// Where a request may go.
pub(super) struct Route {
    /// Addresses of the gateways.
    pub(super) hosts: Vec<String>,
    /// The gateway, if there is only one.
    pub(super) server: Peer,
}

/// The gateways at which the provider is registered; those in maintenance only if there is no other.
fn route(directory: &GlobalConf, asked: &RestRequest) -> Result<Route, Fault> {
    let provider = &asked.service().provider;
    let unknown = |text: String| FAULTS.fault(&[Kind::UnknownMember], text);
    let mut servers = directory.servers_of(provider);
    if servers.is_empty() {
        return Err(match directory.exists(provider) {
            true => unknown(format!("{provider} is registered at no gateway: ask its owner")),
            false => unknown(format!("{provider} does not exist in the directory: check the path")),
        });
    }
    if let Some(wanted) = asked.security_server() {
        servers.retain(|s| s.id == *wanted);
        if servers.is_empty() {
            let text = format!("{provider} is not registered at gateway {wanted}: check {}", names::SECURITY_SERVER);
            return Err(FAULTS.fault(&[Kind::InvalidSecurityServer], text));
        }
    }
    if servers.iter().any(|s| s.maintenance.is_none()) {
        servers.retain(|s| s.maintenance.is_none());
    }
    let hosts: Vec<String> = servers.iter().filter_map(|s| s.address.clone()).collect();
    if hosts.is_empty() {
        return Err(unknown(format!("the gateway of {provider} has no address in the directory: ask its owner")));
    }
    let server = match servers.as_slice() {
        [only] => Some(only.id.clone()),
        _ => None,
    };
    Ok(Route { hosts, server })
}
