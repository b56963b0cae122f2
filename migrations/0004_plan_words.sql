-- The sweep finds the plans that still hold words without reading those that hold none.
CREATE INDEX turn_steps_words ON turn_steps (created_at) WHERE kind = 'plan' AND coalesce(result, '') <> 'wordless';
