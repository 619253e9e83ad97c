//! The canonicalisation methods and their names.

const INCLUSIVE_10: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
const INCLUSIVE_10_COMMENTS: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments";
const INCLUSIVE_11: &str = "http://www.w3.org/2006/12/xml-c14n11";
const INCLUSIVE_11_COMMENTS: &str = "http://www.w3.org/2006/12/xml-c14n11#WithComments";
/// Exclusive C14N; also the namespace of its `InclusiveNamespaces` element.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const EXCLUSIVE_COMMENTS: &str = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments";

/// A canonicalisation method. `prefixes` is the `PrefixList` of `InclusiveNamespaces`; `#default` is the default namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Exclusive, without comments.
    Exclusive {
        /// Prefixes handled as in the inclusive method.
        prefixes: Vec<String>,
    },
    /// Exclusive, with comments.
    ExclusiveWithComments {
        /// Prefixes handled as in the inclusive method.
        prefixes: Vec<String>,
    },
    /// Canonical XML 1.0 without comments.
    Inclusive10,
    /// Canonical XML 1.0 with comments.
    Inclusive10WithComments,
    /// Canonical XML 1.1 without comments.
    Inclusive11,
    /// Canonical XML 1.1 with comments.
    Inclusive11WithComments,
}

impl Method {
    /// Exclusive without comments and without a prefix list.
    pub const EXCLUSIVE: Self = Self::Exclusive { prefixes: Vec::new() };

    /// The method of an algorithm URI; `prefixes` belong to the exclusive ones and are dropped for the others.
    pub fn from_uri(uri: &str, prefixes: Vec<String>) -> Option<Self> {
        Some(match uri {
            INCLUSIVE_10 => Self::Inclusive10,
            INCLUSIVE_10_COMMENTS => Self::Inclusive10WithComments,
            INCLUSIVE_11 => Self::Inclusive11,
            INCLUSIVE_11_COMMENTS => Self::Inclusive11WithComments,
            EXCLUSIVE => Self::Exclusive { prefixes },
            EXCLUSIVE_COMMENTS => Self::ExclusiveWithComments { prefixes },
            _ => return None,
        })
    }

    /// The algorithm URI.
    pub const fn uri(&self) -> &'static str {
        match self {
            Self::Exclusive { .. } => EXCLUSIVE,
            Self::ExclusiveWithComments { .. } => EXCLUSIVE_COMMENTS,
            Self::Inclusive10 => INCLUSIVE_10,
            Self::Inclusive10WithComments => INCLUSIVE_10_COMMENTS,
            Self::Inclusive11 => INCLUSIVE_11,
            Self::Inclusive11WithComments => INCLUSIVE_11_COMMENTS,
        }
    }

    /// The prefix list of an exclusive method; `None` for the others.
    pub fn prefixes(&self) -> Option<&[String]> {
        match self {
            Self::Exclusive { prefixes } | Self::ExclusiveWithComments { prefixes } => Some(prefixes),
            _ => None,
        }
    }

    /// Whether comments stay.
    pub const fn keeps_comments(&self) -> bool {
        matches!(
            self,
            Self::ExclusiveWithComments { .. } | Self::Inclusive10WithComments | Self::Inclusive11WithComments
        )
    }

    /// The same method without comments.
    pub fn without_comments(&self) -> Self {
        match self {
            Self::Exclusive { prefixes } | Self::ExclusiveWithComments { prefixes } => {
                Self::Exclusive { prefixes: prefixes.clone() }
            }
            Self::Inclusive10 | Self::Inclusive10WithComments => Self::Inclusive10,
            Self::Inclusive11 | Self::Inclusive11WithComments => Self::Inclusive11,
        }
    }
}
