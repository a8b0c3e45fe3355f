//! Reports: one file per format, each a consumer of the same events.
