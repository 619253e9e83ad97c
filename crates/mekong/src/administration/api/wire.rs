//! The values of the API that all requests share, and those of subsystems; others stand beside their requests. They are its
//! contract: the inner types may change, these may only grow.

use super::super::failure::Failure;
use super::super::reader::Reader;
use mekong_base::ClientId;
use mekong_exchange::administration::model::ServiceEntry;
use mekong_exchange::administration::{Connection, Description, Endpoint, Right, ServiceSettings, Subsystem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A change that was made.
#[derive(Serialize, ToSchema)]
pub(super) struct Change {
    /// Where it stands in the audit log.
    pub(super) position: u64,
    /// Whether an earlier request with the same `Idempotency-Key` made it, or it was so already.
    pub(super) repeated: bool,
    /// What to see to, in English: it is done all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) warnings: Vec<String>,
}

/// Subsystems, in the order of their names.
#[derive(Serialize, ToSchema)]
pub(super) struct SubsystemList {
    pub(super) subsystems: Vec<SubsystemLine>,
    /// Ask again with this `cursor` for more.
    pub(super) next_cursor: Option<String>,
}

/// A subsystem in a list.
#[derive(Serialize, ToSchema)]
pub(super) struct SubsystemLine {
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    pub(super) id: ClientId,
    /// Whether it is registered at this gateway in the directory.
    pub(super) registered: bool,
    /// Codes of its services.
    pub(super) services: Vec<String>,
    /// How many rights it grants.
    pub(super) rights: usize,
    /// Position of its last change: its `ETag`.
    pub(super) changed: u64,
}

/// A subsystem that shall be served.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSubsystem {
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    pub(super) id: ClientId,
}

/// A subsystem.
#[derive(Serialize, ToSchema)]
pub(super) struct SubsystemAnswer {
    #[schema(value_type = String, example = "VN/GOV/MPS/population")]
    id: ClientId,
    /// Whether it is registered at this gateway in the directory.
    registered: bool,
    connection: ConnectionBody,
    services: Vec<ServiceAnswer>,
    groups: Vec<GroupAnswer>,
    rights: Vec<RightBody>,
    /// Position of its last change: its `ETag`.
    changed: u64,
}

/// From where information systems may ask in its name: from everywhere, if no addresses are named.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConnectionBody {
    #[schema(value_type = Option<Vec<String>>)]
    callers: Option<Vec<std::net::IpAddr>>,
}

impl From<ConnectionBody> for Connection {
    fn from(body: ConnectionBody) -> Self {
        body.callers.map_or(Self::Anyone, |list| Self::Addresses(list.into_iter().collect()))
    }
}

/// A service with its endpoints.
#[derive(Serialize, ToSchema)]
struct ServiceAnswer {
    code: String,
    #[serde(flatten)]
    settings: ServiceBody,
    endpoints: Vec<EndpointBody>,
}

/// What is said of a service.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct ServiceBody {
    /// `http://host[:port][/base]`; the next is tried where one cannot be reached.
    urls: Vec<String>,
    /// Seconds it may take to answer, 1 to 540; 60 if absent.
    #[serde(default)]
    timeout_seconds: Option<u32>,
    /// Set while it is switched off: a sentence for those who ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    disabled: Option<String>,
    /// Where its OpenAPI description is fetched from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    openapi_url: Option<String>,
    /// Its OpenAPI description itself, JSON; instead of `openapi_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    openapi: Option<String>,
}

impl From<ServiceBody> for ServiceSettings {
    fn from(body: ServiceBody) -> Self {
        let openapi = body.openapi.map(Description::Text).or(body.openapi_url.map(Description::Url));
        let timeout_seconds = body.timeout_seconds.unwrap_or(60);
        Self { urls: body.urls, timeout_seconds, disabled: body.disabled, openapi }
    }
}

impl From<&ServiceSettings> for ServiceBody {
    fn from(settings: &ServiceSettings) -> Self {
        let (openapi_url, openapi) = match &settings.openapi {
            None => (None, None),
            Some(Description::Url(url)) => (Some(url.clone()), None),
            Some(Description::Text(text)) => (None, Some(text.clone())),
        };
        Self {
            urls: settings.urls.clone(),
            timeout_seconds: Some(settings.timeout_seconds),
            disabled: settings.disabled.clone(),
            openapi_url,
            openapi,
        }
    }
}

