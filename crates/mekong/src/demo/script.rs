//! The twenty exchanges of the journey, for the residents that there are.

use super::country::{CIVIL, CLASS, HOUSEHOLDS, LAOS, PERSONS, POPULATION, STATISTICS, VIETNAM};
use super::journey::{Expected, Scene, Step};
use crate::cli::{CommandError, Context};
use http::Method;
use mekong_population::Register;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::path::Path;

/// Whom the script asks for in one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Asked {
    residents: Vec<Resident>,
    nobody: String,
}

/// Finds whom to ask for in a country: the first residents of its CSV file, and a number that nobody has.
///
/// # Errors
/// In words, if the file or the register cannot be read.
pub(crate) async fn asked(file: &Path, register: &Register) -> Result<Asked, CommandError> {
    // Of the right form in either country: Viet Nam's begins with a province, 0 for a man of the 20th century, a year.
    for serial in 0..1_000 {
        let number = format!("001099{serial:06}");
        let number = if register.country().code() == LAOS.instance { number.replacen("00", "99", 1) } else { number };
        if register.person(&number).await.context(|| "look for a number that nobody has")?.is_none() {
            return Ok(Asked { residents: residents(file, 3)?, nobody: format!("/v1/persons/{number}") });
        }
    }
    Err(CommandError::new("no number is free in the register"))
}

/// A resident that the script asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resident {
    id: String,
    name: String,
    born: String,
}

/// The first residents in a register's CSV file.
///
/// # Errors
/// In words, if the file cannot be read or has too few.
fn residents(file: &Path, count: usize) -> Result<Vec<Resident>, CommandError> {
    let what = || format!("read {}", file.display());
    let mut reader = csv::Reader::from_path(file).context(what)?;
    let headers = reader.headers().context(what)?.clone();
    let column = |name: &str| headers.iter().position(|h| h == name);
    let names: Vec<_> = ["surname", "middle_name", "given_name"].into_iter().filter_map(column).collect();
    let (id, born) = (column("id"), column("born"));
    let mut found = Vec::new();
    for row in reader.records().take(count) {
        let row = row.context(what)?;
        let cell = |index: Option<usize>| index.and_then(|i| row.get(i)).unwrap_or_default().to_owned();
        let parts = names.iter().filter_map(|i| row.get(*i)).filter(|part| !part.is_empty());
        found.push(Resident { id: cell(id), name: parts.collect::<Vec<_>>().join(" "), born: cell(born) });
    }
    if found.len() < count {
        return Err(CommandError::new(format!("{} has fewer than {count} residents", file.display())));
    }
    Ok(found)
}

/// One direction of the script.
struct Direction<'a> {
    from: &'static str,
    asker: String,
    provider: String,
    residents: &'a [Resident],
}

impl Direction<'_> {
    fn step(&self, what: &'static str, subsystem: &str, service: &str, path: &str, expected: Expected) -> Step {
        Step {
            what,
            from: self.from,
            client: format!("{}/{subsystem}", self.asker),
            method: Method::GET,
            path: format!("/r1/{}/{POPULATION}/{service}{path}", self.provider),
            scene: Scene::Normal,
            expected,
        }
    }

    fn ask(&self, what: &'static str, path: &str, expected: Expected) -> Step {
        self.step(what, CIVIL, PERSONS, path, expected)
    }

    fn person(&self, index: usize) -> String {
        format!("/v1/persons/{}", self.residents.get(index).map_or("", |r| r.id.as_str()))
    }

    fn search(&self, index: usize) -> String {
        let Some(resident) = self.residents.get(index) else { return "/v1/persons".to_owned() };
        format!("/v1/persons?name={}&born={}", utf8_percent_encode(&resident.name, NON_ALPHANUMERIC), resident.born)
    }
}

/// The script.
pub(crate) fn steps(vietnamese: &Asked, lao: &Asked) -> Vec<Step> {
    use Expected::{Answer, Refusal};
    let member = |instance: &str, code: &str| format!("{instance}/{CLASS}/{code}");
    let to_vietnam = Direction {
        from: LAOS.instance,
        asker: member(LAOS.instance, LAOS.asker.code),
        provider: member(VIETNAM.instance, VIETNAM.keeper.code),
        residents: &vietnamese.residents,
    };
    let to_laos = Direction {
        from: VIETNAM.instance,
        asker: member(VIETNAM.instance, VIETNAM.asker.code),
        provider: member(LAOS.instance, LAOS.keeper.code),
        residents: &lao.residents,
    };
    let (v, l) = (&to_vietnam, &to_laos);
    let denied = Refusal(500, "server.serverproxy.access_denied");
    let unreachable = Refusal(500, "server.clientproxy.network_error");
    let service_failed = Refusal(500, "server.serverproxy.service_failed.network_error");
    vec![
        v.ask("a person by number", &v.person(0), Answer(200)),
        v.ask("another person by number", &v.person(1), Answer(200)),
        v.ask("a person by name and day of birth", &v.search(2), Answer(200)),
        v.ask("a number that nobody has", &vietnamese.nobody, Answer(404)),
        v.ask("something that is no number", "/v1/persons/abc", Answer(400)),
        v.step("a subsystem without the right", STATISTICS, PERSONS, &v.person(0), denied.clone()),
        Step { method: Method::DELETE, ..v.ask("a verb without the right", &v.person(0), denied.clone()) },
        v.ask("a path that climbs out of its right", "/v1/persons/%2e%2e/openapi.json", denied.clone()),
        v.step(
            "a service that does not exist",
            CIVIL,
            "passports",
            "/v1/1",
            Refusal(500, "server.serverproxy.unknown_service"),
        ),
        v.ask("the same person again", &v.person(0), Answer(200)),
        l.ask("a person by number", &l.person(0), Answer(200)),
        l.ask("a person by name in Lao script", &l.search(1), Answer(200)),
        l.ask("a number that nobody has", &lao.nobody, Answer(404)),
        l.step("a subsystem without the right", STATISTICS, PERSONS, &l.person(0), denied),
        Step {
            client: format!("{}/{POPULATION}", member(VIETNAM.instance, VIETNAM.keeper.code)),
            ..l.ask("a client of another gateway", &l.person(0), Refusal(500, "server.clientproxy.unknown_member"))
        },
        Step {
            path: format!("/r1/{}/{POPULATION}/{PERSONS}/v1/persons/1", member(LAOS.instance, "NOBODY")),
            ..l.ask("a ministry that does not exist", "", Refusal(500, "server.clientproxy.unknown_member"))
        },
        l.step("a service that is switched off", CIVIL, HOUSEHOLDS, "/v1/households", service_failed.clone()),
        Step { scene: Scene::RegisterDown, ..l.ask("the register is down", &l.person(0), service_failed) },
        Step { scene: Scene::GatewayDown, ..l.ask("the other country's gateway is down", &l.person(0), unreachable) },
        l.ask("everybody is back", &l.person(0), Answer(200)),
    ]
}
