//! How long an answer is kept waiting: a fixed time, or one drawn from a distribution.

use std::f64::consts::TAU;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::Seed;
use crate::base::limits::DELAY_SECONDS_MAX;

/// A distribution of delays. As text: `50ms`; `20ms..80ms` (uniform); `normal:50ms,10ms` (mean and standard deviation);
/// `lognormal:50ms,0.4` (median and sigma); or either by two percentiles: `lognormal:p50=40ms,p99=250ms`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything between, all alike.
    Uniform(Duration, Duration),
    /// The normal distribution; what would be negative is no delay.
    Normal {
        /// The mean, in seconds.
        mean: f64,
        /// The standard deviation, in seconds.
        deviation: f64,
    },
    /// The logarithm is distributed normally: a long tail to the right, as networks have.
    LogNormal {
        /// The median, in seconds.
        median: f64,
        /// The standard deviation of the natural logarithm.
        sigma: f64,
    },
}

/// Percentiles that a distribution may be given by, and how many standard deviations they lie above the median.
const PERCENTILES: [(&str, f64); 6] = [
    ("p50", 0.0),
    ("p75", 0.674_490),
    ("p90", 1.281_552),
    ("p95", 1.644_854),
    ("p99", 2.326_348),
    ("p99.9", 3.090_232),
];

impl Latency {
    /// A delay between the two.
    #[must_use]
    pub fn between(from: Duration, to: Duration) -> Self {
        if from >= to { Self::Fixed(from) } else { Self::Uniform(from, to) }
    }

    /// The delay that the seed gives; never longer than [`DELAY_SECONDS_MAX`].
    #[must_use]
    pub fn draw(self, seed: Seed) -> Duration {
        let drawn = match self {
            Self::Fixed(delay) => delay,
            Self::Uniform(from, to) => {
                let range = u64::try_from(to.saturating_sub(from).as_micros()).unwrap_or(u64::MAX - 1);
                from + Duration::from_micros(seed.0 % (range + 1))
            }
            Self::Normal { mean, deviation } => seconds(mean + deviation * normal(seed)),
            Self::LogNormal { median, sigma } => seconds(median * (sigma * normal(seed)).exp()),
        };
        drawn.min(Duration::from_secs(DELAY_SECONDS_MAX))
    }
}

/// A duration; zero for what is none.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number.clamp(0.0, DELAY_SECONDS_MAX as f64)).unwrap_or_default()
}

/// A number of the standard normal distribution (Box and Muller 1958).
fn normal(seed: Seed) -> f64 {
    // 53 bits: as many as a double tells apart. The first number is never zero, whose logarithm there is none of.
    let unit = |n: u64| ((seed.nth(n).0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    (-2.0 * unit(0).ln()).sqrt() * (TAU * unit(1)).cos()
}

impl FromStr for Latency {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        match text.split_once(':') {
            Some(("normal", rest)) => match two(rest)? {
                Two::Plain(mean, deviation) => {
                    let deviation = duration(deviation)?.as_secs_f64();
                    Ok(Self::Normal { mean: duration(mean)?.as_secs_f64(), deviation })
                }
                Two::Percentiles((a, x), (b, y)) => {
                    let deviation = (y - x) / (b - a);
                    Ok(Self::Normal { mean: x - a * deviation, deviation })
                }
            },
            Some(("lognormal", rest)) => match two(rest)? {
                Two::Plain(median, sigma) => {
                    let sigma: f64 = sigma.trim().parse().map_err(|_| format!("`{sigma}` is no number"))?;
                    if !(0.0..=10.0).contains(&sigma) {
                        return Err(format!("the sigma {sigma} is not between 0 and 10"));
                    }
                    Ok(Self::LogNormal { median: duration(median)?.as_secs_f64(), sigma })
                }
                Two::Percentiles((a, x), (b, y)) => {
                    if x <= 0.0 {
                        return Err(
                            "the percentiles of a log-normal distribution must be longer than nothing"
                                .to_owned(),
                        );
                    }
                    let sigma = (y.ln() - x.ln()) / (b - a);
                    Ok(Self::LogNormal { median: (x.ln() - a * sigma).exp(), sigma })
                }
            },
            Some((other, _)) => {
                Err(format!("`{other}` is no distribution; there are normal and lognormal, and FROM..TO"))
            }
            None => {
                let (from, to) = text.split_once("..").unwrap_or((text, text));
                let (from, to) = (duration(from)?, duration(to)?);
                if from > to {
                    return Err("the first delay must not be longer than the second".to_owned());
                }
                Ok(Self::between(from, to))
            }
        }
    }
}

/// Two numbers that make a distribution.
enum Two<'t> {
    Plain(&'t str, &'t str),
    /// Deviations above the median, and seconds; the lower percentile first.
    Percentiles((f64, f64), (f64, f64)),
}

