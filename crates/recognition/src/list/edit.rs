//! A list changed as its operator's decisions demand: nothing that was said of a service is ever lost.

use super::{Identity, Pointer, Provider, Service, ServiceStatus, TrustedList};
use mekong_base::Instant;
use mekong_pki::Certificate;

/// A service of a list: the places of provider and service, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ServiceId {
    /// Of the provider in the list.
    pub provider: usize,
    /// Of the service at the provider.
    pub service: usize,
}

/// Why a list is not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The list is closed.
    #[error("the list is closed: nothing in it can change any more")]
    Closed,
    /// The service is listed already.
    #[error("the key of {subject} is listed already as a service of the type {service_type}")]
    Listed {
        /// Subject of its certificate.
        subject: String,
        /// The type.
        service_type: String,
    },
    /// There is no such provider.
    #[error("there is no provider {0} in the list")]
    NoProvider(usize),
    /// There is no such pointer.
    #[error("there is no pointer to {0} in the list")]
    NoPointer(String),
    /// There is no such service.
    #[error("there is no service {} of provider {} in the list", .0.service, .0.provider)]
    NoService(ServiceId),
    /// Nothing would change.
    #[error("the service has the status {0} already")]
    SameStatus(String),
    /// A change that would rewrite the past.
    #[error("a change at {at} is not after {since}, since when what is said now holds: history is only ever added to")]
    TooEarly {
        /// When it should take effect.
        at: Instant,
        /// Since when the present entry holds.
        since: Instant,
    },
}

impl TrustedList {
    /// Adds a provider; gives its place.
    ///
    /// # Errors
    /// [`EditError::Closed`].
    pub fn add_provider(&mut self, provider: Provider) -> Result<usize, EditError> {
        self.open()?;
        self.providers.push(provider);
        Ok(self.providers.len() - 1)
    }

    /// Adds a service with its first status.
    ///
    /// # Errors
    /// [`EditError::Closed`], [`EditError::NoProvider`], or [`EditError::Listed`] if the same key is listed with the same
    /// type.
    pub fn add_service(&mut self, provider: usize, first: ServiceStatus) -> Result<ServiceId, EditError> {
        self.open()?;
        let keys: Vec<&Certificate> = first.identity.decoded().collect();
        let known = self.services().find(|(_, service)| service.is_of(&first.service_type, &keys));
        if let (Some(_), Some(certificate)) = (known, keys.first()) {
            let (subject, service_type) = (certificate.subject(), first.service_type.clone());
            return Err(EditError::Listed { subject, service_type });
        }
        let services = &mut self.providers.get_mut(provider).ok_or(EditError::NoProvider(provider))?.services;
        services.push(Service::new(first));
        Ok(ServiceId { provider, service: services.len() - 1 })
    }

