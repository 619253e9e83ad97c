//! One download of our own instance and of those it is federated with.

use super::fetch::Target;
use super::{ClientError, Settings, Unavailable, location};
use crate::globalconf::{InstanceConf, Part};
use crate::{Anchor, GlobalConf, PRIVATE_PARAMETERS, PrivateParameters};
use mekong_authority::http::Client as HttpClient;
use mekong_base::Instant;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Asks the sources and remembers which one answered last.
pub(super) struct Downloader {
    anchor: Anchor,
    settings: Settings,
    http: HttpClient,
    last_good: HashMap<String, String>,
}

/// What a download brought.
pub(super) struct Downloaded {
    pub(super) conf: Arc<GlobalConf>,
    /// The URL that gave our own instance.
    pub(super) source: String,
    pub(super) unavailable: Vec<Unavailable>,
}

impl Downloader {
    pub(super) fn new(http: HttpClient, anchor: Anchor, settings: &Settings) -> Self {
        Self { anchor, settings: settings.clone(), http, last_good: HashMap::new() }
    }

    /// Downloads everything; what did not change is taken over from `base`.
    pub(super) async fn download(
        &mut self,
        base: Option<&Arc<GlobalConf>>,
        now: Instant,
    ) -> Result<Downloaded, ClientError> {
        let anchor = self.anchor.clone();
        let own = base.and_then(|b| b.of(&anchor.instance));
        let parts = self.instance(&anchor, false, own.map(Arc::as_ref), now).await?;
        let source = self.last_good.get(&anchor.instance).cloned().unwrap_or_default();
        let mut all = BTreeMap::new();
        let mut unavailable = Vec::new();
        for federated in self.federated(&parts) {
            let known = base.and_then(|b| b.of(&federated.instance));
            match self.instance(&federated, true, known.map(Arc::as_ref), now).await {
                Ok(parts) => {
                    all.insert(federated.instance, parts);
                }
                Err(error) => {
                    let fresh = known.filter(|k| k.expires().is_none_or(|e| e > now));
                    all.extend(fresh.map(|k| (federated.instance, k.parts().to_vec())));
                    unavailable.push(error);
                }
            }
        }
        all.insert(anchor.instance.clone(), parts);
        let base = base.cloned();
        let parsed =
            tokio::task::spawn_blocking(move || GlobalConf::from_parts(&anchor.instance, all, base.as_deref()));
        let conf = parsed.await.map_err(|_| ClientError::Interrupted)?.map_err(ClientError::Unusable)?;
        for finding in conf.findings() {
            tracing::debug!(instance = finding.instance, what = finding.what, "left out of the global configuration");
        }
        Ok(Downloaded { conf: Arc::new(conf), source, unavailable })
    }

    /// The anchors of federated instances that the filter allows, from private parameters that are verified. Of several
    /// anchors for one instance the last counts, as in the reference, where each overwrites the one before.
    fn federated(&self, parts: &[Part]) -> Vec<Anchor> {
        let private = parts.iter().find(|p| p.metadata.content_id == PRIVATE_PARAMETERS);
        let private = private.and_then(|p| PrivateParameters::read(&p.bytes).ok());
        let allowed = private.into_iter().flat_map(|p| p.federated);
        let allowed =
            allowed.filter(|a| a.instance != self.anchor.instance && self.settings.federation.allows(&a.instance));
        let by_instance: BTreeMap<String, Anchor> = allowed.map(|a| (a.instance.clone(), a)).collect();
        by_instance.into_values().collect()
    }

    async fn instance(
        &mut self,
        anchor: &Anchor,
        shared_only: bool,
        current: Option<&InstanceConf>,
        now: Instant,
    ) -> Result<Vec<Part>, Unavailable> {
        let target = Target { anchor, shared_only, current, now, rollback_tolerance: self.settings.rollback_tolerance };
        let last_good = self.last_good.get(&anchor.instance).map(String::as_str);
        let mut failures = Vec::new();
        for url in location::order(anchor, current.map(InstanceConf::shared), last_good) {
            match target.fetch(&self.http, &url).await {
                Ok(parts) => {
                    self.last_good.insert(anchor.instance.clone(), url);
                    return Ok(parts);
                }
                Err(failure) => failures.push(failure),
            }
        }
        self.last_good.remove(&anchor.instance);
        Err(Unavailable { instance: anchor.instance.clone(), failures })
    }
}
