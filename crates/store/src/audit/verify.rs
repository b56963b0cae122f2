//! Walks a chain and names the first place where it is not what was written.

use super::{Entry, Head, chain, retention::Prune};
use crate::{StoreError, TenantScope};

/// What a walk along a chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Every entry is as it was written, and none is missing.
    Whole {
        /// How many there are.
        entries: i64,
        /// The end, to be kept elsewhere as a witness.
        head: Option<Head>,
    },
    /// Something was done to the chain here; what comes after was not looked at.
    Broken {
        /// The place.
        seq: i64,
        /// What is wrong there.
        fault: Fault,
    },
}

/// What can be wrong at a place of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The entry is not what its hash was made of: edited, or moved here from another place.
    Edited,
    /// There is no entry, but later ones.
    Missing,
    /// The entry does not follow from the one before, which was exchanged together with its hash.
    Unlinked,
    /// The chain ends before its head, or before the witness.
    CutOff,
    /// There is an entry behind the head.
    Added,
    /// The beginning is gone, and no entry of the chain says that retention took it.
    Unexplained,
}

const PAGE: i64 = 1000;

impl TenantScope {
    /// Checks the whole chain, and that it still holds the witness: a head that was kept elsewhere.
    pub async fn verify_audit(&self, witness: Option<&Head>) -> Result<Verdict, StoreError> {
        loop {
            let prune = self.last_prune().await?;
            let verdict = self.walk(prune.as_ref(), witness).await?;
            // What retention took away during the walk is no fault.
            if matches!(verdict, Verdict::Whole { .. }) || self.last_prune().await? == prune {
                return Ok(verdict);
            }
        }
    }

    async fn walk(
        &self,
        prune: Option<&Prune>,
        witness: Option<&Head>,
    ) -> Result<Verdict, StoreError> {
        let mut walk = Walk::new(self.tenant(), prune, witness);
        loop {
            let page = self.audit_after(walk.page_after, PAGE).await?;
            for entry in &page {
                if let Err(fault) = walk.step(entry) {
                    return Ok(fault);
                }
            }
            if !page.is_empty() {
                continue;
            }
            let head = self.audit_head().await?;
            let more = self.audit_after(walk.page_after, 1).await?;
            // Entries and head are committed together: a head that is ahead of the entries lost some of them.
            if more.is_empty() {
                return Ok(walk.end(head));
            }
        }
    }
}

/// Where a walk has come to.
struct Walk<'a> {
    tenant: &'a str,
    witness: Option<&'a Head>,
    prune: Option<&'a Prune>,
    /// Whether an entry of the chain says the same as the record of what was pruned.
    explained: bool,
    last: Head,
    /// Zero until the first entry was seen: what should be gone must be seen if it is not.
    page_after: i64,
    entries: i64,
}

impl<'a> Walk<'a> {
    fn new(tenant: &'a str, prune: Option<&'a Prune>, witness: Option<&'a Head>) -> Self {
        let last = prune.map_or_else(
            || Head {
                seq: 0,
                hash: chain::NOTHING.to_vec(),
            },
            |prune| Head {
                seq: prune.upto_seq,
                hash: prune.hash.clone(),
            },
        );
        Self {
            tenant,
            witness,
            prune,
            explained: prune.is_none(),
            last,
            page_after: 0,
            entries: 0,
        }
    }

    fn step(&mut self, entry: &Entry) -> Result<(), Verdict> {
        let expected = self.last.seq + 1;
        let broken = |seq, fault| Err(Verdict::Broken { seq, fault });
        if entry.seq > expected {
            return broken(expected, Fault::Missing);
        }
        if entry.seq < expected {
            return broken(entry.seq, Fault::Added);
        }
        if chain::digest(self.tenant, entry) != entry.hash {
            return broken(entry.seq, Fault::Edited);
        }
        if entry.prev_hash != self.last.hash {
            return broken(entry.seq, Fault::Unlinked);
        }
        if self
            .witness
            .is_some_and(|head| head.seq == entry.seq && head.hash != entry.hash)
        {
            return broken(entry.seq, Fault::Edited);
        }
        self.explained |= self.prune.is_some_and(|prune| prune.is_told_by(entry));
        self.last = Head {
            seq: entry.seq,
            hash: entry.hash.clone(),
        };
        self.page_after = entry.seq;
        self.entries += 1;
        Ok(())
    }

    fn end(self, head: Option<Head>) -> Verdict {
        let broken = |seq, fault| Verdict::Broken { seq, fault };
        let goal = head.as_ref().map_or(0, |head| head.seq);
        let witnessed = self.witness.map_or(0, |head| head.seq);
        if goal.max(witnessed) > self.last.seq {
            return broken(self.last.seq + 1, Fault::CutOff);
        }
        if goal < self.last.seq {
            return broken(goal + 1, Fault::Added);
        }
        if head
            .as_ref()
            .is_some_and(|head| head.hash != self.last.hash)
        {
            return broken(self.last.seq, Fault::Edited);
        }
        if !self.explained {
            return broken(
                self.prune.map_or(1, |prune| prune.upto_seq),
                Fault::Unexplained,
            );
        }
        Verdict::Whole {
            entries: self.entries,
            head,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::NewEntry;
    use super::*;

    fn entry(body: &str) -> NewEntry {
        NewEntry {
            event_id: body.to_owned(),
            kind: "begin".to_owned(),
            at: 0,
            call_id: String::new(),
            user_id: None,
            endpoint_id: None,
            tool: None,
            outcome: None,
            body: body.to_owned(),
        }
    }

    /// Who knows how hashes are made can exchange an entry with its hash, and the one after gives it away.
    #[test]
    fn an_exchanged_entry_is_given_away_by_the_next() {
        let link = |bodies: [&str; 3]| {
            let entries = bodies.into_iter().map(entry).collect();
            chain::link("acme", 0, chain::NOTHING.to_vec(), entries)
        };
        let mut entries = link(["a", "b", "c"]);
        entries[1] = link(["a", "forged", "c"]).remove(1);
        let mut walk = Walk::new("acme", None, None);
        let verdicts: Vec<_> = entries.iter().map(|entry| walk.step(entry)).collect();
        let unlinked = Verdict::Broken {
            seq: 3,
            fault: Fault::Unlinked,
        };
        assert_eq!(verdicts, [Ok(()), Ok(()), Err(unlinked)]);
    }

    /// A text that moves from one field to its neighbor makes another hash.
    #[test]
    fn fields_do_not_run_into_each_other() {
        let mut one = entry("x");
        (one.kind, one.call_id) = ("ab".into(), "c".into());
        let mut two = entry("x");
        (two.kind, two.call_id) = ("a".into(), "bc".into());
        let hash = |entry| {
            chain::link("acme", 0, Vec::new(), vec![entry])
                .remove(0)
                .hash
        };
        assert_ne!(hash(one), hash(two));
    }
}
