//! Seeds that need no key: written by hand, or by the code that writes such documents.

use crate::files::{Failure, seed};
use mekong_directory::anchor::{Anchor, AnchorSource};
use mekong_directory::private::{ManagementService, PrivateParameters};
use mekong_directory::publish::Definition;
use mekong_exchange::wire::fault::{Dialect, Fault, FaultCode, Kind, Origin};
use mekong_exchange::wire::transport::Encoder;
use mekong_fuzz::fixtures::{ATTACHMENT, MESSAGE, client, now, signer};
use mekong_message::evidence::archive::linking_info;
use mekong_recognition::definition::Resolve;
use std::io::{Cursor, Write as _};
use std::time::Duration;
use zip::write::{SimpleFileOptions, ZipWriter};

pub(crate) fn all() -> Result<(), Failure> {
    texts()?;
    parameters()?;
    lists()?;
    sent()?;
    messages()
}

/// A list with an agreement, and the definitions that it is made from. All services have one certificate.
fn lists() -> Result<(), Failure> {
    let agreement = include_str!("../../../definitions/trust/agreements/vn-la.toml");
    let definition = include_str!("../../../definitions/trust/lists/vn.toml");
    seed("agreement", "agreement", agreement.as_bytes())?;
    seed("agreement", "list", definition.as_bytes())?;
    let resolve = Resolve {
        certificate: &|_| Some(signer().clone()),
        agreement: &|_| mekong_recognition::definition::agreement(agreement).ok(),
    };
    let mut list = mekong_recognition::definition::list(definition, &resolve)?;
    list.issue(now(), now() + Duration::from_secs(86_400))?;
    seed("trusted_list", "two_pointers", mekong_recognition::list::draft(&list).as_bytes())
}

/// An archive of containers, in the form of the reference.
pub(crate) fn archive(containers: &[(String, Vec<u8>)]) -> Result<(), Failure> {
    let listed = || containers.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let (info, _) = linking_info(mekong_crypto::DigestAlgorithm::Sha512, None, listed());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in listed().chain([("linkinginfo", info.as_bytes())]) {
        zip.start_file(name, SimpleFileOptions::default())?;
        zip.write_all(bytes)?;
    }
    seed("archive", "two", zip.finish()?.get_ref())?;
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    zip.start_file("linkinginfo", stored)?;
    zip.write_all(b"- - SHA-512\n")?;
    seed("archive", "empty", zip.finish()?.get_ref())
}

/// What is sent by people who sign or ask.
pub(crate) fn sent() -> Result<(), Failure> {
    forms()?;
    pictures()
}

/// Forms as browsers send them, the media type before them.
fn forms() -> Result<(), Failure> {
    let part =
        "Content-Disposition: form-data; name=\"document\"; filename=\"a\\\"b;.pdf\"\r\nContent-Type: application/pdf";
    let two = format!(
        "--b\r\n{part}\r\n\r\n%PDF\r\n--b\r\ncontent-disposition: form-data; name=content\r\n\r\nx\r\n--b--\r\n"
    );
    seed("form", "two", format!("multipart/form-data; boundary=b\n{two}").as_bytes())?;
    let quoted = "Multipart/Form-Data; charset=utf-8; Boundary=\"a b\"\n--a b\r\nContent-Disposition: x; name=a\r\n\r\n\r\n--a b--";
    seed("form", "quoted", quoted.as_bytes())
}

/// Pictures for the appearance of a signature: one pixel as PNG, the head of a JPEG.
fn pictures() -> Result<(), Failure> {
    let png = [
        &b"\x89PNG\r\n\x1a\n"[..],
        b"\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89",
        b"\0\0\0\x0dIDATx\x9cc\xf8\xcf\xc0\xd0\0\0\x04\x81\x01\x80,U\xce\xb0",
        b"\0\0\0\0IEND\xaeB`\x82",
    ];
    seed("picture", "png", &png.concat())?;
    let jpeg = b"\xff\xd8\xff\xe0\0\x04JF\xff\xc0\0\x11\x08\0\x10\0\x10\x03\x01\x22\0\x02\x11\x01\x03\x11\x01\xff\xd9";
    seed("picture", "jpeg", jpeg)
}

fn texts() -> Result<(), Failure> {
    seed("xml", "all_kinds", include_bytes!("xml.xml"))?;
    let utf16: Vec<u8> = "\u{feff}<a b='\u{1f600}'/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    seed("xml", "utf16", &utf16)?;
    seed("hash_chain", "tree", &[0, 1, 3, 0x82, 1, 1])?;
    seed("identifiers", "client", b"LA/GOV/MOHA/civil")?;
    seed("identifiers", "service", b"EE/COM/1%202%3F/%C3%B5/persons")?;
    seed("identifiers", "instant", b"2026-11-22T06:00:00.123456+07:00")?;
    seed("access_path", "encoded", b"/persons/a%2Fb/%C3%B5;v=1//x\n/persons/*/**")?;
    seed("access_path", "literal", b"/a*b\\c.json\n/a\\*b\\\\*.json")?;
    seed("access_path", "traversal", b"/public/%2e%2e/secret\n/public/**")?;
    let header = "id,surname,middle_name,given_name,sex,born,birth_place,residence,status,died\n";
    let row = "001090000001,Nguy\u{1ec5}n,V\u{103}n,An,M,1990-05-31,01,79,living,\n";
    seed("csv_import", "vietnam", format!("\0{header}{row}").as_bytes())?;
    seed("csv_import", "quoted", format!("\0\u{feff}{header}\"001,\"\"0\",x\r\n").as_bytes())?;
    let header = "id,given_name,surname,given_name_latin,surname_latin,sex,born,birth_place,residence\n";
    let row =
        "120000000001,\u{e84}\u{eb3}\u{ec1}\u{e9e}\u{e87},\u{ea7}\u{ebb}\u{e87},Khamphaeng,Vong,M,1980-01-02,01,01\n";
    seed("csv_import", "laos", format!("\u{1}{header}{row}").as_bytes())?;
    seed("members_file", "small", include_bytes!("members.toml"))?;
    let metadata = r#"{"contentIdentifier":"SHARED-PARAMETERS","instanceIdentifier":"LA","expirationDate":"2026-11-22T06:10:00Z","contentFileName":null,"contentLocation":"/V6/1/shared-params.xml","configurationVersion":"6"}"#;
    seed("part_metadata", "shared", metadata.as_bytes())
}

