//! A transport message as it comes in: OCSP responses and message first, so that they can be judged before the body is
//! taken; then body and signature.

use super::Inner;
use super::faults::Faults;
use super::pace::Pace;
use super::spool::{Spool, SpoolError};
use crate::wire::fault::{Fault, Kind};
use crate::wire::transport::{Decoder, Direction, Event};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use mekong_message::SignatureData;
use std::time::Duration;

/// After a refusal so much of the message is still read, so that the peer is ready to read our answer.
const DRAIN_BYTES_MAX: usize = 4 << 20;

/// Reads one message.
pub(super) struct Receiver<'a> {
    inner: &'a Inner,
    decoder: Decoder,
    body: Incoming,
    pace: Pace,
    faults: Faults,
    ended: bool,
    /// The sender was too slow or hung up: there is nobody to be polite to.
    gone: bool,
}

/// What came after the message part.
#[derive(Debug)]
pub(super) struct Remainder {
    pub(super) body: Option<Spool>,
    pub(super) signature: SignatureData,
}

/// Reads a body that was refused without looking, so that its sender is ready to read the refusal. Within bounds of
/// size and time: the whole may take as long as a sender may be silent.
pub(super) async fn drain(inner: &Inner, mut body: Incoming) {
    let idle = Duration::from_secs(inner.config.limits.idle_seconds);
    let reading = async {
        let mut left = DRAIN_BYTES_MAX;
        while let Some(Ok(frame)) = body.frame().await {
            match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    let _ = tokio::time::timeout(idle, reading).await;
}

impl<'a> Receiver<'a> {
    pub(super) fn new(
        inner: &'a Inner,
        content_type: &str,
        direction: Direction,
        body: Incoming,
        faults: Faults,
    ) -> Result<Self, Fault> {
        let decoder = Decoder::new(content_type, direction, inner.config.limits.into());
        let pace = Pace::new(Duration::from_secs(inner.config.limits.idle_seconds));
        Ok(Self {
            inner,
            decoder: decoder.map_err(|e| faults.transport(&e))?,
            body,
            pace,
            faults,
            ended: false,
            gone: false,
        })
    }

    /// OCSP responses and the REST message.
    pub(super) async fn message(&mut self) -> Result<(Vec<Vec<u8>>, Bytes), Fault> {
        let mut ocsp = Vec::new();
        loop {
            match self.event().await? {
                Event::Ocsp(response) => ocsp.push(response.to_vec()),
                Event::Rest(message) => return Ok((ocsp, message)),
                Event::Fault(fault) => return Err(fault),
                Event::Soap { .. } => {
                    let text = "the message is SOAP; this gateway exchanges REST messages";
                    return Err(self.faults.fault(&[Kind::ServiceFailed, Kind::MissingRest], text));
                }
                _ => {
                    return Err(self
                        .faults
                        .fault(&[Kind::ServiceFailed, Kind::MissingRest], "there is no REST message"));
                }
            }
        }
    }

    /// Body and signature, to the end. What is refused half-way is read on within bounds, so that its sender, who may still
    /// be writing, is ready to read the refusal.
    pub(super) async fn remainder_or_drain(mut self) -> Result<Remainder, Fault> {
        let taken = self.remainder().await;
        if taken.is_err() && !self.gone {
            self.drain().await;
        }
        taken
    }

    /// Whether the sender was lost in the middle of the message: it was too slow or hung up.
    pub(super) const fn is_cut(&self) -> bool {
        self.gone
    }

    /// Body and signature, to the end.
    pub(super) async fn remainder(&mut self) -> Result<Remainder, Fault> {
        let mut body = None;
        let mut signature = SignatureData { signature_xml: String::new(), hash_chain_result: None, hash_chain: None };
        loop {
            match self.event().await? {
                Event::Body => body = Some(self.spool().await?),
                Event::HashChainResult(xml) => signature.hash_chain_result = Some(xml),
                Event::HashChain(xml) => signature.hash_chain = Some(xml),
                Event::Signature(xml) => signature.signature_xml = xml,
                Event::Fault(fault) => return Err(fault),
                Event::End => break,
                _ => {}
            }
        }
        self.read_out().await?;
        Ok(Remainder { body, signature })
    }

    /// Reads on without looking, within bounds.
    pub(super) async fn drain(self) {
        drain(self.inner, self.body).await;
    }

    async fn spool(&mut self) -> Result<Spool, Fault> {
        let inner = self.inner;
        let mut writer = inner.spooler.writer();
        loop {
            match self.event().await? {
                Event::BodyData(data) => writer.write(data).await.map_err(|e| self.spool_failed(&e))?,
                _ => return writer.finish().await.map_err(|e| self.spool_failed(&e)),
            }
        }
    }

    fn spool_failed(&self, error: &SpoolError) -> Fault {
        let kind = match error {
            SpoolError::TooLarge(_) => Kind::InvalidMessage,
            SpoolError::Io(_) => Kind::IoError,
        };
        self.faults.fault(&[Kind::ServiceFailed, kind], error.to_string())
    }

    async fn event(&mut self) -> Result<Event, Fault> {
        loop {
            if let Some(event) = self.decoder.event().map_err(|e| self.faults.transport(&e))? {
                return Ok(event);
            }
            if self.ended {
                // Only a fault that stood alone ends without `Event::End`, and it was told.
                return Err(self.faults.fault(&[Kind::ServiceFailed, Kind::InvalidMessage], "the message ended early"));
            }
            let fed = match self.frame().await? {
                Some(data) => self.decoder.push(data),
                None => {
                    self.ended = true;
                    self.decoder.finish()
                }
            };
            fed.map_err(|e| self.faults.transport(&e))?;
        }
    }

    /// Reads what follows the closing boundary, so that the connection can be used again.
    async fn read_out(&mut self) -> Result<(), Fault> {
        while let Some(data) = self.frame().await? {
            self.decoder.push(data).map_err(|e| self.faults.transport(&e))?;
            self.decoder.event().map_err(|e| self.faults.transport(&e))?;
        }
        Ok(())
    }

    async fn frame(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let frame = match tokio::time::timeout_at(self.pace.deadline(), self.body.frame()).await {
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) => {
                    self.gone = true;
                    let text = format!("the message was cut off: {error}");
                    return Err(self.faults.fault(&[Kind::ServiceFailed, Kind::NetworkError], text));
                }
                Err(_) => {
                    self.gone = true;
                    let text = format!("the message of the other gateway {}", self.pace.too_slow());
                    return Err(self.faults.fault(&[Kind::ServiceFailed, Kind::NetworkError, Kind::TimedOut], text));
                }
            };
            if let Ok(data) = frame.into_data() {
                self.pace.received(data.len());
                return Ok(Some(data));
            }
        }
    }
}
