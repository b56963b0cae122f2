//! The upload of a shop's product catalog.

use crate::{
    call::{Answer, Call, Fault, Handler, Reply},
    world::{
        World,
        settings::{ShopConnector, Upload},
    },
};
use serde_json::{Value, json};

/// The largest file, in bytes.
const MOST_BYTES: usize = 99 << 20;

/// What carries out an operation of this resource.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    (operation == "upload_product_catalog").then_some(upload as Handler)
}

/// Takes a whole catalog, or one part of it; the last call of many ends the upload.
fn upload(world: &mut World, call: &Call) -> Reply {
    let known = call
        .number(0)
        .filter(|id| world.settings.shops.contains_key(id));
    let id = known.ok_or_else(|| {
        Fault::missing(
            "import_source_not_found",
            "No connector found with the provided id.",
        )
    })?;
    let fresh = format!("import_{}", world.ids.word(12));
    let shop = world.settings.shops.entry(id).or_default();
    match call.text("finalize") {
        Some("false") => part(shop, call, fresh),
        Some("true") => finish(shop, call),
        _ => whole(shop, call, &fresh),
    }
}

fn whole(shop: &mut ShopConnector, call: &Call, job: &str) -> Reply {
    if shop.upload.is_some() {
        let message = "A multipart upload is already in progress. Use import_job_id to continue.";
        return Err(Fault::new(409, "sync_in_progress", message));
    }
    shop.products = products(call)?;
    accepted(job)
}

fn part(shop: &mut ShopConnector, call: &Call, fresh: String) -> Reply {
    let mut upload = match (call.identifier("import_job_id"), shop.upload.take()) {
        (None, None) => Upload {
            job: fresh,
            ..Upload::default()
        },
        (Some(id), Some(upload)) if upload.job == id => upload,
        (None, Some(upload)) => {
            shop.upload = Some(upload);
            let message = "Include import_job_id to continue an existing upload session.";
            return Err(Fault::new(422, "import_job_id_required", message));
        }
        (Some(_), upload) => {
            shop.upload = upload;
            return Err(no_session());
        }
    };
    let added = ordered(&upload, call).and_then(|()| products(call));
    if let Ok(count) = added {
        upload.products += count;
        upload.parts += 1;
    }
    let body = json!({"import_job_id": upload.job, "next_part_number": upload.parts + 1});
    // A session outlives a part that was refused, but does not begin with one.
    shop.upload = (upload.parts > 0).then_some(upload);
    added?;
    Answer::ok(body)
}

/// Parts come in their order.
fn ordered(upload: &Upload, call: &Call) -> Result<(), Fault> {
    let wrong = |message: String| Fault::new(422, "invalid_part_number", message);
    if call.field("part_number").is_none() {
        return Ok(());
    }
    let given = call
        .integer("part_number")
        .and_then(|n| u64::try_from(n).ok());
    match given.filter(|n| *n > 0) {
        None => Err(wrong("part_number must be a positive integer".into())),
        Some(n) if n != upload.parts + 1 => Err(wrong(format!(
            "Expected part {}, got {n}",
            upload.parts + 1
        ))),
        Some(_) => Ok(()),
    }
}

fn finish(shop: &mut ShopConnector, call: &Call) -> Reply {
    let id = call.identifier("import_job_id");
    let mut upload = shop
        .upload
        .take_if(|upload| Some(&upload.job) == id.as_ref())
        .ok_or_else(no_session)?;
    if call.field("catalog").is_some() {
        upload.products += products(call)?;
    }
    shop.products = upload.products;
    accepted(&upload.job)
}

fn no_session() -> Fault {
    let message = "No active upload session found for the provided import_job_id.";
    Fault::missing("upload_session_not_found", message)
}

fn accepted(job: &str) -> Reply {
    let message = "The catalog is being taken in.";
    Answer::with(
        202,
        json!({"import_job_id": job, "status": "processing", "message": message}),
    )
}

/// How many products the uploaded file holds, checked.
fn products(call: &Call) -> Result<usize, Fault> {
    let absent = |message: &str| Fault::new(400, "parameter_not_found", message);
    let given = call
        .field("catalog")
        .ok_or_else(|| absent("catalog file is required"))?;
    let text = given.get("file").and_then(Value::as_str);
    let text = text.ok_or_else(|| absent("catalog must be an uploaded file"))?;
    if text.len() > MOST_BYTES {
        return Err(Fault::new(
            422,
            "payload_too_large",
            "catalog file exceeds 99MB limit",
        ));
    }
    let wrong = |message: &str| Fault::new(422, "invalid_catalog_format", message);
    let Ok(Value::Array(items)) = serde_json::from_str(text) else {
        return Err(wrong("catalog must be a JSON array"));
    };
    if items.iter().all(Value::is_object) {
        Ok(items.len())
    } else {
        Err(wrong(
            "each item in the catalog array must be a JSON object",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, fault, world};

    fn with_shop() -> World {
        let mut world = world();
        world.settings.shops.insert(1, ShopConnector::default());
        world
    }

    fn file(text: &str) -> Value {
        json!({"file": text})
    }

    #[test]
    fn a_catalog_comes_whole_or_in_parts() {
        let mut world = with_shop();
        let body = json!({"catalog": file("[{\"id\": \"1\"}]")});
        let told = call(&mut world, "upload_product_catalog", "1", body.clone()).unwrap();
        assert_eq!(
            (&told["status"], world.settings.shops[&1].products),
            (&json!("processing"), 1)
        );
        let mut part = body.clone();
        part["finalize"] = json!("false");
        let first = call(&mut world, "upload_product_catalog", "1", part.clone()).unwrap();
        assert_eq!(
            fault(&mut world, "upload_product_catalog", "1", part.clone()),
            (422, "import_job_id_required")
        );
        assert_eq!(
            fault(&mut world, "upload_product_catalog", "1", body),
            (409, "sync_in_progress")
        );
        part["import_job_id"] = first["import_job_id"].clone();
        part["part_number"] = json!("3");
        assert_eq!(
            fault(&mut world, "upload_product_catalog", "1", part.clone()),
            (422, "invalid_part_number")
        );
        part["part_number"] = first["next_part_number"].clone();
        call(&mut world, "upload_product_catalog", "1", part).unwrap();
        let end = json!({"finalize": "true", "import_job_id": first["import_job_id"]});
        call(&mut world, "upload_product_catalog", "1", end.clone()).unwrap();
        assert_eq!(world.settings.shops[&1].products, 2);
        assert_eq!(
            fault(&mut world, "upload_product_catalog", "1", end),
            (404, "upload_session_not_found")
        );
    }

    #[test]
    fn wrong_files_are_refused() {
        let mut world = with_shop();
        for (body, expected) in [
            (json!({}), (400, "parameter_not_found")),
            (json!({"catalog": "[]"}), (400, "parameter_not_found")),
            (
                json!({"catalog": file("{}")}),
                (422, "invalid_catalog_format"),
            ),
            (
                json!({"catalog": file("[1]")}),
                (422, "invalid_catalog_format"),
            ),
        ] {
            assert_eq!(
                fault(&mut world, "upload_product_catalog", "1", body),
                expected
            );
        }
        assert_eq!(
            fault(&mut world, "upload_product_catalog", "2", json!({})),
            (404, "import_source_not_found")
        );
    }
}
