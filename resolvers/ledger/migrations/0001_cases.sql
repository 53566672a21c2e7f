-- Cases, their steps and what became of them. Tables are partitioned by hash so that they can be spread over machines.

CREATE SEQUENCE case_sequence;

CREATE TABLE cases (
    number            text        NOT NULL,
    item              text        NOT NULL,
    state             text        NOT NULL CHECK (state IN (
        'ACCEPTED', 'PENDING_REGISTRY', 'READY_TO_PRINT', 'WITHDRAWING', 'NEEDS_OPERATOR',
        'COMPLETED', 'REFUSED', 'WITHDRAWN')),
    subject_key       bytea       NOT NULL CHECK (octet_length(subject_key) = 16),
    subject_ref       text,
    sealed_subject    text,                     -- only while the person still has to be found; wiped afterwards
    handling_station  text        NOT NULL,
    handling_city     text        NOT NULL,
    registry_city     text        NOT NULL,
    accepted_at       timestamptz NOT NULL,
    accepted_on       date        NOT NULL,
    due_on            date        NOT NULL,
    rule_version      text        NOT NULL,
    channel           text        NOT NULL,
    access            text        NOT NULL CHECK (access IN ('WINDOW', 'ONLINE')),
    accepted_role     text        NOT NULL,
    accepted_by       text        NOT NULL,
    application       jsonb       NOT NULL,     -- material codes and declarations, nothing about the person
    plan              jsonb,                    -- what the entry will write, once judged
    book              jsonb,                    -- what the registry issued, once confirmed
    entry_round       integer     NOT NULL DEFAULT 1,
    due_at            timestamptz,              -- when the case has to be worked on next; null at rest
    lease_owner       uuid,
    lease_until       timestamptz,
    PRIMARY KEY (number)
) PARTITION BY HASH (number);

CREATE TABLE case_steps (
    case_number    text    NOT NULL,
    position       integer NOT NULL,
    name           text    NOT NULL CHECK (name IN ('READ_AND_JUDGE', 'ENTRY', 'PRINT')),
    city           text    NOT NULL,
    state          text    NOT NULL CHECK (state IN ('WAITING', 'ASKED', 'DONE', 'REFUSED', 'CANCELLED')),
    attempts       integer NOT NULL DEFAULT 0,
    journal_number text,
    receipt        jsonb,
    at             timestamptz,
    PRIMARY KEY (case_number, name)
) PARTITION BY HASH (case_number);

CREATE TABLE case_refusals (
    case_number text    NOT NULL,
    position    integer NOT NULL,
    code        text    NOT NULL,
    message_zh  text    NOT NULL,
    message_en  text    NOT NULL,
    rule        text,
    field       text,
    opens_on    date,
    PRIMARY KEY (case_number, position)
) PARTITION BY HASH (case_number);

-- One row per idempotency key of one caller: what was asked under it, and the case it led to.
CREATE TABLE requests (
    scope        text        NOT NULL,
    key          uuid        NOT NULL,
    payload_hash bytea       NOT NULL,
    case_number  text        NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
) PARTITION BY HASH (scope, key);

-- Controlled stock: every serial number of the province is accounted for once, spoiled or good.
CREATE TABLE sheets (
    serial      text        NOT NULL,
    case_number text        NOT NULL,
    spoiled     boolean     NOT NULL,
    station     text        NOT NULL,
    printed_by  text        NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (serial)
) PARTITION BY HASH (serial);

DO $$
DECLARE
    parent text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['cases', 'case_steps', 'case_refusals', 'requests', 'sheets'] LOOP
        FOR part IN 0..7 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS 8, REMAINDER %s)',
                           parent || '_' || part, parent, part);
        END LOOP;
    END LOOP;
END $$;

CREATE INDEX cases_due ON cases (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX cases_of_subject ON cases (subject_key, accepted_at DESC, number DESC);
CREATE INDEX cases_of_station ON cases (handling_station, accepted_at DESC, number DESC);
CREATE INDEX cases_of_registry ON cases (registry_city, accepted_at DESC, number DESC);
CREATE INDEX cases_newest ON cases (accepted_at DESC, number DESC);
CREATE INDEX sheets_of_case ON sheets (case_number);

-- Who looked at whom. Append-only: the table itself refuses change and deletion.
CREATE TABLE access_log (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    at          timestamptz NOT NULL,
    caller      text        NOT NULL,
    role        text        NOT NULL,
    unit        text        NOT NULL,
    workstation text,
    request_id  text        NOT NULL,
    purpose     text        NOT NULL,
    city        text        NOT NULL,
    operation   text        NOT NULL,
    kind        text        NOT NULL,
    fields      text[]      NOT NULL,
    subject_key bytea       NOT NULL CHECK (octet_length(subject_key) = 16),
    PRIMARY KEY (id)
);

CREATE INDEX access_log_of_subject ON access_log (subject_key, id DESC);

CREATE FUNCTION access_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the access log is append-only';
END $$;

CREATE TRIGGER access_log_rows_stay BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION access_log_is_append_only();
CREATE TRIGGER access_log_table_stays BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION access_log_is_append_only();
