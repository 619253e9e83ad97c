//! Tests of path validation: chains made by OpenSSL, judged by OpenSSL and by us.
#![allow(clippy::indexing_slicing)]

use super::*;
use crate::issue::{Issuer, Profile};
use crate::testing::{TestResult, days, epoch, issued, openssl, pem_file, self_signed};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::Encode;
use der::asn1::{BitString, OctetString};
use mekong_crypto::{CryptoError, KeyType};
use std::path::PathBuf;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::KeyUsage;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

/// A folder in which OpenSSL makes certificates, each with its key beside it.
struct Factory {
    dir: tempfile::TempDir,
}

const CA: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n";
const LEAF: &str = "basicConstraints=CA:FALSE\nkeyUsage=critical,nonRepudiation\n";

impl Factory {
    fn new() -> Fallible<Self> {
        Ok(Self { dir: tempfile::tempdir()? })
    }

    fn at(&self, file: &str) -> String {
        self.dir.path().join(file).to_string_lossy().into_owned()
    }

    /// A certificate for `subject` in file `file`, of `issuer` (or itself), valid from now for that many days.
    fn make(
        &self,
        file: &str,
        subject: &str,
        issuer: Option<&str>,
        days: &str,
        extensions: &str,
    ) -> Fallible<Certificate> {
        let (key, request, out, config) =
            (self.at(&format!("{file}.key")), self.at("request"), self.at(file), self.at("extensions"));
        let section = "\n[constraints]\npermitted;DNS.0=gov.vn\n[directory]\nC=VN\n";
        std::fs::write(&config, format!("{extensions}{section}"))?;
        let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
        let name = ["-utf8", "-subj", subject, "-keyout", &key, "-out", &request];
        openssl(&[&["req", "-new"], &curve[..], &name[..]].concat())?;
        let mut arguments = vec!["x509", "-req", "-in", &request, "-days", days, "-out", &out];
        if !extensions.is_empty() {
            arguments.extend(["-extfile", &config]);
        }
        let serial = format!("0x{}", hex::encode(crate::issue::Serial::random()?.as_bytes()));
        arguments.extend(["-set_serial", &serial]);
        let issuer_files = issuer.map(|i| (self.at(i), self.at(&format!("{i}.key"))));
        match &issuer_files {
            Some((certificate, key)) => arguments.extend(["-CA", certificate, "-CAkey", key]),
            None => arguments.extend(["-signkey", &key]),
        }
        openssl(&arguments)?;
        Ok(Certificate::from_pem(&std::fs::read_to_string(&out)?)?)
    }

    /// Our verdict; OpenSSL's must be the same.
    fn judge(
        &self,
        leaf: &Certificate,
        extra: &[Certificate],
        anchors: &[Certificate],
        at: Instant,
    ) -> Fallible<Result<Path, PathError>> {
        let ours = validate(leaf, extra, anchors, at);
        let (accepted, text) = self.openssl_accepts(leaf, extra, anchors, at)?;
        assert_eq!(ours.is_ok(), accepted, "{ours:?}\nopenssl: {text}");
        Ok(ours)
    }

    /// Whether OpenSSL accepts, without the system's own anchors.
    fn openssl_accepts(
        &self,
        leaf: &Certificate,
        extra: &[Certificate],
        anchors: &[Certificate],
        at: Instant,
    ) -> Fallible<(bool, String)> {
        let dir = self.dir.path();
        let (leaf, extra, anchors) = (
            pem_file(dir, "judge-leaf", std::slice::from_ref(leaf))?,
            pem_file(dir, "judge-extra", extra)?,
            pem_file(dir, "judge-anchors", anchors)?,
        );
        let at = at.unix_seconds().to_string();
        let mut arguments =
            vec!["verify", "-partial_chain", "-no-CApath", "-no-CAstore", "-attime", &at, "-CAfile", &anchors];
        if std::fs::metadata(&extra)?.len() > 0 {
            arguments.extend(["-untrusted", &extra]);
        }
        arguments.push(&leaf);
        Ok(match openssl(&arguments) {
            Ok(text) => (true, String::from_utf8_lossy(&text).into_owned()),
            Err(error) => (false, error.to_string()),
        })
    }
}

