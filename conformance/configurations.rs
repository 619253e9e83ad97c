//! Global configurations on disk, anchors, and optional parts, by the functions that gateways use.

use crate::case::Case;
use crate::vectors;
use mekong_directory::optional::{read_fetch_interval, read_monitoring, read_next_update};
use mekong_directory::{Anchor, GlobalConf};
use std::path::Path;

/// Instances with the versions of their shared parameters, or the code.
pub(crate) fn folder(case: &Case, root: &Path) -> String {
    match GlobalConf::load_dir(&root.join(&case.file)) {
        Ok(configuration) => {
            let version = |instance: &str| configuration.of(instance).expect("listed").version();
            let instances: Vec<String> = configuration.instances().map(|i| format!("{i} {}", version(i))).collect();
            instances.join(", ")
        }
        Err(error) => format!("refused {}", error.code()),
    }
}

/// Instance, sources, certificates; written and read again it must be the same.
pub(crate) fn anchor(case: &Case, root: &Path) -> String {
    match Anchor::read(&vectors::read(&root.join(&case.file))) {
        Ok(anchor) => {
            let again = Anchor::read(anchor.write().as_bytes()).expect("what we write");
            assert_eq!(again, anchor, "{}", case.name());
            let certificates = anchor.certificates().count();
            format!("{}, {} sources, {certificates} certificates", anchor.instance, anchor.sources.len())
        }
        Err(_) => "refused".to_owned(),
    }
}

/// Monitoring, fetch interval, next update: the value, or that it is refused.
pub(crate) fn optional_part(case: &Case, root: &Path) -> String {
    let bytes = vectors::read(&root.join(&case.file));
    let value = match case.needed("part") {
        "monitoring" => read_monitoring(&bytes).map(|id| id.map_or("nobody".to_owned(), |id| id.to_string())).ok(),
        "fetch-interval" => read_fetch_interval(&bytes).map(|interval| format!("{} s", interval.as_secs())).ok(),
        "next-update" => read_next_update(&bytes).map(|checked| checked.to_string()).ok(),
        other => panic!("{}: {other:?} is no part", case.name()),
    };
    value.unwrap_or_else(|| "refused".to_owned())
}
