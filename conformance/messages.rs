//! Messages between gateways, by the decoder that reads them from the wire. How the bytes arrive must not matter.

use crate::case::Case;
use crate::vectors;
use bytes::Bytes;
use mekong_base::limits::MessageLimits;
use mekong_exchange::wire::fault::Dialect;
use mekong_exchange::wire::transport::{Decoder, Direction, Event, TransportError};
use std::path::Path;

/// The parts in their order, or the code. `with`: `content_type`, `direction`.
pub(crate) fn judge(case: &Case, root: &Path) -> String {
    let direction = match case.needed("direction") {
        "request" => Direction::Request,
        "response" => Direction::Response,
        other => panic!("{}: {other:?} is no direction", case.name()),
    };
    let bytes = vectors::read(&root.join(&case.file));
    let verdicts = [1, 7, 100_000].map(|step| match parts(case.needed("content_type"), direction, &bytes, step) {
        Ok(parts) => parts.join(", "),
        Err(error) => format!("refused {}", error.kind().spelled(Dialect::Snake)),
    });
    assert!(verdicts.iter().all(|v| *v == verdicts[0]), "{} depends on how it arrives: {verdicts:?}", case.name());
    verdicts[0].clone()
}

fn parts(content_type: &str, direction: Direction, input: &[u8], step: usize) -> Result<Vec<String>, TransportError> {
    let mut decoder = Decoder::new(content_type, direction, MessageLimits::default().into())?;
    let mut parts = Vec::new();
    for chunk in input.chunks(step) {
        decoder.push(Bytes::copy_from_slice(chunk))?;
        drain(&mut decoder, &mut parts)?;
    }
    decoder.finish()?;
    drain(&mut decoder, &mut parts)?;
    Ok(parts)
}

fn drain(decoder: &mut Decoder, parts: &mut Vec<String>) -> Result<(), TransportError> {
    while let Some(event) = decoder.event()? {
        let part = match event {
            Event::Ocsp(_) => "ocsp",
            Event::Rest(_) => "rest",
            Event::Soap { .. } => "soap",
            Event::BodyEnd => "body",
            Event::AttachmentEnd => "attachment",
            Event::HashChainResult(_) => "hash chain result",
            Event::HashChain(_) => "hash chain",
            Event::Signature(_) => "signature",
            Event::Fault(fault) => {
                parts.push(format!("fault {}", fault.code));
                continue;
            }
            _ => continue,
        };
        parts.push(part.to_owned());
    }
    Ok(())
}
