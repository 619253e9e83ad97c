//! Files made to deceive or to harm, before `mekong verify`: a verdict that names the fault, in bounded time and memory.

use crate::signatures::made::signed;
use crate::support::country::country;
use crate::support::program::{Ended, command, run};
use crate::support::shared::shared;
use mekong_pki::Certificate;
use mekong_pki::cms::{SignedData, Writing};
use std::fmt::Write;
use std::net::TcpListener;
use std::time::Duration;

/// `mekong verify --json` with the country's roots, in 20 seconds of a processor and a gigabyte of addresses.
#[track_caller]
fn bounded(arguments: &[&str]) -> Ended {
    signed();
    let script = "ulimit -v 1000000; ulimit -t 20; exec \"$0\" verify --json --policy laos --anchor signatures.pem \
                  --anchor time-stamps.pem \"$@\"";
    let mut shell = command("sh", ["-c", script, env!("CARGO_BIN_EXE_mekong")]);
    shell.args(arguments).current_dir(country().dir());
    run(shell)
}

/// What is said of these bytes; they must not pass, and one of the texts must be there.
#[track_caller]
fn refused(name: &str, bytes: &[u8], fault: &str) {
    refused_with(name, bytes, &[], fault);
}

#[track_caller]
fn refused_with(name: &str, bytes: &[u8], options: &[&str], fault: &str) {
    let name = format!("hostile-{name}");
    std::fs::write(country().path(&name), bytes).unwrap();
    let ended = bounded(&[options, &[name.as_str()]].concat());
    assert!(matches!(ended.code, 1 | 2), "{ended:?}");
    assert!(!ended.said().contains("panicked") && !ended.out.contains("TOTAL_PASSED"), "{ended:?}");
    assert_eq!(ended.json_lines().len(), 1, "{ended:?}");
    assert!(ended.out.contains(fault), "{fault} is not said: {ended:?}");
}

/// A signed file that passes as it stands.
#[track_caller]
fn passing(name: &str) -> Vec<u8> {
    let ended = bounded(&[&format!("signed/{name}")]);
    assert_eq!(ended.code, 0, "{ended:?}");
    std::fs::read(country().path("signed").join(name)).unwrap()
}

fn text(name: &str) -> String {
    String::from_utf8(passing(name)).unwrap()
}

/// The text between two others.
#[track_caller]
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("no {after} in {rest}")).0
}

#[test]
fn wrapped_signatures_do_not_pass() {
    let xml = text("xades-enveloping-LT");
    // What was signed is moved away, and something else put in its place.
    let object = format!("<ds:Object{}</ds:Object>", between(&xml, "<ds:Object", "</ds:Object>"));
    let id = between(&object, "Id=\"", "\"");
    let other = format!("<ds:Object Id=\"{id}\">aW52b2ljZQ==</ds:Object>");
    refused("wrapped-twice.xml", xml.replace(&object, &format!("{other}{object}")).as_bytes(), "FORMAT_FAILURE");
    refused("wrapped-replaced.xml", xml.replace(&object, &other).as_bytes(), "HASH_FAILURE");
    let xml = text("xades-LT");
    let inside = between(&xml, "<contract>", "<ds:Signature").to_owned();
    let signature = format!("<ds:Signature{}</ds:Signature>", between(&xml, "<ds:Signature", "</ds:Signature>"));
    let wrapped =
        format!("<contract><party>Other</party>{signature}<old><contract>{inside}</contract></old></contract>");
    refused("wrapped-below.xml", wrapped.as_bytes(), "HASH_FAILURE");
    let Some(vectors) = shared("vectors/trust/dss/xades/xsw") else { return };
    for file in std::fs::read_dir(vectors).unwrap() {
        let file = file.unwrap().path();
        let ended = bounded(&[&file.to_string_lossy()]);
        assert_eq!(ended.code, 1, "{ended:?}");
    }
}

#[test]
fn ids_that_stand_twice_do_not_pass() {
    let xml = text("xades-LT");
    let id = between(between(&xml, "<ds:Signature ", ">"), "Id=\"", "\"");
    let twice = xml.replacen("<party>", &format!("<party Id=\"{id}\">"), 1);
    refused("twice.xml", twice.as_bytes(), "HASH_FAILURE");
    let properties = between(between(&xml, "<xades:SignedProperties ", ">"), "Id=\"", "\"");
    let twice = xml.replacen("</ds:Signature>", &format!("<ds:Object Id=\"{properties}\"/></ds:Signature>"), 1);
    refused("twice-properties.xml", twice.as_bytes(), "more than one element has the Id");
}

