//! A country that started from nothing, by commands alone: two roots made in ceremonies, an authority below them that is
//! served, a company with a certificate.

use super::program::{Running, command, mekong, run, words};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// A country in a folder, with its services running.
pub(crate) struct Country {
    dir: PathBuf,
    pub(crate) url: String,
    _services: Running,
}

/// The country that tests share.
pub(crate) fn country() -> &'static Country {
    static COUNTRY: OnceLock<Country> = OnceLock::new();
    COUNTRY.get_or_init(|| Country::start("LA", "la-organisation", "organizationIdentifier=VATLA-123456789000", "p256"))
}

const ROOTS: [(&str, &str); 2] = [("signatures", "issuing-authority"), ("time-stamps", "time-stamping")];

impl Country {
    /// Starts one: its letters, the profile and identifier of its company, and the kind of the company's key.
    pub(crate) fn start(letters: &str, profile: &str, identifier: &str, key: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        // Free at this moment; the authority takes it in the next.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = format!("http://127.0.0.1:{port}");
        let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        let ours = format!("--country {letters} --organisation Operator");
        std::fs::write(path("passphrase"), "of the authority\n").unwrap();
        let ca = |line: &str| {
            let mut command = mekong(["ca"]);
            command.args(words(line)).current_dir(dir.path()).env("MEKONG_PASSPHRASE_FILE", "passphrase");
            run(command).success();
        };
        for (service, _) in ROOTS {
            let published = format!("{url}/published/{service}");
            ca(&format!(
                "ceremony {service} --name {letters}-Root-{service} {ours} --service {service} --url {published} --custodians 3 --needed 2 --shares {service}-shares"
            ));
        }
        let described = format!("--name {letters}-Authority {ours} --url {url}");
        ca(&format!("request authority {described}"));
        for (request, (service, profile)) in ["issuing", "tsa"].into_iter().zip(ROOTS) {
            let shares = format!("--share {service}-shares/share-1.txt --share {service}-shares/share-3.txt");
            ca(&format!(
                "certify {service} --request authority/{request}.csr --profile {profile} --out {request}.pem {shares}"
            ));
            std::fs::create_dir_all(path(&format!("published/{service}"))).unwrap();
            ca(&format!("root-crl {service} --out published/{service}/root.crl {shares}"));
            std::fs::copy(path(&format!("{service}/root.cer")), path(&format!("published/{service}/root.cer")))
                .unwrap();
        }
        ca(&format!("install authority {described} --root signatures/root.cer --issuing issuing.pem --tsa tsa.pem"));
        let algorithm = match key {
            "p256" => "ec -pkeyopt ec_paramgen_curve:P-256",
            other => other,
        };
        let mut openssl =
            command("openssl", words("req -new -nodes -keyout company.key -out company.csr -subj /CN=x -newkey"));
        openssl.args(words(algorithm)).current_dir(dir.path());
        run(openssl).success();
        let mut issue = mekong(words("ca issue authority --request company.csr --out company.pem --profile"));
        issue.args([profile, "--subject", &format!("C={letters}"), "--subject", "O=Công ty Mẫu ບໍລິສັດ"]);
        issue.args(["--subject", "CN=Công ty Mẫu ບໍລິສັດ", "--subject", identifier]);
        if letters == "VN" {
            issue.args(["--subject", "ST=Hà Nội"]);
        }
        issue.current_dir(dir.path()).env("MEKONG_PASSPHRASE_FILE", "passphrase");
        run(issue).success();
        // Who signs the country's trusted list.
        let mut openssl =
            command("openssl", words("req -new -nodes -keyout list.key -out list.csr -subj /CN=x -newkey"));
        openssl.args(words("ec -pkeyopt ec_paramgen_curve:P-256")).current_dir(dir.path());
        run(openssl).success();
        let mut issue = mekong(words("ca issue authority --request list.csr --out list.pem --profile list-signer"));
        issue.args(["--subject", &format!("C={letters}"), "--subject", "O=Trusted List Operator"]);
        issue.args(["--subject", "CN=Trusted List Signer"]);
        issue.current_dir(dir.path()).env("MEKONG_PASSPHRASE_FILE", "passphrase");
        run(issue).success();
        for (service, _) in ROOTS {
            let mut pem = command("openssl", words("x509 -inform DER -in"));
            pem.args([path(&format!("{service}/root.cer")), "-out".into(), path(&format!("{service}.pem"))]);
            run(pem).success();
        }
        // A shared country is never dropped: its services end when our end of their input does, and its folder goes with them.
        let dir = dir.keep();
        let script = r#""$0" ca serve authority --publish published --listen "$1" </dev/null & serves=$!
            cat >/dev/null; exec 2>/dev/null; kill "$serves"; wait "$serves"; rm -r "$COUNTRY_FOLDER""#;
        let mut serve = command("sh", ["-c", script, env!("CARGO_BIN_EXE_mekong"), &format!("127.0.0.1:{port}")]);
        serve.current_dir(&dir).env("MEKONG_PASSPHRASE_FILE", "passphrase").env("COUNTRY_FOLDER", &dir);
        let services = Running::start(serve);
        services.wait_for(|line| line.contains("listens on"), Duration::from_secs(30));
        Self { dir, url, _services: services }
    }

    /// A file or folder of it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Its folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// A command of ours in its folder.
    pub(crate) fn mekong(&self, line: &str) -> Command {
        let mut command = mekong(words(line));
        command.current_dir(&self.dir);
        command
    }

    /// The options that sign with the company's key, up to a level.
    pub(crate) fn signer(&self) -> String {
        let url = &self.url;
        format!(
            "--key company.key --certificate company.pem --chain issuing.pem --tsa {url}/tsa --anchor signatures.pem --anchor time-stamps.pem"
        )
    }
}
