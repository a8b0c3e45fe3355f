//! The server: router, answer, resources and their lifecycle, stores, faults, journal, control API.
