//! Every revocation list of PKITS, read by OpenSSL and by us.

use mekong_pki::crl::Crl;
use std::process::Command;

#[test]
fn entries_are_those_that_openssl_reads() {
    let Some(folder) = crate::shared("vectors/trust/pkits/crls") else { return };
    let (mut lists, mut entries) = (0, 0);
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let crl = Crl::parse(std::fs::read(&path).unwrap().into());
        let crl = crl.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let arguments = ["crl", "-inform", "DER", "-noout", "-text", "-in", path.to_str().unwrap()];
        let output = Command::new("openssl").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", path.display());
        let text = String::from_utf8_lossy(&output.stdout);
        let serials: Vec<&str> = text.lines().filter_map(|l| l.trim().strip_prefix("Serial Number: ")).collect();
        assert_eq!(serials.len(), crl.len(), "{}", path.display());
        // In indirect lists an entry may be another authority's.
        let indirect = crl.distribution().is_some_and(|d| d.indirect);
        for serial in serials.iter().filter(|_| !indirect) {
            let negative = serial.starts_with('-');
            let digits = serial.trim_start_matches('-');
            let octets =
                hex::decode(if digits.len() % 2 == 1 { format!("0{digits}") } else { digits.to_owned() }).unwrap();
            let octets = match octets.first() {
                Some(0x80..) if !negative => [&[0], &octets[..]].concat(),
                _ => octets,
            };
            assert!(negative || crl.lookup(&octets).is_some(), "{}: {serial}", path.display());
            entries += 1;
        }
        lists += 1;
    }
    println!("{lists} lists, {entries} entries");
    assert!(lists > 150 && entries > 20);
}
