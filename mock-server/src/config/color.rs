//! A provider's colour, and in which ink one writes on it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The least contrast of text that WCAG 2 asks for at level AA.
const READABLE: f64 = 4.5;

/// A colour, written `#rrggbb` or `#rgb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl Color {
    /// White.
    pub const WHITE: Self = Self { red: 255, green: 255, blue: 255 };
    /// Black.
    pub const BLACK: Self = Self { red: 0, green: 0, blue: 0 };

    /// What one writes on this colour in: white where that can be read, else black. One of the two
    /// always has the contrast that WCAG asks for at level AA.
    pub fn ink(self) -> Self {
        if self.contrast(Self::WHITE) >= READABLE { Self::WHITE } else { Self::BLACK }
    }

    /// The contrast between two colours as WCAG defines it, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (mine, its) = (self.luminance(), other.luminance());
        (mine.max(its) + 0.05) / (mine.min(its) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromStr for Color {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || {
            format!(
                "expected a colour in quotation marks, such as \"#1f4e8c\" or \"#fc0\", found `{text}`"
            )
        };
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        let digits: Option<Vec<u32>> = digits.chars().map(|digit| digit.to_digit(16)).collect();
        let channels = match digits.ok_or_else(wrong)?[..] {
            [a, b, c, d, e, f] => [a * 16 + b, c * 16 + d, e * 16 + f],
            [a, b, c] => [a * 17, b * 17, c * 17],
            _ => return Err(wrong()),
        };
        let [red, green, blue] = channels.map(|channel| channel.to_le_bytes()[0]);
        Ok(Self { red, green, blue })
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // An unquoted `#` begins a comment, so that what is left is often nothing at all.
        let text = Option::<Cow<'de, str>>::deserialize(deserializer)?.unwrap_or_default();
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Color {
    fn schema_name() -> Cow<'static, str> {
        "Color".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A colour: `#rrggbb` or `#rgb`, in quotation marks.",
            "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$",
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn color(text: &str) -> Color {
        text.parse().unwrap()
    }

    #[test]
    fn both_spellings_are_read_and_nothing_else() {
        assert_eq!(color("#FC0"), color("#ffcc00"));
        assert_eq!(color("#1f4e8c").to_string(), "#1f4e8c");
        for text in ["", "#", "1f4e8c", "#1f4e8", "#1f4e8cff", "#gggggg", "navy", "#é12345"] {
            let error = text.parse::<Color>().unwrap_err();
            assert!(error.starts_with("expected a colour in quotation marks"), "{error}");
            assert!(error.ends_with(&format!("found `{text}`")), "{error}");
        }
    }

    #[test]
    fn contrast_is_measured_as_wcag_does() {
        assert!((Color::WHITE.contrast(Color::BLACK) - 21.0).abs() < 1e-9);
        assert!((color("#767676").contrast(Color::WHITE) - 4.54).abs() < 0.01);
        assert_eq!(color("#767676").ink(), Color::WHITE);
        assert_eq!(color("#777777").ink(), Color::BLACK);
        assert_eq!(color("#ffd400").ink(), Color::BLACK);
    }

    proptest! {
        #[test]
        fn whatever_the_colour_its_ink_can_be_read(red: u8, green: u8, blue: u8) {
            let color = Color { red, green, blue };
            prop_assert!(color.contrast(color.ink()) >= READABLE, "{color}");
            prop_assert_eq!(color.to_string().parse::<Color>(), Ok(color));
        }
    }
}
