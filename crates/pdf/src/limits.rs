//! How much of a hostile PDF is read before we stop.

/// Limits on one PDF; the defaults are far above what honest files have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Entries in all cross-reference sections together.
    pub entries: usize,
    /// Cross-reference sections: two an incremental update at most.
    pub sections: usize,
    /// Arrays and dictionaries inside one another.
    pub depth: u32,
    /// Bytes of one object without its stream.
    pub object_bytes: u64,
    /// Bytes of one stream as it stands in the file.
    pub stream_bytes: usize,
    /// Bytes of one decoded stream.
    pub decoded_bytes: usize,
    /// Bytes of decoded object streams that are kept.
    pub kept_bytes: usize,
    /// Parsed objects that are kept.
    pub kept_objects: usize,
    /// Pages, and fields of a form.
    pub pages: usize,
    /// Bytes of a file that are searched for objects when its cross-references are broken.
    pub repair_bytes: u64,
}

impl Default for Limits {
    /// 2 million entries, 20,000 sections, 64 deep, 16 MiB an object, 32 MiB a stream, packed or not, 8 MiB and 2,000
    /// objects kept, 100,000 pages, 256 MiB searched in repair.
    fn default() -> Self {
        Self {
            entries: 2_000_000,
            sections: 20_000,
            depth: 64,
            object_bytes: 16 << 20,
            stream_bytes: 32 << 20,
            decoded_bytes: 32 << 20,
            kept_bytes: 8 << 20,
            kept_objects: 2_000,
            pages: 100_000,
            repair_bytes: 256 << 20,
        }
    }
}
