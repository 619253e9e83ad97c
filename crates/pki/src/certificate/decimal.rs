//! Serial numbers in decimal, as XML Signature writes them.

/// A big-endian number in two's complement in decimal digits; certificate serial numbers have at most about 20 bytes.
pub(super) fn decimal(number: &[u8]) -> String {
    let is_negative = number.first().is_some_and(|byte| *byte >= 0x80);
    let mut digits = vec![0u8];
    let mut push = |byte: u8, carry: u32| {
        let mut carry = u32::from(byte) + carry;
        for digit in &mut digits {
            let value = u32::from(*digit) * 256 + carry;
            *digit = u8::try_from(value % 10).unwrap_or_default();
            carry = value / 10;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 10).unwrap_or_default());
            carry /= 10;
        }
    };
    let last = number.len().saturating_sub(1);
    for (index, byte) in number.iter().enumerate() {
        // -n is the complement of n, and one more.
        match is_negative {
            true => push(!byte, u32::from(index == last)),
            false => push(*byte, 0),
        }
    }
    let sign = if is_negative { "-" } else { "" };
    let digits: String = digits.iter().rev().map(|digit| char::from(b'0' + digit)).collect();
    format!("{sign}{digits}")
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn serial_numbers_in_decimal() {
        assert_eq!(decimal(&[]), "0");
        assert_eq!(decimal(&[0, 18]), "18");
        assert_eq!(decimal(&[1, 0]), "256");
        assert_eq!(decimal(&[0x07, 0xa1, 0x20]), "500000");
        assert_eq!(decimal(&[0x01, 0, 0, 0, 0, 0, 0, 0, 0]), "18446744073709551616");
        assert_eq!(decimal(&i128::MAX.to_be_bytes()), i128::MAX.to_string());
        for negative in [-1i128, -255, -256, -257, i128::MIN] {
            assert_eq!(decimal(&negative.to_be_bytes()), negative.to_string());
        }
    }
}
