//! Figures over the archived conversations.

use super::{Archive, ArchiveError};
use futures_util::TryStreamExt;
use sqlx::Row;
use std::collections::HashMap;

/// What conversations are counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The team they are assigned to.
    Team,
    /// The admin they are assigned to.
    Admin,
    /// Each of their tags.
    Tag,
    /// Open, snoozed or closed.
    State,
    /// Where they came from.
    Channel,
    /// The day they began, in UTC.
    Day,
}

/// Which conversations count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Those that began at this Unix second or later.
    pub since: Option<i64>,
    /// Those that began before this Unix second.
    pub until: Option<i64>,
}

/// The figures of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stat {
    /// The group's name, or its id where no name is known; empty where the conversations have none.
    pub name: String,
    /// Conversations.
    pub conversations: u64,
    /// Those of them that are not closed.
    pub open: u64,
    /// Median seconds to the first answer of an admin.
    pub first_answer: Option<i64>,
    /// Median seconds to the first closing.
    pub closing: Option<i64>,
    /// Those of them that were rated.
    pub rated: u64,
    /// Those of the rated that gave 4 or 5.
    pub satisfied: u64,
}

/// A conversation that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: String,
    /// Its title, where it has one.
    pub title: String,
    /// Who waits.
    pub customer: String,
    /// The team's name.
    pub team: String,
    /// The admin's name.
    pub admin: String,
    /// Since when, in Unix seconds.
    pub waiting_since: i64,
}

impl Archive {
    /// The figures of each group, the largest first; days in their order.
    pub async fn stats(&self, group: Group, scope: &Scope) -> Result<Vec<Stat>, ArchiveError> {
        let mut groups: HashMap<String, Gathered> = HashMap::new();
        let mut rows = sqlx::query(group.query())
            .bind(scope.since.unwrap_or(i64::MIN))
            .bind(scope.until.unwrap_or(i64::MAX))
            .fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            let gathered = groups.entry(row.get(0)).or_default();
            gathered.add(row.get(1), row.get(2), row.get(3), row.get(4));
        }
        drop(rows);
        let mut stats: Vec<Stat> = groups
            .into_iter()
            .map(|(name, all)| all.stat(name))
            .collect();
        if group == Group::Day {
            stats.sort_by(|a, b| a.name.cmp(&b.name));
        } else {
            stats.sort_by(|a, b| (b.conversations, &a.name).cmp(&(a.conversations, &b.name)));
        }
        Ok(stats)
    }

    /// Conversations whose customer has waited for an answer since before a Unix second, the longest first.
    pub async fn unanswered(&self, before: i64, limit: u32) -> Result<Vec<Waiting>, ArchiveError> {
        let rows = sqlx::query(
            "SELECT record.id, title, customer, COALESCE(t.name, team), COALESCE(a.name, admin), waiting_since
             FROM conversation JOIN record USING (key)
             LEFT JOIN name t ON t.kind = 'team' AND t.id = team
             LEFT JOIN name a ON a.kind = 'admin' AND a.id = admin
             WHERE waiting_since IS NOT NULL AND waiting_since < ? ORDER BY waiting_since, record.id LIMIT ?",
        )
        .bind(before)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let waiting = |row: &sqlx::sqlite::SqliteRow| Waiting {
            id: row.get(0),
            title: row.get(1),
            customer: row.get(2),
            team: row.get(3),
            admin: row.get(4),
            waiting_since: row.get(5),
        };
        Ok(rows.iter().map(waiting).collect())
    }
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Team,
        Self::Admin,
        Self::Tag,
        Self::State,
        Self::Channel,
        Self::Day,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Admin => "admin",
            Self::Tag => "tag",
            Self::State => "state",
            Self::Channel => "channel",
            Self::Day => "day",
        }
    }

    fn query(self) -> &'static str {
        /// The group of each conversation, and the figures that are gathered.
        macro_rules! by {
            ($group:literal, $from:literal) => {
                concat!(
                    "SELECT ",
                    $group,
                    ", state <> 'closed', first_answer, closing, rating FROM ",
                    $from,
                    " WHERE created_at >= ? AND created_at < ?"
                )
            };
        }
        match self {
            Self::Team => by!(
                "COALESCE(name.name, team)",
                "conversation LEFT JOIN name ON name.kind = 'team' AND name.id = team"
            ),
            Self::Admin => by!(
                "COALESCE(name.name, admin)",
                "conversation LEFT JOIN name ON name.kind = 'admin' AND name.id = admin"
            ),
            Self::Tag => by!(
                "COALESCE(tag, '')",
                "conversation LEFT JOIN conversation_tag USING (key)"
            ),
            Self::State => by!("state", "conversation"),
            Self::Channel => by!("channel", "conversation"),
            Self::Day => by!("date(created_at, 'unixepoch')", "conversation"),
        }
    }
}

/// What is gathered of one group.
#[derive(Default)]
struct Gathered {
    conversations: u64,
    open: u64,
    first_answers: Vec<i64>,
    closings: Vec<i64>,
    rated: u64,
    satisfied: u64,
}

impl Gathered {
    fn add(
        &mut self,
        open: bool,
        first_answer: Option<i64>,
        closing: Option<i64>,
        rating: Option<i64>,
    ) {
        self.conversations += 1;
        self.open += u64::from(open);
        self.first_answers.extend(first_answer);
        self.closings.extend(closing);
        self.rated += u64::from(rating.is_some());
        self.satisfied += u64::from(rating.is_some_and(|rating| rating >= 4));
    }

    fn stat(mut self, name: String) -> Stat {
        Stat {
            name,
            conversations: self.conversations,
            open: self.open,
            first_answer: median(&mut self.first_answers),
            closing: median(&mut self.closings),
            rated: self.rated,
            satisfied: self.satisfied,
        }
    }
}

/// The middle value, or the mean of the two in the middle.
fn median(values: &mut [i64]) -> Option<i64> {
    let middle = values.len() / 2;
    if values.is_empty() {
        return None;
    }
    let even = values.len().is_multiple_of(2);
    let (below, upper, _) = values.select_nth_unstable(middle);
    let upper = *upper;
    let lower = if even {
        below.iter().max().copied()
    } else {
        None
    };
    Some(lower.map_or(upper, |lower| lower.midpoint(upper)))
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        for (values, expected) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(5)),
            (vec![30, 10, 20], Some(20)),
            (vec![4, 1, 3, 2], Some(2)),
        ] {
            assert_eq!(median(&mut values.clone()), expected, "{values:?}");
        }
    }
}
