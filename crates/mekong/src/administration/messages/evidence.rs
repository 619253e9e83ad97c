//! The containers of an exchange, for whoever shall be shown that it took place. That they were taken is in the audit log
//! before they are handed out.

use super::super::Desk;
use super::super::access::Who;
use super::super::failure::Failure;
use super::super::reader::Reader;
use super::{gateway, id};
use crate::serving::failure::Failing as _;
use axum::Extension;
use axum::extract::State as Shared;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mekong_exchange::administration::role::Permission;
use mekong_exchange::administration::{Event, Outcome};
use mekong_exchange::messagelog::{Document, Part, Record};
use std::sync::Arc;

/// Which containers of an exchange are wanted: all, or fewer.
#[derive(Debug, Clone, Copy, Default)]
pub(in super::super) struct Choice {
    /// One part only.
    part: Option<Part>,
    /// One record only.
    number: Option<i64>,
}

impl Choice {
    /// What a query asks for.
    pub(in super::super) fn asked(reader: &Reader) -> Result<Self, Failure> {
        let part = match reader.asked("part") {
            "" => None,
            "request" => Some(Part::Request),
            "response" => Some(Part::Response),
            _ => return Err(Failure::Parameter("part", "there are request and response".to_owned())),
        };
        let number = match reader.asked("number") {
            "" => None,
            text => Some(text.parse().map_err(|_| Failure::Parameter("number", "a number is wanted".to_owned()))?),
        };
        Ok(Self { part, number })
    }

    fn takes(self, record: &Record) -> bool {
        self.part.is_none_or(|part| part == record.part) && self.number.is_none_or(|number| number == record.id)
    }
}

/// `GET /messages/evidence?id=&part=&number=`
pub(in super::super) async fn download(
    Shared(desk): Shared<Arc<Desk>>,
    Extension(who): Extension<Who>,
    reader: Reader,
) -> Response {
    let taken = async {
        desk.permit(&who, &[Permission::ReadMessages], "GET /messages/evidence").await?;
        document(&desk, &who, id(reader.asked("id"))?, Choice::asked(&reader)?).await
    };
    match taken.await {
        Ok(document) => sent(document),
        Err(failure) => failure.page(&reader, "/messages"),
    }
}

/// Puts it together and records who took it: one container by itself if a part or a number was asked for and it is one, else a
/// ZIP file.
pub(in super::super) async fn document(desk: &Desk, who: &Who, id: &str, choice: Choice) -> Result<Document, Failure> {
    let handle = gateway(desk)?;
    let told = handle.log().story(id).await?;
    let all = told.into_iter().flat_map(|told| told.messages).map(|message| message.record);
    let records: Vec<Record> = all.filter(|record| choice.takes(record)).collect();
    if records.is_empty() {
        return Err(Failure::NotFound(String::new()));
    }
    let is_one = choice.part.is_some() || choice.number.is_some();
    let document = match records.as_slice() {
        [record] if is_one => handle.log().document(record).await?,
        records => handle.log().bundle(id, choice.part, records).await?,
    };
    let event = Event::Evidence { message: id.to_owned(), containers: records.len() };
    desk.note(who, event, Outcome::Done).await?;
    Ok(document)
}

/// A document as an answer.
pub(in super::super) fn sent(document: Document) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", document.name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(document.media_type)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, document.bytes).into_response()
}
