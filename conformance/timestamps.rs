//! Time-stamp tokens over data, by certificates that a configuration approves.

use crate::case::Case;
use crate::vectors;
use mekong_directory::GlobalConf;
use mekong_pki::Certificate;
use mekong_pki::tsp::{self, Stamped};
use std::path::Path;

/// `with`: `data`, `trusted` (`timestampers` or `ocsp-responders` of globalconf_good_v2), `changed` (offset of a byte that
/// becomes 1).
pub(crate) fn judge(case: &Case, root: &Path) -> String {
    let mut data = vectors::read(&root.join(case.needed("data")));
    if let Some(offset) = case.with.get("changed").and_then(serde_json::Value::as_u64) {
        data[usize::try_from(offset).expect("an offset")] = 1;
    }
    let token = vectors::read(&root.join(&case.file));
    match tsp::verify(&token, Stamped::Data(&data), &trusted(case, root)) {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().to_owned(),
    }
}

/// Of every instance, as the reference's tests take them.
fn trusted(case: &Case, root: &Path) -> Vec<Certificate> {
    let configuration =
        GlobalConf::load_dir(&root.join("globalconf/parsed/globalconf_good_v2")).expect("a configuration");
    let instances = configuration.instances().filter_map(|i| configuration.trust(i));
    match case.needed("trusted") {
        "timestampers" => instances.flat_map(|trust| trust.timestampers.clone()).collect(),
        "ocsp-responders" => {
            instances.flat_map(|trust| trust.authorities.iter().flat_map(|a| a.responder_certificates())).collect()
        }
        other => panic!("{}: {other:?} is no kind of certificate", case.name()),
    }
}
