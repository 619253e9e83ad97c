//! What gateways tell about clients and services: over the border, signed and logged like any message.

use super::world::*;
use mekong_exchange::administration::Description;
use mekong_exchange::messagelog::Part;
use mekong_exchange::rules::path::PathPattern;
use mekong_exchange::wire::rest::Verb;

const POPULATION: &str = "/r1/VN/GOV/MPS/population";

#[tokio::test]
async fn clients_are_listed_in_json_and_xml() -> Outcome {
    let world = World::start().await?;
    let json = world.ask("GET", "/listClients", &[("Accept", "application/json")], b"").await?;
    assert_eq!((json.status, json.header("content-type")), (200, "application/json;charset=utf-8"));
    let own = json.json();
    let members = own["member"].as_array().ok_or("no members")?;
    assert!(
        members.iter().any(|m| m["id"]["object_type"] == "SUBSYSTEM" && m["id"]["subsystem_code"] == "civil"),
        "{own}"
    );
    assert!(members.iter().all(|m| m["id"]["xroad_instance"] == "LA"), "{own}");
    let xml = world.ask("GET", "/listClients?xRoadInstance=VN", &[], b"").await?;
    assert_eq!((xml.status, xml.header("content-type")), (200, "text/xml;charset=utf-8"));
    let text = String::from_utf8_lossy(&xml.body);
    assert!(text.contains("<id:subsystemCode>population</id:subsystemCode>"), "{text}");
    let unknown = world.ask("GET", "/listClients?xRoadInstance=ZZ", &[], b"").await?;
    assert_eq!(unknown.status, 400, "{unknown:?}");
    let posted = world.ask("POST", "/listClients", &[], b"").await?;
    assert_eq!(posted.status, 400, "{posted:?}");
    Ok(())
}

#[tokio::test]
async fn services_are_listed_all_or_those_that_one_may_call() -> Outcome {
    let world = World::start().await?;
    let mut client = population_client("http://127.0.0.1:1");
    for service in &mut client.services {
        let endpoint = |path: &str| PathPattern::parse(path).map(|path| (Some(Verb::Get), path));
        service.endpoints = vec![endpoint("/public/*")?, endpoint("/secret/*")?];
    }
    world.provider.handle().set_clients(vec![client]);
    let headers = [CLIENT, ("X-Road-Id", "methods-1")];
    let all = world.ask("GET", &format!("{POPULATION}/listMethods"), &headers, b"").await?;
    assert_eq!((all.status, all.header("content-type")), (200, "application/json"), "{all:?}");
    let all = all.json();
    let codes = |list: &serde_json::Value| -> Vec<String> {
        let services = list["service"].as_array().cloned().unwrap_or_default();
        services.iter().map(|s| s["service_code"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(codes(&all).len(), 8, "{all}");
    assert_eq!(all["service"][0]["object_type"], "SERVICE");
    assert_eq!(all["service"][0]["endpoint_list"][1]["path"], "/secret/*");
    let allowed = world.ask("GET", &format!("{POPULATION}/allowedMethods"), &[CLIENT], b"").await?.json();
    let mut named = codes(&allowed);
    named.sort();
    assert_eq!(named, ["archive", "nowhere", "persons", "public", "slow", "wrongly"], "{allowed}");
    let public = allowed["service"].as_array().and_then(|all| all.iter().find(|s| s["service_code"] == "public"));
    let endpoints = public.map(|s| s["endpoint_list"].clone()).unwrap_or_default();
    assert_eq!(
        endpoints,
        serde_json::json!([{ "method": "GET", "path": "/public/*" }]),
        "only the part that is granted"
    );
    for node in [&world.consumer, &world.provider] {
        let records = node.log.find("methods-1").await?;
        assert_eq!(
            records.iter().map(|r| r.part).collect::<Vec<_>>(),
            [Part::Request, Part::Response],
            "it is evidence"
        );
    }
    // Another verb than GET is no metaservice.
    let posted = world.ask("POST", &format!("{POPULATION}/listMethods"), &[CLIENT], b"").await?;
    assert_eq!(posted.header("x-road-error"), "server.serverproxy.unknown_service", "{posted:?}");
    Ok(())
}

#[tokio::test]
async fn a_description_is_given_without_the_address_inside() -> Outcome {
    let world = World::start().await?;
    let mut client = population_client("http://127.0.0.1:1");
    let described = r#"{"openapi":"3.1.0","servers":[{"url":"http://10.0.0.3:8081/v1"}],"paths":{}}"#;
    for service in &mut client.services {
        service.openapi = match service.code.as_str() {
            "persons" => Some(Description::Text(described.to_owned())),
            "slow" => Some(Description::Url("http://127.0.0.1:1/openapi.json".to_owned())),
            _ => None,
        };
    }
    world.provider.handle().set_clients(vec![client]);
    let ask = async |query: &str| world.ask("GET", &format!("{POPULATION}/getOpenAPI{query}"), &[CLIENT], b"").await;
    let given = ask("?serviceCode=persons").await?;
    assert_eq!(given.status, 200, "{given:?}");
    assert_eq!(given.json()["servers"][0]["url"], "/v1");
    for (query, code) in [
        ("", "server.serverproxy.invalid_request"),
        ("?serviceCode=none", "server.serverproxy.unknown_service"),
        ("?serviceCode=public", "server.serverproxy.internal_error"),
        ("?serviceCode=slow", "server.serverproxy.service_failed.network_error"),
    ] {
        let refused = ask(query).await?;
        assert_eq!(refused.header("x-road-error"), code, "{query}: {refused:?}");
        assert!(!String::from_utf8_lossy(&refused.body).contains("127.0.0.1:1"), "no address from inside: {refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_cannot_be_reached() -> Outcome {
    let world = World::start().await?;
    let mut client = population_client("http://127.0.0.1:1");
    for service in client.services.iter_mut().filter(|service| service.code == "persons") {
        service.urls = vec!["http://127.0.0.1:1".to_owned(), world.register.clone()];
    }
    world.provider.handle().set_clients(vec![client]);
    let answer = world.ask("GET", &format!("{PERSONS}/persons/42"), &[CLIENT], b"").await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(())
}
