//! The pages of the administration: in three languages, without scripts, and forms that ask before they change something.

use super::{ASKER, NODE, console, gateway, in_browser, turn};
use crate::support::program::{command, run};
use std::path::{Path, PathBuf};

#[test]
fn the_pages_show_it_in_three_languages_without_scripts() {
    let _turn = turn();
    let explain = format!("/explain?client={ASKER}&service=VN/GOV/MPS/population/persons");
    for (language, words) in [
        ("en", ["What this gateway serves", "Another gateway decides", "Every change"]),
        ("vi", ["Cổng này phục vụ gì", "Cổng khác quyết định", "Mọi thay đổi"]),
        ("lo", ["ປະຕູນີ້ໃຫ້ບໍລິການຫຍັງ", "ປະຕູອື່ນເປັນຜູ້ຕັດສິນ", "ທຸກການປ່ຽນແປງ"]),
    ] {
        let own = explain.replace(ASKER, "VN/GOV/MOJ/civil");
        for (path, word) in ["/?", &format!("{own}&"), "/audit?"].into_iter().zip(words) {
            let page = in_browser(&format!("{path}lang={language}"), None);
            assert!(page.contains(word), "{language} {path}: no {word:?}");
            assert!(!page.contains("<script"), "pages work without scripts");
        }
    }
    for (name, width) in [("desk", 1280), ("phone", 390)] {
        // Kept, so that people can look at them.
        let file: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("administration-{name}.png"));
        in_browser("/subsystems/VN:GOV:MOJ:civil?lang=en", Some((&file, width)));
        assert!(std::fs::metadata(&file).is_ok_and(|metadata| metadata.len() > 5_000), "{name}");
    }
}

#[test]
fn forms_change_something_after_confirmation() {
    let _turn = turn();
    let (address, _) = console(NODE);
    let jar = tempfile::NamedTempFile::new().unwrap();
    let enter = gateway(NODE, &["enter"]).success().out.trim().to_owned();
    let curl = |arguments: &[&str]| {
        let mut curl = command("curl", ["-sS", "--max-time", "30", "-b"]);
        curl.arg(jar.path()).arg("-c").arg(jar.path()).args(["-H", &format!("Origin: {address}")]).args(arguments);
        run(curl).success().out.replace("<wbr>", "")
    };
    curl(&["-o", "/dev/null", &enter]);
    let form = ["-F", "subsystem=VN/GOV/MOJ/civil", "-F", "group=visitors", "-F", "description=by form"];
    let prepared = curl(&[&form[..], &[&format!("{address}/prepare/group?lang=en")]].concat());
    assert!(prepared.contains("Nothing is changed yet") && prepared.contains("visitors"), "{prepared}");
    let shown = || gateway(NODE, &["show", "VN/GOV/MOJ/civil"]).success().out;
    assert!(!shown().contains("visitors"), "it is only prepared");
    let after = prepared.split("name=\"command\" value=\"").nth(1).expect("the command");
    let value = after.split('"').next().unwrap().replace("&quot;", "\"").replace("&#34;", "\"").replace("&amp;", "&");
    let done = curl(&["-i", "-F", &format!("command={value}"), &format!("{address}/change?lang=en")]);
    assert!(done.starts_with("HTTP/1.1 303"), "{done}");
    assert!(shown().contains("visitors"));
    let again = curl(&[&form[..], &[&format!("{address}/prepare/remove-group?lang=en")]].concat());
    assert!(again.contains("Remove the group"), "{again}");
    gateway(NODE, &["group", "remove", "VN/GOV/MOJ/civil", "visitors"]).success();
    let refused =
        curl(&["-F", "subsystem=VN/GOV/MOJ/none", "-F", "group=x", &format!("{address}/prepare/group?lang=en")]);
    assert!(refused.contains("There is no such thing"), "{refused}");
}