#[test]
fn document_types_are_refused_before_anything_else() {
    let xml = text("xades-LT");
    let mut laughs = String::from("<!DOCTYPE l [<!ENTITY l0 \"ha\">");
    for level in 1..30 {
        let below = format!("&l{};", level - 1).repeat(10);
        write!(laughs, "<!ENTITY l{level} \"{below}\">").unwrap();
    }
    let laughs = format!("{laughs}]>");
    for (name, declaration, inside) in [
        ("dtd.xml", "<!DOCTYPE contract>", ""),
        ("dtd-file.xml", "<!DOCTYPE contract [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>", "&x;"),
        ("dtd-host.xml", "<!DOCTYPE contract SYSTEM \"http://127.0.0.1:9/x.dtd\">", ""),
        ("dtd-id.xml", "<!DOCTYPE contract [<!ATTLIST party Id ID #IMPLIED>]>", ""),
        ("laughs.xml", laughs.as_str(), "&l29;"),
    ] {
        let at = xml.find("<contract>").unwrap();
        let hostile = format!("{}{declaration}<contract>{inside}{}", &xml[..at], &xml[at + 10..]);
        refused(name, hostile.as_bytes(), "document type declarations are not allowed");
    }
}

#[test]
fn nothing_is_fetched_that_a_file_names() {
    let xml = text_detached();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let host = format!("http://{}/note.txt", listener.local_addr().unwrap());
    let reference = between(&xml, "<ds:SignedInfo", "</ds:SignedInfo>").to_owned();
    let uri = between(&reference, " URI=\"", "\"");
    for elsewhere in [host.as_str(), "file:///etc/hostname", "/etc/hostname", "../../../../etc/hostname"] {
        let changed = reference.replacen(&format!(" URI=\"{uri}\""), &format!(" URI=\"{elsewhere}\""), 1);
        refused("external.xml", xml.replace(&reference, &changed).as_bytes(), "\"state\":\"missing\"");
    }
    assert!(listener.accept().is_err(), "somebody came for {host}");
}

fn text_detached() -> String {
    let ended = bounded(&["--content", "note.txt", "signed/xades-detached-LT"]);
    assert_eq!(ended.code, 0, "{ended:?}");
    std::fs::read_to_string(country().path("signed/xades-detached-LT")).unwrap()
}

/// The container with what these lines of Python add.
fn repacked(name: &str, lines: &str) -> Vec<u8> {
    let (from, to) = (country().path("signed").join(name), country().path("repacked"));
    let script = format!(
        "import sys, zipfile, warnings; warnings.simplefilter('ignore')\n\
         a = zipfile.ZipFile(sys.argv[1])\nz = zipfile.ZipFile(sys.argv[2], 'w', zipfile.ZIP_DEFLATED)\n\
         def keep(i): z.writestr(i, a.read(i))\nfor i in a.infolist(): keep(i)\n{lines}\nz.close()\n"
    );
    run(command("python3", ["-c", &script, &from.to_string_lossy(), &to.to_string_lossy()])).success();
    std::fs::read(to).unwrap()
}

#[test]
fn containers_that_explode_or_lead_elsewhere_are_refused() {
    passing("asic-e-LT");
    let added = |lines: &str| repacked("asic-e-LT", lines);
    refused("bomb.asice", &added("z.writestr('bomb', b'\\0' * (200 << 20))"), "more than 300 times its size");
    let bomb = "z.writestr('META-INF/signatures99.xml', b'<a>' * (60 << 20))";
    refused("bomb-signature.asice", &added(bomb), "times its size");
    refused("many.asice", &added("for n in range(70000): z.writestr(str(n), '')"), "entries");
    refused("twice.asice", &added("z.writestr('note.txt', 'other')"), "the name is there twice");
    for (name, path) in [
        ("up", "../../etc/x"),
        ("root", "/etc/x"),
        ("inside", "a/../../b"),
        ("drive", "C:/x"),
        ("back", "a\\\\..\\\\x"),
    ] {
        let lines = format!("i = zipfile.ZipInfo('x'); i.filename = '{path}'; z.writestr(i, 'x')");
        refused(&format!("path-{name}.asice"), &added(&lines), "is refused");
    }
}

