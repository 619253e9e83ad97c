//! A disk that fails under a running gateway: it opens its ledger again by itself, once; when it fails again, the process ends with
//! a code of its own. Nothing acknowledged is lost.
//!
//! A library in front of libc refuses syncs of the log's segments, once for each file `fails` that is put there.

use crate::support::demo::{Demo, turn};
use crate::support::program::{PATIENCE, Running, command, mekong, run, words};
use crate::support::python::run_client;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIBRARY: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static int fails(int fd) {
    const char *file = getenv("SYNC_FAILS");
    char link[64], path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (readlink(link, path, sizeof path - 1) < 0 || !strstr(path, "/gateway/log/segments/")) return 0;
    return file && unlink(file) == 0;
}
static int go_on(const char *name, int fd) {
    if (fails(fd)) { errno = EIO; return -1; }
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return go_on("fsync", fd); }
int fdatasync(int fd) { return go_on("fdatasync", fd); }
"#;

fn library(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("fails.c"), folder.join("fails.so"));
    std::fs::write(&source, LIBRARY).unwrap();
    let mut compile = command("cc", words("-shared -fPIC -o"));
    compile.arg(&library).arg(&source).arg("-ldl");
    run(compile).success();
    library
}

struct World {
    dir: PathBuf,
    library: PathBuf,
    fails: PathBuf,
    url: String,
    asked: u32,
    acknowledged: Vec<String>,
}

impl World {
    fn serve(&self, folder: &str) -> Running {
        let mut serve = mekong(["serve", "--config"]);
        let log = File::options().create(true).append(true).open(self.dir.join(folder).join("node.log")).unwrap();
        serve.arg(self.dir.join(folder).join("node.toml")).stderr(log);
        if folder == "VN/mps" {
            serve.env("LD_PRELOAD", &self.library).env("SYNC_FAILS", &self.fails);
        }
        let node = Running::start(serve);
        node.wait_for(|line| line.contains("is running"), PATIENCE);
        node
    }

    /// Asks, and gives the status and the error code.
    fn ask(&mut self) -> String {
        let id = format!("asked-{}", self.asked);
        self.asked += 1;
        let mut curl = command("curl", ["-sS", "--max-time", "60", "-o", "/dev/null", "-w"]);
        curl.args(["%{http_code} %header{x-road-error}", "-H", "X-Road-Client: LA/GOV/MOHA/civil"]);
        curl.args(["-H", &format!("X-Road-Id: {id}"), &self.url]);
        let said = run(curl).success().out.trim().to_owned();
        if said == "200" {
            self.acknowledged.push(id);
        }
        said
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.dir.join("VN/mps/node.log")).unwrap()
    }
}

#[test]
fn a_gateway_whose_disk_failed_opens_its_ledger_again_and_ends_when_that_does_not_help() {
    let (_turn, temporary) = turn();
    let dir = temporary.path().join("demo");
    let demo = Demo::start(&dir, "20");
    let person = demo.residents("VN")[0].column("id").to_owned();
    let url = format!("{}/r1/VN/GOV/MPS/population/persons/v1/persons/{person}", demo.gateway("MOHA"));
    assert_eq!(demo.interrupt("INT"), 0);
    let (library, fails) = (library(temporary.path()), temporary.path().join("fails"));
    let mut world = World { dir, library, fails, url, asked: 0, acknowledged: Vec::new() };
    let _operators = ["LA/operator", "VN/operator"].map(|folder| world.serve(folder));
    let consumer = world.serve("LA/moha");
    let provider = world.serve("VN/mps");
    assert_eq!(world.ask(), "200");

    std::fs::write(&world.fails, "").unwrap();
    let refused = world.ask();
    assert!(refused == "200" || refused.contains("logging_failed"), "{refused}");
    // It takes a moment; connections wait meanwhile.
    assert!((0..20).any(|_| {
        std::thread::sleep(Duration::from_millis(500));
        !world.fails.exists() && world.said().contains("was opened again") && world.ask() == "200"
    }));
    assert!(world.said().contains("Input/output error"), "{}", world.said());

    // Again, a moment later: this is no passing trouble.
    std::fs::write(&world.fails, "").unwrap();
    world.ask();
    assert_eq!(provider.exit_code(PATIENCE), 74);
    let provider = world.serve("VN/mps");
    assert_eq!(world.ask(), "200");
    assert_eq!((provider.interrupt("TERM"), consumer.interrupt("TERM")), (0, 0));

    for (folder, side) in [("LA/moha", "consumer"), ("VN/mps", "provider")] {
        let log = world.dir.join(folder).join("gateway/log");
        let logged = &run_client("logged.py", &[&log, &side]).success().json_lines()[0];
        for id in &world.acknowledged {
            assert!(logged[id].as_array().map_or(0, Vec::len) >= 2, "{folder} has not logged {id}: {logged}");
        }
    }
}
