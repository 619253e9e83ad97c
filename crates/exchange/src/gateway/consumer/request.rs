//! Our half of an exchange: the request, signed, as the log takes it and as it goes to the provider's gateway.

use super::FAULTS;
use crate::gateway::evidence::{Exchange, Message, finish, sign};
use crate::gateway::outgoing::Outgoing;
use crate::gateway::spool::Spool;
use crate::gateway::{Inner, credentials, repeat};
use crate::messagelog::{NewRecord, Part};
use crate::telemetry::{self, Step};
use crate::wire::fault::{Fault, Kind};
use crate::wire::rest::{RestRequest, names};
use crate::wire::transport::Encoder;
use http::{Request, header};
use mekong_directory::GlobalConf;
use mekong_message::SignatureData;
use std::sync::Arc;

/// What we say we are compatible with; peers may ask for a minimum.
const VERSION: &str = "7.8.0";

/// Our half of the exchange, signed.
pub(super) struct Mine {
    pub(super) body: Option<Spool>,
    signature: SignatureData,
    signer: String,
    pub(super) proven: Arc<credentials::Proven>,
}

impl Mine {
    /// The request as the log takes it.
    pub(super) fn record(&self, exchange: &Exchange<'_>, asked: &RestRequest) -> NewRecord {
        exchange.record(Message {
            part: Part::Request,
            bytes: asked.bytes(),
            body: self.body.as_ref(),
            signature: self.signature.clone(),
            signer: self.signer.clone(),
            status: None,
            duration: None,
        })
    }

    /// The transport message; `again` if it was sent before.
    pub(super) fn message(&self, asked: &RestRequest, again: bool) -> Result<Request<Outgoing>, Fault> {
        let in_memory = self.body.as_ref().and_then(Spool::memory);
        let ocsp: usize = self.proven.ocsp.iter().map(|o| o.len() + 120).sum();
        let signature = self.signature.signature_xml.len() + 4_096;
        let mut encoder = Encoder::new(ocsp + asked.bytes().len() + signature + in_memory.map_or(0, |b| b.len()));
        self.proven.ocsp.iter().for_each(|response| encoder.ocsp(response));
        encoder.rest_request(asked.bytes());
        let out = finish(encoder, self.body.as_ref(), &self.signature)
            .map_err(|e| FAULTS.fault(&[Kind::IoError], format!("the spooled body cannot be read: {e}")))?;
        let content_type = asked.headers().find(|(n, _)| n.eq_ignore_ascii_case("content-type")).map(|(_, v)| v.trim());
        let mut message = Request::post("/")
            .header(header::CONTENT_TYPE, out.content_type)
            .header(names::HASH_ALGORITHM, "SHA-512")
            .header(names::PROXY_VERSION, VERSION)
            .header(names::REQUEST_ID, asked.request_id())
            .header(names::MESSAGE_TYPE, "REST");
        if let Some(content_type) = content_type {
            message = message.header(names::ORIGINAL_CONTENT_TYPE, content_type);
        }
        if again {
            message = message.header(repeat::HEADER, "1");
        }
        message.body(out.body).map_err(|e| FAULTS.fault(&[Kind::InternalError], e.to_string()))
    }
}

/// Signs a request.
pub(super) async fn prepare(
    inner: &Inner,
    directory: &GlobalConf,
    asked: &RestRequest,
    body: Option<Spool>,
) -> Result<Mine, Fault> {
    let _signing = telemetry::begin(Step::Sign);
    let now = inner.now();
    let no_tls = |e: credentials::Unproven| FAULTS.fault(&[Kind::SslAuthenticationFailed], e.to_string());
    let no_key = |e: credentials::Unproven| FAULTS.fault(&[Kind::CannotCreateSignature], e.to_string());
    let proven = inner.credentials.authentication(directory, now).await.map_err(no_tls)?;
    let identity = inner.credentials.signer(&asked.client().member, directory, now).await.map_err(no_key)?;
    let signer = identity.certificate.subject();
    let signature = sign(&identity, asked.bytes(), body.as_ref(), now, FAULTS).await?;
    Ok(Mine { body, signature, signer, proven })
}