/// Root, issuing authority and leaf with these extensions; our verdict, which is OpenSSL's too.
fn chain(root: &str, issuing: &str, leaf: &str) -> Fallible<Result<Path, PathError>> {
    chain_of("/C=VN/CN=leaf", root, issuing, leaf)
}

fn chain_of(subject: &str, root: &str, issuing: &str, leaf: &str) -> Fallible<Result<Path, PathError>> {
    let factory = Factory::new()?;
    let root = factory.make("root", "/C=VN/CN=Root", None, "1000", root)?;
    let issuing = factory.make("issuing", "/C=VN/CN=Issuing", Some("root"), "500", issuing)?;
    let leaf = factory.make("leaf", subject, Some("issuing"), "100", leaf)?;
    let at = leaf.not_before();
    factory.judge(&leaf, &[issuing], &[root], at)
}

#[test]
fn good_chains_are_accepted() -> TestResult {
    let path = chain(CA, CA, LEAF)??;
    assert_eq!(path.certificates.len(), 2);
    assert_eq!(path.links().count(), 2);
    assert!(path.links().all(|(c, issuer)| c.names_issuer(issuer)));
    assert_eq!(path.not_after(), path.certificates.first().ok_or("leaf")?.not_after());
    for root in ["basicConstraints=CA:TRUE\n", &format!("{CA}subjectKeyIdentifier=hash\n"), CA] {
        chain(root, &format!("{CA}authorityKeyIdentifier=keyid\n"), LEAF)??;
    }
    chain(CA, CA, "extendedKeyUsage=critical,serverAuth\nsubjectAltName=critical,DNS:a.vn\n")??;
    chain(CA, CA, "1.2.3.4=DER:0500\n")??;
    chain(CA, CA, &format!("{LEAF}certificatePolicies=critical,1.2.3.4.5\n"))??;
    Ok(())
}

#[test]
fn validity_of_every_certificate_counts() -> TestResult {
    let factory = Factory::new()?;
    let root = factory.make("root", "/CN=Root", None, "300", CA)?;
    let issuing = factory.make("issuing", "/CN=Issuing", Some("root"), "200", CA)?;
    let short = factory.make("short", "/CN=short", Some("issuing"), "100", LEAF)?;
    let long = factory.make("long", "/CN=long", Some("issuing"), "1000", LEAF)?;
    let start = long.not_before();
    let judge = |leaf: &Certificate, at: Instant| {
        factory.judge(leaf, std::slice::from_ref(&issuing), std::slice::from_ref(&root), at)
    };
    judge(&short, short.not_before())??;
    // The last second counts (RFC 5280 §4.1.2.5); OpenSSL does not count it.
    validate(&short, std::slice::from_ref(&issuing), std::slice::from_ref(&root), short.not_after())?;
    let at = short.not_after() + std::time::Duration::from_secs(1);
    let expected = PathError::Expired { subject: "CN=short".into(), not_after: short.not_after(), at };
    assert_eq!(judge(&short, at)?, Err(expected));
    let at = start - days(1);
    let expected = PathError::NotYetValid { subject: "CN=long".into(), not_before: start, at };
    assert_eq!(judge(&long, at)?, Err(expected));
    let at = start + days(250);
    let expected = PathError::Expired { subject: "CN=Issuing".into(), not_after: issuing.not_after(), at };
    assert_eq!(judge(&long, at)?, Err(expected));
    let at = start + days(350);
    let expected = PathError::Expired { subject: "CN=Issuing".into(), not_after: issuing.not_after(), at };
    assert_eq!(judge(&long, at)?, Err(expected));
    let direct = factory.make("direct", "/CN=direct", Some("root"), "1000", LEAF)?;
    let expired = PathError::Expired { subject: "CN=Root".into(), not_after: root.not_after(), at };
    assert_eq!(judge(&direct, at)?, Err(expired));
    Ok(())
}

