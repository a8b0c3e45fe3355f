//! Every limit of the program, by name. Reaching one is a handled and tested case, never a crash.

/// The longest request body the mock reads, in bytes; a longer one is answered 413.
pub const REQUEST_BODY_BYTES_MAX: usize = 10 * 1024 * 1024;

/// The longest JSON document that is read flat, in bytes; a longer one is read as a tree of values. A node takes about
/// twenty times the byte that it may stand for.
pub const FLAT_BYTES_MAX: usize = 1024 * 1024;

/// How many arrays and objects lie in one another in a document that is read flat. A deeper one is left to the library,
/// which takes no deeper one either.
pub const FLAT_DEPTH_MAX: usize = 127;

/// The longest response body the tester reads, in bytes, before and after its content codings are undone; a longer one
/// is cut off and reported.
pub const RESPONSE_BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many bytes the bodies of all answers that are read at once may have together: many workers read less than
/// [`RESPONSE_BODY_BYTES_MAX`] each.
pub const RESPONSE_BODIES_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// How many bytes of an answer's body are kept once it has been judged (for findings, records and histories).
pub const RESPONSE_KEPT_BYTES_MAX: usize = 256 * 1024;

/// From how many bytes on an answer is judged off the threads that send and receive.
pub const RESPONSE_JUDGED_ASIDE_BYTES_MIN: usize = 32 * 1024;

/// How many answers are judged off those threads at once; each may take some times the memory of its body.
pub const RESPONSES_JUDGED_ASIDE_MAX: usize = 2;

/// How many bytes of a refusal are read to see what it blames, or searched for words.
pub const REFUSAL_BYTES_MAX: usize = 64 * 1024;

/// How many interim answers (1xx) may come before an answer.
pub const INTERIM_ANSWERS_MAX: usize = 32;

/// The longest line that begins a chunk, with its extensions, in bytes.
pub const CHUNK_LINE_BYTES_MAX: usize = 16 * 1024;

/// How many values, names of members among them, a JSON document may have to be judged.
pub const JSON_NODES_MAX: usize = 1_000_000;

/// How many values, names of members among them, a document may have to be read as a tree of values, which takes some
/// hundred bytes for each.
pub const TREE_NODES_MAX: usize = 200_000;

/// How many steps judging one JSON document may take: looks at its values and at what lies inside them.
pub const JUDGE_STEPS_MAX: u64 = 20_000_000;

/// How many broken keywords of one JSON document are looked for, those of alternatives among them.
pub const JUDGE_ERRORS_MAX: u32 = 5_000;

/// How many violations of one value are told.
pub const VIOLATIONS_MAX: usize = 500;

/// The longest value that is copied for each keyword that it breaks, in bytes of JSON; of a longer one it is noted where
/// it stands.
pub const ERROR_VALUE_BYTES_MAX: usize = 512;

/// How deep values are generated before recursion is steered to its end, in levels.
pub const VALUE_DEPTH_MAX: usize = 64;

/// How many `$ref`s may follow each other before a chain is called a cycle.
pub const REFERENCE_CHAIN_MAX: usize = 64;

/// How many requests the mock's journal remembers; older ones are dropped.
pub const JOURNAL_ENTRIES_MAX: usize = 10_000;

/// How many entries may wait for the journal to be free; who brings one more waits with it.
pub const JOURNAL_WAITING_MAX: usize = 1_000;

/// How many bytes of one request body the journal keeps.
pub const JOURNAL_BODY_BYTES_MAX: usize = 16 * 1024;

/// How many bytes all requests in the journal may take together, estimated; older ones are dropped.
pub const JOURNAL_BYTES_MAX: usize = 6 * 1024 * 1024;

/// How many bytes the bodies of all answers in the journal may take together; those of older ones are dropped.
pub const JOURNAL_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How large a regular expression of a request matcher may be once compiled, in bytes.
pub const MATCHER_REGEX_BYTES_MAX: usize = 256 * 1024;

/// How many expectations there may be at once.
pub const EXPECTATIONS_MAX: usize = 1000;

/// How many answers one expectation may have.
pub const EXPECTATION_ANSWERS_MAX: usize = 100;

/// How many bytes the bodies of one expectation's answers may take together.
pub const EXPECTATION_BYTES_MAX: usize = 1024 * 1024;

