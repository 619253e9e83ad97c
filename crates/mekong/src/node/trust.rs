//! Trust services of a country: certification authority, OCSP responder, time-stamping authority.

use super::config::{TrustSection, read_passphrase};
use super::listener::Listener;
use crate::cli::{CommandError, Context};
use crate::serving::sockets::Sockets;
use mekong_authority::ca::CertificateAuthority;
use mekong_base::Clock;

/// Running trust services.
pub(crate) struct TrustServices {
    /// The authority itself.
    pub(crate) authority: CertificateAuthority,
    listener: Listener,
}

impl TrustServices {
    /// Opens the authority in its folder and serves it.
    ///
    /// # Errors
    /// In words, if there is no authority, its keys do not open, or the address is taken.
    pub(crate) async fn start(section: &TrustSection, clock: &Clock, sockets: &Sockets) -> Result<Self, CommandError> {
        let passphrase = read_passphrase(&section.passphrase_file)?;
        let authority = CertificateAuthority::open(&section.folder, passphrase)
            .context(|| format!("open the certification authority in {}", section.folder.display()))?;
        Self::serve(authority, section, clock, sockets).await
    }

    /// Serves an authority that is open already.
    ///
    /// # Errors
    /// In words, if the address is taken.
    pub(crate) async fn serve(
        authority: CertificateAuthority,
        section: &TrustSection,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let mut router = authority.router(clock.clone());
        if section.renewals {
            router = router.merge(authority.renewal_router(clock.clone()));
        }
        let listener = Listener::on(sockets.listen(section.listen, "trust services").await?, "trust services", router)?;
        Ok(Self { authority, listener })
    }

    /// Stops serving.
    pub(crate) async fn stop(self) {
        self.listener.stop().await;
    }
}