#[test]
fn issuers_must_be_authorities() -> TestResult {
    let authority = PathError::NotAnAuthority("CN=Issuing,C=VN".into());
    assert_eq!(chain(CA, "basicConstraints=critical,CA:FALSE\n", LEAF)?, Err(authority.clone()));
    assert_eq!(chain(CA, "keyUsage=critical,keyCertSign\n", LEAF)?, Err(authority.clone()));
    let signing = PathError::NotForSigning("CN=Issuing,C=VN".into());
    assert_eq!(chain(CA, "basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature\n", LEAF)?, Err(signing));
    let root = PathError::NotAnAuthority("CN=Root,C=VN".into());
    assert_eq!(chain("basicConstraints=critical,CA:FALSE\n", CA, LEAF)?, Err(root));
    let root = PathError::NotForSigning("CN=Root,C=VN".into());
    assert_eq!(chain("basicConstraints=critical,CA:TRUE\nkeyUsage=digitalSignature\n", CA, LEAF)?, Err(root));
    // A version 1 certificate below the anchor has no basic constraints.
    assert_eq!(chain(CA, "", LEAF)?, Err(authority));
    Ok(())
}

#[test]
fn path_lengths_are_kept() -> TestResult {
    let limited = |n: u8| format!("basicConstraints=critical,CA:TRUE,pathlen:{n}\nkeyUsage=critical,keyCertSign\n");
    chain(&limited(1), &limited(0), LEAF)??;
    let expected = PathError::PathLength { subject: "CN=Root,C=VN".into(), limit: 0, found: 1 };
    assert_eq!(chain(&limited(0), CA, LEAF)?, Err(expected));

    let factory = Factory::new()?;
    let root = factory.make("root", "/CN=Root", None, "300", CA)?;
    let middle = factory.make("middle", "/CN=Middle", Some("root"), "300", &limited(0))?;
    let low = factory.make("low", "/CN=Low", Some("middle"), "300", CA)?;
    let leaf = factory.make("leaf", "/CN=leaf", Some("low"), "300", LEAF)?;
    let verdict = factory.judge(&leaf, &[low, middle.clone()], std::slice::from_ref(&root), leaf.not_before())?;
    assert_eq!(verdict, Err(PathError::PathLength { subject: "CN=Middle".into(), limit: 0, found: 1 }));
    // An authority that issued to itself does not count.
    let itself = factory.make("itself", "/CN=Middle", Some("middle"), "300", CA)?;
    let leaf = factory.make("leaf", "/CN=leaf", Some("itself"), "300", LEAF)?;
    let path = factory.judge(&leaf, &[itself, middle], &[root], leaf.not_before())??;
    assert_eq!(path.certificates.len(), 3);
    Ok(())
}

#[test]
fn unknown_critical_extensions_are_refused() -> TestResult {
    let oid = ObjectIdentifier::new_unwrap("1.2.3.4");
    let expected = PathError::UnknownCritical { subject: "CN=leaf,C=VN".into(), oid };
    assert_eq!(chain(CA, CA, "1.2.3.4=critical,DER:0500\n")?, Err(expected));
    let expected = PathError::UnknownCritical { subject: "CN=Issuing,C=VN".into(), oid };
    assert_eq!(chain(CA, &format!("{CA}1.2.3.4=critical,DER:0500\n"), LEAF)?, Err(expected));
    Ok(())
}

