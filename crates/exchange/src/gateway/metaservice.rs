//! Services that every gateway answers itself: who there is, what a client offers, what of it the asker may call, how a
//! service describes itself. Those about services are ordinary messages: signed, verified and logged on both sides.
//!
//! Source: PR-META 2, PR-MREST 4 and 5. As in the reference, every registered client may ask.

use super::Inner;
use super::config::{LocalClient, Service};
use super::faults::Faults;
use super::outgoing::Outgoing;
use super::service::ServiceAnswer;
use crate::administration::Description;
use crate::rules::openapi;
use crate::rules::path::PathPattern;
use crate::rules::rights::{Grant, Subject};
use crate::wire::fault::{Fault, FaultCode, Kind, Origin};
use crate::wire::metaservice::{ListedClient, ListedService, clients_json, clients_xml, services_json};
use crate::wire::multipart::Header;
use crate::wire::rest::{RestRequest, Verb};
use bytes::Bytes;
use http::{HeaderValue, Method, Response, header, request};
use mekong_directory::GlobalConf;

const FAULTS: Faults = Faults(Origin::ServerProxy);

/// A service that the gateway answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metaservice {
    AllowedMethods,
    GetOpenApi,
    ListMethods,
}

impl Metaservice {
    /// The one that is asked for, if one is.
    pub(super) fn asked(request: &RestRequest) -> Option<Self> {
        match (request.verb(), request.service().service.as_str()) {
            (Verb::Get, "allowedMethods") => Some(Self::AllowedMethods),
            (Verb::Get, "getOpenAPI") => Some(Self::GetOpenApi),
            (Verb::Get, "listMethods") => Some(Self::ListMethods),
            _ => None,
        }
    }

    /// Its answer.
    pub(super) async fn answer(
        self,
        inner: &Inner,
        client: &LocalClient,
        asked: &RestRequest,
    ) -> Result<ServiceAnswer, Fault> {
        let text = match self {
            Self::ListMethods => services_json(&client.id, &listed(client, |_| Seen::Whole)),
            Self::AllowedMethods => {
                let directory = inner.directory();
                services_json(&client.id, &listed(client, |service| seen(client, service, asked, &directory)))
            }
            Self::GetOpenApi => description(inner, client, asked).await?,
        };
        let mut writer = inner.spooler.writer();
        let failed = |e: super::spool::SpoolError| FAULTS.fault(&[Kind::IoError], e.to_string());
        writer.write(Bytes::from(text)).await.map_err(failed)?;
        let content_type = Header { name: "content-type".to_owned(), value: "application/json".to_owned() };
        Ok(ServiceAnswer {
            status: 200,
            reason: "OK".to_owned(),
            headers: vec![content_type],
            body: writer.finish().await.map_err(failed)?,
        })
    }
}

/// How much of a service the asker is told of.
enum Seen {
    Nothing,
    /// These endpoints.
    Parts(Vec<(Option<Verb>, PathPattern)>),
    Whole,
}

fn listed<'a>(client: &'a LocalClient, seen: impl Fn(&Service) -> Seen) -> Vec<ListedService<'a>> {
    let service = |service: &'a Service| {
        let endpoints = match seen(service) {
            Seen::Nothing => return None,
            Seen::Whole => service.endpoints.iter().collect(),
            Seen::Parts(parts) => service.endpoints.iter().filter(|endpoint| parts.contains(endpoint)).collect(),
        };
        Some(ListedService { code: &service.code, described: service.openapi.is_some(), endpoints })
    };
    client.services.iter().filter_map(service).collect()
}

/// What of a service the asker has a right to.
fn seen(client: &LocalClient, service: &Service, asked: &RestRequest, directory: &GlobalConf) -> Seen {
    let is_theirs = |grant: &&Grant| match &grant.subject {
        Subject::Client(subject) => subject == asked.client(),
        Subject::GlobalGroup { instance, code } => directory.in_global_group(asked.client(), instance, code),
        Subject::LocalGroup(code) => {
            client.rights.local_groups.get(code).is_some_and(|members| members.contains(asked.client()))
        }
    };
    let grants = client.rights.grants.iter().filter(|grant| grant.service == service.code).filter(is_theirs);
    let parts: Vec<(Option<Verb>, PathPattern)> = grants.map(|grant| (grant.verb, grant.path.clone())).collect();
    match parts.as_slice() {
        [] => Seen::Nothing,
        parts if parts.contains(&(None, PathPattern::any())) => Seen::Whole,
        _ => Seen::Parts(parts),
    }
}