/// The PDF with another array of numbers in place of its `ByteRange`, at the same length.
fn with_range(pdf: &[u8], change: impl Fn([u64; 4]) -> [i128; 4]) -> Vec<u8> {
    let at = pdf.windows(11).position(|w| w == b"/ByteRange ").unwrap();
    let end = at + pdf[at..].iter().position(|b| *b == b']').unwrap() + 1;
    let old = String::from_utf8_lossy(&pdf[at + 11..end]).into_owned();
    let numbers: Vec<u64> = old.trim_matches(['[', ']', ' ']).split_whitespace().map(|n| n.parse().unwrap()).collect();
    let new = change([numbers[0], numbers[1], numbers[2], numbers[3]]).map(|n| n.to_string()).join(" ");
    // The offsets behind it move when it grows: what is asked is only that nothing is believed.
    let new = format!("{:<width$}", format!("[{new}]"), width = old.len());
    [&pdf[..at + 11], new.as_bytes(), &pdf[end..]].concat()
}

#[test]
fn byte_ranges_that_overlap_or_leave_room_do_not_pass() {
    let pdf = passing("pades-LT");
    let n = |n: u64| i128::from(n);
    let length = i128::try_from(pdf.len()).unwrap();
    type Change<'a> = &'a dyn Fn([u64; 4]) -> [i128; 4];
    let changes: [(&str, Change<'_>); 7] = [
        ("overlap", &|[a, b, c, d]| [n(a), n(b) + 50, n(c) - 500, n(d) + 500]),
        ("again", &|[a, b, _, _]| [n(a), n(b), n(a), n(b)]),
        ("wide", &|[a, b, c, d]| [n(a), n(b) - 40, n(c), n(d)]),
        ("late", &|[a, b, c, d]| [n(a) + 9, n(b) - 9, n(c), n(d)]),
        ("beyond", &|[a, b, c, _]| [n(a), n(b), n(c), length * 9]),
        ("negative", &|[a, b, c, d]| [-n(a), n(b), -n(c), n(d)]),
        ("huge", &|[a, b, c, _]| [n(a), n(b), n(c), 1 << 100]),
    ];
    for (name, change) in changes {
        refused(&format!("range-{name}.pdf"), &with_range(&pdf, change), "\"weight\":\"error\"");
    }
}

/// A PDF of these objects, numbered from 1; the first is the catalog, the last signature field is object 4.
fn pdf(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut file = String::from("%PDF-1.7\n");
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", objects.len() + 1);
    for (index, object) in objects.iter().enumerate() {
        write!(table, "{:010} 00000 n\r\n", file.len()).unwrap();
        write!(file, "{} 0 obj\n{object}\nendobj\n", index + 1).unwrap();
    }
    let (start, size) = (file.len(), objects.len() + 1);
    write!(file, "{table}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n").unwrap();
    file.into_bytes()
}

#[test]
fn endless_objects_end() {
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm<</SigFlags 3/Fields[3 0 R]>>>>";
    let pages = "<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9999999999>>";
    let field = |kids: &str| format!("<</FT/Sig/T(a)/V 4 0 R/Kids[{kids}]/Parent 3 0 R>>");
    let signature = |contents: &str| {
        format!(
            "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange[0 9 20 9]/Contents {contents}>>"
        )
    };
    let file = |kids: &str, contents: &str, more: &[&str], trailer: &str| {
        let own = [catalog.to_owned(), pages.to_owned(), field(kids), signature(contents)];
        pdf(&own.into_iter().chain(more.iter().map(|o| (*o).to_owned())).collect::<Vec<_>>(), trailer)
    };
    let deep = "[".repeat(2_000_000);
    let wide = "3 0 R ".repeat(500_000);
    for (name, bytes) in [
        ("kids", file("3 0 R 3 0 R", "<00>", &[], "")),
        ("wide", file(&wide, "<00>", &[], "")),
        ("itself", file("", "5 0 R", &["5 0 R"], "")),
        ("length", file("", "5 0 R", &["<</Length 5 0 R>>stream\nx\nendstream"], "")),
        ("deep", file("", "5 0 R", &[&deep], "")),
        ("previous", file("", "<00>", &[], "/Prev 9")),
        (
            "packed",
            file(
                "",
                "5 0 R",
                &["<</Type/ObjStm/N 99999999/First 9/Extends 5 0 R/Length 4>>stream\n1 0 \nendstream"],
                "",
            ),
        ),
        ("no-table", b"%PDF-1.7\n1 0 obj\n<<".repeat(50_000)),
        (
            "numbers",
            [
                b"%PDF-1.7\nstartxref\n9\n%%EOF\nxref\n0 4294967295\n".as_slice(),
                &b"0000000000 00000 n\r\n".repeat(90_000),
            ]
            .concat(),
        ),
    ] {
        refused(&format!("endless-{name}.pdf"), &bytes, "error\"");
    }
}

#[test]
fn bytes_behind_a_signature_are_told() {
    let cms = passing("cades-LT");
    refused("trailing.p7m", &[cms.as_slice(), b"<html>more</html>"].concat(), "bytes");
    refused("trailing-again.p7m", &[cms.as_slice(), &cms].concat(), "bytes");
    refused("short.p7m", &cms[..cms.len() - 1], "error");
}

/// The signature with more certificates in its bag.
fn with_certificates(cms: &[u8], certificates: &[Certificate]) -> Vec<u8> {
    let mut writing = Writing::of(&SignedData::parse(cms).unwrap());
    certificates.iter().for_each(|c| writing.add_certificate(c));
    writing.to_der()
}

/// OpenSSL in the country's folder.
fn openssl(line: &str) {
    let mut command = command("openssl", line.split_whitespace());
    command.current_dir(country().dir());
    run(command).success();
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der_or_pem(&std::fs::read(country().path(name)).unwrap()).unwrap()
}

/// Certificates that differ from this one in a byte of their serial number, so that their signatures are wrong.
fn look_alikes(of: &Certificate, count: usize) -> Vec<Certificate> {
    let der = of.der();
    let at = der.windows(of.serial().len()).position(|w| w == of.serial()).unwrap();
    let other = |n: usize| {
        let mut der = der.to_vec();
        der[at + 2] = u8::try_from(n >> 8).unwrap();
        der[at + 3] = u8::try_from(n & 0xff).unwrap();
        Certificate::from_der(&der).unwrap()
    };
    (0..count).map(other).collect()
}

#[test]
fn bags_of_a_thousand_certificates_take_bounded_time() {
    let cms = std::fs::read(signed().join("cades-LT")).unwrap();
    // A thousand that could have issued the signer's, by their names, and the real one behind them.
    let bag = look_alikes(&certificate("issuing.pem"), 900);
    std::fs::write(country().path("hostile-bag.p7m"), with_certificates(&cms, &bag)).unwrap();
    let ended = bounded(&["hostile-bag.p7m"]);
    assert!(matches!(ended.code, 0 | 1) && !ended.said().contains("panicked"), "{ended:?}");
    let bag = look_alikes(&certificate("issuing.pem"), 5_000);
    refused("bag.p7m", &with_certificates(&cms, &bag), "certificates");
}

#[test]
fn authorities_that_issue_each_other_lead_nowhere() {
    signed();
    for name in ["round-a", "round-b"] {
        openssl(&format!(
            "req -x509 -newkey rsa:2048 -nodes -keyout {name}.key -out {name}.pem -subj /CN={name} -days 9"
        ));
        openssl(&format!("req -new -key {name}.key -out {name}.csr -subj /CN={name}"));
    }
    std::fs::write(country().path("round.cnf"), "basicConstraints=critical,CA:TRUE\n").unwrap();
    for (name, issuer) in [("round-a", "round-b"), ("round-b", "round-a")] {
        openssl(&format!(
            "x509 -req -in {name}.csr -CA {issuer}.pem -CAkey {issuer}.key -days 9 -extfile round.cnf -out {name}-by-{issuer}.pem"
        ));
    }
    openssl("req -new -newkey rsa:2048 -nodes -keyout round.key -out round.csr -subj /CN=round");
    openssl("x509 -req -in round.csr -CA round-a.pem -CAkey round-a.key -days 9 -out round.pem");
    let pool = ["round-a.pem", "round-b.pem", "round-a-by-round-b.pem", "round-b-by-round-a.pem"];
    let pem: Vec<String> = pool.iter().map(|name| std::fs::read_to_string(country().path(name)).unwrap()).collect();
    std::fs::write(country().path("round-pool.pem"), pem.concat()).unwrap();
    openssl(
        "cms -sign -cades -signer round.pem -inkey round.key -certfile round-pool.pem -binary -nodetach -outform DER \
         -in note.txt -out round.p7m",
    );
    refused("round.p7m", &std::fs::read(country().path("round.p7m")).unwrap(), "NO_CERTIFICATE_CHAIN_FOUND");
}

/// A DER element.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&[tag, 0x84], length.as_slice(), content].concat()
}

