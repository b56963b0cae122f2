//! An answer's body, read whole: never more of it than the cap, packed or not.

use crate::NetworkError;
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::{Response, header::CONTENT_ENCODING};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::io::Read;

/// Why a body could not be read.
pub(crate) enum Unread {
    /// It is larger than the cap.
    TooLarge,
    /// It ended early, or is not packed as its header says.
    Broken(NetworkError),
}

/// The whole body, unpacked, of at most `limit` bytes.
pub(crate) async fn whole(answer: Response<Incoming>, limit: usize) -> Result<Bytes, Unread> {
    let packed = answer
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"gzip"));
    let bytes = received(answer.into_body(), limit).await?;
    if packed && !bytes.is_empty() {
        unpacked(&bytes, limit)
    } else {
        Ok(bytes)
    }
}

async fn received(mut body: Incoming, limit: usize) -> Result<Bytes, Unread> {
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if told > limit {
        return Err(Unread::TooLarge);
    }
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    // Read to its end, which lets the connection be used again.
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| Unread::Broken(NetworkError::new(error)))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if first.is_empty() {
            // Most answers come in one piece, which need not be copied.
            first = data;
            continue;
        }
        if rest.is_empty() {
            rest.reserve(told.max(first.len() + data.len()));
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&data);
        if rest.len() > limit {
            return Err(Unread::TooLarge);
        }
    }
    let whole = if rest.is_empty() {
        first
    } else {
        rest.freeze()
    };
    if whole.len() > limit {
        return Err(Unread::TooLarge);
    }
    Ok(whole)
}

fn unpacked(bytes: &[u8], limit: usize) -> Result<Bytes, Unread> {
    let mut plain = Vec::with_capacity(limit.min(bytes.len() * 4));
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(bytes)
        .take(most)
        .read_to_end(&mut plain)
        .map_err(|error| Unread::Broken(NetworkError::new(error)))?;
    if plain.len() > limit {
        return Err(Unread::TooLarge);
    }
    Ok(plain.into())
}