fn parameters() -> Result<(), Failure> {
    let certificate = b"a certificate is not read here".to_vec();
    let source =
        AnchorSource { url: "http://conf.example/externalconf".into(), certificates: vec![certificate.clone()] };
    let anchor = Anchor { generated_at: Some(now()), instance: "VN".into(), sources: vec![source] };
    seed("anchor", "own", anchor.write().as_bytes())?;
    let private = PrivateParameters {
        instance: "LA".into(),
        federated: vec![anchor],
        management: ManagementService {
            auth_cert_registration_url: "https://conf.example:4001".into(),
            auth_cert_registration_cert: Some(certificate),
            provider: client(),
        },
        time_stamping_interval: Duration::from_secs(60),
    };
    seed("private_parameters", "own", private.write().as_bytes())?;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let definition = Definition::parse(include_str!("members.toml"), &folder)?;
    for version in mekong_directory::Version::WRITTEN {
        let name = format!("v{}", version.number());
        seed("shared_parameters", &name, definition.shared.write(version).as_bytes())?;
    }
    for part in &definition.optional {
        seed("optional_parts", &part.content_id.to_lowercase(), &part.bytes)?;
    }
    let monitoring = r#"<m:conf xmlns:m="http://x-road.eu/xsd/xroad.xsd"><monitoringClient><monitoringClientId><xRoadInstance>LA</xRoadInstance><memberClass>GOV</memberClass><memberCode>MOHA</memberCode></monitoringClientId></monitoringClient></m:conf>"#;
    seed("optional_parts", "monitoring", monitoring.as_bytes())
}

fn messages() -> Result<(), Failure> {
    seed("rest_request", "get", MESSAGE)?;
    let full = "POST\r\n/r1/VN/GOV/MPS/population/persons/a%20b?x=1\r\nX-Road-Client:LA/GOV/MOHA/civil\r\nx-road-id:1\r\n\
                x-road-request-id:2\r\nX-Road-Security-Server:VN/GOV/MPS/gw-1\r\nX-Road-Represented-Party:COM/1\r\n";
    seed("rest_request", "full", full.as_bytes())?;
    let response = "200\r\nOK\r\nContent-Type:application/json\r\nx-road-id:LA-1\r\nx-road-client:LA/GOV/MOHA/civil\r\n\
                    x-road-service:VN/GOV/MPS/population/persons\r\nx-road-request-id:2\r\nx-road-request-hash:AAAA\r\n";
    seed("rest_response", "ok", response.as_bytes())?;
    seed("sender", "request", MESSAGE)?;
    seed("sender", "response", response.as_bytes())?;
    seed("sender", "soap", include_bytes!("soap.xml"))?;
    let mut fault = Fault::new(FaultCode::new(Origin::ServerProxy, &[Kind::AccessDenied]), "no <right>");
    fault.actor = Some("VN/GOV/MPS".into());
    fault.detail = "1".into();
    for (name, dialect) in [("snake", Dialect::Snake), ("camel", Dialect::Camel)] {
        seed("soap_fault", name, fault.to_soap(dialect).as_bytes())?;
        seed("transport", name, format!("\0{}", fault.to_soap(dialect)).as_bytes())?;
    }
    seed("multipart", "two", b"\x02\x03\x07preamble\r\n--b\r\nA: 1\r\n\r\none\r\n--b  \r\n\r\n\r\n--b--\r\nepilogue")?;
    let full = format!("\u{1}\0--b\r\nA: {}\r\n\r\none\r\n--b--", "x".repeat(123));
    seed("multipart", "full_headers", full.as_bytes())?;
    seed("multipart", "lf", b"\x01\x00--b\n\n--bx\n--b--")?;
    seed("transport", "parts", &[b"\x02\x05\x09\0".as_slice(), MESSAGE, b"\0body\0result\0chain\0signature"].concat())?;
    transport()
}

fn transport() -> Result<(), Failure> {
    let mut encoder = Encoder::with_boundary("b", 1000);
    encoder.ocsp(&[0x30, 0]);
    encoder.rest_request(MESSAGE);
    encoder.start_body();
    encoder.append(ATTACHMENT);
    encoder.hash_chain("<result/>", "<chain/>");
    encoder.signature("<signature/>");
    encoder.end();
    seed("transport", "request", &[b"\x02\x05\x1f".as_slice(), &encoder.take()].concat())?;
    let soap = "\u{1}\u{5}--b\r\nContent-Type: text/xml\r\n\r\n<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>\
                <e:Body><x/></e:Body></e:Envelope>\r\n--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\
                Content-Id: 1\r\n\r\nattachment\r\n--c--\r\n--b\r\nContent-Type: signature/bdoc-1.0/ts\r\n\r\ns\r\n--b--\r\n";
    seed("transport", "soap", soap.as_bytes())
}
