//! `mekong ca console`: the registration office of an authority, until interrupted.

use super::{CommandError, CommandResult, Context, Passphrase, profile};
use crate::interruption::Interruption;
use crate::node::config::read_passphrase;
use crate::office;
use clap::Args;
use mekong_authority::ca::CertificateAuthority;
use mekong_authority::profile::{BUILT_IN, CertificateProfile};
use mekong_base::Clock;
use std::io::{BufRead as _, IsTerminal as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Extended key usage of time-stamping units, which roots certify.
const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// Options of `mekong ca console`.
#[derive(Args)]
pub(crate) struct ConsoleOptions {
    /// Folder of the authority. `mekong ca serve` and other commands may use it at the same time.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Where to listen: a loopback address only; from elsewhere through `ssh -L`.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8891")]
    listen: SocketAddr,
    /// File with the token that programs present (at least 32 characters: `openssl rand -hex 32`); without it they are refused.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Let other users of this machine connect too, who need the address or the token all the same; else only the user who
    /// runs this, and root.
    #[arg(long)]
    other_users: bool,
    /// A profile that may be issued here, its name or file, once for each [default: those that come along and take the
    /// authority's country, but none for authorities and time-stamping units].
    #[arg(long = "profile", value_name = "NAME_OR_FILE")]
    profiles: Vec<String>,
}

pub(super) async fn run(options: ConsoleOptions) -> CommandResult {
    let authority =
        CertificateAuthority::open(&options.dir, options.passphrase.read()?).context(|| "open the authority")?;
    let profiles = offered(&options.profiles, authority.country())?;
    let token = options.token_file.as_deref().map(read_passphrase).transpose()?;
    let admission = office::Admission { token, other_users: options.other_users };
    let name = authority.name().to_owned();
    let interruption = Interruption::listen()?;
    let office = office::start(options.listen, authority, profiles, admission, Clock::system()).await?;
    println!("The registration office of {name} is open; Ctrl-C closes it.");
    println!("{}", office.invitation()?);
    println!("lets in once, within 15 minutes.");
    let mut asked = asked_for_another();
    let mut closing = std::pin::pin!(interruption.wait());
    loop {
        tokio::select! {
            () = &mut closing => break,
            Some(()) = asked.recv() => println!("{}", office.invitation()?),
        }
    }
    office.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Hears the Enter key, if somebody sits there.
fn asked_for_another() -> tokio::sync::mpsc::Receiver<()> {
    let (ask, asked) = tokio::sync::mpsc::channel(1);
    if std::io::stdin().is_terminal() {
        println!("Press Enter for another address.");
        std::thread::spawn(move || {
            for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
                if ask.blocking_send(()).is_err() {
                    return;
                }
            }
        });
    }
    asked
}

/// The profiles that are named, or those that come along and fit.
fn offered(named: &[String], country: &str) -> Result<Vec<CertificateProfile>, CommandError> {
    if !named.is_empty() {
        return named.iter().map(|name| profile(name)).collect();
    }
    let all: Vec<CertificateProfile> = BUILT_IN.iter().map(|(name, _)| profile(name)).collect::<Result<_, _>>()?;
    let stamps =
        |profile: &CertificateProfile| profile.purpose().extended.iter().any(|id| id.to_string() == TIME_STAMPING);
    Ok(all.into_iter().filter(|p| !p.is_authority() && !stamps(p) && p.takes("C", country)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_issues_to_its_own() -> Result<(), CommandError> {
        let names =
            |profiles: Vec<CertificateProfile>| profiles.iter().map(|p| p.name().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(offered(&[], "LA")?), ["la-person", "la-organisation", "list-signer"]);
        assert_eq!(names(offered(&[], "VN")?), ["vn-person", "vn-organisation", "list-signer"]);
        assert_eq!(names(offered(&["vn-person".to_owned()], "LA")?), ["vn-person"]);
        assert!(offered(&["no-such".to_owned()], "LA").is_err());
        Ok(())
    }
}
