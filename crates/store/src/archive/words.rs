//! Search among the words of the archived conversations, and which of them are alike.

use super::{Archive, ArchiveError, facts, plain::plain};
use serde_json::Value;
use sqlx::Row;

/// Words that a likeness is looked for by, the rarest of a text.
const TELLING: usize = 24;
/// Words longer than this are no words.
const LONGEST: usize = 40;
/// Characters that a passage shows before and after its word.
const AROUND: usize = 70;

/// A conversation that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: String,
    /// Its title, where it has one.
    pub title: String,
    /// Who began it.
    pub customer: String,
    /// Open, snoozed or closed.
    pub state: String,
    /// When it began, in Unix seconds.
    pub created_at: i64,
    /// How well it fits; more is better, and only comparable within one answer.
    pub score: f64,
    /// The passage around the first word found.
    pub passage: String,
}

impl Archive {
    /// Conversations that hold all these words; "a phrase" in quotes, and a star for any ending.
    pub async fn search(&self, words: &str, limit: u32) -> Result<Vec<Hit>, ArchiveError> {
        let terms = terms(words);
        let query: Vec<String> = terms.iter().map(Term::quoted).collect();
        let first: Vec<String> = terms.into_iter().map(|term| term.words).collect();
        self.found(&query.join(" AND "), -1, limit, &first).await
    }

    /// Conversations that share the rarest words of one that is archived; none when it is not.
    pub async fn similar_to(&self, id: &str, limit: u32) -> Result<Option<Vec<Hit>>, ArchiveError> {
        let row = sqlx::query(
            "SELECT key, raw, title FROM record JOIN conversation USING (key) WHERE dataset = 'conversations' AND id = ?",
        )
        .bind(id)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (key, raw, title): (i64, String, String) = (row.get(0), row.get(1), row.get(2));
        let conversation: Value = serde_json::from_str(&raw).unwrap_or_default();
        let text = format!("{title}\n{}", facts::words(&conversation));
        self.alike(&text, key, limit).await.map(Some)
    }

    /// Conversations that share the rarest words of a text.
    pub async fn similar(&self, text: &str, limit: u32) -> Result<Vec<Hit>, ArchiveError> {
        self.alike(&plain(text), -1, limit).await
    }

    async fn alike(&self, text: &str, but: i64, limit: u32) -> Result<Vec<Hit>, ArchiveError> {
        let mut words = self.weighed(text).await?;
        words.sort();
        words.truncate(TELLING);
        let words: Vec<String> = words.into_iter().map(|(_, word)| word).collect();
        let query: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        self.found(&query.join(" OR "), but, limit, &words).await
    }

    /// The words of a text with the number of conversations that hold them; words of one's own and of half of all
    /// conversations tell nothing.
    async fn weighed(&self, text: &str) -> Result<Vec<(i64, String)>, ArchiveError> {
        let (all,): (i64,) = sqlx::query_as("SELECT COUNT(*) FROM conversation")
            .fetch_one(&self.pool)
            .await?;
        let mut connection = self.pool.acquire().await?;
        let mut weighed = Vec::new();
        for word in distinct(text) {
            let known: Option<(i64,)> = sqlx::query_as("SELECT doc FROM vocabulary WHERE term = ?")
                .bind(&word)
                .fetch_optional(&mut *connection)
                .await?;
            // The index folds accents away, so that a word with one is not in its list, but is found all the same.
            let count = known.map_or(if word.is_ascii() { 0 } else { 2 }, |(count,)| count);
            if count > 0 && count * 2 <= all.max(8) {
                weighed.push((count, word));
            }
        }
        Ok(weighed)
    }

    async fn found(
        &self,
        query: &str,
        but: i64,
        limit: u32,
        words: &[String],
    ) -> Result<Vec<Hit>, ArchiveError> {
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query(
            "SELECT record.id, title, customer, state, created_at, -found.rank, raw
             FROM (SELECT rowid, bm25(words, 2.0, 1.0) AS rank FROM words WHERE words MATCH ? AND rowid <> ?
                   ORDER BY rank LIMIT ?) found
             JOIN conversation ON conversation.key = found.rowid JOIN record ON record.key = found.rowid
             ORDER BY found.rank, record.id",
        )
        .bind(query)
        .bind(but)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let hit = |row: &sqlx::sqlite::SqliteRow| {
            let raw: Value = serde_json::from_str(row.get(6)).unwrap_or_default();
            Hit {
                id: row.get(0),
                title: row.get(1),
                customer: row.get(2),
                state: row.get(3),
                created_at: row.get(4),
                score: row.get(5),
                passage: passage(&facts::words(&raw), words),
            }
        };
        Ok(rows.iter().map(hit).collect())
    }
}

/// One thing that must be found.
#[derive(Debug, PartialEq, Eq)]
struct Term {
    words: String,
    any_ending: bool,
}

impl Term {
    fn quoted(&self) -> String {
        let star = if self.any_ending { "*" } else { "" };
        format!("\"{}\"{star}", self.words)
    }
}

/// Words and phrases, freed of everything that the index's own query language knows.
fn terms(given: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    for (index, piece) in given.split('"').enumerate() {
        let in_quotes = index % 2 == 1;
        let pieces = if in_quotes {
            vec![piece]
        } else {
            piece.split_whitespace().collect()
        };
        for piece in pieces {
            let words: Vec<&str> = piece
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            if !words.is_empty() {
                terms.push(Term {
                    words: words.join(" "),
                    any_ending: !in_quotes && piece.ends_with('*'),
                });
            }
        }
    }
    terms
}

fn distinct(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| (3..=LONGEST).contains(&word.len()))
        .map(str::to_lowercase)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// What stands around the first of the words, or the beginning of the text.
fn passage(text: &str, words: &[String]) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = line.to_lowercase();
    let at = words
        .iter()
        .filter_map(|word| lower.find(&word.to_lowercase()))
        .min()
        .unwrap_or(0);
    // Lower case may be longer than the text: then the place is a little off, and no more.
    let before = lower[..at].chars().count().saturating_sub(AROUND);
    let mut passage: String = line.chars().skip(before).take(2 * AROUND + 20).collect();
    if before > 0 {
        passage.insert(0, '…');
    }
    if before + 2 * AROUND + 20 < line.chars().count() {
        passage.push('…');
    }
    passage
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn words_are_freed_of_the_query_language() {
        for (given, expected) in [
            ("refund", "\"refund\""),
            ("late \"my order\"", "\"late\" AND \"my order\""),
            ("refund* NEAR(", "\"refund\"* AND \"NEAR\""),
            ("title:x AND -y", "\"title x\" AND \"AND\" AND \"y\""),
            ("\"unclosed", "\"unclosed\""),
            ("()*", ""),
        ] {
            let query: Vec<String> = terms(given).iter().map(Term::quoted).collect();
            assert_eq!(query.join(" AND "), expected, "{given}");
        }
    }

    #[test]
    fn a_passage_stands_around_its_word() {
        let text = format!("{} refund {}", "before ".repeat(40), "after ".repeat(40));
        let passage = passage(&text, &["refund".into()]);
        assert!(
            passage.starts_with('…') && passage.ends_with('…'),
            "{passage}"
        );
        assert!(passage.contains("before refund after"), "{passage}");
        assert_eq!(super::passage("short", &["none".into()]), "short");
    }
}
