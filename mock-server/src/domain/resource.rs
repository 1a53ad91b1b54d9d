//! Resources: plain identifiers, or MRSS documents that name a channel and perhaps an item.

use super::Rating;

/// A resource as it was asked for, with the names it goes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource<'a> {
    /// The text that was asked for.
    pub text: &'a str,
    item: Option<&'a str>,
    channel: Option<&'a str>,
    /// Where its ratings stand: in the item, and in the channel before it.
    rated: [&'a str; 2],
}

impl<'a> Resource<'a> {
    /// Reads a resource. A text that is no MRSS document is its own name.
    pub fn new(text: &'a str) -> Self {
        let trimmed = text.trim();
        if !trimmed.starts_with("<rss") && !trimmed.starts_with("<?xml") {
            return Self { text, item: None, channel: None, rated: [""; 2] };
        }
        let channel = element(trimmed, "channel").map(|(_, inner)| inner).unwrap_or_default();
        let (before_item, item) = element(channel, "item").unwrap_or((channel, ""));
        let name = |within, element_name| {
            element(within, element_name)
                .map(|(_, text)| plain(text))
                .filter(|text| !text.is_empty())
        };
        Self {
            text,
            item: name(item, "guid"),
            channel: name(before_item, "title"),
            rated: [item, before_item],
        }
    }

    /// The names to look for, the most particular first: the whole text, the item, the channel.
    pub fn names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        std::iter::once(self.text).chain(self.item).chain(self.channel)
    }

    /// How it is rated: of a document with an item that has ratings as that says, else as the channel
    /// does.
    pub fn ratings(&self) -> impl Iterator<Item = Rating<'a>> + use<'a> {
        let [item, channel] = self.rated;
        let of_item = ratings(item);
        let of_channel = ratings(if of_item.is_empty() { channel } else { "" });
        of_item.into_iter().chain(of_channel)
    }

    /// The one name to count it by: of a document the item, else the channel.
    pub fn name(&self) -> &'a str {
        self.item.or(self.channel).unwrap_or(self.text)
    }
}

/// The `media:rating` elements of a part of a document that name their scheme.
fn ratings(xml: &str) -> Vec<Rating<'_>> {
    xml.split("<media:rating").skip(1).filter_map(rating).collect()
}

/// What follows the beginning of such an element.
fn rating(element: &str) -> Option<Rating<'_>> {
    let (attributes, rest) = element.split_once('>')?;
    let (_, quoted) = attributes.split_once("scheme=")?;
    let quote = quoted.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (scheme, _) = quoted[1..].split_once(quote)?;
    let (value, _) = rest.split_once("</media:rating>")?;
    Some(Rating { scheme, value: plain(value) })
}

/// What stands before the first element of a name, and what it holds.
fn element<'a>(xml: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    let mut from = 0;
    loop {
        let start = from + xml.get(from..)?.find(&format!("<{name}"))?;
        let tag = start + 1 + name.len();
        let rest = &xml[tag..];
        if !rest.starts_with(['>', ' ', '\t', '\r', '\n']) {
            from = tag;
            continue;
        }
        let inner = &rest[rest.find('>')? + 1..];
        let end = inner.find(&format!("</{name}>"))?;
        return Some((&xml[..start], &inner[..end]));
    }
}

fn plain(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("<![CDATA[").and_then(|text| text.strip_suffix("]]>")).unwrap_or(text).trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn names(text: &str) -> Vec<&str> {
        Resource::new(text).names().skip(1).collect()
    }

    #[test]
    fn a_plain_identifier_has_one_name() {
        assert_eq!(Resource::new("REF30").names().collect::<Vec<_>>(), ["REF30"]);
    }

    #[test]
    fn a_document_also_goes_by_its_item_and_its_channel() {
        let channel = "<rss version=\"2.0\"><channel><title>REF30</title></channel></rss>";
        assert_eq!(names(channel), ["REF30"]);
        let item = "<rss version=\"2.0\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n\
                    <channel>\n<title>REF30</title>\n<item><title>Pilot</title>\
                    <guid isPermaLink=\"false\"><![CDATA[ep-1]]></guid>\
                    <media:rating scheme=\"urn:v-chip\">pg</media:rating></item></channel></rss>";
        assert_eq!(names(item), ["ep-1", "REF30"]);
    }

    #[test]
    fn a_document_is_rated_as_its_item_is_or_else_its_channel() {
        let rated = |text: &str| {
            let ratings =
                Resource::new(text).ratings().map(|r| format!("{} {}", r.scheme, r.value));
            ratings.collect::<Vec<_>>()
        };
        let channel = "<rss><channel><title>REF30</title>\
            <media:rating scheme=\"urn:mpaa\">pg</media:rating>\
            <media:rating scheme='urn:v-chip'> tv-14 </media:rating></channel></rss>";
        assert_eq!(rated(channel), ["urn:mpaa pg", "urn:v-chip tv-14"]);
        let item = channel.replace(
            "</channel>",
            "<item><guid>ep-1</guid><media:rating scheme=\"urn:mpaa\">r</media:rating></item></channel>",
        );
        assert_eq!(rated(&item), ["urn:mpaa r"]);
        for unrated in [
            "REF30",
            "<rss><channel><title>REF30</title><media:rating>adult</media:rating></channel></rss>",
            "<rss><channel><media:rating scheme=\"urn:mpaa\">pg</channel></rss>",
            "<rss><channel><media:rating scheme=\"urn:mpaa</channel></rss>",
        ] {
            assert!(rated(unrated).is_empty(), "{unrated}");
        }
    }

    #[test]
    fn a_broken_document_goes_by_its_text_alone() {
        for text in ["<rss", "<rss><channel><title>", "<rss><channel></channel></rss>", "<rss/>"] {
            assert!(names(text).is_empty(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_upsets_it(text in "(<rss>|<channel>|</channel>|<title>|</title>|<item>|<media:rating|</media:rating>| scheme=|\"|>|<|é|x)*") {
            let resource = Resource::new(&text);
            prop_assert!(resource.names().count() <= 3);
            prop_assert!(resource.ratings().all(|rating| text.contains(rating.value)));
        }
    }
}