/// For how many operations an expectation's answers are judged when it is made; one that could concern more is judged
/// only when it answers.
pub const EXPECTATION_OPERATIONS_MAX: usize = 64;

/// How many callbacks and webhooks may wait to be sent; more are not sent.
pub const CALLBACKS_QUEUED_MAX: usize = 1000;

/// How many callbacks and webhooks are remembered with what became of them; older ones are forgotten.
pub const CALLBACKS_KEPT_MAX: usize = 1000;

/// How many callbacks and webhooks are sent at once.
pub const CALLBACKS_AT_ONCE_MAX: usize = 16;

/// The longest answer to a callback that is read, in bytes; a longer one is cut off and not judged.
pub const CALLBACK_ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// How often one callback is tried at most.
pub const CALLBACK_ATTEMPTS_MAX: u32 = 10;

/// The longest delay of an answer, and the longest time that a slow body takes, in seconds.
pub const DELAY_SECONDS_MAX: u64 = 300;

/// How many fault rules may be switched on at once.
pub const FAULT_RULES_MAX: usize = 1000;

/// How many entities, deleted ones included, the mock holds for one resource; beyond, the oldest deleted ones go,
/// then nothing more is created.
pub const STORE_ENTITIES_MAX: usize = 200_000;

/// How many bytes of changes a state file may be behind while the disk refuses them; beyond, changes are answered 503.
pub const STATE_QUEUE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How long a state file may be before it is looked at whether it is worth writing anew, in bytes.
pub const STATE_REWRITE_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// How many bytes of lines stand in one frame of a state file that is written anew.
pub const STATE_FRAME_BYTES: usize = 1024 * 1024;

/// How many named snapshots of its state the mock holds.
pub const SNAPSHOTS_MAX: usize = 64;

/// How many bytes the entities of all named snapshots may have together, counted as if none were shared.
pub const SNAPSHOT_BYTES_MAX: usize = 512 * 1024 * 1024;

/// The longest name of a snapshot, in characters.
pub const SNAPSHOT_NAME_CHARS_MAX: usize = 64;

/// The longest body that the control API reads, in bytes: a whole state may be put back.
pub const CONTROL_BODY_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How many events of an entity may lie in the future; more are not taken in.
pub const PENDING_EVENTS_MAX: usize = 1000;

/// How many given secrets are searched for in what is shown; the longest ones count.
pub const SECRETS_MAX: usize = 1_000;

/// How many secrets of one message are searched for in the rest of its exchange.
pub const MESSAGE_SECRETS_MAX: usize = 64;

/// How many examples and defaults of a contract are kept as secrets.
pub const CONTRACT_SECRETS_MAX: usize = 500;

/// How many escapes in one another are undone to find a secret: JSON in a form in JSON.
pub const SECRET_ESCAPES_MAX: usize = 3;

/// How many elements of an XML text may lack their end before ends are not looked for any more.
pub const UNCLOSED_ELEMENTS_MAX: usize = 8;

/// How many characters of a value are shown in a message.
pub const SHOWN_CHARS_MAX: usize = 200;

/// How many characters one source line may have before it is cut around the place that is meant (minified documents are one
/// line).
pub const SOURCE_CHARS_MAX: usize = 200;

/// How many schemas one schema may reach; a contract's largest closure in the wild is a few thousand.
pub const BUNDLE_SCHEMAS_MAX: usize = 20_000;

/// How deep schemas may nest inside one another without a reference between.
pub const SCHEMA_DEPTH_MAX: usize = 128;

/// How many keywords of one bundle are dropped because they can't be compiled, before the schema is given up.
pub const SCHEMA_REPAIRS_MAX: usize = 100;

/// Steps back that the back-tracking regular expression engine may take for one match (it is used only for patterns
/// that the linear engine can't express).
pub const REGEX_BACKTRACK_MAX: usize = 20_000;

/// How often schemas may be put to parts of a value while it is judged; a value that takes more is invalid, a schema for
/// which every value does is not compiled.
pub const EFFORT_MAX: u64 = 200_000;

/// How often a schema may be put to one part of a value for its effort not to be counted for each value.
pub const EFFORT_UNCOUNTED_MAX: u64 = 2_000;

/// How many schemas that are too large to be judged by are named.
pub const CROWDED_TOLD_MAX: usize = 20;

/// Up to which depth of values the effort of a schema is worked out before there is a value, in levels.
pub const JUDGED_DEPTH_MAX: usize = 16;

