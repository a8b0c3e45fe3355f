//! Names that say that a secret follows.

/// Headers that a user may set for every request without a secret in them, in lower case.
const HARMLESS_HEADERS: [&str; 28] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-patch",
    "access-control-request-headers",
    "access-control-request-method",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-length",
    "content-type",
    "date",
    "dnt",
    "expect",
    "from",
    "host",
    "if-modified-since",
    "if-unmodified-since",
    "origin",
    "pragma",
    "prefer",
    "range",
    "te",
    "upgrade-insecure-requests",
    "user-agent",
    "x-requested-with",
];

/// Headers whose value is a credential, in lower case; the rest follows from their words.
const SECRET_HEADERS: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "authentication-info",
    "cookie",
    "cookie2",
    "set-cookie",
    "set-cookie2",
    "x-auth",
    "x-goog-iap-jwt-assertion",
];

/// Keys in `x-…-key` headers that are no secrets.
const PLAIN_KEYS: [&str; 9] =
    ["idempotency", "cache", "partition", "sort", "routing", "surrogate", "public", "primary", "message"];

/// Words that are secrets where a name ends in them, and mostly where they stand inside.
const STRONG: [&str; 7] = ["password", "passwd", "passphrase", "passcode", "pwd", "secret", "credentials"];

/// Words that are secrets at the end of a name.
const LAST: [&str; 18] = [
    "token",
    "jwt",
    "otp",
    "totp",
    "pin",
    "csrf",
    "xsrf",
    "credential",
    "apikey",
    "authorization",
    "signature",
    "sig",
    "sessionid",
    "sid",
    "sessid",
    "passwords",
    "bearer",
    "cvv",
];

/// Words before `token` that say where a list goes on, or what is counted.
const PLAIN_TOKENS: [&str; 18] = [
    "page",
    "next",
    "previous",
    "prev",
    "continuation",
    "continue",
    "cursor",
    "sync",
    "pagination",
    "start",
    "end",
    "resume",
    "max",
    "min",
    "delta",
    "skip",
    "scroll",
    "position",
];

/// Words before `key` that make it a secret.
const SECRET_KEYS: [&str; 17] = [
    "api",
    "private",
    "secret",
    "access",
    "auth",
    "authorization",
    "encryption",
    "signing",
    "shared",
    "master",
    "subscription",
    "service",
    "session",
    "hmac",
    "symmetric",
    "consumer",
    "account",
];

/// Last words that say something about a secret, not the secret.
const ABOUT: [&str; 32] = [
    "id",
    "ids",
    "name",
    "names",
    "type",
    "types",
    "length",
    "policy",
    "expires",
    "expiry",
    "expired",
    "expiration",
    "expire",
    "at",
    "in",
    "url",
    "uri",
    "version",
    "count",
    "required",
    "enabled",
    "min",
    "max",
    "rules",
    "strength",
    "status",
    "changed",
    "updated",
    "created",
    "format",
    "ttl",
    "limit",
];

/// Whole names, without separators.
const WHOLE: [&str; 26] = [
    "token",
    "secret",
    "password",
    "session",
    "sessionid",
    "jwt",
    "pin",
    "pincode",
    "otp",
    "otpcode",
    "csrf",
    "xsrf",
    "pass",
    "authorization",
    "credentials",
    "credential",
    "signature",
    "hmac",
    "accesskey",
    "codeverifier",
    "clientassertion",
    "devicecode",
    "authcode",
    "authorizationcode",
    "samlresponse",
    "connectionstring",
];

/// Ends of names that are written without separators.
const ENDS: [&str; 17] = [
    "sessionid",
    "password",
    "passwd",
    "passphrase",
    "clientsecret",
    "apisecret",
    "appsecret",
    "sharedsecret",
    "apikey",
    "secretkey",
    "privatekey",
    "accesstoken",
    "refreshtoken",
    "authtoken",
    "idtoken",
    "apitoken",
    "sessiontoken",
];

/// How long a name may be to be read as one.
pub(super) const NAME_BYTES_MAX: usize = 128;

