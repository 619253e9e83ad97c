//! The `.metadata` file beside each part on disk: JSON, as the reference writes it.

use crate::Version;
use mekong_base::Instant;
use serde::{Deserialize, Serialize};

/// What is known of a part besides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMetadata {
    /// `SHARED-PARAMETERS`, …; empty if the directory did not say.
    pub content_id: String,
    /// The instance that the directory gave; empty if it did not.
    pub instance: String,
    /// `Expire-date` of the directory that listed it; `None` means it never expires.
    pub expires: Option<Instant>,
    /// File name that the directory suggests.
    pub file_name: Option<String>,
    /// `Content-location`, which holds the generation.
    pub location: Option<String>,
    /// Version of the format; the directory's `Version`, V2 if there is none.
    pub version: Version,
}

/// The JSON form; unknown keys are skipped, all are optional.
#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wire {
    content_identifier: Option<String>,
    instance_identifier: Option<String>,
    expiration_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_version: Option<String>,
}

impl PartMetadata {
    /// Reads the JSON.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn from_json(bytes: &[u8]) -> Result<Self, String> {
        let wire: Wire = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        let expires = wire.expiration_date.map(|d| d.parse::<Instant>().map_err(|e| e.to_string())).transpose()?;
        let version = match wire.configuration_version.as_deref() {
            None | Some("") => Version::V2,
            Some(text) => {
                Version::from_text(text).ok_or_else(|| format!("configurationVersion {text:?} is not supported"))?
            }
        };
        Ok(Self {
            content_id: wire.content_identifier.unwrap_or_default(),
            instance: wire.instance_identifier.unwrap_or_default(),
            expires,
            file_name: wire.content_file_name,
            location: wire.content_location,
            version,
        })
    }

    /// Writes the JSON.
    pub fn to_json(&self) -> String {
        let wire = Wire {
            content_identifier: Some(self.content_id.clone()),
            instance_identifier: Some(self.instance.clone()),
            expiration_date: self.expires.map(|t| t.to_string()),
            content_file_name: self.file_name.clone(),
            content_location: self.location.clone(),
            configuration_version: Some(self.version.number().to_string()),
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }
}
