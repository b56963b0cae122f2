//! Parquet: typed columns, compressed with Snappy, which every reader knows.

use super::Fault;
use crate::Dataset;
use crate::columns::{Cell, Column, Kind, columns};
use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::ByteArray,
    file::{
        properties::{EnabledStatistics, WriterProperties},
        writer::SerializedFileWriter,
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use serde_json::Value;
use std::{fmt::Write, fs::File, sync::Arc};

/// What is held in memory before it goes into the file as a group of rows.
const GROUP_BYTES: usize = 8 << 20;
/// The column with the object itself.
const RAW: &str = "raw";

/// A table on its way into a file.
pub(crate) struct Table {
    writer: SerializedFileWriter<File>,
    columns: &'static [Column],
    /// The cells of the group, column by column.
    cells: Vec<Vec<Option<Cell>>>,
    raw: Vec<ByteArray>,
    bytes: usize,
}

impl Table {
    pub(crate) fn new(dataset: Dataset, file: File) -> Result<Self, Fault> {
        let columns = columns(dataset);
        let raw = ColumnPath::from(RAW);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(concat!("frontdesk ", env!("CARGO_PKG_VERSION")).into())
            // No two objects are the same, and nobody compares them.
            .set_column_dictionary_enabled(raw.clone(), false)
            .set_column_statistics_enabled(raw, EnabledStatistics::None)
            .build();
        let schema = Arc::new(parse_message_type(&schema(columns))?);
        Ok(Self {
            writer: SerializedFileWriter::new(file, schema, Arc::new(properties))?,
            columns,
            cells: vec![Vec::new(); columns.len()],
            raw: Vec::new(),
            bytes: 0,
        })
    }

    pub(crate) fn add(&mut self, object: &Value, raw: &str) -> Result<(), Fault> {
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            cells.push(column.of(object));
        }
        self.raw.push(raw.into());
        self.bytes += 2 * raw.len();
        if self.bytes >= GROUP_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<File, Fault> {
        self.flush()?;
        Ok(self.writer.into_inner()?)
    }

    fn flush(&mut self) -> Result<(), Fault> {
        if self.raw.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (column, cells) in self.columns.iter().zip(&mut self.cells) {
            if let Some(mut writer) = group.next_column()? {
                write(writer.untyped(), column.kind, std::mem::take(cells))?;
                writer.close()?;
            }
        }
        if let Some(mut writer) = group.next_column()? {
            let raw = std::mem::take(&mut self.raw);
            if let ColumnWriter::ByteArrayColumnWriter(column) = writer.untyped() {
                column.write_batch(&raw, None, None)?;
            }
            writer.close()?;
        }
        group.close()?;
        self.bytes = 0;
        Ok(())
    }
}

fn schema(columns: &[Column]) -> String {
    let mut schema = String::from("message row {");
    for column in columns {
        let (physical, logical) = match column.kind {
            Kind::Text => ("binary", " (string)"),
            Kind::List(_) => ("binary", " (json)"),
            Kind::Integer => ("int64", ""),
            Kind::Number => ("double", ""),
            Kind::Flag => ("boolean", ""),
            Kind::Time => ("int64", " (timestamp(millis,true))"),
        };
        let _ = write!(schema, " optional {physical} {}{logical};", column.name);
    }
    let _ = write!(schema, " required binary {RAW} (json); }}");
    schema
}

/// Writes one column of a group: values for the cells that have one, and which those are.
fn write(writer: &mut ColumnWriter<'_>, kind: Kind, cells: Vec<Option<Cell>>) -> Result<(), Fault> {
    let levels: Vec<i16> = cells.iter().map(|cell| i16::from(cell.is_some())).collect();
    let cells = cells.into_iter().flatten();
    let whole = |cell| match cell {
        Cell::Integer(number) => Some(number),
        Cell::Time(seconds) => Some(seconds.saturating_mul(1_000)),
        _ => None,
    };
    match writer {
        ColumnWriter::Int64ColumnWriter(column) => column.write_batch(
            &cells.filter_map(whole).collect::<Vec<_>>(),
            Some(&levels),
            None,
        )?,
        ColumnWriter::ByteArrayColumnWriter(column) => {
            let text = |cell| match cell {
                Cell::Text(text) => Some(ByteArray::from(text.into_bytes())),
                _ => None,
            };
            column.write_batch(
                &cells.filter_map(text).collect::<Vec<_>>(),
                Some(&levels),
                None,
            )?
        }
        ColumnWriter::BoolColumnWriter(column) => {
            let flag = |cell| {
                if let Cell::Flag(flag) = cell {
                    Some(flag)
                } else {
                    None
                }
            };
            column.write_batch(
                &cells.filter_map(flag).collect::<Vec<_>>(),
                Some(&levels),
                None,
            )?
        }
        ColumnWriter::DoubleColumnWriter(column) => {
            let number = |cell| {
                if let Cell::Number(number) = cell {
                    Some(number)
                } else {
                    None
                }
            };
            column.write_batch(
                &cells.filter_map(number).collect::<Vec<_>>(),
                Some(&levels),
                None,
            )?
        }
        _ => return Err(format!("no column of {kind:?} is written this way").into()),
    };
    Ok(())
}