/// Without `-policy_check` OpenSSL lets them pass.
#[test]
fn policy_constraints_are_applied() -> TestResult {
    let factory = Factory::new()?;
    let root = factory.make("root", "/CN=Root", None, "300", CA)?;
    let limits = "policyConstraints=critical,requireExplicitPolicy:0\ncertificatePolicies=1.2.3\n";
    let issuing = factory.make("issuing", "/CN=Issuing", Some("root"), "300", &format!("{CA}{limits}"))?;
    for (policies, valid) in
        [("", false), ("certificatePolicies=1.2.3\n", true), ("certificatePolicies=1.2.4\n", false)]
    {
        let leaf = factory.make("leaf", "/CN=leaf", Some("issuing"), "300", &format!("{LEAF}{policies}"))?;
        let verdict = validate(&leaf, std::slice::from_ref(&issuing), std::slice::from_ref(&root), leaf.not_before());
        let expected = PathError::PolicyRequired { subject: "CN=leaf".into() };
        assert_eq!(verdict.map(drop), if valid { Ok(()) } else { Err(expected) }, "{policies}");
    }
    Ok(())
}

#[test]
fn tampered_and_foreign_certificates_are_refused() -> TestResult {
    let factory = Factory::new()?;
    let root = factory.make("root", "/CN=Root", None, "300", CA)?;
    let impostor = factory.make("impostor", "/CN=Root", None, "300", CA)?;
    let leaf = factory.make("leaf", "/CN=leaf", Some("root"), "300", LEAF)?;
    let at = leaf.not_before();
    let anchors = std::slice::from_ref(&root);
    factory.judge(&leaf, &[], anchors, at)??;
    let mut der = leaf.der().to_vec();
    let place = der.windows(4).position(|w| w == b"leaf").ok_or("no name")?;
    der.get_mut(place).into_iter().for_each(|b| *b = b'L');
    let tampered = Certificate::from_der(&der)?;
    let mismatch = |subject: &str| PathError::Signature {
        subject: subject.into(),
        issuer: "CN=Root".into(),
        source: CryptoError::SignatureMismatch,
    };
    assert_eq!(factory.judge(&tampered, &[], anchors, at)?, Err(mismatch("CN=Leaf")));
    assert_eq!(factory.judge(&leaf, &[], std::slice::from_ref(&impostor), at)?, Err(mismatch("CN=leaf")));
    // Two anchors of one name, as while keys roll over: the right one is found.
    factory.judge(&leaf, &[], &[impostor, root.clone()], at)??;
    let missing = PathError::NoIssuer { subject: "CN=leaf".into(), issuer: "CN=Root".into(), extra: 0 };
    assert_eq!(factory.judge(&leaf, &[], &[], at)?, Err(missing));
    // Certificates that merely came along are not trusted.
    assert!(factory.judge(&leaf, std::slice::from_ref(&root), &[], at)?.is_err());
    assert!(factory.judge(&root, &[], &[], at)?.is_err());
    let path = factory.judge(&root, &[], anchors, at)??;
    assert_eq!((path.certificates.len(), path.anchor), (1, root));
    Ok(())
}

