//! What must hold in the end.

use crate::SimulationError;
use crate::course::{Course, Request};
use crate::gateway::open_log;
use crate::institutions::Country;
use mekong_base::limits::ContainerLimits;
use mekong_base::{Clock, Instant};
use mekong_exchange::messagelog::{MessageLog, Part, Record, Side};
use mekong_ledger::Disk;
use mekong_ledger::disk::SimulatedDisk;
use mekong_message::evidence::{Trust, verify_file};
use std::collections::BTreeMap;

/// Containers that are exported and verified in each log.
const VERIFIED: usize = 4;

/// No order was made of nothing.
pub(crate) fn deliveries(course: &Course) {
    let mut seen = course.seen();
    let more = |(id, request): (&String, &Request)| {
        let (times, attempts) = (request.delivered.len(), request.attempts as usize);
        (times > attempts).then(|| format!("request {id} was asked {attempts} times and became {times} messages"))
    };
    let wrong: Vec<String> = seen.requests.iter().filter_map(more).collect();
    seen.wrong.extend(wrong);
}

/// Every event whose publication was acknowledged came to the subscriber.
pub(crate) fn events(course: &Course, subscription: &str) {
    for id in course.missing(subscription) {
        course.wrong(format!("{subscription}: event {id} was acknowledged to its publisher and never came"));
    }
}

/// What was acknowledged is in both logs, and verifies.
pub(crate) fn logs(
    course: &Course,
    countries: &[Country; 2],
    disks: [SimulatedDisk; 2],
    now: Instant,
) -> Result<(), SimulationError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        for ((country, disk), side) in countries.iter().zip(disks).zip([Side::Consumer, Side::Provider]) {
            let log = match open_log(Disk::from(disk), Clock::manual(now)).await {
                Ok(log) => log,
                Err(error) => {
                    course
                        .wrong(format!("the log of {} cannot be read after its last restart: {error}", country.server));
                    continue;
                }
            };
            of(course, country, &log, side).await;
            let _ = log.close().await;
        }
    });
    Ok(())
}

async fn of(course: &Course, country: &Country, log: &MessageLog, side: Side) {
    let server = &country.server;
    let acknowledged: BTreeMap<String, String> = {
        let seen = course.seen();
        let of = |(id, request): (&String, &Request)| Some((id.clone(), request.acknowledged.clone()?));
        seen.requests.iter().filter_map(of).collect()
    };
    let mut sample = Vec::new();
    for (id, exchange) in acknowledged {
        let records = match log.find(&id).await {
            Ok(records) => records,
            Err(error) => return course.wrong(format!("the log of {server} cannot be asked: {error}")),
        };
        let of_it: Vec<&Record> = records.iter().filter(|r| r.request_id == exchange && r.side == side).collect();
        for part in [Part::Request, Part::Response] {
            if !of_it.iter().any(|record| record.part == part) {
                course.wrong(format!("{id} was acknowledged, and its {} is not in the log of {server}", part.name()));
            }
        }
        sample.extend(of_it.first().map(|record| record.id));
    }
    let step = (sample.len() / VERIFIED).max(1);
    for record in sample.into_iter().step_by(step).take(VERIFIED) {
        evidence(course, country, log, record).await;
    }
}

async fn evidence(course: &Course, country: &Country, log: &MessageLog, record: i64) {
    let server = &country.server;
    let evidence = match log.export_record(record).await {
        Ok(evidence) => evidence,
        Err(error) => return course.wrong(format!("record {record} of {server} is no evidence: {error}")),
    };
    let directory = &country.directory;
    let of = |instance: &str| directory.trust(instance).cloned();
    let stamped_by = directory.timestampers(&server.owner.instance);
    let timestampers: Vec<_> = stamped_by.iter().map(|entry| entry.certificate.clone()).collect();
    let trust = Trust { of: &of, timestampers: &timestampers };
    let verdict = verify_file(&evidence.bytes, &ContainerLimits::default(), Some(&trust));
    if verdict.valid != Some(true) {
        course.wrong(format!("record {record} of {server} does not verify: {}", verdict.detail));
    }
}
