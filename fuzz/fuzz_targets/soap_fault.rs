//! SOAP faults: passed on, a fault says the same; the answers made of it are well-formed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mekong_base::limits::XmlLimits;
use mekong_exchange::wire::fault::{Dialect, Fault, FaultCode, error_answer, read_fault};

fuzz_target!(|data: &[u8]| {
    let Ok(Some(fault)) = read_fault(data, &XmlLimits::SMALL) else { return };
    assert!(fault.code.as_str().len() <= 255 && fault.code.as_str().is_ascii());
    for dialect in [Dialect::Snake, Dialect::Camel] {
        let again = read_fault(fault.to_soap(dialect).as_bytes(), &XmlLimits::SMALL);
        let again = again.expect("it is SOAP").expect("it is a fault");
        assert_eq!(again.message, fault.message.trim());
        assert_eq!(again.detail, fault.detail.trim());
        assert_eq!(again.actor.as_deref(), fault.actor.as_deref().map(str::trim));
        same_code(&fault.code, dialect);
        well_formed(&fault, dialect);
    }
});

/// A code keeps its meaning from dialect to dialect, if no segment is empty.
fn same_code(code: &FaultCode, dialect: Dialect) {
    let spelled = code.in_dialect(dialect);
    if spelled.len() <= 255 && code.as_str().split('.').all(|s| !s.is_empty()) {
        let read = FaultCode::received(&spelled);
        assert_eq!(read.in_dialect(Dialect::Snake), code.in_dialect(Dialect::Snake));
        assert_eq!(read.is_server(), code.is_server());
    }
}

fn well_formed(fault: &Fault, dialect: Dialect) {
    let json = error_answer(fault, dialect, std::iter::empty());
    serde_json::from_str::<serde_json::Value>(&json.body).expect("JSON");
    let xml = error_answer(fault, dialect, ["text/xml"].into_iter());
    mekong_xml::parse(&xml.body, &XmlLimits::SMALL).expect("XML");
    assert!(matches!((json.status, xml.status), (400, 400) | (500, 500)));
}
