//! A new member from an invitation to a working gateway: `mekong directory invite`, `mekong join`, a message by curl; what is
//! refused; what is interrupted and goes on; `mekong doctor` on things that are broken on purpose.

use crate::support::demo::{Demo, turn};
use crate::support::program::{Ended, PATIENCE, Running, command, mekong, run, words};
use mekong_base::MemberId;
use mekong_directory::registration::Invitation;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Viet Nam and its neighbour's operator, as processes of their own.
struct Land {
    dir: PathBuf,
    /// `127.N.84`, without the last number.
    network: String,
    person: String,
    operator: Running,
    _others: [Running; 2],
}

fn serve(config: &Path) -> Running {
    let mut command = mekong(["serve", "--config"]);
    command.arg(config);
    let node = Running::start(command);
    node.wait_for(|line| line.contains("is running"), PATIENCE);
    node
}

impl Land {
    /// Made by the demo; the register of persons lets the new member's subsystem in.
    fn start(dir: &Path) -> Self {
        let demo = Demo::start(dir, "50");
        let person = demo.residents("VN")[0].column("id").to_owned();
        assert_eq!(demo.interrupt("INT"), 0);
        let keeper = dir.join("VN/mps/node.toml");
        let config = fs::read_to_string(dir.join("VN/operator/node.toml")).unwrap();
        let listen = config.split("listen = \"").nth(1).unwrap();
        let network = listen.split('.').take(3).collect::<Vec<_>>().join(".");
        let neighbour = serve(&dir.join("LA/operator/node.toml"));
        let operator = serve(&dir.join("VN/operator/node.toml"));
        let grant =
            ["gateway", "grant", "--to", "VN/GOV/MOF/tax", "--service", "VN/GOV/MPS/population/persons", "--config"];
        let mut command = mekong(grant);
        command.arg(&keeper);
        let keeper = serve(&keeper);
        run(command).success();
        Self { dir: dir.to_owned(), network, person, operator, _others: [neighbour, keeper] }
    }

    /// An operator's command.
    fn directory(&self, arguments: &str) -> Ended {
        let mut command = mekong(["directory"]);
        command.args(words(arguments)).arg("--config").arg(self.dir.join("VN/operator/node.toml"));
        run(command)
    }

    /// An invitation's text.
    fn invite(&self, arguments: &str) -> String {
        self.directory(&format!("invite {arguments}")).success().out.trim().to_owned()
    }

    /// `mekong join` into a folder, at the address with this last number.
    fn join_command(&self, invitation: &str, folder: &str, host: u8) -> std::process::Command {
        self.join_as(invitation, folder, host, &format!("{}.{host}", self.network))
    }

    /// The same with another address for others.
    fn join_as(&self, invitation: &str, folder: &str, host: u8, address: &str) -> std::process::Command {
        let listen = format!("{}.{host}", self.network);
        let mut command = mekong(["join", invitation, "--address", address, "--listen", &listen]);
        command.args(["--clients", &format!("{listen}:8080"), "--dir"]).arg(self.dir.join(folder));
        command
    }

    fn join(&self, invitation: &str, folder: &str, host: u8) -> Ended {
        run(self.join_command(invitation, folder, host))
    }

    /// A line of `mekong directory show` and the like.
    #[track_caller]
    fn shows(&self, arguments: &str, wanted: &str) {
        let ended = self.directory(arguments).success();
        assert!(ended.out.contains(wanted), "no {wanted:?} in {ended:?}");
    }
}

