//! Signed documents for those who took part: `/asic` gives containers of logged messages, `/verificationconf` what a
//! verifier needs to know of the directories. Addresses, parameters, names and statuses are those of the reference
//! (UG-SIGDOC 2 and 3.2).

use super::Inner;
use super::outgoing::Outgoing;
use crate::messagelog::{Document, MessageLogError, Part, Record};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use mekong_base::{ClientId, MemberId};
use mekong_directory::SHARED_PARAMETERS;
use mekong_signature::zip::{Packing, Writer};
use percent_encoding::percent_decode_str;
use std::net::IpAddr;

/// Bytes of a query, at most.
const QUERY_MAX: usize = 4_096;

/// Whether a request is for one of the two.
pub(super) fn is_asked(request: &Request<Incoming>) -> bool {
    matches!(request.uri().path(), "/asic" | "/verificationconf")
}

/// Answers with a file, or with a status and a sentence.
pub(super) async fn answer(inner: &Inner, request: &Request<Incoming>, from: IpAddr) -> Response<Outgoing> {
    let document = async {
        if request.method() != Method::GET {
            return Err(Refusal(StatusCode::METHOD_NOT_ALLOWED, "documents are asked for with GET".into()));
        }
        match request.uri().path() {
            "/asic" => asic(inner, request.uri().query().unwrap_or_default(), from).await,
            _ => verification_configuration(inner),
        }
    };
    match document.await {
        Ok(document) => file(document),
        Err(refusal) => {
            tracing::info!(status = refusal.0.as_u16(), reason = refusal.1, %from, "a document was refused");
            refusal.response()
        }
    }
}

fn file(document: Document) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::from(Bytes::from(document.bytes)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(document.media_type));
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", document.name));
    headers.insert(header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
    response
}

/// Status and sentence.
struct Refusal(StatusCode, String);

impl Refusal {
    fn response(self) -> Response<Outgoing> {
        let mut response = Response::new(Outgoing::from(Bytes::from(format!("{}\n", self.1))));
        *response.status_mut() = self.0;
        let text = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, text);
        response
    }
}

impl From<MessageLogError> for Refusal {
    fn from(error: MessageLogError) -> Self {
        Self(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
    }
}

/// What is asked of `/asic`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    query_id: String,
    client: ClientId,
    /// One part only.
    part: Option<Part>,
    /// One document, by itself.
    unique: bool,
    /// Missing time-stamps are to be taken.
    force: bool,
}

impl Asked {
    fn read(query: &str) -> Result<Self, Refusal> {
        let bad = |text: String| Refusal(StatusCode::BAD_REQUEST, text);
        if query.len() > QUERY_MAX {
            return Err(bad(format!("the query has more than {QUERY_MAX} bytes")));
        }
        let decoded =
            |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(|t| t.into_owned());
        let value = |name: &str| {
            let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
            pairs.find(|(key, _)| *key == name).and_then(|(_, value)| decoded(value))
        };
        let needed = |name: &str| {
            let found = value(name).filter(|value| !value.is_empty());
            found.ok_or_else(|| bad(format!("the parameter {name} is missing")))
        };
        let query_id = needed("queryId")?;
        let member = MemberId::new(&needed("xRoadInstance")?, &needed("memberClass")?, &needed("memberCode")?);
        let client = match value("subsystemCode").filter(|code| !code.is_empty()) {
            Some(code) => member.subsystem(code),
            None => member.into(),
        };
        // What was put together must be an identifier.
        let client: ClientId =
            client.to_string().parse().map_err(|e| bad(format!("no client has these codes: {e}")))?;
        let part = match (value("requestOnly").is_some(), value("responseOnly").is_some()) {
            (true, true) => return Err(bad("requestOnly and responseOnly exclude each other".into())),
            (true, false) => Some(Part::Request),
            (false, true) => Some(Part::Response),
            (false, false) => None,
        };
        let unique = value("unique").is_some();
        if unique && part.is_none() {
            return Err(bad("unique goes with requestOnly or responseOnly".into()));
        }
        Ok(Self { query_id, client, part, unique, force: value("force").is_some() })
    }
}

async fn asic(inner: &Inner, query: &str, from: IpAddr) -> Result<Document, Refusal> {
    let asked = Asked::read(query)?;
    admit(inner, &asked.client, from)?;
    let records = stamped(inner, &asked).await?;
    if asked.unique {
        let [record] = records.as_slice() else {
            let text = format!("there are {} documents with this queryId: ask without unique", records.len());
            return Err(Refusal(StatusCode::BAD_REQUEST, text));
        };
        return Ok(inner.log.document(record).await?);
    }
    Ok(inner.log.bundle(&asked.query_id, asked.part, &records).await?)
}

