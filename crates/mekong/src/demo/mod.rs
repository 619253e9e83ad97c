//! `mekong demo`: two countries on this machine, the journey of twenty exchanges, evidence, console.
//!
//! - [`country`]: who the two countries are; [`network`]: their addresses.
//! - [`prepare`]: makes a country; [`world`]: starts both.
//! - [`script`] and [`journey`]: what is asked and how it must end.
//! - [`evidence`]: exports an exchange, verifies it, breaks a copy.
//! - [`contract`]: the second journey: a signature recognised across the border, and the end of an agreement.

mod contract;
pub(crate) mod country;
pub(crate) mod evidence;
pub(crate) mod journey;
pub(crate) mod network;
mod page;
pub(crate) mod prepare;
mod script;
mod show;
mod witnesses;
pub(crate) mod world;

use crate::cli::{CommandError, CommandResult};
use crate::console;
use crate::interruption::Interruption;
use clap::Args;
use country::{CountrySpec, LAOS, VIETNAM};
use journey::{AgencySystem, Ended, Scene, Step};
use mekong_base::Clock;
use mekong_crypto::KeyType;
use network::CLIENT_PORT;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant as Stopwatch;
use tokio::sync::RwLock;
use world::World;

/// Options of `mekong demo`.
#[derive(Args)]
pub(crate) struct DemoOptions {
    /// Exit after the journey, with a summary; otherwise run until Ctrl-C.
    #[arg(long)]
    once: bool,
    /// Folder of the demo: made if it is not there, found as it was if it is.
    #[arg(long, value_name = "DIR", default_value = "demo-data")]
    dir: PathBuf,
    /// Residents a country [default: 100000].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..=2_000_000))]
    people: Option<u32>,
    /// The same seed gives the same residents [default: 1].
    #[arg(long, value_name = "S")]
    seed: Option<u64>,
    /// Where the console page is served (not with --once).
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:4000")]
    console: SocketAddr,
    /// Only makes the folder, with so many gateways of each ministry, and a service that answers with what it was sent. Before
    /// several gateways are started, their configuration must name the database of the log that they share.
    #[arg(long, value_name = "GATEWAYS", value_parser = clap::value_parser!(u8).range(1..=2), conflicts_with = "once")]
    only_made: Option<u8>,
}

/// Runs the command.
pub(crate) async fn run(options: DemoOptions) -> CommandResult {
    let started = Stopwatch::now();
    let clock = Clock::system();
    if let Some(gateways) = options.only_made {
        let claim = world::a_block()?;
        let (people, seed) = (options.people.unwrap_or(100_000), options.seed.unwrap_or(1));
        let file = world::WorldFile { block: claim.block, people, seed };
        let making = world::Making { key_type: KeyType::P256, echo: true, gateways };
        world::make(&options.dir, &file, making, &clock).await?;
        println!("{} is made; nothing runs", options.dir.display());
        return Ok(ExitCode::SUCCESS);
    }
    println!("Mekong demo: {} and {} on this machine, in {}", LAOS.name, VIETNAM.name, options.dir.display());
    let world = World::start(&options.dir, options.people, options.seed, KeyType::P256, &clock).await?;
    show::ready(&world, started.elapsed());
    let steps = script(&world).await?;
    let world = Arc::new(RwLock::new(world));
    let console = match options.once {
        true => None,
        false => Some(console::start(options.console, Arc::clone(&world), clock.clone()).await?),
    };
    let ended = travel(&world, &steps).await?;
    let evidence_holds = evidence::demonstrate(&*world.read().await, &steps, &ended, &options.dir).await?;
    let contract_counts = contract::demonstrate(&*world.read().await, &options.dir, &clock).await?;
    let as_expected = show::summary(&steps, &ended);
    show::invitation(&*world.read().await, &steps, console.is_some());
    let good = as_expected == steps.len() && evidence_holds && contract_counts;
    if let Some(console) = console {
        let interruption = Interruption::listen()?;
        println!("\nConsole: http://{}    Ctrl-C stops the demo", console.address());
        show::administration(&options.dir);
        show::journey_line(steps.len(), as_expected);
        interruption.wait().await;
        console.stop().await;
    } else {
        show::journey_line(steps.len(), as_expected);
    }
    if let Some(world) = Arc::into_inner(world) {
        world.into_inner().stop().await;
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// The steps for the residents of this world.
async fn script(world: &World) -> Result<Vec<Step>, CommandError> {
    let asked = async |spec: CountrySpec| {
        let country = world.country(spec.instance);
        let file = country.folder.join(spec.keeper.folder).join("population/persons.csv");
        match &country.keeper.register {
            Some(register) => script::asked(&file, &register.register).await,
            None => Err(CommandError::new(format!("{} has no register", spec.name))),
        }
    };
    Ok(script::steps(&asked(VIETNAM).await?, &asked(LAOS).await?))
}

/// The first question of the journey: a Lao system asks for a Vietnamese person by number.
///
/// # Errors
/// In words, if there is nobody to ask for.
pub(crate) async fn question_of(world: &World) -> Result<Step, CommandError> {
    script(world).await?.into_iter().next().ok_or_else(|| CommandError::new("the script is empty"))
}

/// Goes through the steps, shows each as it ends.
async fn travel(world: &RwLock<World>, steps: &[Step]) -> Result<Vec<Ended>, CommandError> {
    let system = AgencySystem::new();
    let mut all = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        set_scene(world, step).await?;
        let gateway = SocketAddr::new(world.read().await.country(step.from).addresses.asker(), CLIENT_PORT);
        let ended = system
            .exchange(&gateway.to_string(), step)
            .await
            .map_err(|error| CommandError::new(format!("step {}, {}: {error}", index + 1, step.what)))?;
        clear_scene(world, step).await?;
        show::step(index + 1, step, &ended);
        all.push(ended);
    }
    Ok(all)
}

async fn set_scene(world: &RwLock<World>, step: &Step) -> Result<(), CommandError> {
    let asked = CountrySpec::of(step.from).other;
    let mut world = world.write().await;
    let keeper = &mut world.country_mut(asked).keeper;
    match step.scene {
        Scene::Normal => {}
        Scene::RegisterDown => {
            if let Some(register) = &mut keeper.register {
                register.pause().await;
            }
        }
        Scene::GatewayDown => {
            if let Some(gateway) = &mut keeper.gateway {
                gateway.pause().await;
            }
        }
    }
    Ok(())
}

async fn clear_scene(world: &RwLock<World>, step: &Step) -> Result<(), CommandError> {
    let asked = CountrySpec::of(step.from).other;
    let mut world = world.write().await;
    let keeper = &mut world.country_mut(asked).keeper;
    match step.scene {
        Scene::Normal => Ok(()),
        Scene::RegisterDown => match &mut keeper.register {
            Some(register) => register.resume().await,
            None => Ok(()),
        },
        Scene::GatewayDown => match &mut keeper.gateway {
            Some(gateway) => gateway.resume().await,
            None => Ok(()),
        },
    }
}