/// The stages, which go to standard error, beside what came of it.
fn with_stages(join: &std::process::Command) -> std::process::Command {
    let mut shell = command("sh", ["-c", r#"exec "$0" "$@" 2>&1"#]);
    shell.arg(join.get_program()).args(join.get_args());
    shell
}

#[track_caller]
fn refused(ended: &Ended, wanted: &str) {
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains(wanted), "no {wanted:?} in {ended:?}");
    assert!(ended.err.contains("run the same command again"), "says what to do next: {ended:?}");
}

/// Refused whenever it is tried.
#[track_caller]
fn refused_for_good(ended: &Ended, wanted: &str) {
    assert_eq!(ended.code, 2, "{ended:?}");
    assert!(ended.err.contains(wanted), "no {wanted:?} in {ended:?}");
    assert!(!ended.err.contains("run the same command again"), "it would be no use: {ended:?}");
}

#[test]
fn a_member_joins_asks_and_changes_what_is_registered() {
    let (_turn, temporary) = turn();
    let land = Land::start(&temporary.path().join("demo"));
    let invitation = land.invite("GOV/MOF --name Finance -s tax");
    let began = Instant::now();
    let joined = land.join(&invitation, "mof", 77).success();
    assert!(began.elapsed() < Duration::from_secs(60), "a minute at most: {joined:?}");
    assert!(joined.out.contains("VN/GOV/MOF/gateway is registered and ready"), "{joined:?}");
    let folder = land.dir.join("mof");
    for secret in ["passphrase", "gateway/keys/signing.pem", "gateway/keys/authentication.pem"] {
        let mode = fs::metadata(folder.join(secret)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{secret} is for its owner only");
    }

    let gateway = serve(&folder.join("node.toml"));
    // What it says to try is good, word for word.
    let tries: Vec<&str> = joined.out.lines().filter(|line| line.trim_start().starts_with("curl ")).collect();
    assert_eq!(tries.len(), 2, "{joined:?}");
    for line in tries {
        // Other gateways fetch the directory once a minute; until then they do not know this one.
        let until = Instant::now() + PATIENCE;
        loop {
            let said = run(command("sh", ["-c", line])).success().out;
            if said.starts_with("HTTP/1.1 200") {
                break;
            }
            assert!(Instant::now() < until && said.contains("AccessDenied"), "{line}: {said}");
            std::thread::sleep(Duration::from_secs(1));
        }
    }
    let url = format!("http://{}.77:8080/r1/VN/GOV/MPS/population/persons/v1/persons/{}", land.network, land.person);
    let mut curl = command("curl", ["-sS", "--max-time", "60", "-w", "\n%{http_code}"]);
    curl.args(["-H", "X-Road-Client: VN/GOV/MOF/tax", &url]);
    let said = run(curl).success().out;
    assert!(said.ends_with("200") && said.contains(&land.person), "{said}");

    // The invitation was good once; others are good for nothing.
    refused_for_good(&land.join(&invitation, "again", 78), "was used at");
    let expired = land.invite("GOV/MOC --name Trade --valid 1s");
    std::thread::sleep(Duration::from_millis(1500));
    refused_for_good(&land.join(&expired, "late", 78), "was good until");
    let address = format!("http://{}.2:8081", land.network);
    let genuine: Invitation = invitation.parse().unwrap();
    let forged = Invitation::new(&address, genuine.operator, MemberId::new("VN", "GOV", "MOF")).unwrap();
    refused_for_good(&land.join(&forged.to_string(), "forged", 78), "not known here");
    let elsewhere = Invitation::new(&address, [7; 32], MemberId::new("VN", "GOV", "MOF")).unwrap();
    refused_for_good(&land.join(&elsewhere.to_string(), "elsewhere", 78), "did not answer with the operator's key");
    let withdrawn = land.invite("GOV/MOC --name Trade");
    let id = withdrawn.parse::<Invitation>().unwrap().id().unwrap();
    land.directory(&format!("remove {id}")).success();
    refused_for_good(&land.join(&withdrawn, "withdrawn", 78), "took this invitation back");
    let cut = &invitation[..invitation.len() - 4];
    assert!(land.join(cut, "cut", 78).err.contains("not copied whole"));

    // What is one's own can be changed, signed with one's key.
    let registration = |arguments: &str| {
        let mut command = mekong(["registration"]);
        command.args(words(arguments)).arg("--config").arg(folder.join("node.toml"));
        run(command)
    };
    registration("subsystem customs --name Customs").success();
    land.shows("show GOV/MOF/customs", "VN/GOV/MOF/gateway");
    keys_are_exchanged_at_will(&land, &folder, registration);
    registration("address gateway.mof.example").success();
    land.shows("show GOV/MOF/gateway", "gateway.mof.example");
    let nonsense = registration("address http://x:1");
    assert!(nonsense.code == 2 && nonsense.err.contains("no host name or address"), "{nonsense:?}");
    registration("remove-subsystem customs").success();
    assert!(registration("retire other").err.contains("not other"));
    registration("retire gateway").success();
    assert!(land.directory("show GOV/MOF/gateway").err.contains("there is no"), "retired");
    let gone = registration("address 10.0.0.1");
    assert!(gone.err.contains("has no server gateway"), "{gone:?}");
    drop(gateway);

    // What was published is in a ledger that holds.
    assert_eq!(land.operator.interrupt("TERM"), 0);
    let mut check = mekong(["ledger", "check"]);
    check.arg(land.dir.join("VN/operator/directory/history"));
    run(check).success();
}

/// New keys and certificates long before the old ones end, registered beside them; then the old one for TLS is taken out.
fn keys_are_exchanged_at_will(land: &Land, folder: &Path, registration: impl Fn(&str) -> Ended) {
    let renewed = registration("renew").success();
    let files: Vec<&str> = renewed.out.lines().collect();
    assert_eq!(files.len(), 2, "for signing and for TLS: {renewed:?}");
    for file in &files {
        let operator = land.dir.join("VN/operator");
        let mut openssl = command("openssl", ["verify", "-x509_strict", "-CAfile"]);
        openssl.arg(operator.join("root.pem")).arg("-untrusted").arg(operator.join("issuing.pem")).arg(file);
        run(openssl).success();
    }
    assert!(folder.join("gateway/keys/authentication.2.pem").is_file(), "{files:?}");
    let old = folder.join("authentication.pem");
    registration(&format!("remove-certificate {}", old.display())).success();
    let mut doctor = mekong(["doctor", "--json", "--config"]);
    doctor.arg(folder.join("node.toml"));
    let said = run(doctor).out;
    assert!(said.contains("the directory knows the authentication certificate"), "the new one: {said}");
    assert!(!said.contains("does not know"), "{said}");
    let last = files.iter().find(|file| file.ends_with("authentication.2.pem")).expect("one for TLS");
    let refused = registration(&format!("remove-certificate {last}"));
    assert_eq!(refused.code, 2, "the last one stays: {refused:?}");
}

#[test]
fn what_was_interrupted_goes_on_and_what_needs_approval_waits() {
    let (_turn, temporary) = turn();
    let land = Land::start(&temporary.path().join("demo"));
    let invitation = land.invite("GOV/MOF --name Finance -s tax");

    // The operator does not answer; the member gives up in the middle; the operator registers it all the same.
    land.operator.signal("STOP");
    let request = given_up(land.join_command(&invitation, "mof", 77), &land.dir.join("mof/join.json"));
    let asked = land.dir.join("mof/join.json");
    let key = fs::read(land.dir.join("mof/gateway/keys/signing.pem")).unwrap();
    land.operator.signal("CONT");
    land.join(&invitation, "mof", 77).success();
    assert_eq!(fs::read(&asked).unwrap(), request, "the same request again");
    assert_eq!(fs::read(land.dir.join("mof/gateway/keys/signing.pem")).unwrap(), key, "with the same key");
    let again = land.join(&invitation, "mof", 77).success();
    assert!(again.err.contains("stays as it is"), "done already: {again:?}");
    let mut again = land.join_command(&invitation, "mof", 77);
    again.arg("--json");
    let told = &run(again).success().json_lines()[0];
    assert_eq!(told["server"], "VN/GOV/MOF/gateway");
    assert_eq!(told["address"], format!("{}.77", land.network));
    assert!(told["doctor"]["good"].as_u64() > Some(10), "{told}");
    let other = land.invite("GOV/MOC --name Trade -s permits --approve");
    refused_for_good(&land.join(&other, "mof", 77), "another invitation");

    // A port that is taken is told before anything is asked.
    let taken = std::net::TcpListener::bind(format!("{}.79:5500", land.network)).unwrap();
    refused(&land.join(&other, "moc", 79), "is another program using it?");
    drop(taken);
    let taken = std::net::TcpListener::bind(format!("{}.79:4100", land.network)).unwrap();
    refused(&land.join(&other, "moc", 79), "choose another with --console");
    drop(taken);
    let mut open = land.join_command(&other, "moc", 79);
    open.args(["--console", "0.0.0.0:4100"]);
    refused(&run(open), "could be reached from other machines");
    assert!(!land.dir.join("moc").exists(), "nothing was made or asked");

    // A request that waits for approval.
    let join = Running::start(with_stages(&land.join_command(&other, "moc", 79)));
    join.wait_for(|line| line.contains("tell the operator this fingerprint"), PATIENCE);
    let listed = land.directory("requests --json").success().json_lines();
    let waiting = listed.iter().find(|line| line["kind"] == "request").expect("a request");
    let shown = join.lines().join("\n");
    assert!(shown.contains(waiting["fingerprint"].as_str().unwrap()), "both see the same: {shown}");
    assert!(
        land.directory("members").success().out.lines().all(|line| !line.contains("MOC")),
        "nothing before approval"
    );
    let id = waiting["id"].as_str().unwrap();
    // Asked for otherwise it is the same request that waits: another would be refused.
    let mut elsewhere = land.join_as(&other, "moc", 79, "moc.example");
    elsewhere.args(["--wait", "0"]);
    let elsewhere = run(elsewhere);
    refused(&elsewhere, &format!("has not approved request {id}"));
    assert!(elsewhere.err.contains("an earlier run asked for it"), "{elsewhere:?}");
    assert!(land.directory("approve 0123456789abcdef").err.contains("no request"));
    land.directory(&format!("approve {id}")).success();
    let said = join.end(PATIENCE).join("\n");
    assert!(said.contains("VN/GOV/MOC/gateway is registered and ready"), "{said}");
    assert!(land.directory(&format!("refuse {id}")).err.contains("decided already"));
    land.shows("show GOV/MOC/permits", "VN/GOV/MOC/gateway");
    let told = &land.directory("show GOV/MOC/permits --json").success().json_lines()[0];
    assert_eq!((&told["kind"], &told["servers"][0]), (&"subsystem".into(), &"VN/GOV/MOC/gateway".into()), "{told}");

    // Removed by the operator: it publishes at once.
    land.directory("remove GOV/MOC/gateway").success();
    land.directory("remove GOV/MOC").success();
    assert!(land.directory("show GOV/MOC").err.contains("there is no"));
    assert!(land.directory("remove GOV/MPS").err.contains("provides the management services"));
}

/// Starts to join while the operator does not answer, and gives up; what was asked then, byte for byte.
fn given_up(join: std::process::Command, asked: &Path) -> Vec<u8> {
    let join = Running::start(join);
    let until = Instant::now() + PATIENCE;
    while !asked.is_file() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(300));
    join.kill();
    fs::read(asked).unwrap()
}

#[test]
fn a_request_that_used_the_invitation_up_is_not_exchanged_for_another() {
    let (_turn, temporary) = turn();
    let land = Land::start(&temporary.path().join("demo"));
    let invitation = land.invite("GOV/MOF --name Finance -s tax");
    let asked = land.dir.join("mof/join.json");

    // The operator registers it while nobody waits any more; then it is asked for with another name and another address.
    land.operator.signal("STOP");
    let first = given_up(land.join_as(&invitation, "mof", 77, "old.example"), &asked);
    land.operator.signal("CONT");
    let mut again = land.join_as(&invitation, "mof", 77, "new.example");
    again.args(["--server", "other"]);
    let joined = run(again).success();
    assert_eq!(fs::read(&asked).unwrap(), first, "the only bytes that the operator answers again");
    assert!(joined.out.contains("VN/GOV/MOF/gateway is registered and ready"), "{joined:?}");
    assert!(joined.err.contains("at old.example, as an earlier run asked"), "{joined:?}");
    let config = land.dir.join("mof/node.toml");
    assert!(fs::read_to_string(&config).unwrap().contains("VN/GOV/MOF/gateway"), "as it is registered");
    // What it says to do about the address is good, word for word.
    let line = joined.out.lines().find(|line| line.trim_start().starts_with("mekong registration address new.example"));
    let line = line.unwrap_or_else(|| panic!("no command in {joined:?}"));
    run(mekong(line.split_whitespace().skip(1))).success();
    land.shows("show GOV/MOF/gateway", "new.example");
    let again = run(land.join_as(&invitation, "mof", 77, "new.example")).success();
    assert!(!again.out.contains("mekong registration address"), "nothing to change any more: {again:?}");
}

#[test]
fn what_was_refused_is_asked_as_it_was_mended() {
    let (_turn, temporary) = turn();
    let land = Land::start(&temporary.path().join("demo"));
    let invitation = land.invite("GOV/MOF --name Finance -s tax");
    refused(&run(land.join_as(&invitation, "mof", 77, "http://mof.example")), "no host name or address");
    let mut named = land.join_command(&invitation, "mof", 77);
    named.args(["--server", "gate way?/"]);
    refused(&run(named), "Choose another code with --server");
    land.join(&invitation, "mof", 77).success();

    // What a person approved and is not possible now stays what the operator was asked.
    let invitation = land.invite("GOV/MOC --name Trade -s permits --approve");
    let mut join = land.join_command(&invitation, "moc", 78);
    join.args(["--wait", "0"]);
    refused(&run(join), "has not approved request");
    let asked = fs::read(land.dir.join("moc/join.json")).unwrap();
    let other = land.invite("GOV/MOC --name Trade -s permits");
    land.join(&other, "moc-too", 79).success();
    let listed = land.directory("requests --json").success().json_lines();
    let waiting = listed.iter().find(|line| line["kind"] == "request").expect("a request");
    land.directory(&format!("approve {}", waiting["id"].as_str().unwrap())).success();
    let mut again = land.join_command(&invitation, "moc", 78);
    again.args(["--server", "second"]);
    let again = run(again);
    refused(&again, "there is a server VN/GOV/MOC/gateway already");
    assert!(again.err.contains("no other request is taken with this invitation"), "{again:?}");
    assert_eq!(fs::read(land.dir.join("moc/join.json")).unwrap(), asked, "it alone may be carried out");
}

/// What the doctor says when something is broken, as JSON lines, and its exit code.
fn doctor(config: &Path) -> (i32, Vec<serde_json::Value>) {
    let mut command = mekong(["doctor", "--json", "--config"]);
    command.arg(config);
    let ended = run(command);
    (ended.code, ended.json_lines())
}

/// A problem or warning of an area whose words hold `wanted`, and that says what to do.
#[track_caller]
fn finds(config: &Path, area: &str, wanted: &str) {
    let (code, findings) = doctor(config);
    let is_it = |f: &&serde_json::Value| {
        f["area"] == area && f["level"] != "good" && f["what"].as_str().is_some_and(|what| what.contains(wanted))
    };
    let found = findings.iter().find(is_it);
    let found = found.unwrap_or_else(|| panic!("no {wanted:?} of {area} in {findings:#?}"));
    assert!(found["todo"].as_str().is_some_and(|todo| !todo.is_empty()), "says what to do: {found}");
    assert_eq!(code, i32::from(findings.iter().any(|f| f["level"] == "problem")), "{findings:#?}");
}

#[test]
fn the_doctor_finds_what_is_broken() {
    let (_turn, temporary) = turn();
    let land = Land::start(&temporary.path().join("demo"));
    let invitation = land.invite("GOV/MOF --name Finance -s tax");
    land.join(&invitation, "mof", 77).success();
    let folder = land.dir.join("mof");
    let config = folder.join("node.toml");
    let gateway = serve(&config);
    let (code, findings) = doctor(&config);
    assert_eq!(code, 0, "nothing is wrong: {findings:#?}");
    assert!(findings.len() > 15, "{findings:#?}");
    let (code, findings) = doctor(&land.dir.join("VN/operator/node.toml"));
    assert_eq!(code, 0, "nothing is wrong: {findings:#?}");

    let healthy = fs::read_to_string(&config).unwrap();
    let broken = folder.join("broken.toml");
    let with = |from: &str, to: &str, area: &str, wanted: &str| {
        assert!(healthy.contains(from), "{from} in {healthy}");
        fs::write(&broken, healthy.replacen(from, to, 1)).unwrap();
        finds(&broken, area, wanted);
    };
    with(
        "server = \"VN/GOV/MOF/gateway\"",
        "server = \"VN/GOV/MOF/other\"",
        "registration",
        "has no server VN/GOV/MOF/other",
    );
    with("[\"LA\"]", "[\"LA\", \"KH\"]", "directory", "is not federated");
    with(
        "\"anchor.xml\"",
        "\"../LA/operator/directory/anchor-external.xml\"",
        "directory",
        "is the anchor the internal one",
    );
    with("\"signing.pem\"", "\"authentication.pem\"", "certificate", "is not for signing");
    with("\"signing.pem\"", "\"authentication.pem\"", "certificate", "the key is not that of");
    with("member = \"VN/GOV/MOF\"", "member = \"VN/GOV/MPS\"", "certificate", "it names VN/GOV/MOF");
    with(".77:5577", ".78:5577", "port", "nothing listens");
    fs::remove_file(&broken).unwrap();

    let administer = |arguments: &str| {
        let mut command = mekong(["gateway"]);
        command.args(words(arguments)).arg("--config").arg(&config);
        run(command).success();
    };
    administer("add-subsystem VN/GOV/MOF/taxes");
    finds(&config, "registration", "there is no VN/GOV/MOF/taxes");
    administer("remove-subsystem VN/GOV/MOF/taxes");
    administer("add-service VN/GOV/MOF/tax/events --url mekong:events");
    let (_, findings) = doctor(&config);
    let is_of_it =
        |f: &serde_json::Value| f["area"] == "port" && f["what"].as_str().is_some_and(|w| w.contains("events"));
    assert!(!findings.iter().any(is_of_it), "the gateway answers that one itself: {findings:#?}");
    administer("remove-service VN/GOV/MOF/tax/events");
    administer("add-service VN/GOV/MOF/tax/rates --url http://127.0.0.1:9");
    finds(&config, "rights", "nobody may call the service rates");
    finds(&config, "port", "is not reachable");
    administer("grant --to VN/GOV/MOF/nobody --service VN/GOV/MOF/tax/rates");
    administer("grant --to KH/GOV/X/y --service VN/GOV/MOF/tax/rates");
    finds(&config, "rights", "VN/GOV/MOF/nobody");
    finds(&config, "rights", "the directory of KH is not here");

    let mode = |path: &Path, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let key = folder.join("gateway/keys/signing.pem");
    mode(&key, 0o644);
    finds(&config, "disk", "other users of this machine can read a secret");
    mode(&key, 0o600);
    mode(&config, 0o666);
    finds(&config, "disk", "can change the configuration");
    mode(&config, 0o600);
    let passphrase = fs::read_to_string(folder.join("passphrase")).unwrap();
    fs::write(folder.join("passphrase"), "wrong").unwrap();
    finds(&config, "certificate", "keys and certificates cannot be used");
    fs::write(folder.join("passphrase"), passphrase).unwrap();

    drop(gateway);
    finds(&config, "port", "nothing listens");
    let update = "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: db.execute('UPDATE progress SET failing_since = 1')";
    let mut python = command("python3", ["-c", update]);
    python.arg(folder.join("gateway/log/index.db"));
    run(python).success();
    finds(&config, "log", "wait for a time-stamp");

    // The certificate is revoked; then nobody answers at all.
    let authority = land.dir.join("VN/operator");
    let mut revoke = mekong(["ca", "revoke"]);
    revoke.arg(authority.join("authority")).arg("--certificate").arg(folder.join("authentication.pem"));
    revoke.arg("--passphrase-file").arg(authority.join("passphrase"));
    run(revoke).success();
    finds(&config, "ocsp", "not good");
    assert_eq!(land.operator.interrupt("TERM"), 0);
    finds(&config, "directory", "could not be downloaded");
    finds(&config, "ocsp", "no OCSP response");
    finds(&config, "timestamp", "no approved authority gives time-stamps");
}