/// How many schemas may hold for one value by way of one another (`$ref`, `allOf`, …): judges recurse that deep.
pub const IN_PLACE_DEPTH_MAX: usize = 256;

/// How large a value may be, in bytes, to be copied into a violation; larger ones become `null` there.
pub const VIOLATION_VALUE_BYTES_MAX: usize = 4096;

/// How many choices of one generated value are remembered for shrinking.
pub const CHOICES_MAX: usize = 100_000;

/// How many parts a multipart body may have.
pub const MULTIPART_PARTS_MAX: usize = 1_000;

/// How many pairs of brackets a name in a query may have (`a[b][c]`).
pub const BRACKET_DEPTH_MAX: usize = 32;

/// How deep a schema is followed to see what a text stands for.
pub const READING_DEPTH_MAX: usize = 12;

/// How many schemas are looked at to see what one text stands for.
pub const READING_STEPS_MAX: usize = 2_000;

/// How many texts of one message that may be strings as well as something else are tried as both, in all combinations;
/// where there are more, the others are strings, or none of them is.
pub const READING_CHOICES_MAX: u32 = 5;

/// How many idle connections a client keeps.
pub const IDLE_CONNECTIONS_MAX: usize = 256;

/// The longest header section of an answer, in bytes (also of trailers, and of one chunk's first line).
pub const RESPONSE_HEAD_BYTES_MAX: usize = 256 * 1024;

/// How many header fields an answer may have.
pub const RESPONSE_HEADERS_MAX: usize = 2_000;

/// The longest document (one file of a contract) that is read, in bytes.
pub const DOCUMENT_BYTES_MAX: usize = 128 * 1024 * 1024;

/// How deep a document may nest, in levels.
pub const DOCUMENT_DEPTH_MAX: usize = 192;

/// How many nodes aliases and merge keys of one YAML document may add to it ("billion laughs").
pub const ALIAS_NODES_MAX: usize = 200_000;

/// How many nodes of one YAML document may stand under anchors, counted once for each anchor above them.
pub const ANCHORED_NODES_MAX: usize = 1_000_000;

/// How many files one contract may consist of.
pub const DOCUMENT_FILES_MAX: usize = 10_000;

/// How many bytes all files of one contract may have together.
pub const CONTRACT_BYTES_MAX: usize = 512 * 1024 * 1024;

/// How deep callbacks may stand in callbacks, in levels.
pub const CALLBACK_DEPTH_MAX: usize = 3;

/// How many states the automaton of one pattern may have.
pub const REGEX_STATES_MAX: usize = 20_000;

/// How many optional repeats of a counted repetition the generator knows of; texts with more are not drawn.
pub const REGEX_REPEATS_MAX: u32 = 300;

/// How many states the product of several patterns may have; what lies beyond is not drawn from.
pub const TEXT_STATES_MAX: usize = 1_500;

/// How many (length, state) pairs are kept to draw texts of a wanted length.
pub const TEXT_LENGTH_STATES_MAX: usize = 4_000_000;

/// How many (length, state) pairs, and two hundred for each state, the patterns of one schema with all that it is made of
/// may take together.
pub const TEXT_WORK_MAX: usize = 256_000_000;

/// How many alternatives of one schema (after `anyOf`, `oneOf`, `not`, `if`, … are multiplied out) the generator keeps.
pub const ALTERNATIVES_MAX: usize = 48;

/// How many plans (sets of schemas that one instance must fulfil) the generator makes for one schema.
pub const PLANS_MAX: usize = 100_000;

/// How many plans are worked out at once to tell whether a value can be finished.
pub const PLANS_AT_ONCE_MAX: usize = 3_000;

/// How many steps working out what fulfils a schema may take, shared among all schemas that it is made of. A step is an
/// alternative put to another, or sixteen of their parts copied or compared.
pub const PLAN_STEPS_MAX: usize = 4_000_000;

/// How many such steps each of those schemas may take however many there are.
pub const TERM_STEPS_MIN: usize = 20_000;

/// How many examples of one schema are kept to be drawn from.
pub const PLAN_EXAMPLES_MAX: usize = 1_000;

/// How many characters are drawn in search of one text that keeps rules which can only be tried.
pub const TEXT_TRIED_CHARS_MAX: usize = 4_000_000;

/// How many values, nested ones counted, are drawn in search of one that is valid, over all attempts.
pub const DRAWN_NODES_MAX: usize = 600_000;

