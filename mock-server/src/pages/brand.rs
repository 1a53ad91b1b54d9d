//! What a provider's pages look like: its colour, the ink on it, and its monogram.

use crate::config::Mvpd;

/// How many `.brand-N` colours the style sheet knows.
const BRANDS: u32 = 8;

/// The looks of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brand {
    /// The class of what wears its colour.
    pub(crate) class: String,
    /// The style that makes this class up, where it is none of the common ones. It is an element of
    /// its own, named by its hash in that page's policy.
    pub(crate) style: Option<String>,
    /// A few characters that stand for it.
    pub(crate) monogram: String,
}

impl Brand {
    /// The looks that the fixtures give a provider, or that follow from its identifier and name.
    pub(crate) fn of(mvpd: &Mvpd) -> Self {
        let own = mvpd.brand_color.map(|color| {
            format!(".brand-own {{ --brand: {color}; --ink: {ink}; }}", ink = color.ink())
        });
        let class = match own {
            Some(_) => "brand-own".to_owned(),
            None => format!("brand-{}", brand(&mvpd.id)),
        };
        let monogram = mvpd.monogram.as_deref().map(|given| given.trim().to_owned());
        let monogram = monogram.unwrap_or_else(|| initials(&mvpd.display_name));
        Self { class, style: own, monogram }
    }
}

/// The colour of a provider without one of its own: always the same for the same id.
pub fn brand(id: &str) -> u32 {
    let mix = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    id.bytes().fold(0x811c_9dc5, mix) % BRANDS
}

/// The first letters of a name's first two words.
fn initials(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let first = words.filter_map(|word| word.chars().next());
    first.take(2).flat_map(char::to_uppercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Color, Fixtures};
    use crate::pages::STYLE;

    fn mvpd(color: Option<&str>) -> Mvpd {
        let mvpd = Fixtures::default().mvpd("DisabledCable").unwrap().clone();
        Mvpd { brand_color: color.map(|color| color.parse().unwrap()), monogram: None, ..mvpd }
    }

    #[test]
    fn every_brand_has_a_colour_that_white_can_be_read_on() {
        for number in 0..BRANDS {
            let rule = format!(".brand-{number} {{ --brand: ");
            let color: Color = STYLE.split_once(&rule).unwrap().1[..7].parse().unwrap();
            assert_eq!(color.ink(), Color::WHITE, "{number}");
        }
        assert_eq!(brand("Cablevision"), brand("Cablevision"));
        assert_ne!(brand("Cablevision"), brand("Spectrum"));
    }

    #[test]
    fn a_colour_of_its_own_comes_with_an_ink() {
        let brand = Brand::of(&mvpd(Some("#fd0")));
        assert_eq!(brand.class, "brand-own");
        let style = ".brand-own { --brand: #ffdd00; --ink: #000000; }";
        assert_eq!(brand.style.as_deref(), Some(style));
        let brand = Brand::of(&mvpd(None));
        assert_eq!((brand.style, brand.monogram.as_str()), (None, "DC"));
        assert!(brand.class.starts_with("brand-"));
    }

    #[test]
    fn initials_are_of_words_with_letters() {
        for (name, expected) in [
            ("Optimum", "O"),
            ("Adobe Pass SMI", "AP"),
            ("  émile & co", "ÉC"),
            ("1&1 TV", "11"),
            ("…", ""),
        ] {
            assert_eq!(initials(name), expected, "{name}");
        }
    }
}