#[test]
fn name_constraints_on_directory_dns_and_addresses() -> TestResult {
    let limit = |text: &str| format!("{CA}nameConstraints=critical,{text}\n");
    let dns = |names: &str| format!("{LEAF}subjectAltName={names}\n");
    for (constraints, names, permitted) in [
        ("permitted;DNS:gov.vn", "DNS:mps.gov.vn", true),
        ("permitted;DNS:gov.vn", "DNS:gov.vn", true),
        ("permitted;DNS:gov.vn", "DNS:xgov.vn", false),
        ("permitted;DNS:gov.vn", "DNS:MPS.GOV.VN", true),
        ("permitted;DNS:gov.vn", "DNS:mps.gov.vn,DNS:evil.example", false),
        ("permitted;DNS:gov.vn,permitted;DNS:gov.la", "DNS:a.gov.la,DNS:a.gov.vn", true),
        ("permitted;DNS:gov.vn", "IP:10.0.0.1", true),
        ("excluded;DNS:test.gov.vn", "DNS:a.test.gov.vn", false),
        ("excluded;DNS:test.gov.vn", "DNS:a.gov.vn", true),
        ("permitted;IP:10.0.0.0/255.0.0.0", "IP:10.200.0.1", true),
        ("permitted;IP:10.0.0.0/255.0.0.0", "IP:11.0.0.1", false),
        ("permitted;IP:10.0.0.0/255.0.0.0", "IP:::1", false),
        ("permitted;dirName:directory", "DNS:a", true),
        ("excluded;dirName:directory", "DNS:a", false),
    ] {
        let verdict = chain(CA, &limit(constraints), &dns(names))?;
        assert_eq!(verdict.is_ok(), permitted, "{constraints} {names}: {verdict:?}");
        if let Err(error) = verdict {
            assert!(matches!(error, PathError::NameNotPermitted { .. }), "{error}");
        }
    }
    // A name too long to be compared is in no tree and out of none.
    let long = format!("/C=VN{}/CN=leaf", "/OU=x".repeat(300));
    let verdict = chain_of(&long, CA, &limit("excluded;dirName:directory"), LEAF)?;
    assert!(matches!(verdict, Err(PathError::UnsupportedConstraint { .. })), "{verdict:?}");
    let foreign = chain_of("/C=LA/CN=leaf", CA, &limit("permitted;dirName:directory"), LEAF)?;
    let expected = PathError::NameNotPermitted {
        subject: "CN=leaf,C=LA".into(),
        name: "CN=leaf,C=LA".into(),
        authority: "CN=Issuing,C=VN".into(),
    };
    assert_eq!(foreign, Err(expected));
    Ok(())
}

#[test]
fn name_constraints_on_mail_and_uris() -> TestResult {
    let limit = |text: &str| format!("{CA}nameConstraints=critical,{text}\n");
    for (constraints, names, permitted) in [
        ("permitted;email:gov.vn", "email:a@gov.vn", true),
        ("permitted;email:gov.vn", "email:a@GOV.VN", true),
        ("permitted;email:gov.vn", "email:a@b.gov.vn", false),
        ("permitted;email:.gov.vn", "email:a@b.gov.vn", true),
        ("permitted;email:.gov.vn", "email:a@gov.vn", false),
        ("permitted;email:a@gov.vn", "email:a@gov.vn", true),
        ("permitted;email:a@gov.vn", "email:b@gov.vn", false),
        ("excluded;email:a@gov.vn", "email:a@gov.vn", false),
        ("permitted;URI:.gov.vn", "URI:https://a.gov.vn:443/x?y", true),
        ("permitted;URI:.gov.vn", "URI:https://gov.vn/", false),
        ("permitted;URI:gov.vn", "URI:https://gov.vn", true),
        ("excluded;URI:gov.vn", "URI:https://gov.vn/x", false),
    ] {
        let verdict = chain(CA, &limit(constraints), &format!("{LEAF}subjectAltName={names}\n"));
        let verdict = verdict.map_err(|e| format!("{constraints} {names}: {e}"))?;
        assert_eq!(verdict.is_ok(), permitted, "{constraints} {names}: {verdict:?}");
    }
    // Refused where the rule cannot be applied, and where OpenSSL takes the user for the host.
    for (constraints, names) in [
        ("excluded;URI:gov.vn", "URI:https://user@gov.vn/x"),
        ("permitted;URI:gov.vn", "URI:urn:x"),
        ("excluded;URI:gov.vn", "URI:https://10.0.0.1/"),
        ("permitted;RID:1.2.3", "RID:1.2.3"),
    ] {
        let factory = Factory::new()?;
        let root = factory.make("root", "/CN=Root", None, "300", CA)?;
        let issuing = factory.make("issuing", "/CN=Issuing", Some("root"), "300", &limit(constraints))?;
        let leaf = format!("{LEAF}subjectAltName={names}\n");
        let leaf = factory.make("leaf", "/CN=leaf", Some("issuing"), "300", &leaf)?;
        let verdict = validate(&leaf, &[issuing], &[root], leaf.not_before());
        let refused =
            matches!(verdict, Err(PathError::UnsupportedConstraint { .. } | PathError::NameNotPermitted { .. }));
        assert!(refused, "{constraints} {names}: {verdict:?}");
    }
    Ok(())
}

