//! The ledgers that a node keeps: signed, so that nobody can rewrite them unnoticed, and by whom they are witnessed.

use super::Finding;
use crate::node::NodeConfig;

/// Looks at the section [ledger].
pub(super) fn examine(config: &NodeConfig) -> Option<Finding> {
    let keeps = config.gateway.is_some() || config.directory.is_some() || config.register.is_some();
    if !keeps {
        return None;
    }
    let Some(section) = &config.ledger else {
        let finding = Finding::warning("ledger", "the node does not sign its ledgers: it has no [ledger]");
        let finding = finding.because("who has the disk can rewrite what was logged, and nobody can prove it");
        return Some(finding.so("add [ledger] as docs/ledger.md shows, and restart the node"));
    };
    Some(match section.witnesses.len() {
        0 => {
            let finding = Finding::good("ledger", format!("signed as {}; no witness cosigns them yet", section.name));
            finding.so("agree on [[ledger.witnesses]] with the operator, or with another country's (docs/ledger.md)")
        }
        count => Finding::good("ledger", format!("signed as {}; brought to {count} witness(es)", section.name)),
    })
}
