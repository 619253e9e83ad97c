//! The binary: commands and what they exit with. Each command has its file in `cli`; the roles a server can play are in
//! `node`; `demo` and `bench` put whole countries together from them.

mod administration;
mod bench;
mod cli;
mod console;
mod demo;
mod doctor;
mod file;
mod interruption;
mod join;
mod node;
mod office;
mod progress;
mod restart;
mod serving;
mod soak;
mod story;
mod validator;

use clap::{Args, CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Messages come and go in many threads: with the allocator of the C library a gateway under load keeps a fifth more memory and
/// waits for its locks.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The digital-government core that lets the institutions of two countries trust each other's people, documents and data.
#[derive(Parser)]
#[command(name = "mekong", version, propagate_version = true, arg_required_else_help = true)]
struct Cli {
    /// What is logged to standard error: error, warn, info, debug, trace, or per room: `mekong_exchange=debug`
    /// [default: warn; error in demo, bench and soak, which break things on purpose, and in join and doctor, which tell it themselves; off in sim].
    #[arg(long, global = true, env = "MEKONG_LOG", value_name = "FILTER", display_order = 900)]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run two countries on this machine and let a population record cross the border.
    Demo(demo::DemoOptions),
    /// Check signed files of any form, and messages of the exchange. Exit 0: all valid, 1: some not, 2: could not be checked.
    Verify(Box<cli::verify::VerifyOptions>),
    /// Serve a page on which one drops a signed file and reads the verdict, and the same for programs.
    VerifyPage(Box<validator::VerifyPageOptions>),
    /// Sign files: PDF, XML, CMS, JWS, containers. Exit 0: all signed, 1: some not, 2: none.
    Sign(Box<cli::sign::SignOptions>),
    /// Extend signatures to a higher level, or renew archive time-stamps. Exit 0: all extended, 1: some not, 2: none.
    Extend(cli::sign::ExtendOptions),
    /// Time-stamp a file: a token of its own, or in a container.
    Timestamp(cli::sign::TimestampOptions),
    /// Work with trusted lists and agreements between countries.
    #[command(subcommand)]
    List(Box<cli::list::ListCommand>),
    /// Run the PKI of a country: roots, authorities, certificates, revocation.
    #[command(subcommand)]
    Ca(cli::ca::CaCommand),
    /// Work with the directory (global configuration): who is a member, invitations.
    #[command(subcommand)]
    Directory(Box<cli::directory::DirectoryCommand>),
    /// Publish and follow events: topics, subscriptions, replays, dead letters.
    #[command(subcommand)]
    Events(Box<cli::events::EventsCommand>),
    /// Administer a running gateway: what it serves, who may call what, and why not; users; the audit log.
    #[command(subcommand)]
    Gateway(Box<cli::gateway::GatewayCommand>),
    /// Prove what is in a ledger, and check ledgers and proofs.
    #[command(subcommand)]
    Ledger(cli::ledger::LedgerCommand),
    /// Find, show, export and archive what a gateway exchanged.
    #[command(subcommand)]
    Log(Box<cli::log::LogCommand>),
    /// Tell what became of a message: who asked, when, signed by whom, logged, time-stamped and witnessed. Exit 1: the log does not
    /// have it.
    Trace(cli::trace::TraceOptions),
    /// Work with the population register.
    #[command(subcommand)]
    Population(PopulationCommand),
    /// Become a member: from an invitation to a registered gateway, in one command that can be run again after any failure.
    Join(Box<join::JoinOptions>),
    /// Change what is registered of one's own gateway: address, subsystems, certificates.
    #[command(subcommand)]
    Registration(cli::registration::RegistrationCommand),
    /// Find out what is wrong with a node. Exit 0: nothing, 1: something, 2: something could not be checked.
    Doctor(doctor::DoctorOptions),
    /// Run the roles that a configuration file names, until interrupted.
    Serve(cli::serve::ServeOptions),
    /// Let a node that runs go on in a new process, of this or another release, without a connection refused or a message lost.
    /// Exit 1: the new process failed, and the old one serves as before.
    Restart(cli::serve::RestartOptions),
    /// Run gateways under a simulated clock, network and disk that break, seed after seed. Exit 1 where something that must
    /// hold did not.
    Sim(cli::sim::SimOptions),
    /// Run two countries under load while connections break, gateways are killed and disks fill. Exit 1 where something
    /// acknowledged was lost, or came twice.
    Soak(soak::SoakOptions),
    /// Measure on this machine.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Print a completion script for a shell.
    Completions(CompletionsOptions),
}

#[derive(Subcommand)]
enum PopulationCommand {
    /// Import persons from a CSV file: all of them, or none and a report of every fault.
    Import(cli::population::ImportOptions),
    /// Write a CSV file of residents who do not exist, for demonstrations and tests.
    Generate(cli::population::GenerateOptions),
}

#[derive(Subcommand)]
enum BenchCommand {
    /// Exchanges between two countries: rate, latency, CPU time and memory, beside the cryptographic floor.
    Exchange(bench::ExchangeOptions),
    /// Signatures validated and made, trusted lists and revocation lists loaded, beside the key operations and hashing that
    /// they need, and beside other programs where they are installed.
    Trust(bench::TrustOptions),
}

#[derive(Args)]
struct CompletionsOptions {
    /// The shell.
    shell: clap_complete::Shell,
}

/// Exit code of a command whose output nobody reads any more, as the shell gives it: 128 and the number of SIGPIPE.
const NOBODY_READS: i32 = 141;

/// `mekong ... | head`: printing panics when the other side is closed, which is no fault of ours to tell about.
fn end_quietly_where_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let is_closed = |text: &str| text.starts_with("failed printing to stdout") && text.contains("os error 32");
        if panic.payload_as_str().is_some_and(is_closed) {
            std::process::exit(NOBODY_READS);
        }
        usual(panic);
    }));
}

