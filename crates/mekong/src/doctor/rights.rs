//! Rights: services that nobody may call, rights for nobody.

use super::Finding;
use crate::node::config::{ClientSection, GatewaySection};
use mekong_base::ClientId;
use mekong_directory::GlobalConf;

/// Looks at the services and rights of every client.
pub(super) fn examine(gateway: &GatewaySection, directory: &GlobalConf, findings: &mut Vec<Finding>) {
    for client in &gateway.clients {
        let before = findings.len();
        for service in &client.services {
            if !client.rights.iter().any(|right| right.service == service.code) {
                let what = format!("nobody may call the service {} of {}", service.code, client.id);
                let finding = Finding::warning("rights", what).at("gateway.clients.rights");
                findings.push(
                    finding.because("every request is refused").so("grant somebody the right, or take the service out"),
                );
            }
        }
        client.rights.iter().for_each(|right| findings.extend(subject(client, &right.client, directory)));
        let services = client.rights.iter().map(|right| right.service.as_str());
        for service in services.filter(|code| client.services.iter().all(|s| s.code != *code)) {
            let what = format!("a right is for the service {service}, which {} has not", client.id);
            let finding = Finding::problem("rights", what).at("gateway.clients.rights");
            findings.push(
                finding
                    .because("it is a slip, or a leftover that grants more than meant one day")
                    .so("correct the code, or take the right out"),
            );
        }
        if findings.len() == before && !client.services.is_empty() {
            let what = format!("{}: {} services, {} rights", client.id, client.services.len(), client.rights.len());
            findings.push(Finding::good("rights", what));
        }
    }
}

/// Whether there is somebody who has the right.
fn subject(client: &ClientSection, subject: &str, directory: &GlobalConf) -> Option<Finding> {
    let place = "gateway.clients.rights";
    let why = "whoever is meant is refused, and who takes that name later is let in";
    let problem = |what: String| Some(Finding::problem("rights", what).at(place).because(why));
    let Ok(id) = subject.parse::<ClientId>() else {
        let what = format!("{subject:?}, which has a right at {}, is no identifier", client.id);
        return problem(what).map(|f| f.so("write INSTANCE/CLASS/MEMBER/SUBSYSTEM"));
    };
    if directory.of(&id.member.instance).is_none() {
        let what =
            format!("{id} has a right at {}, and the directory of {} is not here", client.id, id.member.instance);
        return problem(what)
            .map(|f| f.so("add the instance to gateway.federation if it is meant, or take the right out"));
    }
    if directory.exists(&id) {
        return None;
    }
    let what = format!("{id} has a right at {}, and there is no such subsystem in the directory", client.id);
    problem(what).map(|f| f.so("correct the identifier, or take the right out"))
}
