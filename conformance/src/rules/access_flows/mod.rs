//! TempPass, degradation, single sign-on.
