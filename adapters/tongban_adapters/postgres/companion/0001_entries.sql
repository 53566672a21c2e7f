-- The gateway's side of every business act, kept in the registry's own database so that both are one transaction.

CREATE SCHEMA IF NOT EXISTS tongban;

-- One row per entry (case, step). The row stays for ever: it is what makes a repeated delivery the same act.
CREATE TABLE tongban.entry (
    case_number    text NOT NULL,
    step           text NOT NULL,
    phase          text NOT NULL CHECK (phase IN ('PREPARED', 'COMMITTED', 'CANCELLED')),
    digest         bytea,                                   -- SHA-256 of the entry; null if cancelled before it arrived
    body           jsonb,                                   -- what to write; only while prepared
    prepared_at    timestamptz,
    ended_at       timestamptz,
    journal_number text,
    inserted       text[],
    PRIMARY KEY (case_number, step)
);
CREATE INDEX entry_prepared ON tongban.entry (prepared_at) WHERE phase = 'PREPARED';

-- The records a prepared entry rests on; a record is held by one entry at a time.
CREATE TABLE tongban.hold (
    kind        text NOT NULL,
    ref         text NOT NULL,
    case_number text NOT NULL,
    step        text NOT NULL,
    PRIMARY KEY (kind, ref),
    FOREIGN KEY (case_number, step) REFERENCES tongban.entry (case_number, step)
);
CREATE INDEX hold_entry ON tongban.hold (case_number, step);