/// How many values, nested ones counted, are drawn for one answer of the mock, however many it needs.
pub const ANSWER_NODES_MAX: usize = 1_500_000;

/// How many values, nested ones counted, the simpler values may have together that one generated value is tried with
/// while it shrinks.
pub const SHRINK_NODES_MAX: usize = 5_000_000;

/// How many values, nested ones counted, the boundary values of one schema may have together.
pub const BOUNDARY_NODES_MAX: usize = 1_000_000;

/// How many replacements are tried to break one keyword.
pub const PROPOSALS_MAX: usize = 64;

/// How many values, nested ones counted, one generated value has before only what must be there is added.
pub const VALUE_NODES_MAX: usize = 1_000;

/// How many items, characters or properties are added at most to go beyond an upper bound.
pub const OVERLONG_MAX: usize = 20_000;

/// How many places of one value are looked at for something to break.
pub const BREAKABLE_PLACES_MAX: usize = 400;

/// How deep a value is looked into for its shape.
pub const SHAPE_DEPTH_MAX: usize = 64;

/// How many members of an object have their own shape; the others share one.
pub const SHAPE_MEMBERS_MAX: usize = 500;

/// How many different words a place may have to be an enumeration.
pub const SHAPE_WORDS_MAX: usize = 24;

/// The longest word of an enumeration, in characters.
pub const SHAPE_WORD_CHARS_MAX: usize = 48;

/// How deep a schema is followed to find declared enumerations.
pub const DECLARED_DEPTH_MAX: usize = 24;

/// How many schemas are looked at to find declared enumerations.
pub const DECLARED_STEPS_MAX: usize = 10_000;

/// How many simpler values are tried for one generated value while it shrinks.
pub const SHRINK_STEPS_MAX: usize = 5_000;

/// How many levels of a body are looked through for what names a record.
pub const NAMING_DEPTH_MAX: usize = 16;

/// How many bodies of an operation are drawn to see which members name its records, and what they may be.
pub const NAMING_DRAWS_MAX: u64 = 8;

/// How many records that it made a run remembers, and so may change or delete.
pub const OWN_RECORDS_MAX: usize = 10_000;

/// How many ids that answers showed a run remembers, so as not to take somebody's record for its own.
pub const SEEN_IDS_MAX: usize = 100_000;

/// How many bytes of a packed request body are unpacked to see what it names.
pub const NAMING_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How many records a run makes of one resource to change and delete them.
pub const MADE_RECORDS_MAX: usize = 4;

/// How many ids of one resource of an in-process mock a run uses.
pub const KNOWN_IDS_MAX: usize = 64;

/// How many cases of one operation and phase are sent for its snapshots.
pub const RECORD_CASES_MAX: u64 = 100;

/// How many records that were made are changed or deleted by one operation for its snapshots.
pub const RECORD_OWN_MAX: usize = 2;

/// How many known resources of one operation are asked for its snapshots.
pub const RECORD_RESOURCES_MAX: usize = 32;

/// How many segments of a contract's path templates are looked at to see which of them take the same requests.
pub const TEMPLATE_STEPS_MAX: usize = 20_000;

/// How many boundary values of one schema are listed, valid ones and broken ones each.
pub const BOUNDARIES_MAX: usize = 400;

/// How deep boundary values of parts are listed.
pub const BOUNDARY_DEPTH_MAX: usize = 4;

/// How large one generated value may be: nested values counted, 64 characters of text like one more. Schemas that demand
/// more get none.
pub const VALUE_WEIGHT_MAX: usize = 300_000;

/// The largest certificate or key file that is read, in bytes.
pub const TLS_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// How many connections the mock serves at once unless told otherwise; further ones wait.
pub const CONNECTIONS_MAX: usize = 10_000;

/// How long a client may take to send the head of a request unless told otherwise, in seconds.
pub const HEAD_SECONDS_MAX: u64 = 30;

/// How long an idle connection stays open unless told otherwise, in seconds.
pub const IDLE_SECONDS_MAX: u64 = 75;

/// How long a mock that was asked to end may take for it, whatever runs, in seconds.
pub const STOP_SECONDS_MAX: u64 = 10;

/// How long requests under way may take to finish when the mock stops, unless told otherwise, in seconds: what is left then
/// is for the log, the record and the state file.
pub const ANSWERED_SECONDS_MAX: u64 = 7;

