//! `uuid` (RFC 9562, section 4).

use crate::base::Dice;
use crate::schema::format::Format;

/// RFC 9562 text form, in either case and of any version.
pub(super) const UUID: Format = Format {
    text: Some(is_uuid),
    generate: Some(uuid),
    counter: &[
        "2eb8aa08-aa98-11ea-b4aa-73b441d1638",
        "2eb8aa08aa9811eab4aa73b441d16380",
        "{2eb8aa08-aa98-11ea-b4aa-73b441d16380}",
        "2eb8-aa08-aa98-11ea-b4aa73b44-1d16380",
        "2eb8aa08-aa98-11ea-b4aa-73b441d1638g",
        "1",
        "",
    ],
    ..Format::named("uuid")
};

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Version 4, variant 1.
fn uuid(dice: &mut Dice) -> String {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let (high, low) = (dice.below(u64::MAX), dice.below(u64::MAX));
    let mut bits = (u128::from(high) << 64) | u128::from(low);
    bits = bits & !(0xf << 76) | (4 << 76);
    bits = bits & !(0b11 << 62) | (0b10 << 62);
    let mut out = String::with_capacity(36);
    for digit in 0..32_u32 {
        if matches!(digit, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        let nibble = (bits >> (124 - 4 * digit)) & 0xf;
        out.push(char::from(HEX[usize::try_from(nibble).unwrap_or(0)]));
    }
    out
}
