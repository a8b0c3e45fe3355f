//! Data that people like to look at: by property name, format and description.
//!
//! The only file that names the `fake` crate. What it gives are proposals; the schema's rules decide.

use fake::Fake;
use fake::faker::address::en::{
    BuildingNumber, CityName, CountryCode, CountryName, PostCode, StateName, StreetName,
};
use fake::faker::company::en::{BsAdj, BsNoun, BsVerb, CompanyName, Industry, Profession};
use fake::faker::internet::en::{IPv4, MACAddress, UserAgent, Username};
use fake::faker::lorem::en::Sentence;
use fake::faker::name::en::{FirstName, LastName, Name};
use fake::faker::phone_number::en::PhoneNumber;
use fake::rand::Rng;

use super::clock::{Clock, has_word, snake, timestamp};
use super::decimal::Decimal;
use crate::base::{Dice, Seed};

/// What is known of the place that a value is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Subject<'s> {
    /// The property's name; for items that of the array's property.
    pub(crate) name: Option<&'s str>,
    /// The schema's description or title.
    pub(crate) description: Option<&'s str>,
    /// The format, known or not.
    pub(crate) format: Option<&'s str>,
}

/// A proposal for a text.
pub(crate) fn text(subject: Subject<'_>, clock: Clock, dice: &mut Dice) -> Option<String> {
    let name = snake(subject.name.unwrap_or(""));
    let time = |dice: &mut Dice| timestamp(clock.seconds(&name, dice));
    match subject.format {
        Some("date-time" | "datetime" | "timestamp") => return time(dice),
        Some("date") => return time(dice).map(|time| time.chars().take(10).collect()),
        Some("time") => return time(dice).map(|time| time.chars().skip(11).collect()),
        Some("uuid" | "guid") => return None,
        Some("email" | "idn-email") => return Some(email(dice)),
        Some("uri" | "url" | "iri" | "uri-reference" | "link") => return Some(link(&name, dice)),
        Some("hostname" | "domain" | "idn-hostname") => return Some(host(dice)),
        Some("ipv4" | "ip") => return Some(IPv4().fake_with_rng(&mut rng(dice))),
        Some("phone" | "phone-number") => return Some(phone(dice)),
        Some("binary" | "byte" | "regex" | "json-pointer" | "decimal") => return None,
        _ => {}
    }
    word_of_kind(&name, subject.description)
        .or_else(|| quoted(subject.description, dice))
        .or_else(|| by_name(&name, clock, dice))
        .or_else(|| name.strip_suffix('s').and_then(|single| by_name(single, clock, dice)))
        .or_else(|| by_description(subject.description?, clock, dice))
        .or_else(|| Some(words(dice)))
}

fn rng(dice: &mut Dice) -> impl Rng + use<> {
    Seed(dice.below(u64::MAX)).rng()
}

/// What a description says that a name of a kind always is: "The object type, which is always `upload`".
fn word_of_kind(name: &str, description: Option<&str>) -> Option<String> {
    if !matches!(name.rsplit('_').next(), Some("object" | "type" | "kind")) {
        return None;
    }
    let description = description?;
    let plain = |word: &&str| {
        (2..=60).contains(&word.len())
            && word.starts_with(|c: char| c.is_ascii_alphabetic())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:".contains(&b))
    };
    let quoted = |quote: char| description.split(quote).nth(1).filter(plain);
    quoted('`').or_else(|| quoted('"')).map(str::to_owned)
}

/// Examples that a description quotes: "e.g. 'Normal' or 'Warning'".
fn quoted(description: Option<&str>, dice: &mut Dice) -> Option<String> {
    let description = description?;
    let start = ["e.g.", "for example", "such as", "one of", "examples:", "either"]
        .iter()
        .find_map(|lead| description.to_ascii_lowercase().find(lead).map(|at| at + lead.len()))?;
    let rest = description.get(start..)?;
    let mut found = Vec::<&str>::new();
    for quote in ['\'', '`', '"'] {
        let parts: Vec<&str> = rest.split(quote).collect();
        // What stands between an odd and an even quote is quoted.
        let inside = parts.iter().skip(1).step_by(2).take(parts.len() / 2);
        found.extend(inside.filter(|part| !part.is_empty() && part.len() <= 60 && !part.contains('\n')));
        if !found.is_empty() {
            break;
        }
    }
    dice.pick(&found).map(|text| (*text).to_owned())
}

