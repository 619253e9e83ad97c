//! What gateways tell about clients and services: client lists (XML and JSON), lists of services (JSON).
//!
//! Source: PR-META 2 and annexes A, C.1; PR-MREST 4 and annex B.

use super::rest::Verb;
use crate::rules::path::PathPattern;
use mekong_base::ClientId;
use mekong_xml::write::escape_text;
use serde_json::{Map, Value, json};

/// A member or subsystem in a client list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedClient {
    /// Its identifier.
    pub id: ClientId,
    /// Name of the member.
    pub name: String,
    /// Name of the subsystem, if it is one that has a name.
    pub subsystem_name: Option<String>,
}

/// The list as JSON.
pub fn clients_json(clients: &[ListedClient]) -> String {
    let client = |client: &ListedClient| {
        let mut value = json!({ "id": client_id(&client.id), "name": client.name });
        if let (Some(name), Some(members)) = (&client.subsystem_name, value.as_object_mut()) {
            members.insert("subsystem_name".to_owned(), json!(name));
        }
        value
    };
    json!({ "member": clients.iter().map(client).collect::<Vec<_>>() }).to_string()
}

fn client_id(id: &ClientId) -> Value {
    let mut members = named(id);
    let kind = if id.subsystem.is_some() { "SUBSYSTEM" } else { "MEMBER" };
    members.insert("object_type".to_owned(), json!(kind));
    Value::Object(members)
}

fn named(id: &ClientId) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("xroad_instance".to_owned(), json!(id.member.instance));
    members.insert("member_class".to_owned(), json!(id.member.class));
    members.insert("member_code".to_owned(), json!(id.member.code));
    if let Some(subsystem) = &id.subsystem {
        members.insert("subsystem_code".to_owned(), json!(subsystem));
    }
    members
}

/// The list as XML.
pub fn clients_xml(clients: &[ListedClient]) -> String {
    let mut out = String::from(concat!(
        r#"<?xml version="1.0" encoding="UTF-8"?>"#,
        r#"<x:clientList xmlns:x="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers">"#
    ));
    for client in clients {
        let kind = if client.id.subsystem.is_some() { "SUBSYSTEM" } else { "MEMBER" };
        out.push_str(&format!(r#"<x:member><x:id id:objectType="{kind}">"#));
        let member = &client.id.member;
        element(&mut out, "id:xRoadInstance", &member.instance);
        element(&mut out, "id:memberClass", &member.class);
        element(&mut out, "id:memberCode", &member.code);
        if let Some(subsystem) = &client.id.subsystem {
            element(&mut out, "id:subsystemCode", subsystem);
        }
        out.push_str("</x:id>");
        element(&mut out, "x:name", &client.name);
        if let Some(name) = &client.subsystem_name {
            element(&mut out, "x:subsystemName", name);
        }
        out.push_str("</x:member>");
    }
    out.push_str("</x:clientList>");
    out
}

fn element(out: &mut String, name: &str, text: &str) {
    out.push_str(&format!("<{name}>"));
    escape_text(out, text);
    out.push_str(&format!("</{name}>"));
}

/// A service in a list of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedService<'a> {
    /// Its code.
    pub code: &'a str,
    /// Whether it has an OpenAPI description.
    pub described: bool,
    /// Its endpoints: method (all if `None`) and path pattern.
    pub endpoints: Vec<&'a (Option<Verb>, PathPattern)>,
}

/// The services of a provider as JSON.
pub fn services_json(provider: &ClientId, services: &[ListedService<'_>]) -> String {
    let endpoint = |(verb, path): &(Option<Verb>, PathPattern)| json!({ "method": verb.map_or("*", Verb::as_str), "path": path.to_string() });
    let service = |service: &ListedService<'_>| {
        let mut members = named(provider);
        members.insert("object_type".to_owned(), json!("SERVICE"));
        members.insert("service_code".to_owned(), json!(service.code));
        members.insert("service_type".to_owned(), json!(if service.described { "OPENAPI" } else { "REST" }));
        let endpoints: Vec<Value> = service.endpoints.iter().map(|e| endpoint(e)).collect();
        members.insert("endpoint_list".to_owned(), json!(endpoints));
        Value::Object(members)
    };
    json!({ "service": services.iter().map(service).collect::<Vec<_>>() }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use mekong_base::MemberId;

    #[test]
    fn clients_are_listed_in_both_forms() {
        let member = MemberId::new("AA", "ENT", "CLIENT1");
        let of = |id: ClientId, subsystem_name: Option<&str>| ListedClient {
            id,
            name: "One & Two".to_owned(),
            subsystem_name: subsystem_name.map(str::to_owned),
        };
        let list = [of(member.clone().into(), None), of(member.subsystem("sub"), Some("Sub"))];
        let json: Value = serde_json::from_str(&clients_json(&list)).unwrap_or_default();
        let expected = json!({"member": [
            {"id": {"member_class": "ENT", "member_code": "CLIENT1", "object_type": "MEMBER", "xroad_instance": "AA"}, "name": "One & Two"},
            {"id": {"member_class": "ENT", "member_code": "CLIENT1", "subsystem_code": "sub", "object_type": "SUBSYSTEM",
                    "xroad_instance": "AA"}, "name": "One & Two", "subsystem_name": "Sub"},
        ]});
        assert_eq!(json, expected);
        let xml = clients_xml(&list);
        assert!(xml.contains("<id:subsystemCode>sub</id:subsystemCode></x:id><x:name>One &amp; Two</x:name>"), "{xml}");
        assert!(xml.contains("<x:subsystemName>Sub</x:subsystemName></x:member></x:clientList>"), "{xml}");
    }
}