    /// Gives a service another status from `at` on: withdrawn, granted again, or a national one. The present entry moves
    /// into the history.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn set_status(&mut self, id: ServiceId, status: &str, at: Instant) -> Result<(), EditError> {
        self.amend(id, at, |now| match now.status == status {
            true => Err(EditError::SameStatus(status.to_owned())),
            false => {
                status.clone_into(&mut now.status);
                Ok(())
            }
        })
    }

    /// Changes what is said of a service from `at` on: its type, name, qualifications. The present entry moves into the
    /// history, without its certificates (TS 119 612 §5.6.3).
    ///
    /// # Errors
    /// [`EditError`]; whatever it is, nothing changed.
    pub fn amend(
        &mut self,
        id: ServiceId,
        at: Instant,
        change: impl FnOnce(&mut ServiceStatus) -> Result<(), EditError>,
    ) -> Result<(), EditError> {
        self.open()?;
        let service = self.service_mut(id)?;
        let past = service.statuses.first().ok_or(EditError::NoService(id))?;
        if at <= past.since {
            return Err(EditError::TooEarly { at, since: past.since });
        }
        let mut now = past.clone();
        change(&mut now)?;
        now.since = at;
        if let Some(past) = service.statuses.first_mut() {
            past.identity = past.identity.with_key_identifier().without_certificates();
        }
        service.statuses.insert(0, now);
        Ok(())
    }

    /// Adds a pointer to another list; one to the same place is replaced.
    ///
    /// # Errors
    /// [`EditError::Closed`].
    pub fn point_to(&mut self, pointer: Pointer) -> Result<(), EditError> {
        self.open()?;
        match self.scheme.pointers.iter_mut().find(|known| known.location == pointer.location) {
            Some(known) => *known = pointer,
            None => self.scheme.pointers.push(pointer),
        }
        Ok(())
    }

    /// Takes a pointer away. An agreement in it goes with it: to end one, repeal it instead.
    ///
    /// # Errors
    /// [`EditError::Closed`], [`EditError::NoPointer`].
    pub fn remove_pointer(&mut self, location: &str) -> Result<(), EditError> {
        self.open()?;
        let before = self.scheme.pointers.len();
        self.scheme.pointers.retain(|pointer| pointer.location != location);
        match self.scheme.pointers.len() < before {
            true => Ok(()),
            false => Err(EditError::NoPointer(location.to_owned())),
        }
    }

    /// The agreement in the pointer to a place, to be enacted or repealed.
    ///
    /// # Errors
    /// [`EditError::Closed`], [`EditError::NoPointer`].
    pub fn pointer_mut(&mut self, location: &str) -> Result<&mut Pointer, EditError> {
        self.open()?;
        let mut pointers = self.scheme.pointers.iter_mut();
        pointers.find(|pointer| pointer.location == location).ok_or_else(|| EditError::NoPointer(location.to_owned()))
    }

    /// Makes this the next issue: the sequence number counts up.
    ///
    /// # Errors
    /// [`EditError::Closed`], or [`EditError::TooEarly`] if `at` is not after the last issue.
    pub fn issue(&mut self, at: Instant, next_update: Instant) -> Result<(), EditError> {
        self.open()?;
        self.advance(at)?;
        self.scheme.next_update = Some(next_update);
        Ok(())
    }

    /// Makes this the last issue: every service gets `status` from `at` on, and there is no next update
    /// (TS 119 612 §5.3.15).
    ///
    /// # Errors
    /// As [`TrustedList::issue`] and [`TrustedList::set_status`].
    pub fn close(&mut self, status: &str, at: Instant) -> Result<(), EditError> {
        self.open()?;
        let mut closing = self.clone();
        for id in closing.ids() {
            match closing.set_status(id, status, at) {
                Ok(()) | Err(EditError::SameStatus(_)) => {}
                Err(error) => return Err(error),
            }
        }
        closing.advance(at)?;
        closing.scheme.next_update = None;
        *self = closing;
        Ok(())
    }

    /// All services.
    pub fn ids(&self) -> Vec<ServiceId> {
        let places = self.providers.iter().enumerate();
        places
            .flat_map(|(provider, p)| (0..p.services.len()).map(move |service| ServiceId { provider, service }))
            .collect()
    }

    /// A service.
    pub fn service(&self, id: ServiceId) -> Option<&Service> {
        self.providers.get(id.provider)?.services.get(id.service)
    }

    fn service_mut(&mut self, id: ServiceId) -> Result<&mut Service, EditError> {
        let provider = self.providers.get_mut(id.provider).ok_or(EditError::NoProvider(id.provider))?;
        provider.services.get_mut(id.service).ok_or(EditError::NoService(id))
    }

    fn advance(&mut self, at: Instant) -> Result<(), EditError> {
        let since = self.scheme.issued;
        if self.scheme.sequence_number > 0 && at <= since {
            return Err(EditError::TooEarly { at, since });
        }
        self.scheme.sequence_number += 1;
        self.scheme.issued = at;
        Ok(())
    }

    /// A list that was never issued has sequence number 0 and no next update, but is not closed.
    fn open(&self) -> Result<(), EditError> {
        if self.is_closed() && self.scheme.sequence_number > 0 { Err(EditError::Closed) } else { Ok(()) }
    }
}

impl Service {
    /// A service with its first status and nothing else.
    pub fn new(first: ServiceStatus) -> Self {
        Self {
            statuses: vec![first],
            scheme_definition_uris: Vec::new(),
            provider_definition_uris: Vec::new(),
            supply_points: Vec::new(),
        }
    }

    /// Whether it is a service of that type with one of these keys.
    fn is_of(&self, service_type: &str, keys: &[&Certificate]) -> bool {
        let key = |certificate: &Certificate| certificate.public_key().spki().to_vec();
        self.statuses.first().is_some_and(|now| {
            now.service_type == service_type
                && now.identity.decoded().any(|known| keys.iter().any(|given| key(known) == key(given)))
        })
    }
}

impl Identity {
    /// With the key identifier of its certificate, if none is given.
    fn with_key_identifier(&self) -> Self {
        let mut identity = self.clone();
        if let (true, Some(certificate)) = (identity.key_identifiers.is_empty(), self.decoded().next()) {
            identity.key_identifiers = Self::of(certificate).key_identifiers;
        }
        identity
    }
}