/// What a name is taken for: the last words of it decide.
fn by_name(name: &str, clock: Clock, dice: &mut Dice) -> Option<String> {
    let ends = |keys: &[&str]| {
        keys.iter().any(|key| name == *key || name.strip_suffix(key).is_some_and(|rest| rest.ends_with('_')))
    };
    let mut rng = rng(dice);
    let rng = &mut rng;
    Some(if ends(&["email", "mail", "email_address"]) {
        email(dice)
    } else if ends(&["first_name", "given_name", "forename"]) {
        FirstName().fake_with_rng(rng)
    } else if ends(&["last_name", "family_name", "surname"]) {
        LastName().fake_with_rng(rng)
    } else if ends(&[
        "full_name",
        "author",
        "owner",
        "contact",
        "customer",
        "assignee",
        "created_by",
        "manager",
    ]) || ends(&[
        "user_name",
        "display_name",
        "customer_name",
        "contact_name",
        "owner_name",
        "author_name",
    ]) {
        Name().fake_with_rng(rng)
    } else if ends(&["username", "login", "handle", "nickname", "user"]) {
        Username().fake_with_rng(rng)
    } else if ends(&["phone", "mobile", "fax", "phone_number", "telephone", "cell"]) {
        phone(dice)
    } else if ends(&["city", "town"]) {
        CityName().fake_with_rng(rng)
    } else if ends(&["country_code", "country_iso"]) {
        CountryCode().fake_with_rng(rng)
    } else if ends(&["country"]) {
        CountryName().fake_with_rng(rng)
    } else if ends(&["street", "address", "address1", "line1", "address_line1", "address_line_1"]) {
        let number: String = BuildingNumber().fake_with_rng(rng);
        format!("{number} {}", StreetName().fake_with_rng::<String, _>(rng))
    } else if ends(&["zip", "zip_code", "postcode", "postal_code"]) {
        PostCode().fake_with_rng(rng)
    } else if ends(&["province", "county"]) {
        StateName().fake_with_rng(rng)
    } else if ends(&["company", "organization", "organisation", "org", "employer", "vendor", "company_name"])
        || ends(&["merchant", "brand", "account_name", "business_name"])
    {
        CompanyName().fake_with_rng(rng)
    } else if ends(&["job_title", "profession", "occupation", "job"]) {
        Profession().fake_with_rng(rng)
    } else if ends(&["industry", "sector"]) {
        Industry().fake_with_rng(rng)
    } else if ends(&["mac", "mac_address"]) {
        MACAddress().fake_with_rng(rng)
    } else if ends(&["ip", "ip_address", "ipv4"]) {
        IPv4().fake_with_rng(rng)
    } else if ends(&["user_agent"]) {
        UserAgent().fake_with_rng(rng)
    } else if ends(&[
        "description",
        "summary",
        "message",
        "comment",
        "note",
        "detail",
        "body",
        "msg",
        "bio",
        "about",
    ]) || ends(&["content", "text", "error", "explanation", "subtitle", "reason_text"])
    {
        Sentence(4..9).fake_with_rng(rng)
    } else {
        return by_technical_name(name, &ends, clock, dice);
    })
}