fn two(text: &str) -> Result<Two<'_>, String> {
    let wrong = || "two numbers are needed, such as 50ms,10ms or p50=50ms,p95=80ms".to_owned();
    let (first, second) = text.split_once(',').ok_or_else(wrong)?;
    if !first.contains('=') && !second.contains('=') {
        return Ok(Two::Plain(first, second));
    }
    let read = |text: &str| {
        let (name, value) = text.split_once('=').ok_or_else(wrong)?;
        let known = PERCENTILES.iter().find(|(known, _)| *known == name.trim());
        let (_, deviations) = known.ok_or_else(|| {
            let names: Vec<&str> = PERCENTILES.iter().map(|(name, _)| *name).collect();
            format!("`{}` is not one of {}", name.trim(), names.join(", "))
        })?;
        Ok::<_, String>((*deviations, duration(value)?.as_secs_f64()))
    };
    let (a, b) = (read(first)?, read(second)?);
    let (low, high) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    if low.0 == high.0 || low.1 > high.1 {
        return Err("the higher percentile must be another one, and longer".to_owned());
    }
    Ok(Two::Percentiles(low, high))
}

/// Reads `50ms`, `1.5s`, `2m`; a plain number is in milliseconds.
///
/// # Errors
/// What is wrong with it, or that it is longer than [`DELAY_SECONDS_MAX`].
pub fn duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 = text[..digits].parse().map_err(|_| format!("`{text}` is no duration such as 50ms"))?;
    let seconds = match text[digits..].trim() {
        "" | "ms" => number / 1000.0,
        "s" => number,
        "m" => number * 60.0,
        unit => return Err(format!("`{unit}` is no unit of time; use ms, s or m")),
    };
    let read = Duration::try_from_secs_f64(seconds).ok();
    read.filter(|d| *d <= Duration::from_secs(DELAY_SECONDS_MAX))
        .ok_or_else(|| format!("`{text}` is too long; {DELAY_SECONDS_MAX}s is the longest delay"))
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |seconds: f64| (seconds * 1_000_000.0).round() / 1000.0;
        match self {
            Self::Fixed(delay) => write!(f, "{}ms", ms(delay.as_secs_f64())),
            Self::Uniform(from, to) => write!(f, "{}ms..{}ms", ms(from.as_secs_f64()), ms(to.as_secs_f64())),
            Self::Normal { mean, deviation } => write!(f, "normal:{}ms,{}ms", ms(*mean), ms(*deviation)),
            Self::LogNormal { median, sigma } => write!(f, "lognormal:{}ms,{sigma:.4}", ms(*median)),
        }
    }
}

impl Serialize for Latency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Latency {
    /// A text, or a number of milliseconds.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => text,
            serde_json::Value::Number(number) => number.to_string(),
            _ => {
                return Err(serde::de::Error::custom(
                    "a delay is a text such as 50ms, or a number of milliseconds",
                ));
            }
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_read_written_and_refused() {
        let ms = Duration::from_millis;
        let read = |text: &str| text.parse::<Latency>();
        assert_eq!(read("50"), Ok(Latency::Fixed(ms(50))));
        assert_eq!(read("20ms..1.5s"), Ok(Latency::Uniform(ms(20), ms(1500))));
        assert_eq!(read("normal:50ms,10ms"), Ok(Latency::Normal { mean: 0.05, deviation: 0.01 }));
        assert_eq!(read("lognormal:50ms,0.5"), Ok(Latency::LogNormal { median: 0.05, sigma: 0.5 }));
        for text in ["50ms", "20ms..1500ms", "normal:50ms,10ms", "lognormal:50ms,0.5000"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        for bad in [
            "",
            "x",
            "5h",
            "2s..1s",
            "-1ms",
            "1e3",
            "301s",
            "99999999999999999999999s",
            "weird:1,2",
            "normal:5",
            "normal:p50=1ms,p42=2ms",
            "normal:p50=2ms,p95=1ms",
            "normal:p50=1ms,p50=2ms",
            "lognormal:1ms,x",
            "lognormal:1ms,-1",
            "lognormal:p50=0,p95=1ms",
            "normal:p50=1ms,2ms",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn percentiles_come_out_as_they_were_given() {
        for text in
            ["normal:p50=100ms,p95=120ms", "lognormal:p50=100ms,p95=120ms", "lognormal:p90=110ms,p99=150ms"]
        {
            let latency: Latency = text.parse().unwrap();
            let mut drawn: Vec<Duration> = (0..10_000).map(|n| latency.draw(Seed(7).nth(n))).collect();
            assert_eq!(drawn[5], latency.draw(Seed(7).nth(5)));
            drawn.sort();
            for part in text.split_once(':').unwrap().1.split(',') {
                let (name, value) = part.split_once('=').unwrap();
                let share: f64 = name[1..].parse().unwrap();
                let at = drawn[(share * 100.0) as usize].as_secs_f64();
                let wanted = duration(value).unwrap().as_secs_f64();
                assert!((at / wanted - 1.0).abs() < 0.03, "{text}: {name} is {at}");
            }
        }
    }

    #[test]
    fn no_delay_is_negative_or_endless() {
        let wide: Latency = "normal:1ms,10s".parse().unwrap();
        assert!((0..100).any(|n| wide.draw(Seed(n)).is_zero()));
        let far: Latency = "lognormal:100s,10".parse().unwrap();
        assert!((0..100).any(|n| far.draw(Seed(n)) == Duration::from_secs(DELAY_SECONDS_MAX)));
    }
}
