-- The sweep finds the texts that are old enough without reading all ids, which stay for ever.
CREATE INDEX deliveries_texts ON deliveries (updated_at) WHERE body <> '';
