//! An operator's node: the members file holds together, the authority's own certificates last.

use super::Finding;
use crate::node::NodeConfig;
use crate::node::directory::Membership;
use mekong_base::Instant;
use mekong_pki::Certificate;
use std::time::Duration;

/// From then on an authority's certificate is worth a word: half a year, since roots take their time.
const SOON: Duration = Duration::from_secs(182 * 86_400);

/// Looks at the sections [directory] and [trust].
pub(super) fn examine(config: &NodeConfig, now: Instant) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(directory) = &config.directory {
        findings.push(match Membership::read(directory) {
            Ok(Membership { definition, .. }) => {
                let (members, servers) = (definition.shared.members.len(), definition.shared.servers.len());
                Finding::good("directory", format!("{members} members and {servers} gateways, which hold together"))
            }
            Err(error) => Finding::problem("directory", error.to_string())
                .at(directory.members.display())
                .because("the directory cannot be published after the next start")
                .so("correct the file"),
        });
    }
    if let Some(trust) = &config.trust {
        for name in ["root", "issuing", "ocsp", "tsa"] {
            let path = trust.folder.join("certificates").join(format!("{name}.cer"));
            let read = std::fs::read(&path).map_err(|e| e.to_string());
            let certificate = read.and_then(|der| Certificate::from_der(&der).map_err(|e| e.to_string()));
            findings.push(match certificate {
                Err(error) => {
                    Finding::problem("certificate", format!("the authority's {name} cannot be read: {error}"))
                        .at(path.display())
                        .because("the node cannot start")
                        .so("restore it from a backup")
                }
                Ok(certificate) => lasting(name, &certificate, now, &path),
            });
        }
    }
    findings
}

fn lasting(name: &str, certificate: &Certificate, now: Instant, path: &std::path::Path) -> Finding {
    let end = certificate.not_after();
    let why = "nothing that it certifies is believed then";
    let todo = "make a new one with the root's custodians, and announce it in the members file beside the old one";
    if end <= now {
        return Finding::problem("certificate", format!("the authority's {name} expired at {end}"))
            .at(path.display())
            .because(why)
            .so(todo);
    }
    if end.since(now) < SOON {
        return Finding::warning("certificate", format!("the authority's {name} expires at {end}"))
            .at(path.display())
            .because(why)
            .so(todo);
    }
    Finding::good("certificate", format!("the authority's {name} is valid until {end}"))
}
