//! `/asic` and `/verificationconf`: signed documents for those who took part, and for nobody else.

use super::world::*;
use mekong_authority::tsp_client::TspClient;
use mekong_base::limits::ContainerLimits;
use mekong_directory::GlobalConf;
use mekong_exchange::gateway::{Callers, LocalClient};
use mekong_exchange::messagelog::stamp_by_http;
use mekong_message::evidence::{Trust, verify_file};
use std::path::Path;
use std::process::Command;

const CIVIL: &str = "xRoadInstance=LA&memberClass=GOV&memberCode=MOHA&subsystemCode=civil";

fn stamp(world: &World) {
    let http = mekong_authority::http::Client::new(mekong_authority::http::Limits::default());
    let approved = (vec![world.laos.tsa_url()], vec![world.laos.authority.tsa().certificate().clone()]);
    world.consumer.log.start_stamping(stamp_by_http(TspClient::new(http), move || approved.clone()));
}

async fn asic(world: &World, query: &str) -> Result<Answer, Failure> {
    world.ask("GET", &format!("/asic?{query}"), &[], b"").await
}

/// Unpacked by Python; the names in it.
fn unpack(zip: &[u8], to: &Path) -> Result<Vec<String>, Failure> {
    let file = to.join("document.zip");
    std::fs::write(&file, zip)?;
    let done = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(&file).arg(to).status()?;
    assert!(done.success());
    let list = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist())";
    let listed = Command::new("python3").args(["-c", list]).arg(&file).output()?;
    Ok(String::from_utf8(listed.stdout)?.split_whitespace().map(str::to_owned).collect())
}

#[tokio::test]
async fn documents_are_for_the_client_that_took_part() -> Outcome {
    let world = World::start().await?;
    let headers = [CLIENT, ("X-Road-Id", "m/1")];
    assert_eq!(world.ask("POST", &format!("{PERSONS}/echo"), &headers, b"a body").await?.status, 200);
    let query = format!("queryId=m%2F1&{CIVIL}");
    let answer = asic(&world, &query).await?;
    assert_eq!(answer.status, 500, "not stamped yet");
    assert!(String::from_utf8_lossy(&answer.body).contains("force"));
    stamp(&world);
    let answer = asic(&world, &format!("{query}&force")).await?;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"m%2F1.zip\"");
    let folder = tempfile::tempdir()?;
    let names = unpack(&answer.body, folder.path())?;
    assert!(
        names.len() == 2 && names[0].starts_with("m%2F1-request-") && names[1].starts_with("m%2F1-response-"),
        "{names:?}"
    );
    let directory = world.consumer.directory.borrow().clone();
    let trust = |instance: &str| directory.trust(instance).cloned();
    let timestampers = [world.laos.authority.tsa().certificate().clone()];
    for name in &names {
        let bytes = std::fs::read(folder.path().join(name))?;
        let trust = Trust { of: &trust, timestampers: &timestampers };
        let verdict = verify_file(&bytes, &ContainerLimits::default(), Some(&trust));
        assert_eq!((verdict.valid, verdict.reason), (Some(true), "ok"), "{verdict:?}");
    }
    let one = asic(&world, &format!("{query}&responseOnly&unique")).await?;
    assert_eq!((one.status, one.header("content-type")), (200, "application/vnd.etsi.asic-e+zip"));
    assert_eq!(one.body, std::fs::read(folder.path().join(&names[1]))?);
    let some = asic(&world, &format!("{query}&requestOnly")).await?;
    assert_eq!(some.header("content-disposition"), "attachment; filename=\"m%2F1-request.zip\"");
    for (query, status) in [
        (format!("queryId=m%2F2&{CIVIL}"), 404),
        (format!("queryId=m%2F1&{}", CIVIL.replace("&subsystemCode=civil", "")), 500),
        (format!("queryId=m%2F1&{}", CIVIL.replace("civil", "nobody")), 500),
        ("queryId=m%2F1".to_owned(), 400),
        (format!("{query}&unique"), 400),
    ] {
        assert_eq!(asic(&world, &query).await?.status, status, "{query}");
    }
    assert_eq!(world.ask("POST", &format!("/asic?{query}"), &[], b"").await?.status, 405);
    let elsewhere = Callers::Addresses(vec!["10.1.1.1".parse()?]);
    world.consumer.handle().set_clients(vec![LocalClient { callers: elsewhere, ..LocalClient::consumer(civil()) }]);
    assert_eq!(asic(&world, &query).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn the_verification_configuration_is_what_the_gateway_trusts() -> Outcome {
    let world = World::start().await?;
    let answer = world.ask("GET", "/verificationconf", &[], b"").await?;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/zip"));
    let folder = tempfile::tempdir()?;
    let names = unpack(&answer.body, folder.path())?;
    assert_eq!(names.len(), 5, "{names:?}");
    let loaded = GlobalConf::load_dir(&folder.path().join("verificationconf"))?;
    assert_eq!(loaded.instance(), "LA");
    let known = world.consumer.directory.borrow().clone();
    for instance in ["LA", "VN"] {
        assert_eq!(loaded.shared(instance), known.shared(instance));
    }
    Ok(())
}