/// What is signed of a list of this authority: this serial number, and as many others as there is room for.
fn to_be_signed(issuer: &Certificate, serial: &[u8], bytes: usize) -> Vec<u8> {
    const ECDSA_WITH_SHA256: &[u8] = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02";
    const DAY: &[u8] = b"\x17\x0d200101000000Z";
    let mut revoked = element(0x30, &[element(2, serial).as_slice(), DAY].concat());
    for number in 0_u32.. {
        if revoked.len() > bytes {
            break;
        }
        let serial = [b"\x02\x14\x01another number ".as_slice(), &number.to_be_bytes()].concat();
        revoked.extend([b"\x30\x25".as_slice(), &serial, DAY].concat());
    }
    let now = mekong_base::Clock::system().now();
    let times = [now - Duration::from_secs(3600), now + Duration::from_secs(86_400)];
    let times = times.map(|at| {
        let digits: String = at.to_string().chars().filter(char::is_ascii_digit).take(14).collect();
        [b"\x18\x0f".as_slice(), digits.as_bytes(), b"Z"].concat()
    });
    let fields = [b"\x02\x01\x01", ECDSA_WITH_SHA256, issuer.subject_der(), &times.concat(), &element(0x30, &revoked)];
    [element(0x30, &fields.concat()), ECDSA_WITH_SHA256.to_vec()].concat()
}

