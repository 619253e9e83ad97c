//! What the demo prints.

use super::journey::{Ended, Step};
use super::network::CLIENT_PORT;
use super::world::World;
use std::time::Duration;

/// That everything runs, and where.
pub(crate) fn ready(world: &World, elapsed: Duration) {
    let how = if world.is_new { "made" } else { "found as it was" };
    println!("{how}: {} residents a country, seed {}", world.file.people, world.file.seed);
    for country in &world.countries {
        let (spec, at) = (&country.spec, &country.addresses);
        println!("  {} ({})", spec.name, spec.instance);
        println!("    trust services       http://{}   {}", at.trust(), spec.authority);
        println!("    directory            http://{}/internalconf", at.directory());
        println!(
            "    gateway {:<12} http://{}:{CLIENT_PORT}   {} (keeps the register)",
            spec.keeper.code,
            at.keeper(),
            spec.keeper.name
        );
        println!(
            "    gateway {:<12} http://{}:{CLIENT_PORT}   {} (asks)",
            spec.asker.code,
            at.asker(),
            spec.asker.name
        );
    }
    println!("ready in {:.2} s\n", elapsed.as_secs_f64());
}

/// One step as it ended.
pub(crate) fn step(number: usize, step: &Step, ended: &Ended) {
    let mark = if step.is_as_expected(ended) { "ok " } else { "NOT" };
    let to = if step.from == "LA" { "VN" } else { "LA" };
    let milliseconds = ended.duration.as_secs_f64() * 1_000.0;
    println!("{mark} {number:>2}  {} -> {to}  {milliseconds:>7.1} ms  {:<40} {ended}", step.from, step.what);
    if !step.is_as_expected(ended) {
        println!("        expected {}; the answer was: {}", step.expected, String::from_utf8_lossy(&ended.body));
    }
}

/// The table at the end and the command to try; returns how many steps were as expected.
pub(crate) fn summary(steps: &[Step], ended: &[Ended]) -> usize {
    println!("\nsummary        steps  as expected  fastest     median    slowest");
    for from in ["LA", "VN"] {
        let of_direction: Vec<_> = steps.iter().zip(ended).filter(|(step, _)| step.from == from).collect();
        let good = of_direction.iter().filter(|(step, ended)| step.is_as_expected(ended)).count();
        let mut times: Vec<f64> = of_direction.iter().map(|(_, e)| e.duration.as_secs_f64() * 1_000.0).collect();
        times.sort_by(f64::total_cmp);
        let at = |index: usize| times.get(index).copied().unwrap_or_default();
        let to = if from == "LA" { "VN" } else { "LA" };
        println!(
            "{from} -> {to}       {:>5}  {good:>11}  {:>7.1} ms {:>7.1} ms {:>7.1} ms",
            of_direction.len(),
            at(0),
            at(times.len() / 2),
            at(times.len().saturating_sub(1))
        );
    }
    steps.iter().zip(ended).filter(|(step, ended)| step.is_as_expected(ended)).count()
}

/// What to try while the demo runs.
pub(crate) fn invitation(world: &World, steps: &[Step], is_running: bool) {
    let Some(first) = steps.first() else { return };
    let gateway = world.country(first.from).addresses.asker();
    match is_running {
        true => println!("\ntry it yourself, from another terminal while the demo runs:"),
        false => println!("\ntry it yourself: run the demo without --once, and from another terminal:"),
    }
    println!("  curl -i -H 'X-Road-Client: {}' 'http://{gateway}:{CLIENT_PORT}{}'", first.client, first.path);
}

/// The last line, which other programs read.
pub(crate) fn journey_line(steps: usize, as_expected: usize) {
    println!("journey: {steps} steps, {as_expected} as expected, {} not", steps - as_expected);
}

/// How the gateways are administered: each by its own institution.
pub(crate) fn administration(folder: &std::path::Path) {
    let folder = folder.display();
    println!("Administration of a gateway, in a browser: mekong gateway enter --config {folder}/VN/mps/node.toml");
    println!("                          in a terminal: mekong gateway list --config {folder}/VN/mps/node.toml");
}