/// The OpenAPI description of the service that the query names, without the addresses that it has inside.
async fn description(inner: &Inner, client: &LocalClient, asked: &RestRequest) -> Result<String, Fault> {
    let wanted = service_code(asked.query().unwrap_or_default()).ok_or_else(|| {
        FAULTS.fault(&[Kind::InvalidRequest], "getOpenAPI needs the parameter serviceCode: getOpenAPI?serviceCode=CODE")
    })?;
    let provider = &client.id;
    let service = client.services.iter().find(|service| service.code == wanted).ok_or_else(|| {
        FAULTS.fault(&[Kind::UnknownService], format!("unknown service {provider}/{wanted}: listMethods tells them"))
    })?;
    let text = match &service.openapi {
        None => {
            let text = format!("service {provider}/{wanted} has no OpenAPI description: ask its owner for one");
            return Err(FAULTS.fault(&[Kind::InternalError], text));
        }
        Some(Description::Text(text)) => text.clone(),
        Some(Description::Url(url)) => inner.services.fetch(service, url).await?,
    };
    openapi::rewritten(&text).map_err(|error| {
        let text = format!("the description of service {provider}/{wanted} cannot be given out: {error}");
        FAULTS.fault(&[Kind::InternalError], text)
    })
}

/// The parameter `serviceCode`, in any case of letters; the last, as the reference takes it.
fn service_code(query: &str) -> Option<String> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let found = pairs.rfind(|(name, _)| name.eq_ignore_ascii_case("serviceCode"))?.1;
    let decoded = percent_encoding::percent_decode_str(&found.replace('+', " ")).decode_utf8().ok()?.into_owned();
    Some(decoded).filter(|code| !code.is_empty())
}

/// `GET /listClients[?xRoadInstance=]`: members and subsystems of an instance, ours if none is named.
pub(super) fn list_clients(inner: &Inner, parts: &request::Parts) -> Result<Response<Outgoing>, Fault> {
    let bad = |kind, text: &str| Fault::new(FaultCode::new(Origin::Client, &[kind]), text);
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        return Err(bad(Kind::InvalidHttpMethod, "ask for listClients with GET"));
    }
    let directory = inner.directory();
    let fresh = directory.check_fresh(inner.now());
    fresh.map_err(|e| Faults(Origin::ClientProxy).fault(&[Kind::GlobalConfOutdated], e.to_string()))?;
    let query = parts.uri.query().unwrap_or_default();
    let named = query.split('&').filter_map(|pair| pair.split_once('=')).find(|(name, _)| *name == "xRoadInstance");
    let decoded = named.map(|(_, value)| percent_encoding::percent_decode_str(value).decode_utf8_lossy().into_owned());
    let instance = decoded.filter(|value| !value.trim().is_empty()).unwrap_or_else(|| directory.instance().to_owned());
    if directory.of(&instance).is_none() {
        let known: Vec<&str> = directory.instances().collect();
        let text = format!("instance {instance:?} is not in the directory: there are {}", known.join(", "));
        return Err(bad(Kind::InvalidRequest, &text));
    }
    let clients = clients_of(&directory, &instance);
    let accepts = parts.headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let wants_json = accepts
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json"));
    let (body, content_type) = match wants_json {
        true => (clients_json(&clients), "application/json;charset=utf-8"),
        false => (clients_xml(&clients), "text/xml;charset=utf-8"),
    };
    let mut response = Response::new(Outgoing::from(Bytes::from(body)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    Ok(response)
}

fn clients_of(directory: &GlobalConf, instance: &str) -> Vec<ListedClient> {
    let mut clients = Vec::new();
    for member in directory.members(instance) {
        let of = |id, subsystem_name| ListedClient { id, name: member.name.clone(), subsystem_name };
        clients.push(of(member.id.clone().into(), None));
        let subsystems = member.subsystems.iter();
        clients.extend(subsystems.map(|s| of(member.id.subsystem(s.code.clone()), s.name.clone())));
    }
    clients
}

#[cfg(test)]
mod tests {
    use super::service_code;

    #[test]
    fn the_service_code_is_read() {
        assert_eq!(service_code("serviceCode=a%20b").as_deref(), Some("a b"));
        assert_eq!(service_code("x=1&SERVICECODE=one&servicecode=two").as_deref(), Some("two"));
        for none in ["", "serviceCode", "serviceCode=", "code=x", "serviceCode=%FF"] {
            assert_eq!(service_code(none), None, "{none}");
        }
    }
}