fn by_technical_name(
    name: &str,
    ends: &dyn Fn(&[&str]) -> bool,
    clock: Clock,
    dice: &mut Dice,
) -> Option<String> {
    let pick = |dice: &mut Dice, words: &[&str]| dice.pick(words).map(|word| (*word).to_owned());
    if ends(&[
        "at",
        "on",
        "date",
        "time",
        "timestamp",
        "datetime",
        "created",
        "updated",
        "modified",
        "expires",
    ]) {
        return timestamp(clock.seconds(name, dice));
    }
    if ends(&[
        "url",
        "uri",
        "link",
        "href",
        "website",
        "homepage",
        "avatar",
        "image",
        "logo",
        "photo",
        "thumbnail",
    ]) {
        return Some(link(name, dice));
    }
    if ends(&["host", "hostname", "domain", "fqdn"]) {
        return Some(host(dice));
    }
    if ends(&["hash", "sha", "sha256", "checksum", "digest", "etag", "commit", "fingerprint", "signature"]) {
        return Some(hex(40, dice));
    }
    if ends(&["token", "secret", "key", "password", "cursor"]) {
        return Some(hex(24, dice));
    }
    if ends(&["id", "uuid", "guid", "ref", "reference", "number", "sku", "code", "serial"]) {
        let prefix = name.split('_').next().filter(|word| word.len() > 2 && *word != name).unwrap_or("");
        return Some(if prefix.is_empty() { hex(12, dice) } else { format!("{prefix}_{}", hex(10, dice)) });
    }
    if ends(&["version"]) {
        return Some(format!("{}.{}.{}", 1 + dice.below(4), dice.below(12), dice.below(20)));
    }
    if ends(&["file", "filename", "file_name", "path"]) {
        let slug = slug(dice);
        let ending = pick(dice, &["yaml", "json", "txt", "csv", "pdf"])?;
        return Some(if name.ends_with("path") {
            format!("/var/data/{slug}.{ending}")
        } else {
            format!("{slug}.{ending}")
        });
    }
    let list: &[&str] =
        if ends(&["namespace", "cluster", "project", "service", "app", "application", "pod", "node"])
            || ends(&["slug", "bucket", "queue", "topic", "repository", "repo", "branch", "release_name"])
        {
            return Some(slug(dice));
        } else if ends(&["iban"]) {
            // The examples of the IBAN registry.
            &["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
        } else if ends(&["bic", "swift"]) {
            &["DEUTDEFF500", "NWBKGB2L", "BNPAFRPP"]
        } else if ends(&["currency", "currency_code"]) {
            &["EUR", "USD", "GBP", "JPY", "CHF", "SEK"]
        } else if ends(&["language", "lang", "language_code"]) {
            &["en", "de", "fr", "es", "ja", "pt"]
        } else if ends(&["locale"]) {
            &["en-US", "de-DE", "fr-FR", "ja-JP"]
        } else if ends(&["timezone", "time_zone", "tz"]) {
            &["Europe/Berlin", "America/New_York", "Asia/Tokyo", "UTC"]
        } else if ends(&["status", "state", "phase"]) {
            &["active", "pending", "completed", "failed"]
        } else if ends(&["mime", "mime_type", "content_type", "media_type"]) {
            &["application/json", "text/plain", "image/png"]
        } else if ends(&["color", "colour"]) {
            &["#3366cc", "#dc3912", "#109618", "#ff9900"]
        } else if ends(&["region", "zone", "location"]) {
            &["eu-central-1", "us-east-1", "ap-northeast-1"]
        } else if ends(&["gender", "sex"]) {
            &["female", "male", "other"]
        } else if ends(&["role"]) {
            &["admin", "editor", "viewer", "member"]
        } else if ends(&["method", "http_method"]) {
            &["GET", "POST", "PUT", "DELETE"]
        } else if ends(&["environment", "env", "stage"]) {
            &["production", "staging", "development"]
        } else if ends(&["price", "amount", "total", "cost", "balance"]) {
            return Some(format!("{}.{:02}", 1 + dice.below(500), dice.below(100)));
        } else if ends(&["name", "title", "label", "subject", "headline"]) {
            return Some(title(dice));
        } else if ends(&["tag", "keyword", "category", "group", "type", "kind"]) {
            let noun: String = BsNoun().fake_with_rng(&mut rng(dice));
            return Some(noun.to_lowercase());
        } else {
            return None;
        };
    pick(dice, list)
}

fn by_description(description: &str, clock: Clock, dice: &mut Dice) -> Option<String> {
    let text = description.to_ascii_lowercase();
    let says = |word: &str| text.contains(word);
    if says("email") || says("e-mail") {
        Some(email(dice))
    } else if says("rfc 3339") || says("iso 8601") || says("rfc3339") {
        timestamp(clock.seconds("", dice))
    } else if says("iso 4217") {
        Some("EUR".to_owned())
    } else if says("iso 3166") {
        Some(CountryCode().fake_with_rng(&mut rng(dice)))
    } else if says("url") {
        Some(link("", dice))
    } else if says("identifier") || says("unique id") {
        Some(hex(12, dice))
    } else {
        None
    }
}

fn email(dice: &mut Dice) -> String {
    let rng = &mut rng(dice);
    let (first, last): (String, String) = (FirstName().fake_with_rng(rng), LastName().fake_with_rng(rng));
    let plain =
        |name: &str| name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    format!("{}.{}@example.com", plain(&first), plain(&last))
}

fn phone(dice: &mut Dice) -> String {
    PhoneNumber().fake_with_rng(&mut rng(dice))
}

fn host(dice: &mut Dice) -> String {
    format!("{}.example.com", slug(dice))
}

fn link(name: &str, dice: &mut Dice) -> String {
    let ending = if ["avatar", "image", "logo", "photo", "thumbnail"].iter().any(|word| name.contains(word)) {
        ".png"
    } else {
        ""
    };
    format!("https://example.com/{}{ending}", slug(dice))
}

/// Two words of the trade, joined by a hyphen.
fn slug(dice: &mut Dice) -> String {
    let rng = &mut rng(dice);
    let (adjective, noun): (String, String) = (BsAdj().fake_with_rng(rng), BsNoun().fake_with_rng(rng));
    let letters =
        |word: &str| word.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_lowercase();
    format!("{}-{}", letters(&adjective), letters(&noun))
}

fn title(dice: &mut Dice) -> String {
    let rng = &mut rng(dice);
    let (adjective, noun): (String, String) = (BsAdj().fake_with_rng(rng), BsNoun().fake_with_rng(rng));
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect::<String>())
    };
    format!("{} {}", capital(&adjective), capital(&noun))
}

