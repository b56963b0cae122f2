//! Write: files that do not show what the archive holds are made anew.

use crate::format::Encoder;
use crate::{ExportError, Job, Phase};
use std::{
    collections::HashMap,
    fs::File,
    io::{Seek, SeekFrom},
};
use store::archive::{Part, Written};

/// Objects that are taken out of the archive at once.
const ROWS: i64 = 200;

impl Job<'_> {
    /// Makes the files show what the archive holds; the answer is how many were written, and how many there are.
    pub(crate) async fn write(&self) -> Result<(u64, u64), ExportError> {
        let parts = self
            .archive
            .parts(self.dataset.name(), self.part_rows)
            .await?;
        let there = self.target.parts(self.dataset, self.format).await?;
        let written = self
            .archive
            .written(&self.shelf(), self.dataset.name())
            .await?;
        let stale: Vec<&Part> = parts
            .iter()
            .filter(|part| !shows(part, &there, &written))
            .collect();
        self.meter.begin(Phase::Write, Some(stale.len() as u64));
        for part in &stale {
            self.renew(part).await?;
            self.meter.add(1);
        }
        // Parts of an archive that was there before.
        for number in there.keys() {
            if !parts.iter().any(|part| part.number == *number) {
                self.target
                    .remove(self.dataset, self.format, *number)
                    .await?;
            }
        }
        let files = parts.iter().filter(|part| part.rows > 0).count() as u64;
        Ok((stale.len() as u64, files))
    }

    /// Under which name the archive remembers what was written where.
    fn shelf(&self) -> String {
        format!(
            "{}:{}:{}",
            self.format.extension(),
            self.part_rows,
            self.target.name()
        )
    }

    async fn renew(&self, part: &Part) -> Result<(), ExportError> {
        let size = if part.rows == 0 {
            self.target
                .remove(self.dataset, self.format, part.number)
                .await?;
            0
        } else {
            let file = self.encode(part.number).await?;
            self.target
                .put(self.dataset, self.format, part.number, file)
                .await?
        };
        let written = Written {
            number: part.number,
            revision: part.revision,
            size,
        };
        Ok(self
            .archive
            .wrote(&self.shelf(), self.dataset.name(), written)
            .await?)
    }

    /// One part in the spool file, ready to be read.
    async fn encode(&self, number: i64) -> Result<File, ExportError> {
        let fault = |error| ExportError::target(&self.spool.display().to_string(), error);
        let spool = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.spool)
            .map_err(|error| fault(error.into()))?;
        // Nobody else needs its name, and nothing is left of it when the process dies.
        #[cfg(unix)]
        std::fs::remove_file(&self.spool).map_err(|error| fault(error.into()))?;
        let mut encoder = Encoder::new(self.format, self.dataset, spool).map_err(fault)?;
        let (mut from, to) = (number * self.part_rows, (number + 1) * self.part_rows);
        loop {
            let rows = self
                .archive
                .rows(self.dataset.name(), (from, to), ROWS)
                .await?;
            let Some(last) = rows.last() else { break };
            from = last.number + 1;
            for row in &rows {
                encoder.add(&row.raw).map_err(fault)?;
            }
        }
        let mut file = encoder.finish().map_err(fault)?;
        file.seek(SeekFrom::Start(0))
            .map_err(|error| fault(error.into()))?;
        Ok(file)
    }
}

/// Whether the file of a part is there and shows it as it is.
fn shows(part: &Part, there: &HashMap<i64, i64>, written: &[Written]) -> bool {
    let written = written.iter().find(|written| written.number == part.number);
    written.is_some_and(|written| {
        let size = there.get(&part.number).copied().unwrap_or_default();
        written.revision == part.revision && written.size == size
    })
}