/// A method (`*` for all) and a path pattern (`*` for one segment, `**` for any).
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EndpointBody {
    #[schema(example = "GET")]
    method: String,
    #[schema(example = "/v1/persons/*")]
    path: String,
}

impl EndpointBody {
    pub(super) fn endpoint(&self) -> Result<Endpoint, Failure> {
        let wrong = |error: mekong_exchange::administration::text::TextError| error.to_string();
        Endpoint::new(Some(&self.method), &self.path).map_err(|e| Failure::Parameter("endpoint", wrong(e)))
    }

    /// What `method` (`*` if absent) and `path` of the query name.
    pub(super) fn asked(reader: &Reader) -> Self {
        let method = Some(reader.asked("method")).filter(|method| !method.is_empty()).unwrap_or("*");
        Self { method: method.to_owned(), path: reader.asked("path").to_owned() }
    }
}

impl From<&Endpoint> for EndpointBody {
    fn from(endpoint: &Endpoint) -> Self {
        Self { method: endpoint.method().to_owned(), path: endpoint.path.to_string() }
    }
}

/// A local group.
#[derive(Serialize, ToSchema)]
struct GroupAnswer {
    code: String,
    description: String,
    #[schema(value_type = Vec<String>)]
    members: Vec<ClientId>,
}

/// What is said of a local group.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupBody {
    /// What it is for.
    #[serde(default)]
    pub(super) description: String,
}

/// A right: the whole service, or one endpoint of it.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RightBody {
    /// `LA/GOV/MOHA/civil`, `global:VN/ministries`, `local:clerks`.
    subject: String,
    service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoint: Option<EndpointBody>,
}

impl RightBody {
    pub(super) fn right(&self) -> Result<Right, Failure> {
        let subject = self.subject.parse();
        let wrong = |error: mekong_exchange::administration::text::TextError| error.to_string();
        Ok(Right {
            subject: subject.map_err(|error| Failure::Parameter("subject", wrong(error)))?,
            service: self.service.clone(),
            endpoint: self.endpoint.as_ref().map(EndpointBody::endpoint).transpose()?,
        })
    }

    /// From the query of an address.
    pub(super) fn asked(reader: &Reader) -> Self {
        let endpoint = (!reader.asked("path").is_empty()).then(|| EndpointBody::asked(reader));
        Self { subject: reader.asked("subject").to_owned(), service: reader.asked("service").to_owned(), endpoint }
    }
}

impl From<&Right> for RightBody {
    fn from(right: &Right) -> Self {
        let endpoint = right.endpoint.as_ref().map(EndpointBody::from);
        Self { subject: right.subject.to_string(), service: right.service.clone(), endpoint }
    }
}

impl SubsystemAnswer {
    pub(super) fn of(id: &ClientId, subsystem: &Subsystem, registered: bool) -> Self {
        let service = |(code, entry): (&String, &ServiceEntry)| ServiceAnswer {
            code: code.clone(),
            settings: (&entry.settings).into(),
            endpoints: entry.endpoints.iter().map(EndpointBody::from).collect(),
        };
        let groups = subsystem.groups.iter().map(|(code, group)| GroupAnswer {
            code: code.clone(),
            description: group.description.clone(),
            members: group.members.iter().cloned().collect(),
        });
        let callers = match &subsystem.connection {
            Connection::Anyone => None,
            Connection::Addresses(list) => Some(list.iter().copied().collect()),
        };
        Self {
            id: id.clone(),
            registered,
            connection: ConnectionBody { callers },
            services: subsystem.services.iter().map(service).collect(),
            groups: groups.collect(),
            rights: subsystem.rights.iter().map(RightBody::from).collect(),
            changed: subsystem.changed,
        }
    }
}

/// Problem details (RFC 9457).
#[derive(ToSchema)]
#[allow(dead_code, reason = "only described: the answer itself is base's")]
pub(super) struct ProblemBody {
    /// `urn:mekong:problem:<kind>`
    #[schema(rename = "type", example = "urn:mekong:problem:not-permitted")]
    kind: String,
    title: String,
    status: u16,
    /// What happened, where, and what to do.
    detail: String,
    /// The parameter or member at fault.
    instance: Option<String>,
}