/// The client is served here, and this caller may ask in its name.
fn admit(inner: &Inner, client: &ClientId, from: IpAddr) -> Result<(), Refusal> {
    let Some(local) = inner.client(client) else {
        // The reference's status for it.
        let text = format!("client {client} is not served by this gateway");
        return Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, text));
    };
    if !local.callers.allow(from) {
        let text = format!("{from} may not ask in the name of {client}");
        return Err(Refusal(StatusCode::UNAUTHORIZED, text));
    }
    Ok(())
}

/// The records that are asked for, each with a time-stamp.
async fn stamped(inner: &Inner, asked: &Asked) -> Result<Vec<Record>, Refusal> {
    let mut records = find(inner, asked).await?;
    if records.iter().any(|record| record.timestamp_id.is_none()) {
        if !asked.force {
            let text = "the signature has no time-stamp yet: ask again later, or with force".to_owned();
            return Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, text));
        }
        inner.log.stamp_now().await?;
        records = find(inner, asked).await?;
    }
    Ok(records)
}

async fn find(inner: &Inner, asked: &Asked) -> Result<Vec<Record>, Refusal> {
    let mut records = inner.log.find(&asked.query_id).await?;
    let part = |record: &Record| asked.part.is_none_or(|part| part == record.part);
    records.retain(|record| part(record) && record.served().as_ref() == Some(&asked.client));
    if records.is_empty() {
        return Err(Refusal(StatusCode::NOT_FOUND, "no signed document was found".to_owned()));
    }
    Ok(records)
}

/// The shared parameters of all instances as the gateway has them, in the layout that verifiers load.
fn verification_configuration(inner: &Inner) -> Result<Document, Refusal> {
    let failed = |e: mekong_signature::zip::ZipError| Refusal(StatusCode::INTERNAL_SERVER_ERROR, e.to_string());
    let directory = inner.directory();
    let mut zip = Writer::new(Vec::new(), inner.now());
    for instance in directory.instances() {
        let Some(part) = directory.of(instance).and_then(|conf| conf.part(SHARED_PARAMETERS)) else { continue };
        let path = format!("verificationconf/{instance}/shared-params.xml");
        zip.add(&path, &part.bytes, Packing::Deflated).map_err(failed)?;
        let metadata = part.metadata.to_json();
        zip.add(&format!("{path}.metadata"), metadata.as_bytes(), Packing::Deflated).map_err(failed)?;
    }
    let own = directory.instance().as_bytes();
    zip.add("verificationconf/instance-identifier", own, Packing::Deflated).map_err(failed)?;
    let bytes = zip.finish("").map_err(failed)?;
    Ok(Document { name: "verificationconf.zip".to_owned(), media_type: "application/zip", bytes })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const WHO: &str = "queryId=a%2Fb+c&xRoadInstance=LA&memberClass=GOV&memberCode=MOHA";

    #[test]
    fn parameters_are_the_references() {
        let read = |more: &str| Asked::read(&format!("{WHO}{more}")).map_err(|refusal| refusal.0.as_u16());
        let asked = read("&subsystemCode=civil&requestOnly&unique&force").unwrap();
        assert_eq!((asked.query_id.as_str(), asked.client.to_string().as_str()), ("a/b c", "LA/GOV/MOHA/civil"));
        assert_eq!((asked.part, asked.unique, asked.force), (Some(Part::Request), true, true));
        assert_eq!(read("").map(|asked| (asked.client.to_string(), asked.part)), Ok(("LA/GOV/MOHA".to_owned(), None)));
        assert_eq!(read("&responseOnly=").map(|asked| asked.part), Ok(Some(Part::Response)));
        for bad in ["&requestOnly&responseOnly", "&unique", "&subsystemCode=a%2Fb"] {
            assert_eq!(read(bad), Err(400), "{bad}");
        }
        for missing in ["queryId", "xRoadInstance", "memberClass", "memberCode"] {
            let query = WHO.replace(missing, "other");
            assert!(Asked::read(&query).is_err_and(|refusal| refusal.1.contains(missing)), "{missing}");
        }
        assert!(Asked::read(&format!("{WHO}&x={}", "y".repeat(QUERY_MAX))).is_err());
    }
}