/// Constraints in the subject's e-mail attribute, too.
#[test]
fn mail_in_the_subject_is_constrained() -> TestResult {
    let limit = format!("{CA}nameConstraints=critical,permitted;email:gov.vn\n");
    assert!(chain_of("/C=VN/CN=m/emailAddress=a@gov.vn", CA, &limit, LEAF)?.is_ok());
    assert!(chain_of("/C=VN/CN=m/emailAddress=a@gov.la", CA, &limit, LEAF)?.is_err());
    Ok(())
}

#[test]
fn cross_signed_loops_and_long_ways_end() -> TestResult {
    let factory = Factory::new()?;
    let a = factory.make("a", "/CN=A", None, "300", CA)?;
    let b = factory.make("b", "/CN=B", None, "300", CA)?;
    // B's key certified by A and A's by B: a loop without an anchor.
    let cross = |subject: &str, key: &str, issuer: &str, out: &str| -> Fallible<Certificate> {
        let (request, config, out) = (factory.at("request"), factory.at("extensions"), factory.at(out));
        std::fs::write(&config, CA)?;
        openssl(&["req", "-new", "-key", &factory.at(&format!("{key}.key")), "-subj", subject, "-out", &request])?;
        let (certificate, key) = (factory.at(issuer), factory.at(&format!("{issuer}.key")));
        let mut arguments = vec!["x509", "-req", "-in", &request, "-days", "200", "-out", &out, "-extfile", &config];
        arguments.extend(["-CA", &certificate, "-CAkey", &key, "-set_serial", "7"]);
        openssl(&arguments)?;
        Ok(Certificate::from_pem(&std::fs::read_to_string(&out)?)?)
    };
    let a_by_b = cross("/CN=A", "a", "b", "a-by-b")?;
    let b_by_a = cross("/CN=B", "b", "a", "b-by-a")?;
    let leaf = factory.make("leaf", "/CN=leaf", Some("a"), "100", LEAF)?;
    let at = leaf.not_before();
    let extra = [a, b_by_a, a_by_b];
    assert!(factory.judge(&leaf, &extra, &[], at)?.is_err());
    // OpenSSL stops at the self-signed A and does not come back.
    assert!(validate(&leaf, &extra, std::slice::from_ref(&b), at).is_ok());
    let path = factory.judge(&leaf, &extra[1..], &[b], at)??;
    assert_eq!(path.certificates.len(), 2, "leaf, A by B");
    Ok(())
}

#[test]
fn limits_hold() -> TestResult {
    let at = epoch() + days(1);
    let root = self_signed("root", KeyType::P256)?;
    let mut chain = vec![root];
    for i in 1..=15 {
        let issuer = chain.last().ok_or("chain")?;
        chain.push(issued(issuer, &format!("ca {i}"), KeyType::P256, Profile::IssuingCa { path_len: None })?);
    }
    let certificates: Vec<Certificate> = chain.iter().map(|i| i.certificate.clone()).collect();
    let (anchors, extra) = certificates.split_at(1);
    let leaf_of = |i: usize| -> Fallible<Certificate> {
        Ok(issued(chain.get(i).ok_or("chain")?, "leaf", KeyType::P256, Profile::Signing)?.certificate)
    };
    let path = validate(&leaf_of(14)?, extra, anchors, at)?;
    assert_eq!(path.certificates.len() + 1, PATH_CERTIFICATES_MAX);
    assert_eq!(validate(&leaf_of(15)?, extra, anchors, at), Err(PathError::TooLong));
    let many: Vec<Certificate> = std::iter::repeat_n(leaf_of(0)?, 65).collect();
    let verdict = validate(&leaf_of(0)?, &many, anchors, at);
    assert_eq!(verdict, Err(PathError::TooManyCertificates { found: 65 }));
    Ok(())
}

