//! Goes from a story that fails to the simplest one that still fails.

use super::finding::{Looking, What};
use super::simpler;
use crate::outcome::ClientInfo;
use crate::runner::{Options, RunError, replay};
use crate::scenario::{Scenario, check_file};

/// A story that fails, and none that is a little simpler does.
#[derive(Clone, Debug)]
pub struct Shrunk {
    /// The story.
    pub scenario: Scenario,
    /// What exactly happens in it, in words for people.
    pub how: String,
    /// How many stories were played to find it.
    pub played: usize,
}

/// The simplest story that shows the same as this one; `None` when this one does not show it when
/// it is played once more. No more than `limit` stories are played.
///
/// # Errors
/// Whatever keeps the runner from playing at all.
pub fn shrink(
    options: &Options,
    client: &ClientInfo,
    story: &Scenario,
    what: &What,
    limit: usize,
) -> Result<Option<Shrunk>, RunError> {
    let mut search = Search {
        options,
        client,
        what,
        looking: Looking { gate: options.gate, strict: options.strict },
        played: 0,
    };
    let Some((_, mut how)) = search.first_that_shows_it(vec![story.clone()])? else {
        return Ok(None);
    };
    let mut simplest = story.clone();
    while search.played < limit {
        let candidates = simpler_than(&simplest);
        match search.first_that_shows_it(candidates)? {
            Some((found, found_how)) => (simplest, how) = (found, found_how),
            None => break,
        }
    }
    Ok(Some(Shrunk { scenario: simplest, how, played: search.played }))
}

/// The simpler stories that make sense, the simplest first.
fn simpler_than(story: &Scenario) -> Vec<Scenario> {
    let files = simpler::than(&story.file).into_iter().filter(|file| check_file(file).is_ok());
    files.flat_map(|file| Scenario::all_of(&story.name, file)).collect()
}

/// How many stories are played at first.
const TO_BEGIN_WITH: usize = 6;

struct Search<'a> {
    options: &'a Options,
    client: &'a ClientInfo,
    what: &'a What,
    looking: Looking,
    played: usize,
}

impl Search<'_> {
    /// The first of the stories that shows what is looked for. As many as are played side by side are
    /// played at a time, but a few to begin with: those are the likeliest to show it, and many
    /// processes at once are slow. Which of them ends first makes no difference.
    fn first_that_shows_it(
        &mut self,
        stories: Vec<Scenario>,
    ) -> Result<Option<(Scenario, String)>, RunError> {
        let at_a_time = self.options.jobs_for(usize::MAX);
        let (first, rest) = stories.split_at(at_a_time.min(TO_BEGIN_WITH).min(stories.len()));
        for some in std::iter::once(first).chain(rest.chunks(at_a_time)).filter(|s| !s.is_empty()) {
            let outcomes = replay(self.options, self.client, some.to_vec())?;
            self.played += some.len();
            for (story, outcome) in some.iter().zip(&outcomes) {
                if let Some(how) = self.looking.at(outcome).remove(self.what) {
                    return Ok(Some((story.clone(), how)));
                }
            }
        }
        Ok(None)
    }
}
