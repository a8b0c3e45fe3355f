//! Numbers: `int8` … `uint64` bound them, `float`, `double` and `decimal` do not (OpenAPI format registry). Strings with
//! these formats are left alone.

use crate::schema::format::Format;

const fn bounded(name: &'static str, low: i128, high: i128) -> Format {
    Format { range: Some((low, high)), ..Format::named(name) }
}

/// Signed 8 bits.
pub(super) const INT8: Format = bounded("int8", i8::MIN as i128, i8::MAX as i128);
/// Signed 16 bits.
pub(super) const INT16: Format = bounded("int16", i16::MIN as i128, i16::MAX as i128);
/// Signed 32 bits.
pub(super) const INT32: Format = bounded("int32", i32::MIN as i128, i32::MAX as i128);
/// Signed 64 bits.
pub(super) const INT64: Format = bounded("int64", i64::MIN as i128, i64::MAX as i128);
/// Unsigned 8 bits.
pub(super) const UINT8: Format = bounded("uint8", 0, u8::MAX as i128);
/// Unsigned 16 bits.
pub(super) const UINT16: Format = bounded("uint16", 0, u16::MAX as i128);
/// Unsigned 32 bits.
pub(super) const UINT32: Format = bounded("uint32", 0, u32::MAX as i128);
/// Unsigned 64 bits.
pub(super) const UINT64: Format = bounded("uint64", 0, u64::MAX as i128);
/// Single precision: every JSON number has a nearest one.
pub(super) const FLOAT: Format = Format::named("float");
/// Double precision.
pub(super) const DOUBLE: Format = Format::named("double");
/// Fixed point, as a number or as text.
pub(super) const DECIMAL: Format = Format {
    generate: Some(|dice| format!("{}.{:02}", dice.below(10_000), dice.below(100))),
    ..Format::named("decimal")
};
