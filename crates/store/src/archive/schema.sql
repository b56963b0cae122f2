-- The archive: what was copied out of one workspace, one row an object, and the facts that insight asks for.
CREATE TABLE label (name TEXT PRIMARY KEY, value TEXT NOT NULL);

-- How far the copy of a dataset is.
CREATE TABLE place (
    dataset TEXT PRIMARY KEY,
    watermark BIGINT NOT NULL,   -- updated_at up to which everything is here
    walk BIGINT NOT NULL,        -- the walk over everything that is under way; 0 is none
    walk_mark BIGINT NOT NULL,   -- how far that walk is
    whole INTEGER NOT NULL,      -- whether threads are read, too
    finished_at BIGINT NOT NULL, -- when a run last came to its end
    next_number BIGINT NOT NULL,
    revision BIGINT NOT NULL
);

-- number never changes, so an object stays in the part that it was first written to. A tombstone has no raw.
CREATE TABLE record (
    key INTEGER PRIMARY KEY,
    dataset TEXT NOT NULL,
    id TEXT NOT NULL,
    number BIGINT,
    revision BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    whole INTEGER NOT NULL,
    walk BIGINT NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0,
    digest BLOB,
    raw TEXT
);
CREATE UNIQUE INDEX record_id ON record (dataset, id);
CREATE INDEX record_part ON record (dataset, number, revision, gone);

-- What was written where, and of which revision.
CREATE TABLE part (
    target TEXT NOT NULL,
    dataset TEXT NOT NULL,
    part BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (target, dataset, part)
);

CREATE TABLE conversation (
    key INTEGER PRIMARY KEY,
    created_at BIGINT NOT NULL,
    state TEXT NOT NULL,
    channel TEXT NOT NULL,
    team TEXT NOT NULL,
    admin TEXT NOT NULL,
    title TEXT NOT NULL,
    customer TEXT NOT NULL,
    waiting_since BIGINT,
    first_answer BIGINT,         -- seconds
    closing BIGINT,              -- seconds
    rating BIGINT
);
CREATE INDEX conversation_created ON conversation (created_at);
CREATE INDEX conversation_waiting ON conversation (waiting_since) WHERE waiting_since IS NOT NULL;
CREATE TABLE conversation_tag (key BIGINT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (key, tag));

-- Names of teams and admins, which conversations hold as ids.
CREATE TABLE name (kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (kind, id));

CREATE VIRTUAL TABLE words USING fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, row);