/// How many contracts one mock serves under prefixes, besides the one at the root.
pub const MOUNTS_MAX: usize = 100;

/// The shortest body that the mock compresses, in bytes; shorter ones would hardly shrink.
pub const COMPRESSED_BYTES_MIN: usize = 1024;

/// How many answered requests may wait to be logged or recorded; more are left out and counted.
pub const OUTLET_QUEUE_MAX: usize = 10_000;

/// How many bytes answered requests that wait to be logged or recorded may have together, estimated.
pub const OUTLET_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How many answered requests are logged or recorded at once.
pub const OUTLET_BATCH_MAX: usize = 500;

/// How many bytes of one body of an answer a record keeps; of a request's, as many as the journal does.
pub const RECORD_BODY_BYTES_MAX: usize = 1024 * 1024;

/// How long a server that stops waits for its log and record to be written, in seconds.
pub const FLUSH_SECONDS_MAX: u64 = 2;

/// How many content codings one message may have had applied; more are refused before anything is unpacked.
pub const CODINGS_MAX: usize = 3;

/// How many times as many bytes as the unpacked message may have, all layers of its content codings may give together.
pub const CODING_LAYERS_FACTOR: usize = 2;

/// How many bytes the bodies of all ordinary requests that are read or answered may take together; one that does not fit is
/// answered 503.
pub const BODIES_BYTES_MAX: usize = 256 * 1024 * 1024;

/// How many pieces without content one request body may come in (HTTP/2 has such frames); more are answered 400.
pub const EMPTY_PIECES_MAX: usize = 1000;

/// From which size on a request body is read and answered away from the threads that serve connections, in bytes.
pub const HEAVY_BODY_BYTES: usize = 32 * 1024;

/// From which size on the head of a request is read and answered away from the threads that serve connections, in bytes.
pub const HEAVY_HEAD_BYTES: usize = 8 * 1024;

/// How long an operation's last answer may have taken for the next to be made on a thread that serves connections, in
/// milliseconds.
pub const LIGHT_MILLISECONDS_MAX: u64 = 5;

/// How many threads make answers that may take long; no more answers that nobody waits for any longer are in the making.
pub const HEAVY_THREADS_MAX: usize = 8;

/// How many requests may wait for one of these threads; one more is answered 503.
pub const HEAVY_QUEUE_MAX: usize = 256;

/// How long the making of an answer may take unless told otherwise, in seconds; then 503 is sent.
pub const ANSWER_SECONDS_MAX: u64 = 30;

/// How many requests of one connection are answered at once (HTTP/2 has many streams); one more is answered 503.
pub const STREAMS_MAX: usize = 256;

/// How many connections may wait to be accepted.
pub const BACKLOG_MAX: u32 = 2048;

/// How long what a client still sends after a refusal is read and thrown away, so that it sees the answer, in seconds.
pub const LINGER_SECONDS_MAX: u64 = 1;

/// How many members a form may have, and a query.
pub const FORM_MEMBERS_MAX: usize = 10_000;

/// How many values, those in arrays and objects counted, a JSON text from a client may have.
pub const REQUEST_NODES_MAX: usize = 300_000;

/// How many steps the operations of one JSON Patch may take together: a value copied, or sixteen places of an array or an
/// object moved. Texts that are copied may have as many bytes as a body.
pub const PATCH_STEPS_MAX: usize = 1_000_000;

/// How deep the values are that a JSON Patch leaves, in levels: what is stored must be read again.
pub const PATCH_DEPTH_MAX: usize = 100;

/// How many header fields one part of a multipart body may have.
pub const MULTIPART_HEADERS_MAX: usize = 64;

/// How many bytes the header fields of one part of a multipart body may have.
pub const MULTIPART_HEADER_BYTES_MAX: usize = 16 * 1024;

/// How many elements of a list in a header field (`Accept`, `Prefer`, `If-None-Match`, …) are looked at; the rest is
/// passed over.
pub const LIST_ELEMENTS_MAX: usize = 256;

/// How many cookies of one request are looked at; the rest is passed over.
pub const COOKIES_MAX: usize = 1_000;

/// The largest snapshot file that is read, in bytes.
pub const SNAP_FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The largest configuration file that is read, in bytes.
pub const CONFIG_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The largest file of ids that is read, in bytes.
pub const IDS_BYTES_MAX: u64 = 16 * 1024 * 1024;