/// Sixty authorities that all could have issued each other cost a bounded number of signature checks.
#[test]
fn work_is_bounded() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let same: Vec<Certificate> =
        (0..60).map(|_| Ok(self_signed("twin", KeyType::P256)?.certificate)).collect::<Fallible<_>>()?;
    let twin = self_signed("twin", KeyType::P256)?;
    let again: Vec<Certificate> = (0..60).map(|_| rekeyed(&twin)).collect::<Fallible<_>>()?;
    let leaf = issued(&twin, "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let at = epoch() + days(1);
    let anchors = std::slice::from_ref(&root.certificate);
    assert!(matches!(
        validate(&leaf, &same, anchors, at),
        Err(PathError::Signature { .. } | PathError::NoIssuer { .. })
    ));
    assert_eq!(validate(&leaf, &again, anchors, at), Err(PathError::TooMuchWork));
    Ok(())
}

/// Another certificate for the same name and key.
fn rekeyed(issuer: &crate::issue::Issuer) -> Fallible<Certificate> {
    use crate::issue::{Order, Serial, Urls, self_sign};
    Ok(self_sign(
        &issuer.key,
        &Order {
            profile: Profile::RootCa,
            subject: issuer.certificate.subject_name(),
            public_key: issuer.key.public_key(),
            serial: Serial::random()?,
            not_before: epoch(),
            not_after: epoch() + days(100),
            urls: &Urls::default(),
            policies: &[],
        },
    )?)
}

/// A certificate with other extensions, signed again.
fn forged(issuer: &Issuer, certificate: &Certificate, change: impl Fn(&mut Vec<Extension>)) -> Fallible<Certificate> {
    let mut x509 = certificate.x509().clone();
    x509.tbs_certificate.extensions.iter_mut().for_each(change);
    let value = issuer.key.sign(issuer.key.default_algorithm(), &x509.tbs_certificate.to_der()?)?;
    x509.signature = BitString::from_bytes(&value)?;
    Ok(Certificate::from_der(&x509.to_der()?)?)
}

#[test]
fn malformed_and_repeated_extensions_are_read_and_refused() -> TestResult {
    let root = self_signed("root", KeyType::P256)?;
    let leaf = issued(&root, "leaf", KeyType::P256, Profile::Signing)?.certificate;
    let at = epoch() + days(1);
    let anchors = std::slice::from_ref(&root.certificate);
    let same = forged(&root, &leaf, |_| {})?;
    assert!(validate(&same, &[], anchors, at).is_ok());
    let twice = forged(&root, &leaf, |list| list.extend(list.clone().into_iter().take(1)))?;
    let broken = forged(&root, &leaf, |list| {
        for extension in list.iter_mut().filter(|e| e.extn_id == KeyUsage::OID) {
            extension.extn_value = OctetString::new([0xff]).unwrap_or_else(|_| unreachable!());
        }
    })?;
    assert!(!broken.is_signing());
    for certificate in [twice, broken] {
        let verdict = validate(&certificate, &[], anchors, at);
        assert!(matches!(verdict, Err(PathError::Malformed { .. })), "{verdict:?}");
    }
    Ok(())
}

/// Chains that exist: the real certificates must be judged as OpenSSL judges them.
#[test]
fn real_certificates_get_openssls_verdict() -> TestResult {
    let Some(folder) = crate::testing::shared("vectors/trust/dss/anchors")? else { return Ok(()) };
    let files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    let mut all = Vec::new();
    for file in files.iter().filter(|f| f.extension().is_some_and(|e| e == "pem")) {
        all.push(Certificate::from_pem(&std::fs::read_to_string(file)?)?);
    }
    let factory = Factory::new()?;
    let roots: Vec<Certificate> = all.iter().filter(|c| c.is_self_issued()).cloned().collect();
    let mut valid = 0;
    for leaf in &all {
        valid += usize::from(factory.judge(leaf, &all, &roots, leaf.not_before() + days(1))?.is_ok());
    }
    println!("{valid} of {} have a path", all.len());
    assert!(valid >= roots.len() / 2);
    Ok(())
}
