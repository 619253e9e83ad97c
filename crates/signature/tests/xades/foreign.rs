//! What xmlsec1 signs, with every transform that both sides know, verifies here; changed, it does not.

use super::common::{b_level, read};
use super::small_country::Country;
use super::xmlsec1;
use mekong_crypto::KeyType;
use mekong_pki::testing::TestResult;
use mekong_signature::facts::{Coverage, DataState, Level, SignatureFormat};
use std::path::Path;
use std::process::Command;

const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";
const FILTER2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const INCLUSIVE: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const BASE64: &str = "http://www.w3.org/2000/09/xmldsig#base64";

fn template(uri: &str, transforms: &str) -> String {
    format!(
        r##"<?xml version="1.0"?>
<!-- before --><l:list xmlns:l="urn:l" xmlns="urn:d" xml:lang="vi" xmlns:u="urn:unused">
 <head a="1" l:b="2">Đà <!-- inside --> Nẵng</head>
 <l:part Id="p1" xml:space="preserve"><deep xmlns="" c="3"><deeper/></deep> text </l:part>
 <l:part Id="p2"><note/><u:other l:x="y"/></l:part>
 <data Id="b64">aGVs
bG8=</data>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="other"><ds:Object>another</ds:Object></ds:Signature>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="own"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{INCLUSIVE}"/><ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo></ds:Signature>
</l:list>
<?after?>"##
    )
}

fn transform(algorithm: &str, inside: &str) -> String {
    format!(r#"<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>"#)
}

fn xpath(expression: &str) -> String {
    transform(XPATH, &format!("<ds:XPath>{expression}</ds:XPath>"))
}

fn filter(filters: &[(&str, &str)]) -> String {
    let one = |(filter, expression): &(&str, &str)| {
        format!(r#"<f:XPath xmlns:f="{FILTER2}" Filter="{filter}">{expression}</f:XPath>"#)
    };
    transform(FILTER2, &filters.iter().map(one).collect::<String>())
}

/// Signs a template with xmlsec1.
fn signed(folder: &Path, template: &str) -> Result<Vec<u8>, String> {
    std::fs::write(folder.join("template.xml"), template).unwrap();
    let mut command = Command::new("xmlsec1");
    command.current_dir(folder).args(["--sign", "--privkey-pem", "key.pem,cert.pem", "--node-id", "own"]);
    for name in ["http://www.w3.org/2000/09/xmldsig#:Signature", "urn:l:part", "urn:d:data"] {
        command.args(["--id-attr:Id", name]);
    }
    let output = command.args(["--output", "signed.xml", "template.xml"]).output().unwrap();
    match output.status.success() {
        true => Ok(std::fs::read(folder.join("signed.xml")).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

#[test]
fn every_transform_of_xmlsec1() -> TestResult {
    if !xmlsec1::installed() {
        return Ok(());
    }
    let folder = tempfile::tempdir()?;
    let country = Country::new(KeyType::Rsa(2048))?;
    let key = country.signer.key.to_pkcs8()?;
    std::fs::write(folder.path().join("key.der"), &*key)?;
    let converted = Command::new("openssl")
        .current_dir(folder.path())
        .args(["pkey", "-inform", "DER", "-in", "key.der", "-out", "key.pem"])
        .status()?;
    assert!(converted.success());
    std::fs::write(folder.path().join("cert.pem"), country.signer.certificate.pem())?;
    let (own, exclusive) = (transform(ENVELOPED, ""), transform(EXCLUSIVE, ""));
    let inclusive_list =
        transform(EXCLUSIVE, &format!(r##"<x:InclusiveNamespaces xmlns:x="{EXCLUSIVE}" PrefixList="u #default"/>"##));
    let count = "count(ancestor-or-self::ds:Signature | here()/ancestor::ds:Signature[1]) &gt; count(ancestor-or-self::ds:Signature)";
    let cases: Vec<(&str, String)> = vec![
        ("", own.clone()),
        ("", format!("{own}{exclusive}")),
        ("", format!("{own}{inclusive_list}")),
        ("", format!("{own}{}", transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ""))),
        ("#xpointer(/)", format!("{own}{}", transform("http://www.w3.org/2001/10/xml-exc-c14n#WithComments", ""))),
        ("", xpath("not(ancestor-or-self::ds:Signature)")),
        ("", format!("{}{exclusive}", xpath("not(ancestor-or-self::ds:Signature)"))),
        ("", xpath(count)),
        ("", format!("{own}{}", xpath("ancestor-or-self::l:part"))),
        ("", format!("{own}{}{exclusive}", xpath("ancestor-or-self::l:part[@Id='p2']"))),
        (
            "",
            format!(
                "{own}{}",
                xpath("not(ancestor-or-self::l:part) and not(ancestor-or-self::*[local-name()='data'])")
            ),
        ),
        (
            "",
            format!(
                "{own}{}",
                xpath("ancestor-or-self::*[namespace-uri()='urn:d'] or ancestor-or-self::node()[@Id='p2']")
            ),
        ),
        ("", xpath("not(ancestor-or-self::ds:Signature or ancestor-or-self::l:part)")),
        ("", format!("{own}{}", filter(&[("subtract", "/descendant::ds:Signature")]))),
        ("", format!("{}{exclusive}", filter(&[("subtract", "here()/ancestor::ds:Signature[1]")]))),
        ("", format!("{own}{}", filter(&[("intersect", "//l:part")]))),
        (
            "",
            format!(
                "{own}{}{exclusive}",
                filter(&[("intersect", "//l:part | /l:list/data"), ("subtract", "//deep"), ("union", "//deeper")])
            ),
        ),
        ("", format!("{own}{}", filter(&[("intersect", "id('p2')")]))),
        ("#p1", exclusive.clone()),
        ("#p1", transform(INCLUSIVE, "")),
        ("#p1", transform("http://www.w3.org/2006/12/xml-c14n11", "")),
        ("#xpointer(id('p1'))", exclusive.clone()),
        ("#p2", format!("{exclusive}{}", transform(INCLUSIVE, ""))),
        ("#p2", format!("{exclusive}{}", xpath("not(ancestor-or-self::note)"))),
        ("#b64", transform(BASE64, "")),
        ("#b64", format!("{exclusive}{}{}", xpath("not(ancestor-or-self::none)"), transform(BASE64, ""))),
    ];
    let mut wrong = Vec::new();
    for (uri, transforms) in &cases {
        let told = format!("{uri:?} {transforms}");
        let signed = signed(folder.path(), &template(uri, transforms)).map_err(|e| format!("{told}: {e}"))?;
        let document = read(&signed, &[])?;
        let signature = document.signatures.iter().find(|s| s.id == "own").ok_or("not found")?;
        if !b_level(signature) {
            wrong.push(format!("{told}: {:?}", signature.data));
        }
        assert_eq!((signature.format, signature.level), (SignatureFormat::Plain, Level::NotAdes));
        let whole =
            uri.is_empty() && !transforms.contains("l:part") && !transforms.contains("p2") || *uri == "#xpointer(/)";
        assert_eq!(signature.coverage == Coverage::Whole, whole, "{told}: {:?}", signature.coverage);
        let changed = String::from_utf8(signed)?
            .replace("a=\"1\"", "a=\"9\"")
            .replace("<note/>", "")
            .replace("deeper", "dipper")
            .replace("bG8=", "bG9=");
        let document = read(changed.as_bytes(), &[])?;
        let signature = document.signatures.iter().find(|s| s.id == "own").ok_or("not found")?;
        assert!(signature.data.iter().any(|d| d.state == DataState::Altered), "{told} {:?}", signature.data);
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    Ok(())
}
