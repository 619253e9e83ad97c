//! How much of anything hostile is read before we stop. Defaults are safe; the binary's configuration may move them.

/// Limits on one XML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlLimits {
    /// Bytes of the document.
    pub bytes: usize,
    /// Nodes (elements, attributes, texts, comments) in the tree.
    pub nodes: u32,
    /// Depth of elements.
    pub depth: u32,
}

impl XmlLimits {
    /// For signatures, hash chains and anchors: 2 MiB, 50,000 nodes, 64 deep.
    pub const SMALL: Self = Self { bytes: 2 << 20, nodes: 50_000, depth: 64 };
    /// For the parts of a country's global configuration: 64 MiB, 4 million nodes, 64 deep.
    pub const DIRECTORY: Self = Self { bytes: 64 << 20, nodes: 4_000_000, depth: 64 };
}

/// Limits on one ASiC-E container or archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContainerLimits {
    /// Entries in the container.
    pub entries: usize,
    /// Bytes of one entry, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all entries, unpacked.
    pub total_bytes: u64,
    /// Unpacked bytes allowed per packed byte, once an entry is larger than 1 MiB.
    pub ratio: u64,
}

impl Default for ContainerLimits {
    fn default() -> Self {
        Self { entries: 1_000, entry_bytes: 1 << 30, total_bytes: 1 << 30, ratio: 1_000 }
    }
}

/// Limits on one message between a system and its gateway, or between gateways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageLimits {
    /// Bytes of all headers of a request.
    pub header_bytes: usize,
    /// Headers of a request or part.
    pub headers: usize,
    /// Bytes of the message part (request line and headers, or the SOAP envelope).
    pub message_bytes: usize,
    /// Bytes of a REST body.
    pub body_bytes: u64,
    /// Bytes of a body that are kept in memory; what is larger is spooled to a file.
    pub memory_bytes: usize,
    /// Bytes of one signature, OCSP response or hash chain part.
    pub evidence_bytes: usize,
    /// Parts of a transport message.
    pub parts: usize,
    /// A sender that is silent for this many seconds is cut off.
    pub idle_seconds: u64,
}

impl Default for MessageLimits {
    fn default() -> Self {
        Self {
            header_bytes: 64 << 10,
            headers: 100,
            message_bytes: 1 << 20,
            body_bytes: 100 << 20,
            memory_bytes: 256 << 10,
            evidence_bytes: 1 << 20,
            parts: 64,
            idle_seconds: 30,
        }
    }
}