fn main() -> ExitCode {
    end_quietly_where_nobody_reads();
    let cli = Cli::parse();
    let usual = match cli.command {
        // Whatever breaks in it is meant to.
        Command::Sim(_) => "off",
        Command::Demo(_) | Command::Bench(_) | Command::Soak(_) | Command::Join(_) | Command::Doctor(_) => "error",
        _ => "warn",
    };
    cli::start_log(cli.log.as_deref().unwrap_or(usual));
    let outcome = match cli.command {
        Command::Demo(options) => cli::block_on(demo::run(options)),
        Command::Verify(options) => cli::verify::run(&options),
        Command::VerifyPage(options) => cli::block_on(validator::run(*options)),
        Command::Sign(options) => cli::sign::run(&options),
        Command::Extend(options) => cli::sign::run_extend(&options),
        Command::Timestamp(options) => cli::sign::run_timestamp(&options),
        Command::List(command) => cli::list::run(*command),
        Command::Ca(command) => cli::ca::run(command),
        Command::Directory(command) => cli::directory::run(&command),
        Command::Events(command) => cli::block_on(cli::events::run(*command)),
        Command::Gateway(command) => cli::block_on(cli::gateway::run(*command)),
        Command::Ledger(command) => cli::ledger::run(command),
        Command::Log(command) => cli::block_on(cli::log::run(*command)),
        Command::Trace(options) => cli::block_on(cli::trace::run(options)),
        Command::Population(PopulationCommand::Import(options)) => cli::block_on(cli::population::import(options)),
        Command::Population(PopulationCommand::Generate(options)) => cli::population::generate(&options),
        Command::Join(options) => cli::block_on(join::run(*options)),
        Command::Registration(command) => cli::block_on(cli::registration::run(command)),
        Command::Doctor(options) => cli::block_on(doctor::run(options)),
        Command::Serve(options) => cli::block_on(cli::serve::run(options)),
        Command::Restart(options) => cli::block_on(cli::serve::restart(options)),
        Command::Bench(BenchCommand::Exchange(options)) => cli::block_on(bench::run(options)),
        Command::Bench(BenchCommand::Trust(options)) => bench::run_trust(&options),
        Command::Soak(options) => cli::block_on(soak::run(options)),
        Command::Sim(options) => cli::sim::sim(&options),
        Command::Completions(options) => {
            clap_complete::generate(options.shell, &mut Cli::command(), "mekong", &mut std::io::stdout());
            Ok(ExitCode::SUCCESS)
        }
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("mekong: {error}");
        ExitCode::from(2)
    })
}
