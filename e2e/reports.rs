//! Reports on a signed document: read by xmllint, qpdf and pdftotext, which know nothing of us.

use crate::signatures::made::signed;
use crate::support::country::country;
use crate::support::program::{Ended, command, run, words};

/// `mekong verify` in the country, with its anchors.
fn verify(line: &str) -> Ended {
    signed();
    run(country().mekong(&format!("verify --policy laos --anchor signatures.pem --anchor time-stamps.pem {line}")))
}

fn tool(program: &str, line: &str) -> String {
    let mut command = command(program, words(line));
    command.current_dir(country().dir());
    run(command).success().out
}

fn xpath(file: &str, expression: &str) -> String {
    let mut command = command("xmllint", ["--nonet", "--xpath", expression, file]);
    command.current_dir(country().dir());
    run(command).success().out.trim_end().to_owned()
}

#[test]
fn the_etsi_report_says_what_the_standard_says() {
    verify("--report etsi.xml signed/pades-LTA").success();
    tool("xmllint", "--nonet --noout etsi.xml");
    assert_eq!(xpath("etsi.xml", "namespace-uri(/*)"), "http://uri.etsi.org/19102/v1.4.1#");
    let status = "/*/*[local-name()='SignatureValidationReport']/*[local-name()='SignatureValidationStatus']";
    let main = xpath("etsi.xml", &format!("string({status}/*[local-name()='MainIndication'])"));
    assert_eq!(main, "urn:etsi:019102:mainindication:total-passed");
    let process = xpath("etsi.xml", "string(//*[local-name()='SignatureValidationProcessID'])");
    // Nothing has expired yet, so that the verdict needs no proof of the past.
    assert_eq!(process, "urn:etsi:019102:validationprocess:LTVM");
    // Every reference leads to an object of the report.
    assert_eq!(xpath("etsi.xml", "count(//@VOReference) > 0"), "true");
    assert_eq!(xpath("etsi.xml", "count(//@VOReference[not(. = //@id)])"), "0");

    assert_eq!(verify("--report open.xml signed/pades-B").code, 1);
    let sub = xpath("open.xml", &format!("string({status}/*[local-name()='SubIndication'])"));
    assert!(sub.starts_with("urn:etsi:019102:subindication:"), "{sub}");
    let main = xpath("open.xml", &format!("string({status}/*[local-name()='MainIndication'])"));
    assert_eq!(main, "urn:etsi:019102:mainindication:indeterminate");
}

#[test]
fn the_pdf_report_is_sound_in_every_language() {
    let hash = tool("sha256sum", "signed/xades-LTA");
    for (language, words) in [
        ("vi", ["Chữ ký hợp lệ", "Người ký"]),
        ("lo", ["ລາຍເຊັນຖືກຕ້ອງ", "ຜູ້ເຊັນ"]),
        ("en", ["The signature is valid", "Signed by"]),
    ] {
        verify(&format!("--lang {language} --report {language}.pdf signed/xades-LTA")).success();
        tool("qpdf", &format!("--check {language}.pdf"));
        let text = tool("pdftotext", &format!("-layout {language}.pdf -"));
        for word in words {
            assert!(text.contains(word), "{language}: {word} is not in\n{text}");
        }
        assert!(text.contains("Công ty Mẫu"), "{language}: no signer in\n{text}");
        assert!(text.contains(hash.split_whitespace().next().unwrap()), "{language}: another file's report\n{text}");
        assert!(tool("pdfinfo", &format!("{language}.pdf")).contains("Producer:        Mekong"));
    }
}

#[test]
fn several_files_have_a_report_each() {
    let said = verify("--report out.json --report out.html signed/cades-LT signed/cades-B");
    assert_eq!(said.code, 1, "{said:?}");
    let read = |name: &str| std::fs::read_to_string(country().path(name)).unwrap();
    let good: serde_json::Value = serde_json::from_str(&read("out.cades-LT.json")).unwrap();
    assert_eq!(good["verdict"]["signatures"][0]["indication"], "TOTAL_PASSED");
    assert_eq!(good["verdict"]["file"], "cades-LT");
    assert_eq!(good["blocks"]["signatures"][0]["blocks"][0]["block"], "basic_signature_validation");
    let open: serde_json::Value = serde_json::from_str(&read("out.cades-B.json")).unwrap();
    assert_eq!(open["verdict"]["signatures"][0]["indication"], "INDETERMINATE");
    let page = read("out.cades-LT.html");
    assert!(page.contains("class=\"verdict good\"") && page.contains("<style>"), "{page}");
    assert!(!page.contains("<link") && !page.contains("<script"), "the page needs something beside it");
    tool("xmllint", "--nonet --html --noout --nowarning out.cades-LT.html");
}

#[test]
fn of_a_file_without_signature_there_is_a_report_for_readers_but_none_of_the_standard() {
    let said = verify("--report none.pdf --report none.xml note.txt");
    assert!(said.code != 0 && said.err.contains("no ETSI report"), "{said:?}");
    assert!(tool("pdftotext", "none.pdf -").contains("No signature was found"));
    assert!(!country().path("none.xml").exists());
}

#[test]
fn reports_that_cannot_be_are_refused_before_anything_is_judged() {
    for (line, wanted) in [
        ("--report out.txt note.txt", "end it in .json"),
        ("--report out.json signed/cades-B ./signed/cades-B", "two files of this name"),
    ] {
        let said = verify(line);
        assert!(said.code == 2 && said.err.contains(wanted) && said.out.is_empty(), "{said:?}");
    }
}
