//! The validator as a role: its section of a configuration file, and starting it.

use super::config::ValidatorSection;
use super::listener::Listener;
use crate::cli::CommandError;
use crate::cli::verify::SettingOptions;
use crate::serving::sockets::Sockets;
use crate::validator;
use mekong_base::Clock;

/// A running validator.
pub(crate) struct Validator {
    listener: Listener,
}

impl Validator {
    /// Reads the lists and anchors, and serves the page and the API.
    ///
    /// # Errors
    /// In words: what could not be read, which list does not verify, or that the address is taken.
    pub(crate) async fn start(
        section: &ValidatorSection,
        clock: &Clock,
        sockets: &Sockets,
    ) -> Result<Self, CommandError> {
        let setting = SettingOptions {
            lists: section.lists.clone(),
            list_signers: section.list_signers.clone(),
            anchors: section.anchors.clone(),
            policy: section.policy.clone(),
            ..SettingOptions::default()
        };
        let listener =
            validator::start(section.listen, &setting, section.module.clone(), clock.clone(), sockets).await?;
        Ok(Self { listener })
    }

    /// Stops.
    pub(crate) async fn stop(self) {
        self.listener.stop().await;
    }
}
