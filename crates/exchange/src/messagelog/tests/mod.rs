//! The log against real crashes, full disks, authorities that are silent, and a foreign verifier.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod archives;
mod authority;
mod bodies;
mod crash;
mod full;
mod index;
mod reader;
mod records;
mod repeats;
mod retention;
mod several;
mod shared;
mod stamping;

use super::{Body, Config, MessageLog, NewRecord, Part, Side};
use bytes::Bytes;
use mekong_base::{Clock, Instant, MemberId};
use mekong_message::SignatureData;
use std::path::Path;
use std::time::Duration;

pub(super) fn start() -> Instant {
    Instant::from_unix_seconds(1_795_000_000)
}

pub(super) async fn open(folder: &Path) -> MessageLog {
    MessageLog::open(folder, Config::default(), Clock::manual(start())).await.unwrap()
}

/// A message with a signature of the usual size that nobody verifies.
pub(super) fn message(message_id: &str, part: Part) -> NewRecord {
    let provider = MemberId::new("VN", "GOV", "MPS").subsystem("population");
    NewRecord {
        message_id: message_id.to_owned(),
        request_id: format!("{message_id}/request"),
        part,
        side: Side::Consumer,
        client: MemberId::new("LA", "GOV", "MOHA").subsystem("civil"),
        service: provider.service("persons"),
        peer: Some(provider.member.server("gateway-1")),
        operation: "GET /persons/{id}".to_owned(),
        status: (part == Part::Response).then_some(200),
        duration: (part == Part::Response).then_some(Duration::from_micros(4321)),
        steps: Vec::new(),
        signer: "CN=MOHA".to_owned(),
        message: Bytes::from(text(message_id, part)),
        body: Body::None,
        signature: SignatureData {
            signature_xml: format!("<ds:Signature>{}</ds:Signature>", "x".repeat(7000)),
            hash_chain_result: None,
            hash_chain: None,
        },
    }
}

fn text(message_id: &str, part: Part) -> String {
    let start = match part {
        Part::Request => "GET\r\n/r1/VN/GOV/MPS/population/persons/7\r\n",
        Part::Response => "200\r\nOK\r\nx-road-service:VN/GOV/MPS/population/persons\r\n",
    };
    format!("{start}x-road-client:LA/GOV/MOHA/civil\r\nx-road-id:{message_id}\r\n")
}
