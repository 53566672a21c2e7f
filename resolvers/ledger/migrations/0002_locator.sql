-- Which city owns whom: a keyed hash of the citizen number, never the number.
CREATE TABLE locator (
    key      bytea       NOT NULL CHECK (octet_length(key) = 16),
    city     text        NOT NULL,
    disputed boolean     NOT NULL DEFAULT false,
    version  integer     NOT NULL DEFAULT 1,
    since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (key)
) PARTITION BY HASH (key);

CREATE TABLE locator_0 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE locator_1 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE locator_2 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE locator_3 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE locator_4 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE locator_5 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE locator_6 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE locator_7 PARTITION OF locator FOR VALUES WITH (MODULUS 8, REMAINDER 7);

-- One number claimed more than once: people of these cities have to decide. At most one open task per number.
CREATE TABLE dispute (
    id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key       bytea       NOT NULL CHECK (octet_length(key) = 16),
    cities    text[]      NOT NULL CHECK (cardinality(cities) >= 1),
    opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at timestamptz
);
CREATE UNIQUE INDEX dispute_open ON dispute (key) WHERE closed_at IS NULL;
