//! The test engine: plan, phases, workers, sequences, shrinking, replay; emits events.
