//! A gateway whose keys are in a token of hardware, with SoftHSM as the hardware.
//!
//! SoftHSM finds its tokens by an environment variable, which a process cannot safely set for itself: the outer test makes
//! a token and runs the inner one, which is ignored otherwise, in a process that has it.

use super::world::*;
use mekong_authority::pkcs11::{Module, Which};
use mekong_crypto::{DigestAlgorithm, KeyType, Zeroizing};
use mekong_exchange::gateway::SigningKey;
use std::path::Path;
use std::process::Command;

const MODULES: [&str; 3] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];
const MODULE: &str = "MEKONG_TEST_PKCS11_MODULE";
const PIN: &str = "vientiane-1234";

#[test]
fn keys_of_a_gateway_in_softhsm() -> Outcome {
    let Some(module) = MODULES.into_iter().find(|path| Path::new(path).exists()) else {
        assert!(std::env::var("CI").is_err(), "no softhsm2: install it, ./dev test does");
        println!("skipped: no softhsm2");
        return Ok(());
    };
    let dir = tempfile::tempdir()?;
    let (config, tokens) = (dir.path().join("softhsm2.conf"), dir.path().join("tokens"));
    std::fs::create_dir(&tokens)?;
    std::fs::write(&config, format!("directories.tokendir = {}\nlog.level = ERROR\n", tokens.display()))?;
    let arguments = ["--init-token", "--free", "--label", "gateway", "--pin", PIN, "--so-pin", "87654321"];
    let made = Command::new("softhsm2-util").args(arguments).env("SOFTHSM2_CONF", &config).output()?;
    assert!(made.status.success(), "{made:?}");
    let mut inner = Command::new(std::env::current_exe()?);
    inner.args(["--ignored", "--exact", "softhsm::inner", "--nocapture"]).env("SOFTHSM2_CONF", &config);
    let output = inner.env(MODULE, module).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("test softhsm::inner ... ok"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// First RSA in the token asks, then P-256 in the token; the answering gateway's keys are in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "run by keys_of_a_gateway_in_softhsm, with a token of its own"]
async fn inner() -> Outcome {
    let Ok(path) = std::env::var(MODULE) else { return Ok(()) };
    let token = Module::open(path)?.token(&Which::Label("gateway".into()), Zeroizing::new(PIN.into()))?;
    let mut world = World::start().await?;
    assert_eq!(world.get("/persons/1").await?.status, 200);
    for key_type in [KeyType::Rsa(2048), KeyType::P256] {
        world.advance(std::time::Duration::from_secs(60));
        let new = |purpose: &str, is_tls| -> Result<_, Failure> {
            let key = token.generate(&format!("{purpose}-{key_type}"), key_type)?;
            assert!(key.to_pkcs8().is_err() && key.is_slow());
            super::world::pair(&world.laos.authority, &world.consumer.server, key, is_tls, None, &world.clock)
        };
        let (tls, signing) = (new("tls", true)?, new("sign", false)?);
        let hash = tls.certificate.fingerprint(DigestAlgorithm::Sha256).as_ref().to_vec();
        world.laos.parameters.servers[0].auth_cert_hashes = vec![hash];
        world.publish()?;
        let member = world.consumer.server.owner.clone();
        let serial = tls.certificate.serial_hex();
        world.consumer.handle().set_keys(vec![tls], vec![SigningKey { member, pair: signing }]);
        for _ in 0..200 {
            if world.consumer.handle().status().certificates.iter().any(|c| c.serial == serial && c.is_used) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        let before = world.consumer.handle().counts();
        let address = world.consumer.addresses.consumer;
        let asking = (0..24).map(|_| ask(address, "POST", "/r1/VN/GOV/MPS/population/persons/echo", &[CLIENT], b"x"));
        for answer in futures_util::future::join_all(asking).await {
            let answer = answer?;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        let after = world.consumer.handle().counts();
        assert_eq!(after.signed - before.signed, 24);
        assert!(after.signatures - before.signatures < 24, "a token signs what waits in one batch");
    }
    Ok(())
}
