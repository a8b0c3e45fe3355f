//! From schemas to values and whole requests: valid ones, boundaries, and ones broken for one known reason.
