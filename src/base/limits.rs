//! Every limit of the program, by name. Reaching one is a handled and tested case, never a crash.

/// The longest request body the mock reads, in bytes; a longer one is answered 413.
pub const REQUEST_BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The longest response body the tester reads, in bytes; a longer one is cut off and reported.
pub const RESPONSE_BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How deep values are generated before recursion is steered to its end, in levels.
pub const VALUE_DEPTH_MAX: usize = 64;

/// How many `$ref`s may follow each other before a chain is called a cycle.
pub const REFERENCE_CHAIN_MAX: usize = 64;

/// How many requests the mock's journal remembers; older ones are dropped.
pub const JOURNAL_ENTRIES_MAX: usize = 10_000;

/// How many characters of a value are shown in a message.
pub const SHOWN_CHARS_MAX: usize = 200;