/// The words of a name, in lower case: `clientSecret`, `client_secret`, `user[client-secret]`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_lower = false;
    let chars: Vec<char> = name.chars().collect();
    for (at, c) in chars.iter().copied().enumerate() {
        if !c.is_ascii_alphanumeric() {
            words.push(String::new());
            before_lower = false;
            continue;
        }
        let next_is_lower = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let before_is_upper = at > 0 && chars[at - 1].is_ascii_uppercase();
        if c.is_ascii_uppercase() && (before_lower || before_is_upper && next_is_lower) {
            words.push(String::new());
        }
        before_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        if let Some(last) = words.last_mut() {
            last.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// True for names of members of bodies, queries, forms and cookies, and of headers, that say that a secret follows:
/// `client_secret`, `apiKey`, `X-Auth-Token`, `user[password]`; not for `page_token`, `token_type`, `max_tokens`, `key`.
#[must_use]
pub fn is_secret_name(name: &str) -> bool {
    if name.len() > NAME_BYTES_MAX {
        return false;
    }
    let mut words = words(name);
    // `password1`, `token_2`: numbered.
    while words.last().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit())) {
        words.pop();
    }
    let Some(last) = words.last_mut() else { return false };
    let plain = last.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    last.truncate(plain.max(1));
    let last = last.clone();
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    let joined = words.concat();
    if WHOLE.contains(&joined.as_str())
        || ENDS.iter().any(|end| joined.ends_with(end))
        || ["sessid", "csrf", "xsrf"].iter().any(|part| joined.contains(part))
    {
        return true;
    }
    if last == "id" && before == "session" {
        return true;
    }
    if last == "key" || last == "keys" && before == "private" {
        return SECRET_KEYS.contains(&before);
    }
    if LAST.contains(&last.as_str()) {
        return !(last == "token" && PLAIN_TOKENS.contains(&before));
    }
    words.iter().any(|word| STRONG.contains(&word.as_str())) && !ABOUT.contains(&last.as_str())
}

/// True for headers that carry credentials by their name. The contract's own come on top.
#[must_use]
pub fn is_secret_header(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if SECRET_HEADERS.contains(&lower.as_str()) || is_secret_name(&lower) {
        return true;
    }
    let middle = lower.strip_prefix("x-").and_then(|rest| rest.strip_suffix("-key"));
    middle.is_some_and(|middle| !PLAIN_KEYS.iter().any(|plain| middle.rsplit('-').next() == Some(plain)))
}

/// True for headers that a user may set for every request without giving a credential away.
#[must_use]
pub fn is_harmless_header(name: &str) -> bool {
    HARMLESS_HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_names_are_told_from_others() {
        for name in [
            "password",
            "Password",
            "user_password",
            "newPassword",
            "password_confirmation",
            "passwordHash",
            "pwd",
            "token",
            "access_token",
            "accessToken",
            "auth_token",
            "X-Auth-Token",
            "id_token",
            "refreshtoken",
            "session",
            "sessionid",
            "session_id",
            "JSESSIONID",
            "PHPSESSID",
            "connect.sid",
            "csrf",
            "csrf_token",
            "csrfmiddlewaretoken",
            "jwt",
            "pin",
            "otp",
            "private_key",
            "privateKey",
            "client_secret",
            "clientsecret",
            "api_key",
            "apikey",
            "APIKey",
            "apiKey",
            "x-api-key",
            "authorization",
            "signature",
            "X-Amz-Signature",
            "credentials",
            "credential",
            "user[password]",
            "secretAccessKey",
            "aws_secret_access_key",
            "password1",
            "code_verifier",
            "x-amz-security-token",
            "signing_key",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "",
            "page_token",
            "next_token",
            "nextPageToken",
            "continuationToken",
            "token_type",
            "key",
            "keys",
            "max_tokens",
            "tokens",
            "total_tokens",
            "id",
            "name",
            "password_policy",
            "secret_name",
            "public_key",
            "primary_key",
            "idempotency_key",
            "passed",
            "compass",
            "spin",
            "sidebar",
            "secretary",
            "tokenizer",
            "signatures_count",
            "passenger",
            "author",
            "authority",
            "cookies",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn secret_headers_are_told_from_others() {
        for name in
            ["Authorization", "COOKIE", "Set-Cookie", "X-API-Key", "x-house-key", "X-Vault-Token", "api-key"]
        {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["accept", "x-request-id", "Idempotency-Key", "X-Idempotency-Key", "x-cache-key", "etag"]
        {
            assert!(!is_secret_header(name), "{name}");
        }
        assert!(is_harmless_header("User-Agent") && !is_harmless_header("x-tenant"));
    }
}
