//! Where the documents of the editions can be read.

use crate::rules::Clause;
use crate::verdict::Edition;

/// The address of a clause's document, in the state that the edition stands for.
pub(crate) fn url(edition: Edition, clause: &Clause) -> String {
    let folder = match edition {
        Edition::Oct2024 => "0d6693d/help/authentication",
        Edition::Apr2025 => "59a4680/help/authentication/integration-guide-programmers",
    };
    format!("https://github.com/AdobeDocs/pass.en/blob/{folder}/{}", clause.document)
}
