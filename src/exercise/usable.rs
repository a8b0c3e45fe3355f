//! Which answers show that a target was tested at all.

use crate::contract::{Operation, StatusKey};
use crate::validate::intent::Intent;

/// True for statuses with which a target, or what stands before it, turns a request away without having looked at it:
/// for its credentials, its rate, or because nobody is there. Being documented does not make them more.
pub(super) fn turns_away(status: u16) -> bool {
    matches!(status, 401 | 403 | 407 | 408 | 425 | 429 | 502..=504)
}

/// True for requests that the operation itself answers, if all is well.
pub(super) fn is_telling(intent: &Intent) -> bool {
    !matches!(intent, Intent::Path | Intent::Malformed | Intent::Method | Intent::Credentials(_))
}

/// True when the answer shows that somebody plays this operation: a status that only what knows the operation gives.
/// Not found (404), which a wrong base URL gives as well, shows nothing; neither does being turned away, nor a redirect
/// (to a sign-in, to another scheme) that is not documented as such.
pub(super) fn is_usable(operation: &Operation, intent: &Intent, status: u16) -> bool {
    let listed = || {
        operation.responses.iter().any(|response| match response.status {
            StatusKey::Exact(known) => known == status,
            StatusKey::Default => false,
            StatusKey::Range(hundred) => u16::from(hundred) == status / 100,
        })
    };
    match intent {
        Intent::Path | Intent::Malformed => false,
        Intent::Method => status == 405,
        Intent::Credentials(_) => matches!(status, 200..=299),
        _ => match status {
            404 => false,
            300..=399 | 405 | 501 => listed(),
            status => !turns_away(status),
        },
    }
}
