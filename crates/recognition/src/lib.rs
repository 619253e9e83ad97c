//! Trusted lists of countries and agreements between them: what a foreign signature counts as. No IO.
