//! Records made and renewed.
