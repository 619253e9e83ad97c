//! Rights: services that nobody may call, rights for nobody.

use super::Finding;
use mekong_base::ClientId;
use mekong_directory::GlobalConf;
use mekong_exchange::administration::{State, Subsystem};
use mekong_exchange::rules::rights::Subject;
use std::collections::BTreeSet;

/// Looks at the services and rights of every subsystem.
pub(super) fn examine(served: &State, directory: &GlobalConf, findings: &mut Vec<Finding>) {
    for (id, subsystem) in &served.subsystems {
        let before = findings.len();
        for code in subsystem.services.keys() {
            if !subsystem.rights.iter().any(|right| right.service == *code) {
                let what = format!("nobody may call the service {code} of {id}");
                let finding = Finding::warning("rights", what).because("every request is refused");
                findings.push(finding.so(format!(
                    "mekong gateway grant --to SUBSYSTEM --service {id}/{code}, or mekong gateway remove-service {id}/{code}"
                )));
            }
        }
        let subjects: BTreeSet<&Subject> = subsystem.rights.iter().map(|right| &right.subject).collect();
        findings.extend(subjects.into_iter().filter_map(|named| subject(id, subsystem, named, directory)));
        if findings.len() == before && !subsystem.services.is_empty() {
            let (services, rights) = (subsystem.services.len(), subsystem.rights.len());
            findings.push(Finding::good("rights", format!("{id}: {services} services, {rights} rights")));
        }
    }
}

/// Whether there is somebody who has the right.
fn subject(id: &ClientId, subsystem: &Subsystem, subject: &Subject, directory: &GlobalConf) -> Option<Finding> {
    let why = "whoever is meant is refused, and who takes that name later is let in";
    let problem = |what: String| Finding::problem("rights", what).because(why);
    let (instance, is_there) = match subject {
        Subject::Client(client) => (&client.member.instance, directory.exists(client)),
        Subject::GlobalGroup { instance, code } => {
            (instance, directory.global_groups(instance).iter().any(|group| group.code == *code))
        }
        Subject::LocalGroup(code) => {
            let is_empty = subsystem.groups.get(code).is_none_or(|group| group.members.is_empty());
            let what = format!("the group {code} has a right at {id}, and nobody is in it");
            return is_empty.then(|| {
                let finding = Finding::warning("rights", what).because("nobody is let in by it");
                finding.so(format!("mekong gateway group add {id} {code} MEMBER, or take the right out"))
            });
        }
    };
    if directory.of(instance).is_none() {
        let what = format!("{subject} has a right at {id}, and the directory of {instance} is not here");
        return Some(problem(what).so("add the instance to gateway.federation if it is meant, or take the right out"));
    }
    let what = format!("{subject} has a right at {id}, and there is no such subject in the directory");
    (!is_there).then(|| problem(what).so("correct the identifier, or take the right out: mekong gateway revoke"))
}