fn words(dice: &mut Dice) -> String {
    let rng = &mut rng(dice);
    let (verb, noun): (String, String) = (BsVerb().fake_with_rng(rng), BsNoun().fake_with_rng(rng));
    format!("{verb} {noun}").to_lowercase()
}

fn hex(length: usize, dice: &mut Dice) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    (0..length).map(|_| char::from(DIGITS[dice.index(16)])).collect()
}

/// A proposal for a number.
pub(crate) fn number(subject: Subject<'_>, whole: bool, clock: Clock, dice: &mut Dice) -> Option<Decimal> {
    let name = snake(subject.name?);
    let has = |keys: &[&str]| keys.iter().any(|key| has_word(&name, key));
    let whole_number = |number: u64| Some(Decimal::new(number.into(), 0));
    let dated = name.ends_with("_at")
        || has(&["timestamp", "created", "updated", "modified", "expires", "deleted", "started", "epoch"]);
    if whole && dated {
        let seconds = clock.seconds(&name, dice);
        return whole_number(if name.ends_with("_ms") || name.contains("milli") {
            seconds * 1000
        } else {
            seconds
        });
    }
    if has(&["year"]) {
        return whole_number(2015 + dice.below(11));
    }
    if has(&["age"]) {
        return whole_number(18 + dice.below(60));
    }
    if has(&["port"]) {
        return whole_number(8000 + dice.below(1000));
    }
    let cents =
        |low: u64, high: u64, dice: &mut Dice| Some(Decimal::new((low + dice.below(high - low)).into(), 2));
    if has(&["price", "amount", "total", "cost", "balance", "fee", "tax", "discount", "subtotal"]) {
        return if whole { whole_number(1 + dice.below(5000)) } else { cents(99, 50_000, dice) };
    }
    // Degrees, where people live.
    for (names, spread, lowest) in
        [(["lat", "latitude", "latitudes"], 120_000, 50_000), (["lng", "lon", "longitude"], 300_000, 150_000)]
    {
        if has(&names) {
            let thousandths = i128::from(dice.below(spread)) - lowest;
            return Some(if whole {
                Decimal::new(thousandths / 1000, 0)
            } else {
                Decimal::new(thousandths, 3)
            });
        }
    }
    if has(&["percent", "percentage", "progress"]) {
        return whole_number(dice.below(101));
    }
    if has(&["rating", "score"]) && !whole {
        return Some(Decimal::new((10 + dice.below(40)).into(), 1));
    }
    if has(&["count", "quantity", "qty", "page", "limit", "replicas", "position", "index", "priority"]) {
        return whole_number(1 + dice.below(20));
    }
    if has(&["size", "bytes", "length", "duration", "width", "height"]) {
        return whole_number(16 + dice.below(4000));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_are_understood() {
        let dice = &mut Dice::new(Seed(5));
        let clock = Clock::new(dice);
        let mut of = |name: &str, description: Option<&str>| {
            text(Subject { name: Some(name), description, format: None }, clock, dice).unwrap()
        };
        assert!(of("contactEmail", None).ends_with("@example.com"));
        assert!(of("avatar_url", None).starts_with("https://example.com/"));
        assert!(
            ["Normal", "Warning"]
                .contains(&of("type", Some("Event type, e.g. 'Normal' or 'Warning'.")).as_str())
        );
        assert_eq!(of("object", Some("The type of this object (`container.file`).")), "container.file");
        assert!(!of("x_type", Some("Which is always \"x\\y\" or `a b`")).contains(['`', '"']));
        assert!(of("namespace", None).contains('-'));
        assert!(of("x", Some("The user's email")).contains('@'));
        assert_eq!(of("currency", None).len(), 3);
        assert!(of("iban", None).len() > 20);
        assert!(!of("", None).is_empty());
    }

    #[test]
    fn degrees_are_on_the_globe() {
        let dice = &mut Dice::new(Seed(5));
        let clock = Clock::new(dice);
        for _ in 0..200 {
            for whole in [true, false] {
                for (name, most) in [("latitude", 90.0), ("geo_lng", 180.0)] {
                    let subject = Subject { name: Some(name), description: None, format: None };
                    let drawn = number(subject, whole, clock, dice).unwrap();
                    assert!(drawn.to_value().and_then(|v| v.as_f64()).unwrap().abs() <= most);
                }
            }
        }
    }
}
