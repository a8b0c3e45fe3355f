//! Sending: reqwest for ordinary requests, a raw socket for what it refuses to send, curl lines.
