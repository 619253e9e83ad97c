//! What the module needs to judge as the server does: lists, certificates, policy. The question is JSON (docs/browser.md);
//! its files are fetched by their digests, so that browsers may keep them.

use super::Validator;
use super::failure::Failure;
use crate::cli::verify::Material;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use mekong_crypto::DigestAlgorithm;
use mekong_pki::Certificate;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The document is the first file of a question; ours follow.
const FIRST: usize = 1;

/// The question, but for the document, and its files.
pub(super) struct Served {
    question: Value,
    /// Digests, in the order of the buffers.
    order: Vec<String>,
    files: BTreeMap<String, Bytes>,
}

impl Served {
    /// What a browser is to judge by.
    pub(super) fn of(material: &Material) -> Self {
        let mut served = Self { question: Value::Null, order: Vec::new(), files: BTreeMap::new() };
        let lists: Vec<Value> = material
            .lists
            .iter()
            .map(|list| {
                // Where it lies on this machine is nobody's business.
                let from = list.from.rsplit('/').next().unwrap_or_default();
                json!({"buffer": served.add(&list.bytes), "from": from, "fetched": list.at})
            })
            .collect();
        served.question = json!({
            "lists": lists,
            "list_signers": served.add_certificates(&material.list_signers),
            "anchors": served.add_certificates(&material.anchors),
            "certificates": served.add_certificates(&material.certificates),
            "crls": served.add_all(&material.crls),
            "ocsps": served.add_all(&material.ocsps),
            "policy": material.policy.as_ref().map(|text| json!({"buffer": served.add(text.as_bytes())})),
        });
        served
    }

    fn add(&mut self, bytes: &[u8]) -> usize {
        let digest = hex::encode(DigestAlgorithm::Sha256.digest(bytes).as_ref());
        self.files.entry(digest.clone()).or_insert_with(|| Bytes::copy_from_slice(bytes));
        self.order.push(digest);
        FIRST + self.order.len() - 1
    }

    fn add_all(&mut self, files: &[Vec<u8>]) -> Vec<usize> {
        files.iter().map(|bytes| self.add(bytes)).collect()
    }

    fn add_certificates(&mut self, certificates: &[Certificate]) -> Vec<usize> {
        certificates.iter().map(|certificate| self.add(certificate.der())).collect()
    }

    /// The question as it is served: `files[i]` is to be put into buffer `first + i`.
    pub(super) fn json(&self) -> Value {
        json!({"question": self.question, "first": FIRST, "files": self.order})
    }

    /// The bytes of a file.
    pub(super) fn file(&self, digest: &str) -> Option<Bytes> {
        self.files.get(digest).cloned()
    }
}

/// `GET /setting.json`
pub(super) async fn question(State(validator): State<Arc<Validator>>) -> Response {
    Json(validator.served.json()).into_response()
}

/// `GET /setting/{digest}`
pub(super) async fn file(State(validator): State<Arc<Validator>>, Path(digest): Path<String>) -> Response {
    let kept = "public, max-age=31536000, immutable";
    match validator.served.file(&digest) {
        Some(bytes) => {
            ([(header::CONTENT_TYPE, "application/octet-stream"), (header::CACHE_CONTROL, kept)], bytes).into_response()
        }
        None => Failure::NotFound.problem(),
    }
}
