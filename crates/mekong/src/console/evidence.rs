//! Evidence of one message as a file. If its message waits for a time-stamp, it is stamped now.

use super::model::GatewayView;
use super::reader::Reader;
use super::{Console, Failure};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use mekong_exchange::messagelog::Record;
use std::sync::Arc;

/// Media type of ASiC-E containers (EN 319 162-1).
const MEDIA_TYPE: &str = "application/vnd.etsi.asic-e+zip";

/// A container with the name that it is saved under.
pub(super) struct Exported {
    /// `LA-MOHA-12-response.asice`
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

/// `GET /messages/{gateway}/{id}/evidence`
pub(super) async fn download(
    reader: Reader,
    State(console): State<Arc<Console>>,
    Path((gateway, id)): Path<(String, String)>,
) -> Response {
    let exported = async {
        let view = console.view().await?;
        let gateway = view.gateway(&gateway)?;
        let record = gateway.record(&id).await?;
        let _turn = console.evidence_turn().await?;
        export(gateway, &record).await
    };
    match exported.await {
        Ok(exported) => file(exported),
        Err(failure) => failure.page(reader, "/"),
    }
}

/// The evidence of a record.
pub(super) async fn export(gateway: &GatewayView, record: &Record) -> Result<Exported, Failure> {
    if record.timestamp_id.is_none() {
        gateway.log.stamp_now().await?;
    }
    let evidence = gateway.log.export_record(record.id).await?;
    // Not the reference's name: that has the client's id in it, which may be any text.
    let name = format!("{}-{}-{}.asice", gateway.slug, record.id, record.part.name());
    Ok(Exported { name, bytes: evidence.bytes })
}

fn file(exported: Exported) -> Response {
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{}\"", exported.name));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    (headers, exported.bytes).into_response()
}
