//! PDFs read lazily under limits, revised by incremental update. No IO.