#[test]
fn revocation_lists_of_a_hundred_megabytes_take_bounded_time() {
    signed();
    openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout much.key -out much.pem -subj /CN=much -days 9",
    );
    openssl("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout one.key -out one.csr -subj /CN=one");
    openssl("x509 -req -in one.csr -CA much.pem -CAkey much.key -days 9 -set_serial 0x1234567890 -out one.pem");
    openssl("cms -sign -cades -signer one.pem -inkey one.key -binary -nodetach -outform DER -in note.txt -out one.p7m");
    let fields = to_be_signed(&certificate("much.pem"), certificate("one.pem").serial(), 100 << 20);
    let (tbs, _) = fields.split_at(fields.len() - 12);
    std::fs::write(country().path("much.tbs"), tbs).unwrap();
    openssl("dgst -sha256 -sign much.key -out much.sig much.tbs");
    let value = [&[0], std::fs::read(country().path("much.sig")).unwrap().as_slice()].concat();
    let list = element(0x30, &[fields.as_slice(), &element(3, &value)].concat());
    std::fs::write(country().path("much.crl"), &list).unwrap();
    let one = std::fs::read(country().path("one.p7m")).unwrap();
    let options = ["--anchor", "much.pem", "--crl", "much.crl"];
    refused_with("revoked.p7m", &one, &options, "REVOKED");
    // The same inside the file.
    let mut writing = Writing::of(&SignedData::parse(&one).unwrap());
    writing.add_crl(&list);
    refused_with("heavy.p7m", &writing.to_der(), &["--anchor", "much.pem"], "REVOKED");
    // And cut off, which is no list.
    std::fs::write(country().path("cut.crl"), &list[..list.len() / 2]).unwrap();
    refused_with("cut.p7m", &one, &["--anchor", "much.pem", "--crl", "cut.crl"], "revocation");
    for name in ["much.tbs", "much.crl", "cut.crl", "hostile-heavy.p7m"] {
        std::fs::remove_file(country().path(name)).unwrap();
    }
}
